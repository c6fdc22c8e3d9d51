package setting

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// File is the kind of the kernel's setting files. A target is an absolute path.
type File struct {
	Root string // put before every path; "/" or a recorded tree
}

// Name implements journal.Kind.
func (File) Name() string { return "file" }

// Persists implements journal.Kind: the kernel's files are made anew by a boot.
func (File) Persists() bool { return false }

// Transient implements journal.Kind: a file that is gone may come back with its
// setting (a CPU that is offline).
func (File) Transient() bool { return false }

// folders are where settings are.
var folders = []string{"/proc/sys/", "/proc/irq/", "/sys/"}

func (f File) place(target string) (string, error) {
	within := func(folder string) bool { return strings.HasPrefix(target, folder) }
	if path.Clean(target) != target || !slices.ContainsFunc(folders, within) {
		return "", fmt.Errorf("%q is no setting of the kernel", target)
	}
	return filepath.Join(f.Root, target), nil
}

// Read implements journal.Kind. Of a file that lists choices and marks the
// present one by brackets, the value is that one.
func (f File) Read(target string) (string, error) {
	place, err := f.place(target)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(place)
	if err != nil {
		return "", err
	}
	value := strings.TrimSpace(string(text))
	if _, after, found := strings.Cut(value, "["); found {
		if choice, _, found := strings.Cut(after, "]"); found && !strings.Contains(value, "invalid") {
			return choice, nil
		}
	}
	return value, nil
}

// Write implements journal.Kind, with one write(2): the kernel takes each write as
// a whole setting.
func (f File) Write(target, value string) error {
	place, err := f.place(target)
	if err != nil {
		return err
	}
	if path.Base(target) == "cgroup.subtree_control" {
		return f.writeControllers(place, target, value)
	}
	return writeOnce(place, value)
}

// writeOnce writes without O_TRUNC and O_CREATE, which mean nothing to the kernel
// and would hide that a file is gone. An empty value is a newline: a write of no
// bytes would never reach the kernel.
func writeOnce(place, value string) error {
	file, err := os.OpenFile(place, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if value == "" {
		value = "\n"
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		_ = file.Truncate(0) // of a recorded tree; the kernel refuses or ignores it
	}
	_, err = file.WriteString(value)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// writeControllers turns a list of controllers into what makes it so: the file
// takes only +name and -name (cgroup v2, cgroup.subtree_control).
func (f File) writeControllers(place, target, value string) error {
	now, err := f.Read(target)
	if err != nil {
		return err
	}
	have, want := strings.Fields(now), strings.Fields(value)
	var steps []string
	for _, name := range want {
		if !slices.Contains(have, name) {
			steps = append(steps, "+"+name)
		}
	}
	for _, name := range have {
		if !slices.Contains(want, name) {
			steps = append(steps, "-"+name)
		}
	}
	return writeOnce(place, strings.Join(steps, " "))
}

// Made implements journal.Kind: a partition that somebody broke reads
// "isolated invalid (reason)".
func (File) Made(target, now, written string) bool {
	return path.Base(target) == "cpuset.cpus.partition" && strings.HasPrefix(now, written+" invalid")
}

// Same implements journal.Kind.
func (File) Same(target, a, b string) bool { return Meaning(target, a) == Meaning(target, b) }

// Interrupt is the kind of files that belong to one interrupt: a file that is gone
// went with its device.
type Interrupt struct{ File }

// Name implements journal.Kind.
func (Interrupt) Name() string { return "interrupt" }

// Transient implements journal.Kind.
func (Interrupt) Transient() bool { return true }
