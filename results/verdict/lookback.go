package verdict

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/changepoint"
)

// Search looks at the whole series, which costs more than laying it out.
func (t *Timeline) Search() results.LookBack {
	l := results.LookBack{Series: t.Series, Points: t.digest(), Places: []int{}, Sizes: []results.Size{}}
	for _, s := range t.Segments {
		h := t.history(s)
		for _, p := range h.places(0, len(h.Values)) {
			c := h.sized(p)
			l.Places, l.Sizes = append(l.Places, s.From+c.Index), append(l.Sizes, results.Size{Change: c.Change, Low: c.Low, High: c.High})
		}
	}
	return l
}

// Seen reports whether a look back is one at the very points of the timeline.
func (t *Timeline) Seen(l results.LookBack) bool {
	return l.Points == t.digest() && ascending(l.Places) && len(l.Sizes) == len(l.Places)
}

// digest is of everything that a search depends on.
func (t *Timeline) digest() string {
	b := append(make([]byte, 0, 256+8*len(t.Moments)), method+" "+changepoint.Rules...)
	for _, s := range t.Segments {
		b = binary.LittleEndian.AppendUint64(b, uint64(s.To))
	}
	for _, m := range t.Moments {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.Value))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// LookBack adds the steps that emerge when the whole series is looked at, and notes where
// an announced one is not seen, or not there.
func (t *Timeline) LookBack() { t.lookBackBy(t.Search()) }

// LookBackBy is LookBack by what was seen before, where that was of the same points.
func (t *Timeline) LookBackBy(known results.LookBack) {
	if !t.Seen(known) {
		known = t.Search()
	}
	t.lookBackBy(known)
}

func (t *Timeline) lookBackBy(seen results.LookBack) {
	var emerging []TimedStep
	for _, s := range t.Segments {
		steps := t.stepsIn(s, seen)
		for _, c := range steps {
			if !slices.ContainsFunc(t.Steps, func(known TimedStep) bool { return same(known, c) }) {
				emerging = append(emerging, TimedStep{ChangePoint: c, State: StateEmerging, Commit: t.Moments[c.Index].Commit})
			}
		}
		t.note(s, steps)
	}
	t.Steps = append(t.Steps, emerging...)
	slices.SortStableFunc(t.Steps, func(a, b TimedStep) int { return cmp.Compare(a.Index, b.Index) })
}

// stepsIn are the steps of a segment that a look back saw, with their sizes.
func (t *Timeline) stepsIn(s Segment, seen results.LookBack) (steps []ChangePoint) {
	first, places := placesIn(seen.Places, s)
	for i, p := range t.history(s).placesAt(0, places) {
		c, size := p.ChangePoint, seen.Sizes[first+i]
		c.Index += s.From
		c.Change, c.Low, c.High = size.Change, size.Low, size.High
		steps = append(steps, c)
	}
	return steps
}

// ascending is how places are found; a database may be damaged.
func ascending(places []int) bool {
	for i := 1; i < len(places); i++ {
		if places[i] <= places[i-1] {
			return false
		}
	}
	return true
}

// placesIn are the places in a segment, counted from its beginning, and which of all of
// them is the first.
func placesIn(places []int, s Segment) (first int, in []int) {
	first, _ = slices.BinarySearch(places, s.From+1)
	for _, p := range places[first:] {
		if p >= s.To {
			break
		}
		in = append(in, p-s.From)
	}
	return first, in
}
