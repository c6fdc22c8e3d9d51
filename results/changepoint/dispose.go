package changepoint

import (
	"math"
	"slices"
)

// How people tell a step by eye. None of these was chosen by searching for the best
// score: the score is flat around them (docs/DECISIONS.md has the table).
const (
	// local is how many points on either side make a jump, and exceptional how many
	// times as large as the usual one it must be. Jumps between independent points
	// are below 2.9 times their median in 95 of 100 places; a series that wanders
	// jumps everywhere, and no place is exceptional. In series shorter than enough
	// half of all places may be near a step, and nobody knows what is usual.
	local       = 10
	exceptional = 3.5
	enough      = 6 * local
	// beside is how many points on either side are looked at closely.
	beside = 20
	// slope is how much better than a line a step must explain the points: a line
	// has one free parameter more.
	slope = 0.9
	// A step must be so many times as large as the noise beside it: obvious with few
	// points, and half of that where long levels on either side show it.
	obvious = 2.0
	long    = 50
	farther = 100
	shown   = 1.0
)

// standOut keeps points where the series jumps farther than it usually does.
func standOut(values []float64, points []int) []int {
	n := len(values)
	if n < enough || len(points) == 0 {
		return points
	}
	jump := func(i int) float64 {
		return math.Abs(median(values[max(0, i-local):i]) - median(values[i:min(n, i+local)]))
	}
	after := make([]float64, n-local+1) // the median of the points from there on
	for i := range after {
		after[i] = median(values[i : i+local])
	}
	var jumps []float64
	for i := local; i+local <= n; i++ {
		jumps = append(jumps, math.Abs(after[i-local]-after[i]))
	}
	usual := median(jumps)
	return slices.DeleteFunc(slices.Clone(points), func(p int) bool { return jump(p) < exceptional*usual })
}

// sharp keeps points that a line through both sides does not explain as well.
func sharp(values []float64, points []int) []int {
	points = slices.Clone(points)
	for i := 0; i < len(points); {
		from, to := around(points, i, len(values))
		p := points[i]
		if sloped(values[max(from, p-beside):p], values[p:min(to, p+beside)]) {
			points = slices.Delete(points, i, i+1)
			i = max(0, i-1) // its neighbours see farther now
			continue
		}
		i++
	}
	return points
}

// sloped compares a step with the line of Theil and Sen by the distances that each
// leaves.
func sloped(before, after []float64) bool {
	step := distance(before, median(before)) + distance(after, median(after))
	all := slices.Concat(before, after)
	var slopes []float64
	for i := range all {
		for j := range i {
			slopes = append(slopes, (all[i]-all[j])/float64(i-j))
		}
	}
	rise := median(slopes)
	flat := make([]float64, len(all))
	for i, v := range all {
		flat[i] = v - rise*float64(i)
	}
	return distance(flat, median(flat)) <= slope*step
}

// large keeps steps that are large against the noise. The smallest goes first: its
// neighbours may be steps of the longer levels that remain.
func large(values []float64, points []int) []int {
	points = slices.Clone(points)
	for len(points) > 0 {
		smallest, size := 0, math.Inf(1)
		for i := range points {
			if s := strength(values, points, i); s < size {
				smallest, size = i, s
			}
		}
		if size >= 1 {
			break
		}
		points = slices.Delete(points, smallest, smallest+1)
	}
	return points
}

// strength is a step's size as a multiple of what it needs.
func strength(values []float64, points []int, i int) float64 {
	from, to := around(points, i, len(values))
	p := points[i]
	s := steps(values[max(from, p-beside):p], values[p:min(to, p+beside)]) / obvious
	if min(p-from, to-p) >= long {
		s = max(s, steps(values[max(from, p-farther):p], values[p:min(to, p+farther)])/shown)
	}
	return s
}

// steps is the distance of two levels in standard deviations of the noise around
// them, which the mean distance from the level tells with less regard to spikes
// (times the root of pi/2 for normal noise).
func steps(before, after []float64) float64 {
	a, b := median(before), median(after)
	noise := (distance(before, a) + distance(after, b)) / float64(len(before)+len(after)) * math.Sqrt(math.Pi/2)
	if a == b {
		return 0
	}
	return math.Abs(a-b) / noise // infinite without noise
}

// held keeps steps with enough points on either side that are really there: what is
// proposed takes along its least number of points, whatever they are.
func held(values []float64, points []int) []int {
	var kept []int
	for i, p := range points {
		from, to := around(points, i, len(values))
		before, after := values[from:p], values[p:to]
		a, b := median(before), median(after)
		if nearer(before, a, b) >= least && nearer(after, b, a) >= least {
			kept = append(kept, p)
		}
	}
	return kept
}

// nearer counts values that are nearer to their own level than to the other.
func nearer(values []float64, own, other float64) (count int) {
	for _, v := range values {
		if math.Abs(v-own) < math.Abs(v-other) {
			count++
		}
	}
	return count
}
