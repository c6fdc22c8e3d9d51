package steady

import "slices"

// stretch is a part of a course at one level.
type stretch struct {
	from, to int // [from, to)
	level    float64
}

const (
	// priceOfLevel is what a change of level must gain: the reduction of the sum of
	// squares, in variances, that the best change in normal noise alone stays below in
	// 99 of 100 rows of 6 to 400 values, the noise estimated as noiseOf does it
	// (simulated: 5.9 to 12.6).
	// What resembles its predecessors pays that much more: how much is not known well.
	priceOfLevel = 13.0
	// priceOfSlope is the same for a straight line: the 99 % point of chi-squared with
	// one degree of freedom.
	priceOfSlope = 6.63
	// shortest is the fewest values of a stretch but the first: a single value in
	// the middle is an outlier, the first one may be all there is of a warm-up.
	shortest = 2
)

// levels parts values, in deviations, into stretches at one level each, so that the
// sum of squares around the levels plus the price of each change is least (Auger
// and Lawrence, "Algorithms for the Optimal Identification of Segment
// Neighborhoods", 1989), and says by how much that is less than without a change.
func levels(values []float64, price float64) (parts []stretch, gain float64) {
	n := len(values)
	sums, best, from := make([]float64, n+1), make([]float64, n+1), make([]int, n+1)
	for i, v := range values {
		sums[i+1] = sums[i] + v
	}
	over := make([]float64, n+1) // 1/n, for division is slow
	for i := range n {
		over[i+1] = 1 / float64(i+1)
	}
	for to := 1; to <= n; to++ {
		most, begin := sums[to]*sums[to]*over[to], 0
		for at := 1; at <= to-shortest; at++ {
			sum := sums[to] - sums[at]
			// What a level explains of its values' squares.
			if worth := best[at] + sum*sum*over[to-at] - price; worth > most {
				most, begin = worth, at
			}
		}
		best[to], from[to] = most, begin
	}
	for to := n; to > 0; to = from[to] {
		at := from[to]
		parts = append(parts, stretch{at, to, (sums[to] - sums[at]) / float64(to-at)})
	}
	slices.Reverse(parts)
	return parts, best[n] - sums[n]*sums[n]/float64(n)
}

// slope is the rise of the straight line through values from the first to the last,
// and what it explains of their squares more than their mean.
func slope(values []float64) (rise, gain float64) {
	middle, mean := float64(len(values)-1)/2, meanOf(values)
	var xy, xx float64
	for i, v := range values {
		x := float64(i) - middle
		xy, xx = xy+x*(v-mean), xx+x*x
	}
	return xy / xx * 2 * middle, xy * xy / xx
}
