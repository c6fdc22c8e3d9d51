package shield

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/results"
)

// aside is the cpuset of everybody else.
const aside = setting.OwnName + "-aside"

// exclusive is the way of cgroup v1
// (Documentation/admin-guide/cgroup-v1/cpusets.rst).
func (r Request) exclusive(j *journal.Journal, h hierarchy) way {
	return way{results.ShieldExclusive, func() (*Shield, error) {
		s := cpusets{Request: r, journal: j, hierarchy: h, file: setting.File{Root: r.Root}}
		if err := s.raise(); err != nil {
			return nil, err
		}
		return &Shield{procs: filepath.Join(r.Root, h.mount, Slice, "cgroup.procs"), verify: s.verify}, nil
	}}
}

// cpusets is a shield of cgroup v1.
type cpusets struct {
	Request
	hierarchy
	journal *journal.Journal
	file    setting.File
}

func (s *cpusets) raise() error {
	// systemd would start the slice with the first container, and leave it running.
	if s.Systemctl != nil {
		if _, err := s.journal.Set(setting.Service{Run: s.Systemctl}, Slice, setting.Active); err != nil {
			return err
		}
	}
	// Docker makes its parent in every hierarchy, and leaves it there.
	for _, mount := range s.all {
		if _, err := s.journal.Set(setting.Folder{Root: s.Root}, path.Join(mount, Slice), setting.Present); err != nil {
			return err
		}
	}
	if _, err := s.journal.Set(setting.Aside{Folder: setting.Folder{Root: s.Root}}, path.Join(s.mount, aside), setting.Present); err != nil {
		return err
	}
	if err := s.narrowOthers(); err != nil {
		return err
	}
	if err := s.fill(Slice, s.CPUs); err != nil {
		return err
	}
	if err := s.fill(aside, s.Others); err != nil {
		return err
	}
	if err := s.keepFirst(); err != nil {
		return err
	}
	if err := s.moveTasks(); err != nil {
		return err
	}
	if err := s.journal.Seen(setting.Affinity{}); err != nil {
		return err
	}
	_, err := s.journal.Set(s.file, path.Join(s.mount, Slice, "cpuset.cpu_exclusive"), "1")
	return err
}

// fill gives a set of ours its CPUs and memory, both of which it needs before its
// first task. They go with the set and need no journal.
func (s *cpusets) fill(name string, cpus cpuset.Set) error {
	memory, err := s.file.Read(path.Join(s.mount, "cpuset.mems"))
	if err != nil {
		return err
	}
	if err := s.file.Write(path.Join(s.mount, name, "cpuset.mems"), memory); err != nil {
		return err
	}
	return s.file.Write(path.Join(s.mount, name, "cpuset.cpus"), cpus.String())
}

// narrowOthers takes the CPUs out of every other set, the deepest first: a set
// may only shrink when those below it have.
func (s *cpusets) narrowOthers() error {
	sets := s.others()
	for _, set := range sets {
		target := path.Join(s.mount, set, "cpuset.cpus")
		now, err := s.file.Read(target)
		if errors.Is(err, fs.ErrNotExist) {
			continue // its container ended
		}
		cpus, parseErr := cpuset.Parse(now)
		if err := errors.Join(err, parseErr); err != nil {
			return err
		}
		rest := cpus.Minus(s.CPUs)
		if len(rest) == len(cpus) {
			continue
		}
		if len(rest) == 0 {
			return fmt.Errorf("cpuset %s has cpus %s and none but those", set, cpus)
		}
		if _, err := s.journal.Set(s.file, target, rest.String()); err != nil {
			return fmt.Errorf("take cpus from cpuset %s: %w", set, err)
		}
	}
	return nil
}

// others lists the sets that are not ours, the deepest first.
func (s *cpusets) others() (sets []string) {
	base := filepath.Join(s.Root, s.mount)
	_ = filepath.WalkDir(base, func(p string, d os.DirEntry, err error) error {
		name := strings.TrimPrefix(p, base)
		switch {
		case err != nil || !d.IsDir() || name == "":
		case name == "/"+Slice || name == "/"+aside:
			return filepath.SkipDir
		default:
			sets = append(sets, name)
		}
		return nil
	})
	slices.SortStableFunc(sets, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") })
	return sets
}

// moveTasks empties the top set as far as possible. A task that is forked while
// the others move is seen in the next pass.
func (s *cpusets) moveTasks() error {
	const passes = 20
	refused := map[string]bool{}
	for range passes {
		var movable []string
		for _, tid := range s.topTasks() {
			if tid == first {
				continue
			}
			if thread, err := setting.FindThread(s.Root, tid); err == nil && !refused[thread.String()] {
				movable = append(movable, thread.String())
			}
		}
		if len(movable) == 0 {
			return nil
		}
		kind := setting.Task{Root: s.Root, Mount: s.mount, Controller: "cpuset"}
		_, failed := s.journal.SetAll(kind, movable, "/"+aside)
		for target, err := range failed {
			switch {
			case errors.Is(err, unix.EINVAL):
				refused[target] = true // a kernel thread that must stay
			case !errors.Is(err, fs.ErrNotExist):
				return fmt.Errorf("move task %s aside: %w", target, err)
			}
		}
	}
	return errors.New("tasks are made faster than they can be moved aside")
}

// first is the process that all others descend from.
const first = 1

// keepFirst leaves the first process in the top set, and confines it by its mask,
// which what it starts inherits. Below whatever set it is in, Docker makes those of
// containers.
func (s *cpusets) keepFirst() error {
	thread, err := setting.FindThread(s.Root, first)
	if err != nil {
		return err
	}
	_, err = s.journal.Set(setting.Affinity{}, thread.String(), s.Others.String())
	return err
}

func (s *cpusets) topTasks() (tids []int) {
	text, _ := os.ReadFile(filepath.Join(s.Root, s.mount, "tasks"))
	for line := range strings.Lines(string(text)) {
		if tid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids
}

// verify reads back that the set is still ours alone.
func (s *cpusets) verify() error {
	check := func(name, want string) error {
		target := path.Join(s.mount, Slice, name)
		now, err := s.file.Read(target)
		if err == nil && !s.file.Same(target, now, want) {
			err = fmt.Errorf("%s reads %q and should read %q", target, now, want)
		}
		return err
	}
	if err := errors.Join(check("cpuset.cpus", s.CPUs.String()), check("cpuset.cpu_exclusive", "1")); err != nil {
		return err
	}
	// What the first process has started since is in the top set with it.
	if err := s.moveTasks(); err != nil {
		return err
	}
	for _, tid := range s.topTasks() {
		if mask, err := affinity.Of(tid); err == nil && len(mask.Minus(s.Others)) > 0 && flags(s.Root, tid)&kernelThread == 0 {
			return fmt.Errorf("task %d is in the top cpuset and may run on cpus %s", tid, mask)
		}
	}
	return nil
}
