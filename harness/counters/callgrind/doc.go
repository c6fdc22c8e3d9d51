// Package callgrind counts instructions where the processor's own counters cannot
// be had: the benchmark runs on the simulated processor of valgrind's tool
// callgrind, inside its image, and every instruction of every process is counted.
// That takes some tens of times as long and so is never timed, but the count is
// the same on every machine with the same image.
//
// Args makes the command line, Count reads what its processes leave in a folder.
//
// A process that forks would hand what it has executed so far down to the child,
// and be counted twice. So callgrind is told to write down the count and begin anew
// before each fork. It knows fork by its name: in a program without symbols that
// forks and does not execute another program, the double count stays.
//
// The totals at the end of each part are what counts; the summary at its head is a
// few instructions less. What a killed process did is lost with it: it leaves an
// empty file, and that is an error. Of one that forked, executed nothing and was
// killed there is no trace.
//
// The files are the benchmark's to write, like its output. They are data: they may
// mislead about their benchmark, and do nothing else.
package callgrind
