// Package host tells what this machine is: its CPUs and which of them a
// benchmark should have, the facts that numbers depend on, and which process is
// which.
//
// Everything is read from /proc and /sys under a root that tests can move, and
// every reading is optional: files come and go with kernels, drivers and
// virtual machines. The package changes nothing on the machine.
package host
