package site

import (
	"sync"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// looked remembers what a look back at a whole series saw where nothing was kept with it,
// which takes longer than to read it: it holds until a point comes.
type looked struct {
	mu sync.Mutex
	at map[results.Series]results.LookBack
}

// timelineOf lays a series out and looks back at it, as perfrun history does: with the
// steps that emerge, and what is to be said of those that were announced.
func (l *looked) timelineOf(h results.History, kept results.LookBack, steps []results.Step, accepted []results.Acceptance) *verdict.Timeline {
	t := verdict.TimelineOf(h, steps, accepted)
	if !t.Seen(kept) {
		kept = l.seen(t)
	}
	t.LookBackBy(kept)
	return t
}

// seen is what was seen of the same points before, or is seen now.
func (l *looked) seen(t *verdict.Timeline) results.LookBack {
	l.mu.Lock()
	known := l.at[t.Series]
	l.mu.Unlock()
	if t.Seen(known) {
		return known
	}
	now := t.Search()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[results.Series]results.LookBack{}
	}
	l.at[t.Series] = now
	return now
}
