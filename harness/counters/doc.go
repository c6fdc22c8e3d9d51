// Package counters counts what a benchmark makes the processor do, its user-mode
// instructions above all: a number that hardly wobbles where a time does.
//
// A Counter watches from the host, by the kernel's performance events
// (perf_event_open(2)): a container need be allowed nothing for that. It is opened
// once and stays open; it is read before an execution and after it, and the
// difference is the count. Nothing is read in between.
//
// There are two ways to say what is counted. A container is counted by its cgroup,
// with one counter on each of the benchmark's CPUs. Where there is no cgroup to
// tell a benchmark by, or not the right to watch whole CPUs, the thread that
// launches is followed into every process that descends from it; that costs a
// little time at each fork. Either way the launching thread itself would be counted
// too: it has a counter of its own, which is taken off.
//
// A processor has few counters, and the kernel lets those who want them take turns.
// How long each really counted is read along. A count that is not of the whole time
// is an estimate and says so. A machine that has no counters, as most virtual ones,
// or does not allow them, gets an error of type Absent with the reason: nothing is
// ever counted as 0 because nobody could count.
//
// The package judges nothing, and changes no setting of the machine to be allowed
// more. A processor with cores of two kinds counts on the kind that a counter was
// opened for; what runs on the other shows as time not counted.
package counters
