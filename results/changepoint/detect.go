package changepoint

import (
	"fmt"
	"math"
	"slices"
)

// least is how many points a level needs: one or two are a spike.
const least = 3

// Rules names what Detect does: what was found by other rules may not be found any more.
var Rules = fmt.Sprint("detect 1 ", least, penalty, quantiles, young, local, exceptional, enough, beside, slope, obvious, long, farther, shown)

// Detect returns the positions of the first points of new levels, ascending. A
// value that is not finite is missing: it counts nowhere, and a level never begins
// with one.
func Detect(values []float64) []int {
	var present []float64
	var places []int
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			present, places = append(present, v), append(places, i)
		}
	}
	points := propose(present)
	points = standOut(present, points)
	points = sharp(present, points)
	points = large(present, points)
	points = held(present, points)
	for i, p := range points {
		points[i] = places[p]
	}
	return points
}

// around returns the segments before and after the i-th of the points.
func around(points []int, i, n int) (from, to int) {
	from, to = 0, n
	if i > 0 {
		from = points[i-1]
	}
	if i+1 < len(points) {
		to = points[i+1]
	}
	return from, to
}

func median(values []float64) float64 {
	var room [2 * beside]float64 // most are of a few values
	sorted := append(room[:0], values...)
	slices.Sort(sorted)
	n := len(sorted)
	return sorted[(n-1)/2]/2 + sorted[n/2]/2
}

// distance is the sum of the distances of values from a level.
func distance(values []float64, level float64) (sum float64) {
	for _, v := range values {
		sum += math.Abs(v - level)
	}
	return sum
}
