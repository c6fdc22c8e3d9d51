package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/cpuset"
)

// Pinning is which CPUs the threads of a session may use.
type Pinning struct {
	Bench       cpuset.Set // benchmarks, and the sampler's thread that spawns them
	Harness     cpuset.Set // all other threads of the sampler
	SpawnThread int        // that thread, in the sampler's own PID namespace
}

// Verify reads from the host the CPUs of every thread of every process of the
// session (Cpus_allowed_list in /proc/PID/task/TID/status) and returns an error
// naming the first that may run where it should not. seen is how many benchmark
// processes it looked at.
func (s *Session) Verify(want Pinning) (seen int, err error) {
	pids, err := s.processes()
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		if err := verifyProcess(pid, pid == s.PID, want); err != nil {
			return 0, err
		}
		if pid != s.PID {
			seen++
		}
	}
	return seen, nil
}

// Processes returns the session's processes other than the sampler, as this
// machine numbers them.
func (s *Session) Processes() ([]int, error) {
	pids, err := s.processes()
	return slices.DeleteFunc(pids, func(pid int) bool { return pid == s.PID }), err
}

// processes finds everything that is in the sampler's PID namespace, if it has
// one of its own, or else descends from the sampler.
func (s *Session) processes() ([]int, error) {
	all, err := procfs.AllProcs()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	namespace, own := pidNamespace(s.PID), pidNamespace(os.Getpid())
	if namespace == "" {
		return nil, errors.New("the sampler is gone")
	}
	members := []int{}
	for _, process := range all {
		if process.PID == s.PID || namespace != own && pidNamespace(process.PID) == namespace ||
			namespace == own && slices.Contains(ancestors(process), s.PID) {
			members = append(members, process.PID)
		}
	}
	return members, nil
}

func pidNamespace(pid int) string {
	link, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/pid")
	if err != nil {
		return ""
	}
	return link
}

// ancestors returns the chain of parents; a process that ends meanwhile cuts it.
func ancestors(process procfs.Proc) (pids []int) {
	for range 64 {
		stat, err := process.Stat()
		if err != nil || stat.PPID <= 1 {
			return pids
		}
		pids = append(pids, stat.PPID)
		if process, err = procfs.NewProc(stat.PPID); err != nil {
			return pids
		}
	}
	return pids
}

func verifyProcess(pid int, sampler bool, want Pinning) error {
	threads, err := procfs.AllThreads(pid)
	if vanished(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list threads of process %d: %w", pid, err)
	}
	for _, thread := range threads {
		status, err := thread.NewStatus()
		if vanished(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read status of thread %d: %w", thread.PID, err)
		}
		wanted := want.Bench
		if sampler && !isThread(status, want.SpawnThread) {
			wanted = want.Harness
		}
		if allowed := allowedCPUs(status); !allowed.Within(wanted) {
			return fmt.Errorf("thread %d of %q (process %d) may run on cpus %s and should be on %s", thread.PID, status.Name, pid, allowed, wanted)
		}
	}
	return nil
}

// HostThread returns how this machine numbers a thread of the sampler, given how
// the sampler's own PID namespace does.
func (s *Session) HostThread(tid int) (int, error) {
	threads, err := procfs.AllThreads(s.PID)
	if err != nil {
		return 0, fmt.Errorf("list threads of the sampler: %w", err)
	}
	for _, thread := range threads {
		if status, err := thread.NewStatus(); err == nil && isThread(status, tid) {
			return thread.PID, nil
		}
	}
	return 0, fmt.Errorf("the sampler has no thread %d", tid)
}

// isThread reports whether the innermost PID namespace numbers the thread tid.
func isThread(status procfs.ProcStatus, tid int) bool {
	if len(status.NSpids) == 0 {
		return status.PID == tid
	}
	return status.NSpids[len(status.NSpids)-1] == uint64(tid)
}

func allowedCPUs(status procfs.ProcStatus) cpuset.Set {
	var cpus []int
	for _, cpu := range status.CpusAllowedList {
		cpus = append(cpus, int(cpu))
	}
	return cpuset.Of(cpus...)
}

// vanished reports whether a process or thread ended while it was looked at.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)
}
