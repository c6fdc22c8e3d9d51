// Package setting reads and writes the kinds of settings that a machine has:
// files of the kernel, folders of cgroups, services, properties of systemd units,
// and the CPUs and cgroups of processes.
//
// Each kind is a journal.Kind, so that everything perfrun changes goes through
// one journal. A kind knows when two values mean the same, because kernels
// normalise what they are given: "f0" and "000000f0" are one mask, "[never]" is
// the choice never. Files are taken only from where the kernel keeps settings
// (/proc/sys, /proc/irq, /sys); a journal can therefore never be made to write
// anywhere else.
package setting
