package web

import (
	"context"
	"net/url"
	"runtime"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/reports/site"
)

// Gentle makes the documents of pages on threads that get a CPU where nobody else wants
// it: readers must not take the machine from who records a run. On one with CPUs to
// spare they wait no longer than otherwise.
func Gentle(pages Pages) Pages { return gentle{pages} }

type gentle struct{ Pages }

// least is the niceness that yields most (setpriority(2)).
const least = 19

// Document is a panic to whoever asked, as without a thread of its own.
func (g gentle) Document(ctx context.Context, address string, query url.Values) (d site.Document, err error) {
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		// Never unlocked: the thread ends with this goroutine, and its niceness, which
		// not everybody may take back, with it.
		runtime.LockOSThread()
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, least) // a thread's own, by Linux; without it, it is only less gentle
		d, err = g.Pages.Document(ctx, address, query)
	}()
	if bad := <-done; bad != nil {
		panic(bad)
	}
	return d, err
}
