package cgroup

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/procfs"
)

// Controllers, by the names that cgroup v1 has for them; with v2 one cgroup has all.
const (
	Events  = "perf_event" // counts events of the processor
	CPUTime = "cpuacct"    // accounts for time
)

// Find returns the folder of the cgroup in which a controller has a process, as this
// machine numbers it, and whether it is one of cgroup v2 (cgroups(7)). root is "/" but
// for tests.
//
// It refuses a cgroup that the calling process is in as well, for that does not
// tell the two apart.
func Find(root string, pid int, controller string) (folder string, unified bool, err error) {
	proc, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return "", false, fmt.Errorf("find cgroups: %w", err)
	}
	self, err := proc.Self()
	if err != nil {
		return "", false, fmt.Errorf("find cgroups: %w", err)
	}
	path, unified, err := member(proc, pid, controller)
	if err != nil {
		return "", false, err
	}
	own, _, err := member(proc, self.PID, controller)
	if err != nil {
		return "", false, err
	}
	if _, inside := below(path, own); inside {
		return "", false, fmt.Errorf("process %d has no cgroup of its own: this program is in %q too", pid, path)
	}
	mounts, err := self.MountInfo()
	if err != nil {
		return "", false, fmt.Errorf("read mounts: %w", err)
	}
	folder, err = place(mounts, path, controller, unified)
	if err != nil {
		return "", false, err
	}
	return filepath.Join(root, folder), unified, nil
}

// member returns the path of the process's cgroup in the controller's hierarchy, and
// whether that is v2's.
func member(proc procfs.FS, pid int, controller string) (path string, unified bool, err error) {
	process, err := proc.Proc(pid)
	if err != nil {
		return "", false, fmt.Errorf("find the cgroup of process %d: %w", pid, err)
	}
	groups, err := process.Cgroups()
	if err != nil {
		return "", false, fmt.Errorf("find the cgroup of process %d: %w", pid, err)
	}
	found := slices.IndexFunc(groups, func(g procfs.Cgroup) bool { return slices.Contains(g.Controllers, controller) })
	if unified = found < 0; unified {
		found = slices.IndexFunc(groups, func(g procfs.Cgroup) bool { return g.HierarchyID == 0 })
	}
	if found < 0 {
		return "", false, fmt.Errorf("process %d is in no cgroup of %s", pid, controller)
	}
	return groups[found].Path, unified, nil
}

// place finds where a cgroup's folder is mounted. A mount may show a part of its
// hierarchy only.
func place(mounts []*procfs.MountInfo, path, controller string, unified bool) (string, error) {
	for _, m := range mounts {
		_, counts := m.SuperOptions[controller]
		if right := m.FSType == "cgroup2"; right != unified || !right && (m.FSType != "cgroup" || !counts) {
			continue
		}
		// A path that begins so leads out of what this program's namespace shows.
		if rest, inside := below(m.Root, path); inside && !strings.HasPrefix(path, "/..") {
			return filepath.Join(m.MountPoint, rest), nil
		}
	}
	return "", fmt.Errorf("the cgroup %q cannot be seen from here", path)
}

// below returns what is left of path under folder, if it is there.
func below(folder, path string) (rest string, inside bool) {
	if folder == "/" {
		return path, true
	}
	rest, inside = strings.CutPrefix(path, folder)
	return rest, inside && (rest == "" || rest[0] == '/')
}
