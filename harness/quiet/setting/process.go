package setting

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cpuset"
)

// Thread names a thread of the machine so that another with the same number is
// not taken for it.
type Thread struct {
	TID   int
	Start uint64 // in ticks since boot (field 22 of /proc/TID/stat)
}

// String writes it as a target: "TID@START".
func (t Thread) String() string { return fmt.Sprintf("%d@%d", t.TID, t.Start) }

// FindThread names the thread that has this number now.
func FindThread(root string, tid int) (Thread, error) {
	fs, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return Thread{}, err
	}
	process, err := fs.Proc(tid) // /proc has every thread under its own number
	if err != nil {
		return Thread{}, err
	}
	stat, err := process.Stat()
	return Thread{tid, stat.Starttime}, err
}

func parseThread(root, target string) (Thread, error) {
	var t Thread
	if n, err := fmt.Sscanf(target, "%d@%d", &t.TID, &t.Start); n != 2 || err != nil || t.String() != target {
		return Thread{}, fmt.Errorf("%q names no thread", target)
	}
	now, err := FindThread(root, t.TID)
	if err != nil || now.Start != t.Start {
		return Thread{}, fmt.Errorf("thread %d: %w", t.TID, fs.ErrNotExist)
	}
	return t, nil
}

// Affinity is the kind of threads' CPU masks. A target is a Thread, a value a list
// of CPUs.
type Affinity struct{}

// Name implements journal.Kind.
func (Affinity) Name() string { return "affinity" }

// Persists implements journal.Kind.
func (Affinity) Persists() bool { return false }

// Transient implements journal.Kind.
func (Affinity) Transient() bool { return true }

// Read implements journal.Kind.
func (Affinity) Read(target string) (string, error) {
	thread, err := parseThread("/", target)
	if err != nil {
		return "", err
	}
	cpus, err := affinity.Of(thread.TID)
	return cpus.String(), gone(err)
}

// Write implements journal.Kind.
func (Affinity) Write(target, value string) error {
	thread, err := parseThread("/", target)
	if err != nil {
		return err
	}
	cpus, err := cpuset.Parse(value)
	if err != nil {
		return err
	}
	return gone(affinity.Pin(thread.TID, cpus))
}

// Made implements journal.Kind.
func (Affinity) Made(_, _, _ string) bool { return false }

// Same implements journal.Kind.
func (Affinity) Same(_, a, b string) bool {
	return Meaning("cpuset.cpus", a) == Meaning("cpuset.cpus", b)
}

// gone turns the kernel's word for a thread that ended into ours.
func gone(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return fs.ErrNotExist
	}
	return err
}

// Task is the kind of threads' places in one cgroup v1 hierarchy. A target is a
// Thread, a value the path of a cgroup in the hierarchy, "/" for its root.
type Task struct {
	Root       string
	Mount      string // "/sys/fs/cgroup/cpuset"
	Controller string // "cpuset"
}

// Name implements journal.Kind.
func (t Task) Name() string { return t.Controller + "-task" }

// Persists implements journal.Kind.
func (Task) Persists() bool { return false }

// Transient implements journal.Kind.
func (Task) Transient() bool { return true }

// Read implements journal.Kind (/proc/TID/cgroup, cgroups(7)).
func (t Task) Read(target string) (string, error) {
	thread, err := parseThread(t.Root, target)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(t.Root, "proc", strconv.Itoa(thread.TID), "cgroup"))
	if err != nil {
		return "", gone(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) == 3 && strings.Contains(","+fields[1]+",", ","+t.Controller+",") {
			return fields[2], nil
		}
	}
	return "", fmt.Errorf("thread %d is in no %s cgroup", thread.TID, t.Controller)
}

// Write implements journal.Kind.
func (t Task) Write(target, value string) error {
	thread, err := parseThread(t.Root, target)
	if err != nil {
		return err
	}
	if !path.IsAbs(value) || path.Clean(value) != value {
		return fmt.Errorf("%q is no cgroup", value)
	}
	return gone(writeOnce(filepath.Join(t.Root, t.Mount, value, "tasks"), strconv.Itoa(thread.TID)))
}

// Made implements journal.Kind.
func (Task) Made(_, _, _ string) bool { return false }

// Same implements journal.Kind.
func (Task) Same(_, a, b string) bool { return a == b }
