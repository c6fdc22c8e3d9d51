package affinity

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/cpuset"
)

// maxCPUs is how many CPUs a mask that is read may have; Linux can be built for
// 8,192.
const maxCPUs = 8192

// Allowed returns the CPUs that the calling thread may run on
// (sched_getaffinity(2)).
func Allowed() (cpuset.Set, error) { return Of(0) }

// Of returns the CPUs that a thread of any process may run on; 0 is the calling
// thread.
func Of(tid int) (cpuset.Set, error) {
	mask := unix.NewCPUSet(maxCPUs)
	if err := unix.SchedGetaffinityDynamic(tid, mask); err != nil {
		return nil, fmt.Errorf("read CPU mask of thread %d: %w", tid, err)
	}
	var cpus []int
	for cpu := range maxCPUs {
		if mask.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpuset.Of(cpus...), nil
}

// PinThread confines the calling thread to cpus. The caller holds it with
// runtime.LockOSThread for as long as that matters.
func PinThread(cpus cpuset.Set) error { return Pin(0, cpus) }

// PinProcess confines every thread of this process to cpus. A thread made later
// inherits the mask of the one that makes it, so the list is gone over until a
// whole pass finds no thread that is new.
func PinProcess(cpus cpuset.Set) error {
	seen := map[int]bool{}
	for {
		fresh, err := pinUnseen(cpus, seen)
		if err != nil || fresh == 0 {
			return err
		}
	}
}

func pinUnseen(cpus cpuset.Set, seen map[int]bool) (fresh int, err error) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return 0, fmt.Errorf("list own threads: %w", err)
	}
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		if err != nil || seen[tid] {
			continue
		}
		seen[tid] = true
		fresh++
		if err := Pin(tid, cpus); err != nil && !errors.Is(err, unix.ESRCH) {
			return fresh, err
		}
	}
	return fresh, nil
}

// Pin confines one thread, of any process that we may change; 0 is the calling
// one.
func Pin(tid int, cpus cpuset.Set) error {
	if len(cpus) == 0 {
		return errors.New("pin to no CPU at all")
	}
	mask := unix.NewCPUSet(cpus[len(cpus)-1] + 1)
	for _, cpu := range cpus {
		mask.Set(cpu)
	}
	if err := unix.SchedSetaffinityDynamic(tid, mask); err != nil {
		return fmt.Errorf("pin to cpus %s: %w", cpus, err)
	}
	return nil
}
