package sampler

import (
	"os"
	"runtime/debug"

	"github.com/prometheus/procfs"
)

// settle collects garbage and gives memory back, so that neither happens while a
// benchmark runs, and returns the floor of what ru_maxrss can show for the next
// child, in bytes.
//
// A spawned process shares its parent's memory until it executes its own
// program, and the kernel counts the parent's peak into the child's (exec_mmap
// in fs/exec.c). So a program smaller than the sampler shows the sampler's size.
// Resetting the peak (write 5 to clear_refs, proc(5)) keeps that floor low; it
// cannot be removed, so it is reported.
func settle() (floor int64) {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // where it is refused the floor is merely higher
	self, err := procfs.Self()
	if err != nil {
		return 0
	}
	status, err := self.NewStatus()
	if err != nil {
		return 0
	}
	return int64(status.VmHWM)
}
