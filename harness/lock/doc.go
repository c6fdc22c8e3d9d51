// Package lock holds the machine for one run at a time: two measurements beside
// each other would each measure the other.
//
// The lock is flock(2) on one file for the whole machine, so the kernel gives it
// back when its holder dies, however it dies. What is written in the file is for
// people only (who holds it, since when, what for) and is never trusted as the
// lock itself. The package does not queue: the kernel wakes one waiter, which is
// enough for a machine that people share by hand.
package lock
