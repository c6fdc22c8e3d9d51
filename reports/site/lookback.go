package site

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
	"sync"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// looked remembers what a look back at a whole series found where none was kept with it,
// which takes longer than to read it: it holds until a point comes, or a step is announced
// or accepted.
type looked struct {
	mu sync.Mutex
	at map[results.Series]lookedBack
}

type lookedBack struct {
	points   uint64
	steps    []results.Step
	accepted []results.Acceptance
	found    []verdict.TimedStep
}

var seed = maphash.MakeSeed()

// timelineOf lays a series out and looks back at it, as perfrun history does: with the
// steps that emerge, and what is to be said of those that were announced.
func (l *looked) timelineOf(h results.History, seen results.LookBack, steps []results.Step, accepted []results.Acceptance) *verdict.Timeline {
	t := verdict.TimelineOf(h, steps, accepted)
	points := digestOf(h)
	l.mu.Lock()
	known, found := l.at[h.Series]
	l.mu.Unlock()
	if found && known.points == points && slices.Equal(known.steps, steps) && slices.Equal(known.accepted, accepted) {
		t.Steps = slices.Clone(known.found)
		return t
	}
	t.LookBackBy(seen)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[results.Series]lookedBack{}
	}
	l.at[h.Series] = lookedBack{points, steps, accepted, slices.Clone(t.Steps)}
	return t
}

// digestOf tells points apart from others, within this process.
func digestOf(h results.History) uint64 {
	b := make([]byte, 0, 64*len(h.Values))
	for i, v := range h.Values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		b = binary.LittleEndian.AppendUint64(b, uint64(h.Environment[i]))
		b = append(b, h.Sources[i].Commit.Rev...)
	}
	return maphash.Bytes(seed, b)
}
