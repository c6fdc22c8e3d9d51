package verdict

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPositionsBeyondTheTables are where resamples would have them.
func TestPositionsBeyondTheTables(t *testing.T) {
	for _, n := range []int{mostDrawn + 1, mostDrawn + 2, 300, 999} {
		positions, draw := newResampler(make([]float64, n)), rand.New(rand.NewPCG(1, uint64(n)))
		drawn, normal := make([]float64, resamples), make([]float64, resamples)
		for i, m := range middles(n, 0) {
			normal[i] = float64(m.lower+m.upper) / 2
			counted := positions.middle(draw)
			drawn[i] = float64(counted.lower+counted.upper) / 2
		}
		slices.Sort(drawn)
		slices.Sort(normal)
		for _, share := range []float64{0.005, 0.025, 0.25, 0.5, 0.75, 0.975, 0.995} {
			at := int(share * resamples)
			if apart := math.Abs(normal[at] - drawn[at]); apart > 1+math.Sqrt(float64(n))/20 { // a tenth of its deviation is chance
				t.Errorf("%d values: the median's position at %v is %v, of resamples %v", n, share, normal[at], drawn[at])
			}
		}
	}
}
