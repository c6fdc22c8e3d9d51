// Package lock holds the machine for one run at a time: two measurements beside
// each other would each measure the other. People who work on the machine by hand
// take the same lock, alone or together with others of their kind.
//
// The lock is flock(2) on one file for the whole machine, so the kernel gives it
// back when its holder dies, however it dies. Who holds it, the kernel knows
// (/proc/locks); what is written in the file, a line a holder, is for people only
// (who that is, since when, what for) and is never taken for the lock itself. A
// process number that is used again therefore fools nobody. Anybody may write the
// file: what is read is bounded, and of its text only printable characters stay.
//
// Where the kernel names nobody though the file is held (the holder is in a
// container with process numbers of its own, or the file system shows stat(2)
// another device than the kernel uses, as btrfs does), the lines are all there is,
// and are shown as what somebody says to be.
//
// The package does not queue: who looks first when the machine becomes free has
// it, which is enough for a machine that people share by hand. It does not keep
// apart what runs below one holder.
package lock
