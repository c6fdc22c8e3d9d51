package beside

import (
	"fmt"
	"math"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Host is what one host says of two commits.
type Host struct {
	Class       string
	Run         results.Run
	Comparisons []verdict.Comparison
	Spent       map[string]time.Duration // machine time by benchmark: all its executions, also those that do not count
}

// Of is what a record says.
func Of(record *results.Record, comparisons []verdict.Comparison) Host {
	h := Host{Class: record.Run.Class, Run: record.Run, Comparisons: comparisons, Spent: map[string]time.Duration{}}
	for _, e := range record.Executions {
		h.Spent[e.Benchmark] += e.Accounts.Wall
	}
	return h
}

// Took is how long the host was occupied, from the order to the verdicts.
func (h Host) Took() time.Duration {
	if h.Run.Finished.IsZero() {
		return 0
	}
	return h.Run.Finished.Sub(h.Run.Created)
}

// Row is one metric of one benchmark on all hosts, in their order.
type Row struct {
	Benchmark string         `json:"benchmark"`
	Metric    results.Metric `json:"metric"`
	Cells     []*Cell        `json:"hosts"` // nil where a host has nothing of it
	Agreement Agreement      `json:"agreement,omitempty"`
	Why       string         `json:"why,omitempty"` // one sentence where they do not simply agree
}

// Cell is what one host says of one metric.
type Cell struct {
	Class      string             `json:"class"`
	Comparison verdict.Comparison `json:"comparison"`
	// Visible is the smallest slow-down, as a fraction, that the host sees in 9 of 10
	// cases by its calibration; without one half the width of this interval. 0: unknown.
	Visible    float64       `json:"visible"`
	Calibrated bool          `json:"calibrated"`
	CV         float64       `json:"cv"` // of executions within a side; the larger one
	Spent      time.Duration `json:"spent_ns"`
}

// Rows sets hosts beside each other; the first one decides. Rows are in its order, and
// then those that only others have.
func Rows(hosts []Host) (rows []Row) {
	index := map[key]int{}
	for i, h := range hosts {
		for _, c := range h.Comparisons {
			k := key{c.Benchmark, c.Metric.Key()}
			at, known := index[k]
			if !known {
				at = len(rows)
				index[k] = at
				rows = append(rows, Row{Benchmark: c.Benchmark, Metric: c.Metric, Cells: make([]*Cell, len(hosts))})
			}
			rows[at].Cells[i] = h.cell(c)
		}
	}
	for i := range rows {
		rows[i].Agreement, rows[i].Why = judge(rows[i].Cells)
	}
	return rows
}

type key struct {
	benchmark string
	metric    results.Key
}

func (h Host) cell(c verdict.Comparison) *Cell {
	cell := &Cell{Class: h.Class, Comparison: c, CV: max(c.Base.CV, c.Head.CV), Spent: h.Spent[c.Benchmark]}
	for _, n := range h.Run.Noise {
		if n.Benchmark == c.Benchmark && n.Metric.Key() == c.Metric.Key() && n.Visible > 0 {
			cell.Visible, cell.Calibrated = n.Visible, true
			return cell
		}
	}
	if c.HasInterval() {
		cell.Visible = half(c)
	}
	return cell
}

// half is half the width of a comparison's interval.
func half(c verdict.Comparison) float64 { return (c.High - c.Low) / 2 }

// Agreement is how what a second host says goes with what the first says.
type Agreement string

// The agreements.
const (
	Agree      Agreement = "agree"
	Blind      Agreement = "could not see" // the first sees a change that is below what the second sees
	Missed     Agreement = "missed"        // the first sees a change that the second should have seen
	Alone      Agreement = "alone"         // the second sees a change where the first sees none
	Contradict Agreement = "contradict"    // one says worse, the other better
	Unsure     Agreement = "unsure"        // one of them cannot tell what the other tells
	Differ     Agreement = "differ"        // one is broken and the other is not, or has no result
)

// judge compares the second host with the first; of more hosts, the second stands for
// the first that disagrees.
func judge(cells []*Cell) (Agreement, string) {
	if len(cells) < 2 {
		return "", ""
	}
	first := cells[0]
	found := Agree
	for _, second := range cells[1:] {
		switch {
		case first == nil && second == nil:
			continue
		case first == nil:
			return Differ, second.Class + " alone has a result"
		case second == nil:
			return Differ, first.Class + " alone has a result"
		}
		if agreement, why := pair(first, second); agreement != Agree {
			return agreement, why
		}
	}
	return found, ""
}

func pair(first, second *Cell) (Agreement, string) {
	a, b := first.Comparison.Verdict, second.Comparison.Verdict
	switch {
	case a == b:
		return Agree, ""
	case a == verdict.Broken || b == verdict.Broken:
		return Differ, fmt.Sprintf("%s is %s, %s is %s", first.Class, a, second.Class, b)
	case changed(a) && changed(b):
		return Contradict, fmt.Sprintf("%s says %s, %s says %s", first.Class, a, second.Class, b)
	case changed(b):
		return Alone, fmt.Sprintf("%s alone says %s", second.Class, b)
	case changed(a):
		return blind(first, second)
	}
	return Unsure, fmt.Sprintf("%s says %s, %s says %s", first.Class, a, second.Class, b)
}

func changed(v verdict.Verdict) bool { return v == verdict.Regression || v == verdict.Improvement }

// blind says whether a host that did not see a change could have.
func blind(first, second *Cell) (Agreement, string) {
	size := math.Abs(first.Comparison.Change)
	how := "its calibration"
	if !second.Calibrated {
		how = "the width of its interval"
	}
	switch {
	case second.Visible == 0:
		return Blind, fmt.Sprintf("what %s could have seen is not known", second.Class)
	case second.Visible > size:
		return Blind, fmt.Sprintf("%s cannot see it: it sees changes from %s on (by %s)", second.Class, percent(second.Visible), how)
	}
	return Missed, fmt.Sprintf("%s could have seen it: it sees changes from %s on (by %s)", second.Class, percent(second.Visible), how)
}

func percent(f float64) string { return fmt.Sprintf("%.1f %%", 100*f) }
