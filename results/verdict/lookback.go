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
	l := results.LookBack{Series: t.Series, Points: t.digest(), Places: []int{}}
	for _, s := range t.Segments {
		for _, p := range changepoint.Detect(t.history(s).Values) {
			l.Places = append(l.Places, s.From+p)
		}
	}
	return l
}

// digest is of everything that a search depends on.
func (t *Timeline) digest() string {
	b := append(make([]byte, 0, 64+8*len(t.Moments)), changepoint.Rules...)
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
func (t *Timeline) LookBack() { t.LookBackBy(results.LookBack{}) }

// LookBackBy is LookBack by what was seen before, where that was of the same points.
func (t *Timeline) LookBackBy(known results.LookBack) {
	if known.Points != t.digest() || !ascending(known.Places) {
		known = t.Search()
	}
	var emerging []TimedStep
	for _, s := range t.Segments {
		var seen []ChangePoint
		h := t.history(s)
		for _, p := range h.placesAt(0, placesIn(known.Places, s)) {
			c := p.ChangePoint
			c.Index += s.From
			seen = append(seen, c)
			if !slices.ContainsFunc(t.Steps, func(known TimedStep) bool { return same(known, c) }) {
				emerging = append(emerging, t.emerging(s, h.sized(p)))
			}
		}
		t.note(s, seen)
	}
	t.Steps = append(t.Steps, emerging...)
	slices.SortStableFunc(t.Steps, func(a, b TimedStep) int { return cmp.Compare(a.Index, b.Index) })
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

// placesIn are the places in a segment, counted from its beginning.
func placesIn(places []int, s Segment) (in []int) {
	for _, p := range places {
		if p > s.From && p < s.To {
			in = append(in, p-s.From)
		}
	}
	return in
}

// emerging is a step that nobody announced.
func (t *Timeline) emerging(s Segment, c ChangePoint) TimedStep {
	c.Index += s.From
	return TimedStep{ChangePoint: c, State: StateEmerging, Commit: t.Moments[c.Index].Commit}
}
