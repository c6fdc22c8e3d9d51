package sampler

import (
	"errors"
	"slices"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
)

// A process that outlives its parent by a moment (the reader at the end of a
// pipeline) is no fault: it gets grace to end by itself. After that it is
// killed; patience bounds how long an unkillable one can hold the run.
const (
	grace    = 200 * time.Millisecond
	interval = 2 * time.Millisecond
	patience = 10 * time.Second
)

// sweep reaps every orphan that the benchmark left to us, kills those that do
// not end by themselves, and returns their names. Orphans come to the sampler
// because it is process 1 of its container, or a subreaper (prctl(2)) on the
// host.
func sweep() (killed []string) {
	begin := time.Now()
	for reapAll() && time.Since(begin) < patience {
		if time.Since(begin) > grace {
			killed = append(killed, killDescendants()...)
		}
		time.Sleep(interval)
	}
	slices.Sort(killed)
	return slices.Compact(killed)
}

// reapAll collects every child that has ended and reports whether any lives.
func reapAll() bool {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil: // ECHILD: there is none
			return false
		case pid == 0:
			return true
		}
	}
}

// killDescendants kills every process below this one and returns their names.
func killDescendants() (names []string) {
	processes, err := procfs.AllProcs()
	if err != nil {
		return nil
	}
	parents, comms := map[int]int{}, map[int]string{}
	for _, process := range processes {
		if stat, err := process.Stat(); err == nil && stat.State != "Z" {
			parents[stat.PID], comms[stat.PID] = stat.PPID, stat.Comm
		}
	}
	for pid := range parents {
		if descends(pid, syscall.Getpid(), parents) && syscall.Kill(pid, syscall.SIGKILL) == nil {
			names = append(names, comms[pid])
		}
	}
	return names
}

// descends follows the chain of parents up; it is bounded because the list was
// not read at one instant and may even hold a loop.
func descends(pid, ancestor int, parents map[int]int) bool {
	for range len(parents) {
		parent, known := parents[pid]
		if !known {
			return false
		}
		if parent == ancestor {
			return true
		}
		pid = parent
	}
	return false
}
