// Package witness tells what the machine did while an execution ran: who else
// used the benchmark's CPUs, what the hypervisor and devices took, whether the
// machine was hot, short of memory or busy with disks.
//
// A Watcher reads counters of /proc and /sys just before a launch and just after
// the end, and never in between: looking would disturb. So a witness costs an
// execution nothing but two readings outside of it, each file once. What this
// machine does not show is found out once, named in Unseen, and read as 0 from
// then on; a counter that goes backwards, or a CPU that was not there at both
// readings, counts as 0 as well.
//
// The tables are read by parsers of its own, which keep to the benchmark's
// columns and to one buffer: reading all that prometheus/procfs makes of the same
// files would take ten times the memory for each execution.
//
// The package observes. It holds no limits and knows no samples: whether an
// execution was disturbed is for package verdict to say, from the witness alone.
package witness
