// Package guesttest boots virtual machines for tests, so that what touches a whole
// machine (partitions of its CPUs, its knobs, its processes, its power) is tried on
// one that nobody minds.
//
// There are two. [Small] is a kernel with a static busybox that runs one script and
// powers off; it costs seconds. [Box] is a whole Debian with systemd, sshd and Docker;
// it costs most of a minute. Both emulate their CPUs, since a test machine is often a
// virtual one itself and has no other way that can be relied on: what they do is real,
// how long it takes means nothing. .ci/guest makes what they boot, once.
//
// A power cut is the emulator killed. What the guest wrote and did not sync is lost
// with its memory; what it did sync is in the disk's file, and the next boot of that
// disk finds it. A disk that loses what it acknowledged is not emulated.
//
// A guest speaks over two serial ports, the kernel on one, the script (or the boxes'
// announcement that a boot is over) on the other, so that neither garbles the other;
// nothing is found out by asking again and again. A guest that goes wrong ends its
// test with the tail of its console. Every guest dies with its test, and with the test
// binary too. None reaches a network: a box is reached by ssh through one loopback port.
package guesttest
