package setting

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The values of a Folder.
const (
	Present = "present"
	Absent  = "absent"
)

// Folder is the kind of cgroups: to make one is to make its folder. A target is
// an absolute path below /sys/fs/cgroup, whose last part is ours.
type Folder struct {
	Root string
}

// Name implements journal.Kind.
func (Folder) Name() string { return "cgroup" }

// Persists implements journal.Kind.
func (Folder) Persists() bool { return false }

// Transient implements journal.Kind.
func (Folder) Transient() bool { return true }

// OwnName begins the name of every cgroup that perfrun makes.
const OwnName = "perfrun"

func (f Folder) place(target string) (string, error) {
	if path.Clean(target) != target || !strings.HasPrefix(target, "/sys/fs/cgroup/") || !strings.HasPrefix(path.Base(target), OwnName) {
		return "", fmt.Errorf("%q is no cgroup of perfrun", target)
	}
	return filepath.Join(f.Root, target), nil
}

// Read implements journal.Kind.
func (f Folder) Read(target string) (string, error) {
	place, err := f.place(target)
	if err != nil {
		return "", err
	}
	_, err = os.Lstat(place)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Absent, nil
	case err != nil:
		return "", err
	}
	return Present, nil
}

// emptyIn is how long the kernel may take to let go of processes that ended: a
// cgroup cannot be removed before.
const emptyIn = 5 * time.Second

// Write implements journal.Kind. A folder is removed with the empty folders that
// Docker leaves in it; tasks that are still in it keep it.
func (f Folder) Write(target, value string) error {
	place, err := f.place(target)
	if err != nil {
		return err
	}
	if value == Present {
		return os.Mkdir(place, 0o755)
	}
	for deadline := time.Now().Add(emptyIn); ; time.Sleep(20 * time.Millisecond) {
		err := removeTree(place)
		if !errors.Is(err, unix.EBUSY) || time.Now().After(deadline) {
			return err
		}
	}
}

// removeTree removes folders from the deepest up. The files in them are the
// kernel's and go with them.
func removeTree(place string) error {
	entries, err := os.ReadDir(place)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeTree(filepath.Join(place, entry.Name())); err != nil {
				return err
			}
		}
	}
	if err := unix.Rmdir(place); err != nil && !errors.Is(err, unix.ENOENT) {
		return &fs.PathError{Op: "rmdir", Path: place, Err: err}
	}
	return nil
}

// Made implements journal.Kind.
func (Folder) Made(_, _, _ string) bool { return false }

// Same implements journal.Kind.
func (Folder) Same(_, a, b string) bool { return a == b }

// Aside is the kind of a cgroup v1 set that other people's tasks were moved to:
// those that were forked there since go to the set above when it is removed.
type Aside struct{ Folder }

// Name implements journal.Kind.
func (Aside) Name() string { return "aside" }

// Write implements journal.Kind.
func (a Aside) Write(target, value string) error {
	place, err := a.place(target)
	if err != nil {
		return err
	}
	if value == Absent {
		if err := emptyInto(place, filepath.Dir(place)); err != nil {
			return err
		}
	}
	return a.Folder.Write(target, value)
}

// emptyInto moves the tasks of one cgroup to another until none is left.
func emptyInto(from, to string) error {
	const passes = 20
	for range passes {
		text, err := os.ReadFile(filepath.Join(from, "tasks"))
		if err != nil || len(text) == 0 {
			return err
		}
		for line := range strings.Lines(string(text)) {
			// A task that ended meanwhile cannot be moved and need not be.
			if err := writeOnce(filepath.Join(to, "tasks"), strings.TrimSpace(line)); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
	}
	return fmt.Errorf("%s: tasks are made faster than they can be moved", from)
}
