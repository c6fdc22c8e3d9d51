package counters

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Absent says that an event cannot be counted here, and why, in a sentence for
// people.
type Absent struct {
	Event Event
	Why   string
	Err   error // what the kernel said
}

// Error returns the sentence.
func (a *Absent) Error() string { return fmt.Sprintf("there is no counter of %s: %s", a.Event, a.Why) }

// Unwrap returns what the kernel said.
func (a *Absent) Unwrap() error { return a.Err }

// Probe opens a counter on this process and closes it again. It returns nil
// if the machine has such counters and this user may use them, else an *Absent.
func Probe(event Event) error {
	counter, err := Open(Target{Thread: os.Getpid()}, event)
	if err != nil {
		return err
	}
	return counter.Close()
}

// explain makes an Absent of what perf_event_open(2) refused because of the machine,
// its settings or the user's rights. Other errors stay what they are.
func explain(root string, event Event, err error) error {
	why := ""
	switch {
	case is(err, unix.ENOENT, unix.ENODEV, unix.ENXIO, unix.EOPNOTSUPP):
		why = "the processor has none or does not show it; virtual machines hide them as a rule"
	case is(err, unix.EACCES, unix.EPERM):
		why = "this user may not count" + paranoia(root) + "; it takes root or CAP_PERFMON"
	case is(err, unix.ENOSYS):
		why = "the kernel was built without performance events, or they are filtered away"
	case is(err, unix.EINVAL, unix.E2BIG):
		why = "the kernel cannot count it in this way"
	case is(err, unix.EBUSY):
		why = "another program has taken the counter for itself alone"
	case is(err, unix.EMFILE, unix.ENFILE):
		why = "too many files are open"
	default:
		return err
	}
	return &Absent{Event: event, Why: why, Err: err}
}

func is(err error, numbers ...unix.Errno) bool {
	for _, number := range numbers {
		if errors.Is(err, number) {
			return true
		}
	}
	return false
}

// paranoia quotes the setting that decides who may count
// (Documentation/admin-guide/sysctl/kernel.rst, perf_event_paranoid).
func paranoia(root string) string {
	text, err := os.ReadFile(filepath.Join(root, "proc/sys/kernel/perf_event_paranoid"))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (kernel.perf_event_paranoid is %s)", strings.TrimSpace(string(text)))
}
