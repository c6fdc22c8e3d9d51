package web

import (
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
)

// lanes are what pages wait in until they are made. Few are made at a time, so that a run
// keeps its CPUs; what takes long, like the page of a large run that goes on, has a lane of
// its own, so that nobody who asks for little waits behind it. It begins there if it took
// long the last time, and changes to it otherwise, if that is free.
type lanes struct {
	light, heavy chan struct{} // each holds one for each page that is being made
	mu           sync.Mutex
	slow         map[string]bool // keys of pages that took long
}

// slowest is from when on a page takes long. mostSlow bounds how many are remembered: where
// there is no room it is learned again.
const (
	slowest  = 200 * time.Millisecond
	mostSlow = 1000
)

func newLanes(atOnce int) lanes {
	return lanes{light: make(chan struct{}, atOnce), heavy: make(chan struct{}, 1), slow: map[string]bool{}}
}

// errBusy: so many pages are being made that this one had no turn.
var errBusy = &results.Problem{Kind: results.CannotRun, Where: "pages", What: "too many are being made", Next: "try again in a moment"}

// enter waits for a turn, as long as patience lasts. Who had one calls leave.
func (l *lanes) enter(key string, patience time.Duration) (leave func(), err error) {
	waiting := time.NewTimer(patience)
	defer waiting.Stop()
	lane := l.of(key)
	select {
	case lane <- struct{}{}:
		t := &turn{lane: lane}
		t.change = time.AfterFunc(slowest, func() { t.changeTo(l.heavy) })
		return t.leave, nil
	case <-waiting.C:
		return nil, errBusy
	}
}

func (l *lanes) of(key string) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slow[key] {
		return l.heavy
	}
	return l.light
}

// took remembers whether a page took long.
func (l *lanes) took(key string, long time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if delete(l.slow, key); long < slowest {
		return
	}
	if len(l.slow) >= mostSlow {
		clear(l.slow)
	}
	l.slow[key] = true
}

// turn is that of a page that is being made.
type turn struct {
	mu     sync.Mutex
	lane   chan struct{} // which holds one for it; nil when it has left
	change *time.Timer
}

func (t *turn) changeTo(lane chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lane == nil || t.lane == lane {
		return
	}
	select {
	case lane <- struct{}{}:
		<-t.lane
		t.lane = lane
	default:
	}
}

func (t *turn) leave() {
	t.change.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	<-t.lane
	t.lane = nil
}
