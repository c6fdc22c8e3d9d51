package changepoint

const (
	// recent is how far back a Detector looks: points enough for both kinds of step
	// and for what is usual.
	recent = 4 * farther
	// settled is how many points must follow a step before it is believed (so many
	// on its far side make a jump), and how often in a row it must be seen before it
	// is announced: whoever looks after every point sees chance at its best.
	settled = local
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
		if at < d.last+least || p+settled > len(d.values) {
			continue
		}
		now[at] = d.before(at) + 1
		if now[at] >= settled {
			announced, d.last = append(announced, at), at
		}
	}
	d.seen = now
	return announced
}

// before is how often in a row there was a step at a place, give or take two.
func (d *Detector) before(at int) (times int) {
	for place, n := range d.seen {
		if max(place-at, at-place) <= 2 {
			times = max(times, n)
		}
	}
	return times
}
