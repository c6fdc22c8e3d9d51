// Package cpuset reads and writes sets of CPU numbers in the kernel's list
// format ("0-3,8"), the one spelling that suites, flags, containers, cpusets
// and /proc all share.
//
// A Set is a sorted slice, not a bit mask: the sets here are small, are shown to
// people, and must not have a largest CPU. The package knows no machine: whether
// a CPU exists or may be used is package host's to say.
package cpuset
