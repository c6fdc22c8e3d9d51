package counters

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Event is one thing that can be counted.
type Event int

// The events. Those of the processor are counted in user mode alone: what the
// kernel does for a program changes with the kernel. Page faults and CPU time are
// counted by the kernel, in both modes, and exist on every machine.
const (
	Instructions Event = iota // retired, in user mode
	Cycles                    // of the core, in user mode
	Branches                  // retired, in user mode
	CacheMisses               // of the last level, in user mode
	PageFaults
	CPUTime // nanoseconds
)

// kind is an event as the kernel names it (linux/perf_event.h).
type kind struct {
	name   string
	source uint32
	config uint64
	bits   uint64
}

// userMode leaves out what kernel and hypervisor do.
const userMode = unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv

var kinds = map[Event]kind{
	Instructions: {"instructions", unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_INSTRUCTIONS, userMode},
	Cycles:       {"cycles", unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_CPU_CYCLES, userMode},
	Branches:     {"branches", unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_BRANCH_INSTRUCTIONS, userMode},
	CacheMisses:  {"cache-misses", unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_CACHE_MISSES, userMode},
	PageFaults:   {"page-faults", unix.PERF_TYPE_SOFTWARE, unix.PERF_COUNT_SW_PAGE_FAULTS, 0},
	CPUTime:      {"cpu-time", unix.PERF_TYPE_SOFTWARE, unix.PERF_COUNT_SW_TASK_CLOCK, 0},
}

// String returns the event's name: "instructions".
func (e Event) String() string {
	if k, known := kinds[e]; known {
		return k.name
	}
	return fmt.Sprintf("event %d", int(e))
}

// attributes describe the event to the kernel. The first version of the structure
// has all that is needed, so that the oldest kernel takes it.
func (e Event) attributes() (*unix.PerfEventAttr, error) {
	k, known := kinds[e]
	if !known {
		return nil, fmt.Errorf("there is no %s", e)
	}
	return &unix.PerfEventAttr{
		Type: k.source, Config: k.config, Size: unix.PERF_ATTR_SIZE_VER0, Bits: k.bits,
		Read_format: unix.PERF_FORMAT_TOTAL_TIME_ENABLED | unix.PERF_FORMAT_TOTAL_TIME_RUNNING,
	}, nil
}
