package changepoint

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// quadratic divides the values at the least cost by trying everything: every point
// as the last segment's begin for every end (optimal partitioning: Jackson and
// others, IEEE Signal Processing Letters 12, 2005). It is what propose would be
// without pruning, and the rival that its cost is measured by.
func quadratic(values []float64) []int {
	n := len(values)
	s := newShares(values)
	price := penalty * math.Log(float64(n))
	best, last := make([]float64, n+1), make([]int, n+1)
	best[0] = -price
	for t := least; t <= n; t++ {
		best[t] = math.Inf(1)
		for c := 0; c <= t-least; c++ {
			if c > 0 && c < least {
				continue
			}
			if cost := best[c] + s.cost(c, t) + price; cost < best[t] {
				best[t], last[t] = cost, c
			}
		}
	}
	var points []int
	for t := last[n]; t > 0; t = last[t] {
		points = append(points, t)
	}
	slices.Reverse(points)
	return points
}

// priceOf is the cost of a division.
func priceOf(values []float64, points []int) float64 {
	s, from, sum := newShares(values), 0, 0.0
	for _, to := range append(slices.Clone(points), len(values)) {
		sum += s.cost(from, to) + penalty*math.Log(float64(len(values)))
		from = to
	}
	return sum
}

// TestThinningCostsLittle: what propose leaves out of its search costs less than one
// part in ten thousand.
func TestThinningCostsLittle(t *testing.T) {
	for seed := range uint64(6) {
		values := levels(seed, 1+float64(seed), [2]float64{100, 150}, [2]float64{104, 130}, [2]float64{101, 90}, [2]float64{120, 40}, [2]float64{100, 190})
		ours, theirs := priceOf(values, propose(values)), priceOf(values, quadratic(values))
		if ours < theirs-1e-6*math.Abs(theirs) {
			t.Fatalf("seed %d: the rival is not the best: %v, ours %v", seed, theirs, ours)
		}
		if ours > theirs+1e-4*math.Abs(theirs) {
			t.Errorf("seed %d: the cost is %v, the least is %v", seed, ours, theirs)
		}
	}
}

// BenchmarkLengths is read by .ci/bench-history.
func BenchmarkLengths(b *testing.B) {
	for _, n := range []float64{500, 1000, 2000, 4000, 8000} {
		values := levels(1, 1, [2]float64{100, n / 4}, [2]float64{103, n / 4}, [2]float64{100, n / 2})
		b.Run(fmt.Sprintf("perfrun/%v", n), func(b *testing.B) {
			for b.Loop() {
				Detect(values)
			}
		})
		b.Run(fmt.Sprintf("quadratic/%v", n), func(b *testing.B) {
			for b.Loop() {
				quadratic(values)
			}
		})
	}
}
