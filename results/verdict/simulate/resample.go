package simulate

import (
	"math"
	"math/rand/v2"
)

// forResamples is the stream of random numbers that Resample uses.
const forResamples = 0x7265736170

// Resample draws a run of so many rounds from a recorded calibration, whose sides
// were the same program; values are in order of rounds. Where sides are of
// different length, what is beyond the shorter does not count; nothing gives nothing.
//
// Rounds keep both values, and are drawn in blocks of successive ones whose lengths
// are geometric (the stationary bootstrap: Politis and Romano, "The Stationary
// Bootstrap", JASA 89, 1994), so that what lasts for a while still does. In each
// block the sides may change places: how far they happened to be apart in the
// calibration is chance, and must not become the truth. Head's values are times
// 1 + effect.
func Resample(seed uint64, base, head []float64, rounds int, effect float64) (newBase, newHead []float64) {
	n := min(len(base), len(head))
	if n == 0 || rounds <= 0 {
		return nil, nil
	}
	newBase, newHead = make([]float64, rounds), make([]float64, rounds)
	for r, drawn := range Draw(seed, n, BlockLength(base[:n], head[:n]), rounds) {
		b, h := base[drawn.Round], head[drawn.Round]
		if drawn.Swapped {
			b, h = h, b
		}
		newBase[r], newHead[r] = b, h*(1+effect)
	}
	return newBase, newHead
}

// Drawn is a round of a calibration that a resampled run has.
type Drawn struct {
	Round   int  // 0-based, in the calibration
	Swapped bool // its sides change places
}

// Draw lays out a resampled run of so many rounds: for each, which of the
// calibration's n rounds it is. Blocks have the given length on average. Resample
// draws so; who draws whole executions, with all their metrics, does as well.
func Draw(seed uint64, n int, length float64, rounds int) []Drawn {
	draw := rand.New(rand.NewPCG(seed, forResamples))
	list := make([]Drawn, rounds)
	at, swapped := 0, false
	for r := range list {
		if r == 0 || draw.Float64()*length < 1 {
			at, swapped = draw.IntN(n), draw.IntN(2) == 1
		}
		list[r] = Drawn{at, swapped}
		at = (at + 1) % n
	}
	return list
}

// BlockLength is the mean number of rounds in a block: the best one for the
// variance of a mean of values whose correlation with the one before is r, that is
// (2r / (1 - r*r))^(2/3) n^(1/3) (Carlstein, "The Use of Subseries Values for
// Estimating the Variance of a General Statistic", Annals of Statistics 14, 1986),
// and at least n^(1/3), which keeps what that one figure does not see. It is at
// most a third of the rounds: fewer blocks would be the calibration again.
func BlockLength(base, head []float64) float64 {
	n := float64(len(base))
	least := math.Cbrt(n)
	r := min(max(resemblance(base), resemblance(head), 0), 0.99)
	wanted := least * math.Pow(2*r/(1-r*r), 2.0/3)
	return min(max(least, wanted), max(1, n/3))
}

// resemblance is von Neumann's: 1 minus half of the mean square of successive
// differences over the variance; near the correlation with the value before. It is 0
// where there is no variance, and where values are not finite.
func resemblance(values []float64) float64 {
	var mean, squares, steps float64
	for i, v := range values { // Welford, so that large values keep their digits
		delta := v - mean
		mean += delta / float64(i+1)
		squares += delta * (v - mean)
		if i > 0 {
			steps += (v - values[i-1]) * (v - values[i-1])
		}
	}
	if r := 1 - steps/(2*squares); !math.IsNaN(r) && !math.IsInf(r, 0) {
		return r
	}
	return 0
}
