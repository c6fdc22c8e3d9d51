package browsertest

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// Frames is what the browser's own trace says of a stretch of time.
type Frames struct {
	Drawn   int             // frames that reached the screen
	Dropped int             // frames that were due and did not
	Tasks   []time.Duration // how long the page's thread took for each task, shortest first
}

// Longest returns the time that 99 of 100 tasks stay within.
func (f Frames) Longest() time.Duration {
	if len(f.Tasks) == 0 {
		return 0
	}
	return f.Tasks[len(f.Tasks)*99/100]
}

// Busy returns how long the page's thread worked in all.
func (f Frames) Busy() (sum time.Duration) {
	for _, task := range f.Tasks {
		sum += task
	}
	return sum
}

// thread is one of the browser's threads.
type thread struct {
	Process int `json:"pid"`
	Thread  int `json:"tid"`
}

// traceEvent is one entry of a trace, as far as frames need it.
type traceEvent struct {
	thread
	Name     string  `json:"name"`
	Phase    string  `json:"ph"`
	Duration float64 `json:"dur"` // microseconds
	Args     struct {
		Name string `json:"name"`
	} `json:"args"`
}

// Trace records what the browser does while act runs.
func (p *Page) Trace(act func()) Frames {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	var entries []traceEvent
	done := make(chan struct{})
	listen := func(event any) {
		switch e := event.(type) {
		case *tracing.EventDataCollected:
			for _, raw := range e.Value {
				var entry traceEvent
				if json.Unmarshal(raw, &entry) == nil {
					entries = append(entries, entry)
				}
			}
		case *tracing.EventTracingComplete:
			close(done)
		}
	}
	if err := chromedp.Listen(ctx, listen); err != nil {
		p.t.Fatalf("trace: %v", err)
	}
	p.tracing(true)
	act()
	p.tracing(false)
	select {
	case <-done:
	case <-ctx.Done():
		p.t.Fatalf("trace: %v", ctx.Err())
	}
	return framesOf(entries)
}

func (p *Page) tracing(on bool) {
	p.t.Helper()
	p.do("trace", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if !on {
			_, err := cdp.Call(ctx, t, tracing.End, cdp.Empty{})
			return err
		}
		_, err := cdp.Call(ctx, t, tracing.Start, tracing.StartParams{TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{
			"disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame", "devtools.timeline.frame",
		}}})
		return err
	}))
}

// framesOf counts frames, and the tasks of the thread on which pages live.
func framesOf(entries []traceEvent) Frames {
	var f Frames
	pages := map[thread]bool{}
	for _, e := range entries {
		if e.Name == "thread_name" && e.Args.Name == "CrRendererMain" {
			pages[e.thread] = true
		}
	}
	for _, e := range entries {
		switch {
		case e.Name == "DrawFrame":
			f.Drawn++
		case e.Name == "DroppedFrame":
			f.Dropped++
		case e.Name == "RunTask" && e.Phase == "X" && pages[e.thread]:
			f.Tasks = append(f.Tasks, time.Duration(e.Duration*float64(time.Microsecond)))
		}
	}
	slices.Sort(f.Tasks)
	return f
}
