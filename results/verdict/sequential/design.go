package sequential

import (
	"fmt"
	"math"
	"slices"
	"sync"
)

// Look is a moment at which a run is judged: the k-th of its schedule. The zero
// Look is that of a run which is judged once, at its end.
type Look struct {
	design *design
	k      int
}

// At is the look that has the errors of everything up to so many rounds to spend:
// the first that is due then or later. Without a schedule there is one look.
func At(looks []int, rounds int) Look {
	if len(looks) < 2 {
		return Look{}
	}
	k, _ := slices.BinarySearch(looks, rounds)
	return Look{designOf(looks), min(k, len(looks)-1)}
}

// Level is the two-sided level at which this look tests, or 1 minus the
// confidence of its interval, where all looks together may err with probability
// overall.
func (l Look) Level(overall float64) float64 {
	if l.design == nil {
		return overall
	}
	return interpolate(l.design.overall, l.design.nominal[l.k], overall)
}

// Overall is the repeated p-value of a two-sided p at this look: the smallest
// level of all looks together that would have stopped here (Jennison and Turnbull,
// "Group Sequential Methods", 2000, section 9.5). It is 1 at most.
func (l Look) Overall(p float64) float64 {
	if l.design == nil {
		return p
	}
	return min(1, interpolate(l.design.nominal[l.k], l.design.overall, p))
}

// design tabulates a schedule: overall levels, and the nominal level of each look
// for each of them.
type design struct {
	overall []float64
	nominal [][]float64
}

// designs keeps what was tabulated; a program meets few schedules.
var designs sync.Map

func designOf(looks []int) *design {
	key := fmt.Sprint(looks)
	if known, ok := designs.Load(key); ok {
		return known.(*design)
	}
	made, _ := designs.LoadOrStore(key, newDesign(looks))
	return made.(*design)
}

// levels of the table: from leastLevel on, perDecade to each power of ten.
const (
	leastLevel = 1e-9
	perDecade  = 3
)

func newDesign(looks []int) *design {
	times := make([]float64, len(looks))
	for i, n := range looks {
		times[i] = float64(n) / float64(looks[len(looks)-1])
	}
	d := &design{nominal: make([][]float64, len(looks))}
	add := func(level float64) {
		d.overall = append(d.overall, level)
		for k, z := range boundaries(times, level) {
			d.nominal[k] = append(d.nominal[k], 2*upper(z))
		}
	}
	for i := 0; ; i++ {
		level := leastLevel * math.Pow(10, float64(i)/perDecade)
		if level > 0.6 {
			break
		}
		add(level)
	}
	return d
}

// interpolate reads y at x from a table of ascending, positive numbers, on
// logarithmic axes. Outside of the table y keeps its ratio to x.
func interpolate(xs, ys []float64, x float64) float64 {
	i, _ := slices.BinarySearch(xs, x)
	switch {
	case x <= 0:
		return 0
	case i == 0:
		return x * ys[0] / xs[0]
	case i == len(xs):
		return x * ys[i-1] / xs[i-1]
	}
	share := math.Log(x/xs[i-1]) / math.Log(xs[i]/xs[i-1])
	return ys[i-1] * math.Pow(ys[i]/ys[i-1], share)
}
