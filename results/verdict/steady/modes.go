package steady

import (
	"math"
	"slices"
)

// Bimodality is how values fall into two groups.
type Bimodality struct {
	Low  Mode `json:"low"`
	High Mode `json:"high"`
	// Gap is how far the centre of High is above that of Low, as a share of Low's;
	// 0 where Low's centre is not positive.
	Gap float64 `json:"gap"`
	// Separation is the distance of the groups' means in units of the larger
	// standard deviation inside a group.
	Separation float64 `json:"separation"`
}

// Mode is one of two groups.
type Mode struct {
	Centre float64 `json:"centre"` // median, in the values' unit
	Share  float64 `json:"share"`  // of all values
}

const (
	// fewestModes is how many values it takes: below it, groups that are far apart
	// come too often by chance.
	fewestModes = 10
	// smallest is the share of all values that a group must exceed, and fewestInside
	// how many it has: a few far away are outliers.
	smallest     = 0.15
	fewestInside = 4
	// onLattice is how far from a whole number of ticks a value may be.
	onLattice = 1e-3
	// farthest bounds Separation where there is no scatter at all.
	farthest = 1e6
)

// Modes says whether values, in any order, fall into two groups, and which. The
// measure is that of Ashman, Bird and Zepf ("Detecting Bimodality in Astronomical
// Datasets", Astronomical Journal 108, 1994), the distance of two groups in units
// of their scatter, here the larger one's, for the best of all divisions: of long
// tails one group scatters widely. What it must exceed is what the worst of values
// with one hump do in one case of two hundred (see needed). Hartigan's dip, which asks
// less of the values, found groups of 30 and 70 % less than half as often.
//
// It is false of fewer than 10 values, of values that are not finite, and where a
// clock's tick may have made the groups.
func Modes(values []float64) (Bimodality, bool) {
	if len(values) < fewestModes || slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
		return Bimodality{}, false
	}
	sorted := slices.Sorted(slices.Values(values))
	at, separation := divide(sorted)
	if separation <= needed(len(sorted)) {
		return Bimodality{}, false
	}
	mode := func(part []float64) Mode { return Mode{median(part), float64(len(part)) / float64(len(sorted))} }
	b := Bimodality{Low: mode(sorted[:at]), High: mode(sorted[at:]), Separation: separation}
	if gap := b.High.Centre/b.Low.Centre - 1; b.Low.Centre > 0 && !math.IsInf(gap, 0) {
		b.Gap = gap
	}
	return b, true
}

// needed is the separation that n values with one hump exceed in some one case of
// 200, and less than one of 100. Halves of a uniform distribution are 2 sqrt(3) apart; the rest is the
// simulated excess of 10 to 1000 values, uniform, normal, exponential, log-normal
// with shapes 0.75 and 1.5, Student's t with 3 degrees of freedom, Cauchy's, and
// normal with 5 % outliers, whichever was largest.
func needed(n int) float64 {
	return 2*math.Sqrt(3) + 6/math.Sqrt(float64(n)) + 20/float64(n)
}

// divide finds the division with the largest separation: at how many of the lowest.
func divide(sorted []float64) (at int, separation float64) {
	n := len(sorted)
	unit := max(math.Abs(sorted[0]), math.Abs(sorted[n-1]))
	if sorted[0] == sorted[n-1] {
		return 0, 0
	}
	low, high, tick := make([]moments, n+1), make([]moments, n+1), lattice(sorted)/unit
	for i := range n {
		low[i+1] = low[i].with(sorted[i] / unit)
		high[n-1-i] = high[n-i].with(sorted[n-1-i] / unit)
	}
	few := max(fewestInside, 1+int(math.Round(smallest*float64(n))))
	for k := few; k <= n-few; k++ {
		scatter := math.Sqrt(max(low[k].variance(), high[k].variance()) + tick*tick/12)
		if s := min((high[k].mean-low[k].mean)/scatter, farthest); s > separation {
			at, separation = k, s
		}
	}
	return at, separation
}

// lattice is the tick of the clock, if values look as if they had one: whole
// multiples of the smallest difference. What a tick hides is spread evenly over it.
func lattice(sorted []float64) float64 {
	tick := math.Inf(1)
	for i, v := range sorted {
		if i > 0 && v > sorted[i-1] {
			tick = min(tick, v-sorted[i-1])
		}
	}
	for _, v := range sorted {
		if ticks := v / tick; math.Abs(ticks-math.Round(ticks)) > onLattice {
			return 0
		}
	}
	return tick
}

// moments are those of values added one at a time (Welford 1962).
type moments struct{ n, mean, squares float64 }

func (m moments) with(v float64) moments {
	n := m.n + 1
	delta := v - m.mean
	mean := m.mean + delta/n
	return moments{n, mean, m.squares + delta*(v-mean)}
}

func (m moments) variance() float64 { return m.squares / (m.n - 1) }
