package sampler

import (
	"bufio"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// settle makes this process small and still for one launch, so that neither its
// collector runs nor its size shows in what follows. It returns the floor of what
// ru_maxrss can show for the next child, in bytes, and the CPU time of a rehearsal.
//
// A spawned process shares its parent's memory until it executes its own
// program, and the kernel counts the parent's peak into the child's (exec_mmap
// in fs/exec.c). So a program smaller than the sampler shows the sampler's size.
// Letting go of the pages of our own program file (they come back from the page
// cache) and resetting the peak (write 5 to clear_refs, proc(5)) keeps that floor
// low. It cannot be removed, so it is reported.
//
// It must be called on the thread that spawns: a rehearsal brings the pages back
// that the real launch needs, outside the clock.
func settle(attr *syscall.ProcAttr) (floor int64, rehearsal time.Duration) {
	debug.FreeOSMemory()
	dropProgramPages()
	rehearsal = rehearse(attr)
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // where it is refused the floor is merely higher
	return peak(), rehearsal
}

// peak reads this process's largest resident size since it was reset.
func peak() int64 {
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

// dropProgramPages gives back the read-only pages that are mapped from files and
// were never written (/proc/pid/smaps, proc(5)). Others must stay: what a loader
// has relocated is read-only too, and would come back as it is in the file.
func dropProgramPages() {
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer smaps.Close()
	var from, to uint64
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 5 && strings.Contains(fields[0], "-"): // a mapping begins
			from, to = readOnlyFile(fields)
		case len(fields) == 3 && fields[0] == "Private_Dirty:" && fields[1] == "0" && to > from:
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, uintptr(from), uintptr(to-from), unix.MADV_DONTNEED)
		}
	}
}

// readOnlyFile returns the range of a mapping of a file that cannot be written,
// or nothing.
func readOnlyFile(fields []string) (from, to uint64) {
	if len(fields) < 6 || strings.Contains(fields[1], "w") || !strings.HasPrefix(fields[5], "/") {
		return 0, 0
	}
	first, last, _ := strings.Cut(fields[0], "-")
	from, err := strconv.ParseUint(first, 16, 64)
	if err != nil {
		return 0, 0
	}
	to, err = strconv.ParseUint(last, 16, 64)
	if err != nil {
		return 0, 0
	}
	return from, to
}
