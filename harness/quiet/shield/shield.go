package shield

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/procfs"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/results"
)

// Slice is the cgroup of a run's containers. The name is one that systemd takes
// for a slice and Docker for a parent under either of its cgroup drivers.
const Slice = setting.OwnName + ".slice"

// Request says what is to be taken from whom.
type Request struct {
	Root      string            // "/", or a recorded tree
	CPUs      cpuset.Set        // to be taken: the benchmark's and the sampler's
	Others    cpuset.Set        // left to everybody else
	Balanced  bool              // a benchmark uses several CPUs
	Systemctl setting.Systemctl // nil where systemd does not run
}

// Shield is a raised shield.
type Shield struct {
	Kind results.Shield
	Why  string // why nothing stronger; empty for the strongest that fits
	// procs is the file that takes a process into the slice; empty: there is none.
	procs  string
	verify func() error
}

// Parent returns what Docker is given as cgroup parent under one of its drivers;
// empty where there is no shield.
func (s *Shield) Parent(driver string) string {
	switch {
	case s.procs == "":
		return ""
	case driver == "systemd":
		return Slice
	}
	return "/" + Slice
}

// Procs is the file that takes a process of this machine into the shield, by its
// number; empty where there is no shield.
func (s *Shield) Procs() string { return s.procs }

// Verify reads back that the shield still stands.
func (s *Shield) Verify() error {
	if s.verify == nil {
		return nil
	}
	return s.verify()
}

// Raise takes the CPUs in the strongest way that works. It does not fail: with
// nothing reached the shield's kind is ShieldNone and Why tells. What it changed
// is pending in the journal.
func Raise(j *journal.Journal, r Request) *Shield {
	hierarchy, err := find(r.Root)
	if err == nil && len(r.Others) == 0 {
		err = errors.New("no cpu would be left to everybody else")
	}
	if err != nil {
		return &Shield{Why: err.Error()}
	}
	ways := []way{r.exclusive(j, hierarchy)}
	if hierarchy.unified {
		ways = r.unifiedWays(j)
	}
	var reasons []string
	for _, w := range ways {
		mark := j.Mark()
		shield, err := w.raise()
		if err == nil {
			shield.Kind, shield.Why = w.kind, strings.Join(reasons, "; ")
			return shield
		}
		_, undoErr := j.UndoTo(mark)
		reasons = append(reasons, fmt.Sprintf("no %s: %v", w.kind, errors.Join(err, undoErr)))
	}
	return &Shield{Why: strings.Join(reasons, "; ")}
}

// way is one kind of shield and how to raise it.
type way struct {
	kind  results.Shield
	raise func() (*Shield, error)
}

// hierarchy is where this machine keeps the CPUs of cgroups.
type hierarchy struct {
	unified bool     // cgroup v2
	mount   string   // of the cpuset controller, without the root
	all     []string // with cgroup v1: the mounts of all controllers
}

// find looks for the cpuset controller (cgroups(7)).
func find(root string) (hierarchy, error) {
	proc, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return hierarchy{}, err
	}
	self, err := proc.Self()
	if err != nil {
		return hierarchy{}, err
	}
	mounts, err := self.MountInfo()
	if err != nil {
		return hierarchy{}, fmt.Errorf("read mounts: %w", err)
	}
	h := hierarchy{}
	for _, m := range mounts {
		switch m.FSType {
		case "cgroup":
			h.all = append(h.all, m.MountPoint)
			if _, ok := m.SuperOptions["cpuset"]; ok {
				h.mount = m.MountPoint
			}
		case "cgroup2":
			text, err := os.ReadFile(filepath.Join(root, m.MountPoint, "cgroup.controllers"))
			if err == nil && strings.Contains(" "+strings.TrimSpace(string(text))+" ", " cpuset ") {
				h.mount, h.unified = m.MountPoint, true
			}
		}
	}
	if h.mount == "" {
		return h, fmt.Errorf("the cpuset controller is not mounted: %w", fs.ErrNotExist)
	}
	return h, nil
}

// CPUSets returns where cgroup v1 keeps cpusets on this machine; with cgroup v2 the
// place where they would be.
func CPUSets(root string) string {
	if h, err := find(root); err == nil && !h.unified {
		return h.mount
	}
	return "/sys/fs/cgroup/cpuset"
}

// Version says in a word which cgroups this machine has for CPUs: "v1", "v2" or
// "none".
func Version(root string) string {
	h, err := find(root)
	switch {
	case err != nil:
		return "none"
	case h.unified:
		return "v2"
	}
	return "v1"
}
