// Package affinity confines threads of this process to sets of CPUs.
//
// It works on whole processes and single threads of the process it runs in,
// never on anybody else's: other programs are kept away by cpusets, which do not
// depend on their good will. A child inherits the mask of the thread that forks
// it, so whoever pins must know which thread will fork.
package affinity
