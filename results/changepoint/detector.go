package changepoint

import "slices"

const (
	// recent is how far back a Detector looks: points enough for both kinds of step
	// and for what is usual.
	recent = 4 * farther
	// Settled is how many points must follow a step before it is believed (so many
	// on its far side make a jump), and how often in a row it must be seen before it
	// is announced: whoever looks after every point sees chance at its best.
	Settled = local
)

// Detector takes a series point by point and announces steps. What it announces
// stays: it sees less than Detect, which knows what came later, but it never takes
// anything back.
type Detector struct {
	values []float64   // the recent ones
	offset int         // of values[0] in the series
	last   int         // the last announced
	seen   map[int]int // how often in a row each place was a step
}

// replayed is how many of the latest points Latest takes one by one: enough for a
// step to be seen Settled times, and as many points more that may be new.
const replayed = 2 * Settled

// Window is how many of the latest values Latest looks at.
const Window = recent + replayed

// Latest returns what a Detector announces over the latest points of a series, as if
// it had seen all before, ascending. Last is where the latest step was announced
// already, of these values; -1 for nowhere. Its cost does not grow with the series.
func Latest(values []float64, last int) (announced []int) {
	d := &Detector{last: last}
	if last < 0 {
		d.last = -least
	}
	tail := max(0, len(values)-recent)
	if !slices.ContainsFunc(Detect(values[tail:]), func(p int) bool { return d.fresh(tail+p, len(values)) }) {
		return nil // which is so nearly always, and spares the rest
	}
	begin := max(0, len(values)-replayed)
	d.offset = max(0, begin-recent)
	d.values = append(d.values, values[d.offset:begin]...)
	for _, v := range values[begin:] {
		announced = append(announced, d.Add(v)...)
	}
	return announced
}

// Add takes the next value and returns the positions of newly announced steps,
// ascending, none in most cases. Its cost does not grow with the series.
func (d *Detector) Add(value float64) (announced []int) {
	d.values = append(d.values, value)
	if surplus := len(d.values) - recent; surplus > 0 {
		d.values = append([]float64(nil), d.values[surplus:]...)
		d.offset += surplus
	}
	now := map[int]int{}
	for _, p := range Detect(d.values) {
		at := d.offset + p
		if !d.fresh(at, d.offset+len(d.values)) {
			continue
		}
		now[at] = d.before(at) + 1
		if now[at] >= Settled {
			announced, d.last = append(announced, at), at
		}
	}
	d.seen = now
	return announced
}

// fresh reports whether a step can be announced there, of a series of n values.
func (d *Detector) fresh(at, n int) bool { return at >= d.last+least && at+Settled <= n }

// before is how often in a row there was a step at a place, give or take two.
func (d *Detector) before(at int) (times int) {
	for place, n := range d.seen {
		if max(place-at, at-place) <= 2 {
			times = max(times, n)
		}
	}
	return times
}
