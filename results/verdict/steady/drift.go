package steady

import (
	"math"
	"slices"
)

const (
	// mostPoints bounds the lines that are drawn: all pairs of so many points a side.
	mostPoints = 400
	// both is the two-sided 95 % point of the normal distribution.
	both = 1.95996
)

// drift is the median slope of the lines through all pairs of values of a side
// (Theil 1950), over all sides, with the interval of Sen ("Estimates of the
// Regression Coefficient Based on Kendall's Tau", JASA 63, 1968), made wider where
// what remains resembles its predecessor. It is told for the whole length, as a
// share of the median.
func drift(sides [][]float64) (middle, low, high float64) {
	var slopes []float64
	variance := 0.0
	for _, side := range sides {
		points := thinned(side)
		slopes = append(slopes, lines(points)...)
		variance += kendall(points)
	}
	slices.Sort(slopes)
	middle = median(slopes)
	var rest [][]float64
	for _, side := range sides {
		rest = append(rest, straightened(side, middle))
	}
	c := correlate(rest)
	n := float64(len(slopes))
	reach := both * math.Sqrt(variance) * widening(c.n, c.tau())
	at := func(rank float64) float64 { return slopes[int(min(max(math.Round(rank), 0), n-1))] }
	return middle, at((n-reach)/2 - 1), at((n + reach) / 2)
}

// thinned are the medians of equal parts of a long row; what is left over at the end
// is less than a part.
func thinned(side []float64) []float64 {
	each := (len(side) + mostPoints - 1) / mostPoints
	points := make([]float64, len(side)/each)
	for i := range points {
		points[i] = median(side[i*each : (i+1)*each])
	}
	return points
}

// lines are the slopes of all pairs, each for the whole length.
func lines(points []float64) (slopes []float64) {
	for i, v := range points {
		for j := range i {
			slopes = append(slopes, (v-points[j])/float64(i-j)*float64(len(points)-1))
		}
	}
	return slopes
}

// kendall is the variance of the number of pairs that rise, less those that fall.
func kendall(points []float64) float64 {
	part := func(n float64) float64 { return n * (n - 1) * (2*n + 5) / 18 }
	sorted := slices.Sorted(slices.Values(points))
	variance := part(float64(len(sorted)))
	for from := 0; from < len(sorted); {
		to := from
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		variance -= part(float64(to - from))
		from = to
	}
	return variance
}

// straightened is a row without its drift.
func straightened(side []float64, drift float64) []float64 {
	rest := make([]float64, len(side))
	for i, v := range side {
		rest[i] = v - drift*float64(i)/float64(len(side)-1)
	}
	return rest
}
