package verdict

import (
	"fmt"
	"math"
	"slices"

	"github.com/montanaflynn/stats"

	"mtrlz.dev/perfrun/results"
)

// history is what a record holds of one benchmark.
type history struct {
	benchmark  results.Benchmark
	rounds     int                       // that were measured
	restless   bool                      // disturbed executions count, because most are: see neverQuiet
	executions map[results.Side]int      // those that count and were timed
	disturbed  map[results.Side]int      // those that would count, were they not contaminated
	faults     map[results.Side]*failure // the first of each side, warm-ups too
	series     []*series                 // in the order in which metrics first appear
	index      map[results.Key]*series
}

// series is one metric's values in the order taken, one an execution.
type series struct {
	metric results.Metric
	values map[results.Side][]float64
	groups map[results.Side][][]float64 // the samples behind each value
	rounds map[results.Side][]int       // of each value
	taken  map[results.Side]int         // how many executions had the metric, those that are left out with them
	warmup Warmup
	// counted: the executions were made for this metric alone, and no other has it.
	counted bool
}

// failure is an execution that yielded nothing, and why.
type failure struct {
	round  int
	warmup bool
	block  int
	fault  results.Fault
}

// The blocks of a run.
const (
	firstBlock  = 0
	secondBlock = 1 // confirms the alarms of the first
)

// collect sorts one block of a record by benchmark, in the suite's order. Faults
// count in whichever block they happened.
func collect(record *results.Record, block int) []*history {
	var all []*history
	byName := map[string]*history{}
	for _, benchmark := range record.Run.Bench {
		h := &history{
			benchmark: benchmark, executions: map[results.Side]int{}, disturbed: map[results.Side]int{},
			faults: map[results.Side]*failure{}, index: map[results.Key]*series{},
		}
		byName[benchmark.Name] = h
		all = append(all, h)
	}
	counted := record.Counted()
	for name := range neverQuiet(record, counted) {
		if h := byName[name]; h != nil {
			h.restless = true
		}
	}
	for i := range record.Executions {
		e := &record.Executions[i]
		switch h := byName[e.Benchmark]; {
		case h == nil:
		case !counted(e):
			h.add(*e, block)
		case e.Block == block:
			h.addValue(e.Samples[0].Metric, []float64{e.Samples[0].Value}, e).counted = true
		}
	}
	for _, h := range all {
		for _, s := range h.series {
			if !s.counted { // a simulated processor needs no warm-up
				s.settle()
			}
		}
	}
	return all
}

// neverQuiet names the benchmarks of which most executions were disturbed, in a run
// that promised no isolation. There what disturbs is no accident but the machine as
// it is: leaving most of the measurement out would not make it quieter. Both sides
// were executed in turn, so the disturbance is in the interval. A run that did
// promise isolation leaves them out, and is quarantined.
func neverQuiet(record *results.Record, counted func(*results.Execution) bool) map[string]bool {
	names := map[string]bool{}
	if record.Run.Quiet.Reached != results.LevelPin {
		return names
	}
	measured, hit := map[string]int{}, map[string]int{}
	for i := range record.Executions {
		if e := &record.Executions[i]; !e.Warmup && e.Fault == nil && !counted(e) {
			measured[e.Benchmark]++
			hit[e.Benchmark] += min(1, len(e.Contaminated))
		}
	}
	for name, n := range measured {
		if n >= 2*minExecutions && MostlyDisturbed(hit[name], n) {
			names[name] = true
		}
	}
	return names
}

// MostlyDisturbed reports whether so many of all executions were disturbed that
// this is how the machine is.
func MostlyDisturbed(disturbed, all int) bool { return 2*disturbed > all }

// measuredIn reports whether an execution of a block yielded what it was made for.
func measuredIn(block int, e results.Execution) bool {
	return !e.Warmup && e.Fault == nil && e.Block == block
}

func (h *history) add(e results.Execution, block int) {
	if e.Fault != nil && h.faults[e.Side] == nil {
		h.faults[e.Side] = &failure{e.Round, e.Warmup, e.Block, *e.Fault}
	}
	if !measuredIn(block, e) {
		return
	}
	h.rounds = max(h.rounds, e.Round+1)
	if len(e.Contaminated) > 0 && !h.restless {
		h.disturbed[e.Side]++
		return
	}
	h.executions[e.Side]++
	grouped, order := map[results.Key][]float64{}, []results.Metric{}
	for _, sample := range e.Samples {
		key := sample.Metric.Key()
		if _, seen := grouped[key]; !seen {
			order = append(order, sample.Metric)
		}
		grouped[key] = append(grouped[key], sample.Value)
	}
	for _, metric := range order {
		h.addValue(metric, grouped[metric.Key()], &e)
	}
}

// addValue adds what one execution has of a metric.
func (h *history) addValue(metric results.Metric, samples []float64, e *results.Execution) *series {
	s := h.index[metric.Key()]
	if s == nil {
		s = &series{metric: metric, values: map[results.Side][]float64{}, groups: map[results.Side][][]float64{}, rounds: map[results.Side][]int{}, taken: map[results.Side]int{}}
		h.index[metric.Key()] = s
		h.series = append(h.series, s)
	}
	s.values[e.Side] = append(s.values[e.Side], median(samples))
	s.groups[e.Side] = append(s.groups[e.Side], samples)
	s.rounds[e.Side] = append(s.rounds[e.Side], e.Round)
	s.taken[e.Side]++
	return s
}

// comparison is what all comparisons of a benchmark begin with.
func (h *history) comparison() Comparison {
	return Comparison{
		Benchmark: h.benchmark.Name, MinEffect: h.benchmark.MinEffect, P: 1,
		Contaminated: h.disturbed[results.Base] + h.disturbed[results.Head],
	}
}

// broken says whether the benchmark as a whole has nothing to compare.
func (h *history) broken(state results.State) (Comparison, bool) {
	c := h.comparison()
	c.Verdict = Broken
	for _, side := range results.Sides() {
		if f := h.faults[side]; f != nil {
			if c.Reason == "" {
				c.Reason = fmt.Sprintf("%s failed in %s: %s", side, f.when(), f.fault.Detail)
			}
			c.Evidence = append(c.Evidence, f.fault)
		}
	}
	if c.Reason != "" {
		return c, true
	}
	for _, side := range results.Sides() {
		switch {
		case h.executions[side] > 0:
		case h.disturbed[side] > 0:
			c.Verdict, c.Reason = CannotTell, fmt.Sprintf("no execution of %s is left: %s", side, disturbed(h.disturbed[side]))
			return c, true
		case state == results.Done:
			c.Reason = fmt.Sprintf("%s was never executed", side)
			return c, true
		default:
			c.Verdict, c.Reason = CannotTell, fmt.Sprintf("%s was not measured before the run ended", side)
			return c, true
		}
	}
	if len(h.series) == 0 {
		c.Reason = "neither side yielded a result"
		return c, true
	}
	return Comparison{}, false
}

func (f failure) when() string {
	name := "round"
	if f.warmup {
		name = "warm-up"
	}
	if f.block == secondBlock {
		return fmt.Sprintf("%s %d of the second block", name, f.round+1)
	}
	return fmt.Sprintf("%s %d", name, f.round+1)
}

// lost says in words that a metric is not in every execution; empty if it is.
func (h *history) lost(s *series) string {
	for _, side := range results.Sides() {
		have, all := s.taken[side], h.executions[side]
		switch {
		case have > 0 && s.counted:
		case have == 0:
			return fmt.Sprintf("lost on %s: %s has %d values, %s none", side, side.Other(), s.taken[side.Other()], side)
		case have < all:
			return fmt.Sprintf("its results changed between rounds: missing in %d of %d executions of %s", all-have, all, side)
		}
	}
	return ""
}

// summarize describes one side's values. A side with a value that is not finite
// keeps its count alone: neither the rank test nor JSON can take such a value.
func summarize(values []float64) Summary {
	s := Summary{N: len(values), Values: values}
	if slices.ContainsFunc(values, func(v float64) bool { return !finite(v) }) {
		s.Values = nil
	}
	if len(s.Values) == 0 {
		return s
	}
	s.Median = median(values)
	if len(values) > 1 {
		mean, _ := stats.Mean(values)
		deviation, _ := stats.StandardDeviationSample(values)
		if cv := math.Abs(deviation / mean); finite(cv) {
			s.CV = cv
		}
	}
	return s
}

// median is the middle value, or the mean of the two in the middle. It cannot
// fail on the non-empty, finite values that the store keeps.
func median(values []float64) float64 {
	m, _ := stats.Median(values)
	return m
}
