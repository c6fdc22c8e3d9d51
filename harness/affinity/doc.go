// Package affinity confines threads to sets of CPUs.
//
// It is meant for this process and its threads. Other programs are kept away by
// cpusets, which do not depend on their good will; of them only masks that a
// cpuset took away are put back. A child inherits the mask of the thread that forks
// it, so whoever pins must know which thread will fork.
package affinity
