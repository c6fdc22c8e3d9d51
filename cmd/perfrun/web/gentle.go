package web

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// niceness gives a tenth of what somebody else gets of a busy CPU (setpriority(2), sched(7)).
// With less, readers would starve while a build has all CPUs.
const niceness = 10

// gently does something on a thread that yields: readers must not take the machine from
// who records a run. With CPUs to spare they wait no longer than otherwise. A panic is
// that of whoever asked.
func gently(do func()) {
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		// Never unlocked: the thread ends with this goroutine, and its niceness, which
		// not everybody may take back, with it.
		runtime.LockOSThread()
		yield()
		do()
	}()
	if bad := <-done; bad != nil {
		panic(bad)
	}
}

// yield makes this very thread nicer, if it is not so already. Where that cannot be it is
// only less gentle.
func yield() {
	if own, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil && kernelNice-own < niceness {
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, niceness)
	}
}

// kernelNice is what the system call itself answers for niceness 0, which cannot be negative.
const kernelNice = 20
