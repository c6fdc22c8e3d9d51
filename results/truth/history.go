package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"mtrlz.dev/perfrun/results/changepoint"
)

// detector finds the first points of new levels.
type detector struct {
	name   string
	detect func([]float64) []int
}

var (
	ours      = detector{"perfrun", changepoint.Detect}
	tScan     = detector{"Perfherder's t-scan", perfherderScan}
	leastCost = detector{"plain L2 PELT", leastSquares}
	never     = detector{"never alarm", func([]float64) []int { return nil }}
)

// score is how a detector agrees with people, over several series.
type score struct {
	series         int
	f1, cover      float64 // sums
	marks, matched int     // majority marks, and those found
	found          int
	unmarked       int // series that nobody marked
	alarmed        int // and that were alarmed
}

func (s score) String() string {
	n := float64(s.series)
	text := fmt.Sprintf("F1 %.3f, Cover %.3f", s.f1/n, s.cover/n)
	if s.marks > 0 {
		text += fmt.Sprintf(", majority precision %.3f at recall %.3f, %d of %d unmarked series alarmed",
			s.precision(), s.recall(), s.alarmed, s.unmarked)
	}
	return text
}

func (s score) precision() float64 { return float64(s.matched) / float64(max(1, s.found)) }
func (s score) recall() float64    { return float64(s.matched) / float64(max(1, s.marks)) }

// marked is a series with the change points that people see in it.
type marked struct {
	name   string
	values []float64
	people [][]int
}

// rate scores a detector on series; majority asks also for what three of five
// people agree on.
func rate(all []marked, d detector, majority bool) (s score) {
	for _, m := range all {
		found := d.detect(m.values)
		s.series++
		s.f1 += fMeasure(m.people, found)
		s.cover += covering(m.people, found, len(m.values))
		if !majority {
			continue
		}
		if !slices.ContainsFunc(m.people, func(marks []int) bool { return len(marks) > 0 }) {
			s.unmarked++
			s.alarmed += min(1, len(found))
		}
		agreed := agreedMarks(m.people)
		s.marks += len(agreed)
		s.matched += matches(agreed, found)
		s.found += len(found)
	}
	return s
}

// margin is how far a mark may be off (van den Burg and Williams, "An Evaluation of
// Change Point Detection Algorithms", arXiv 2003.06222, whose measures these are).
const margin = 5

// matches counts marks that have a found point within the margin, each used once.
func matches(marks, found []int) (n int) {
	used := map[int]bool{}
	for _, mark := range slices.Sorted(slices.Values(marks)) {
		best, nearest := -1, margin+1
		for i, f := range found {
			if d := max(f-mark, mark-f); !used[i] && d < nearest {
				best, nearest = i, d
			}
		}
		if best >= 0 {
			used[best] = true
			n++
		}
	}
	return n
}

// fMeasure is the harmonic mean of precision against all marks together and recall
// averaged over people; point 0 belongs to everybody.
func fMeasure(people [][]int, found []int) float64 {
	found = withStart(found)
	var union []int
	recall := 0.0
	for _, marks := range people {
		marks = withStart(marks)
		union = append(union, marks...)
		recall += float64(matches(marks, found)) / float64(len(marks)) / float64(len(people))
	}
	precision := float64(matches(withStart(union), found)) / float64(len(found))
	return 2 * precision * recall / (precision + recall)
}

func withStart(points []int) []int {
	all := append([]int{0}, points...)
	slices.Sort(all)
	return slices.Compact(all)
}

// covering is how well segments overlap, weighted by length, averaged over people.
func covering(people [][]int, found []int, n int) (sum float64) {
	ours := segments(found, n)
	for _, marks := range people {
		for _, theirs := range segments(marks, n) {
			best := 0.0
			for _, s := range ours {
				if both := min(theirs[1], s[1]) - max(theirs[0], s[0]); both > 0 {
					best = max(best, float64(both)/float64(max(theirs[1], s[1])-min(theirs[0], s[0])))
				}
			}
			sum += best * float64(theirs[1]-theirs[0]) / float64(n) / float64(len(people))
		}
	}
	return sum
}

func segments(points []int, n int) (list [][2]int) {
	starts := slices.DeleteFunc(withStart(points), func(p int) bool { return p >= n })
	for i, from := range starts {
		to := n
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		list = append(list, [2]int{from, to})
	}
	return list
}

// agreedMarks are where at least three people mark within the margin.
func agreedMarks(people [][]int) (agreed []int) {
	type mark struct{ at, who int }
	var all []mark
	for who, marks := range people {
		for _, at := range marks {
			all = append(all, mark{at, who})
		}
	}
	slices.SortFunc(all, func(a, b mark) int { return a.at - b.at })
	for i := 0; i < len(all); {
		j, who := i, map[int]bool{}
		for j < len(all) && all[j].at-all[i].at <= margin {
			who[all[j].who] = true
			j++
		}
		if len(who) >= 3 {
			agreed = append(agreed, all[(i+j)/2].at)
			i = j
		} else {
			i++
		}
	}
	return agreed
}

// perfherderScan is Mozilla's: linearly weighted means of up to 24 points before and
// 12 from each point on, t beyond 7, the highest among neighbours.
func perfherderScan(values []float64) (points []int) {
	const before, after, limit = 24, 12, 7
	t := make([]float64, len(values))
	for i := after; i+after <= len(values); i++ {
		back := slices.Clone(values[max(0, i-before):i])
		slices.Reverse(back)
		t[i] = weightedT(back, values[i:i+after])
	}
	for i := 1; i+1 < len(t); i++ {
		if t[i] > limit && t[i] >= t[i-1] && t[i] > t[i+1] {
			points = append(points, i)
		}
	}
	return points
}

func weightedT(back, forward []float64) float64 {
	meanBack, varBack := weighted(back)
	meanForward, varForward := weighted(forward)
	apart := math.Abs(meanBack - meanForward)
	if apart == 0 {
		return 0
	}
	return apart / math.Sqrt(varBack/float64(len(back))+varForward/float64(len(forward)))
}

// weighted gives the nearest point the largest weight.
func weighted(values []float64) (mean, variance float64) {
	total := 0.0
	for i, v := range values {
		weight := float64(len(values)-i) / float64(len(values))
		mean, total = mean+weight*v, total+weight
	}
	mean /= total
	for _, v := range values {
		variance += (v - mean) * (v - mean) / float64(len(values)-1)
	}
	return mean, variance
}

// leastSquares is the optimal division by squared error, noise from the median
// absolute difference of neighbours: the plain quadratic algorithm.
func leastSquares(values []float64) []int {
	n := len(values)
	sums, squares, jumps := make([]float64, n+1), make([]float64, n+1), []float64{0}
	for i, v := range values {
		sums[i+1], squares[i+1] = sums[i]+v, squares[i]+v*v
		if i > 0 {
			jumps = append(jumps, math.Abs(v-values[i-1]))
		}
	}
	noise := median(jumps) / 0.954
	price := 2 * noise * noise * math.Log(float64(max(2, n)))
	best, last := make([]float64, n+1), make([]int, n+1)
	for t := 1; t <= n; t++ {
		best[t] = math.Inf(1)
		for from := range t {
			sum := sums[t] - sums[from]
			if cost := best[from] + squares[t] - squares[from] - sum*sum/float64(t-from) + price; cost < best[t] {
				best[t], last[t] = cost, from
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

// elsewhere is where data lies that may not be passed on with this program.
func elsewhere(parts ...string) (string, bool) {
	folder := os.Getenv("PERFRUN_TRUTH_DATA")
	path := filepath.Join(append([]string{folder}, parts...)...)
	_, err := os.Stat(path)
	return path, folder != "" && err == nil
}
