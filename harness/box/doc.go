// Package box carries out what others order of a machine: it fetches the repository,
// finds the commits, refuses what an order may not have, and starts perfrun for the
// run.
//
// The run is a process of its own, the same "perfrun run" that a person calls by
// hand: there is one path that every run takes, a crash of one takes nothing along,
// and the daemon's memory is nothing that a benchmark could meet. What the process
// says goes to the job's log.
//
// An order is a stranger's: its revisions, paths and names are data. The package
// measures no repository that the configuration does not name, reads the suite only
// from the commit, gives it no network that the configuration does not allow, and
// decides nothing about who goes first (package queue does).
package box
