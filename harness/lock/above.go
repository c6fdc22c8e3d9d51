package lock

import (
	"fmt"
	"os"
	"slices"

	"github.com/prometheus/procfs"

	"mtrlz.dev/perfrun/results"
)

// HeldVariable is set for a command that runs under the lock: which process holds
// the machine for it, and by which file ("4711:/run/lock/perfrun.lock"). It is for
// scripts and people. perfrun itself asks the kernel: sudo would drop a variable,
// and anybody may set one.
const HeldVariable = "PERFRUN_LOCK_HELD"

// Environment is the variable with its value.
func (l *Lock) Environment() string {
	pid := os.Getpid()
	if l.borrowed != 0 {
		pid = l.borrowed
	}
	return fmt.Sprintf("%s=%d:%s", HeldVariable, pid, l.file.Name())
}

// heldAbove finds the lock that a process above this one holds.
func heldAbove(file *os.File) (held, bool) {
	list := locks(file)
	if len(list) == 0 {
		return held{}, false
	}
	above := ancestors()
	at := slices.IndexFunc(list, func(l held) bool { return slices.Contains(above, l.pid) })
	if at < 0 {
		return held{}, false
	}
	return list[at], true
}

// ancestors lists the processes above this one, nearest first, as far as they can
// be seen.
func ancestors() (list []int) {
	for at := os.Getpid(); ; {
		process, err := procfs.NewProc(at)
		if err != nil {
			return list
		}
		stat, err := process.Stat()
		if err != nil || stat.PPID < 1 || slices.Contains(list, stat.PPID) {
			return list
		}
		at = stat.PPID
		list = append(list, at)
	}
}

// stuck is the error of a process that would wait for one above it, which in turn
// waits for this one to end.
func stuck(path string, above held) error {
	return &results.Problem{
		Kind: results.BadInput, Where: path,
		What: fmt.Sprintf("process %d above this one shares the machine, so to wait for it alone would never end", above.pid),
		Next: "take the machine alone there: perfrun lock -- COMMAND, without --shared",
	}
}

// lost is the error of a process that went on with another's lock for longer than
// that one held it.
func lost(path string) error {
	return &results.Problem{
		Kind: results.CannotRun, Where: path,
		What: "the machine was not held to the end: the process above that held it is gone, and others may have run meanwhile",
		Next: "do it again, and let perfrun lock live until its command has ended",
	}
}
