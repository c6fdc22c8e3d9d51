package beside

import (
	"fmt"
	"slices"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// enough is how many pairs of runs a conclusion takes: of five commits none of which
// went wrong, with 95 % confidence fewer than half of all do (0.5^5 < 0.05).
const enough = 5

// mostRuns of the pairs must be as a conclusion says: nine of ten.
const mostRuns = 0.9

// Conclusion is what a class is good for.
type Conclusion string

// The conclusions.
const (
	Suffices Conclusion = "good enough"   // it sees what matters, and never contradicted
	NeedsBox Conclusion = "needs the box" // it does not see what matters, or raised alarms of its own
	TooFew   Conclusion = "not known yet" // too few pairs
)

// Standing is how a class did on one metric over many pairs of commits, against the
// class that decides.
type Standing struct {
	Benchmark string            `json:"benchmark"`
	Metric    results.Metric    `json:"metric"`
	Class     string            `json:"class"`
	Pairs     int               `json:"pairs"` // of runs, in which both have an answer
	Count     map[Agreement]int `json:"count"`
	Changes   int               `json:"changes"` // that the deciding class found
	// Sees and Reference are the medians of the smallest change that the class, and the
	// deciding one, see, as fractions.
	Sees       float64    `json:"sees"`
	Reference  float64    `json:"reference_sees"`
	Matters    float64    `json:"matters"` // the least change that counts
	Fine       int        `json:"fine"`    // pairs in which it saw what matters
	Conclusion Conclusion `json:"conclusion"`
	Why        string     `json:"why"`

	sees, reference []float64
}

// OverTime sums up pairs of runs, each set beside each other already: of every class
// but the deciding one a standing for each metric, in the order of the rows.
func OverTime(pairs [][]Row) []Standing {
	type name struct {
		key
		class string
	}
	index := map[name]int{}
	var list []Standing
	for _, rows := range pairs {
		for _, row := range rows {
			if len(row.Cells) == 0 || row.Cells[0] == nil || row.Cells[0].Comparison.Verdict == verdict.Broken {
				continue // there is nothing to see
			}
			for _, cell := range row.Cells[1:] {
				if cell == nil {
					continue
				}
				k := name{key{row.Benchmark, row.Metric.Key()}, cell.Class}
				at, known := index[k]
				if !known {
					at = len(list)
					index[k] = at
					list = append(list, Standing{Benchmark: row.Benchmark, Metric: row.Metric, Class: cell.Class, Count: map[Agreement]int{}})
				}
				list[at].add(row.Cells[0], cell)
			}
		}
	}
	for i := range list {
		list[i].conclude()
	}
	return list
}

func (s *Standing) add(first, second *Cell) {
	agreement, _ := pair(first, second)
	s.Pairs++
	s.Count[agreement]++
	s.Matters = second.Comparison.MinEffect
	if changed(first.Comparison.Verdict) {
		s.Changes++
	}
	if first.Visible > 0 {
		s.reference = append(s.reference, first.Visible)
	}
	if second.Visible == 0 {
		return
	}
	s.sees = append(s.sees, second.Visible)
	if second.Visible <= s.Matters {
		s.Fine++
	}
}

func (s *Standing) conclude() {
	s.Sees, s.Reference = Middle(s.sees), Middle(s.reference)
	wrong := s.Count[Contradict] + s.Count[Alone] + s.Count[Missed] + s.Count[Differ]
	switch {
	case s.Pairs < enough:
		s.Conclusion, s.Why = TooFew, fmt.Sprintf("%d of %d pairs of runs that it takes", s.Pairs, enough)
	case float64(wrong) > (1-mostRuns)*float64(s.Pairs):
		s.Conclusion, s.Why = NeedsBox, fmt.Sprintf("was wrong in %d of %d pairs", wrong, s.Pairs)
	case float64(s.Fine) < mostRuns*float64(s.Pairs):
		s.Conclusion, s.Why = NeedsBox, fmt.Sprintf("saw %s, which matters, in %d of %d pairs", percent(s.Matters), s.Fine, s.Pairs)
	default:
		s.Conclusion, s.Why = Suffices, fmt.Sprintf("saw %s, which matters, in %d of %d pairs, and was wrong in %d", percent(s.Matters), s.Fine, s.Pairs, wrong)
	}
}

// Middle is the median; 0 of none.
func Middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
