package verdict

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict/sequential"
)

// Judge compares head with base for every metric of every benchmark of a run,
// worst first.
func Judge(record *results.Record) []Comparison { return JudgeParts(Parts(record), record) }

// JudgeParts is Judge where the first block is measured already; of the record's
// executions only those of a second block count.
func JudgeParts(parts []Part, record *results.Record) []Comparison {
	all := together(parts)
	confirm(all, record)
	counterDecides(all)
	for _, c := range all {
		quarantine(c, &record.Run)
	}
	return worstFirst(all)
}

// judgeFirst judges the first block, as one suite.
func judgeFirst(record *results.Record) []*Comparison { return together(Parts(record)) }

// atOnce makes n things on all processors and returns them in order.
func atOnce[T any](n int, one func(i int) T) []T {
	list := make([]T, n)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				list[i] = one(i)
			}
		})
	}
	group.Wait()
	return list
}

// conclude decides what the evidence of each alone did not.
func conclude(all []*Comparison) {
	discover(all)
	for _, c := range all {
		if c.Verdict == "" {
			decide(c)
		}
	}
}

// severity is the order in which verdicts are shown.
var severity = map[Verdict]int{Broken: 0, Regression: 1, Improvement: 2, CannotTell: 3, NoChange: 4}

// worstFirst puts news before none, and the larger change before the smaller;
// the rest stays in the suite's order.
func worstFirst(all []*Comparison) []Comparison {
	list := make([]Comparison, len(all))
	for i, c := range all {
		list[i] = *c
	}
	SortWorstFirst(list)
	return list
}

// SortWorstFirst puts news before none, and the larger change before the smaller.
func SortWorstFirst(list []Comparison) {
	slices.SortStableFunc(list, func(a, b Comparison) int {
		if a.Verdict != b.Verdict {
			return cmp.Compare(severity[a.Verdict], severity[b.Verdict])
		}
		switch a.Verdict {
		case Regression:
			return cmp.Compare(b.Harm(), a.Harm())
		case Improvement:
			return cmp.Compare(a.Harm(), b.Harm())
		}
		return 0
	})
}

// measureBenchmark measures one benchmark's comparisons. What is broken as a whole
// has one without a metric.
func measureBenchmark(run *results.Run, h *history) (all []*Comparison) {
	if c, broken := h.broken(run.State); broken {
		return []*Comparison{&c}
	}
	for _, series := range h.series {
		c := h.comparison()
		c.Metric = series.metric
		if series.counted { // apart from what was disturbed
			c.Contaminated = 0
		}
		c.Base, c.Head = summarize(series.values[results.Base]), summarize(series.values[results.Head])
		if noise, known := noiseOn(run, c.Benchmark, c.Metric); known && !series.counted {
			c.NoiseFloor, c.Calibration = noise.Floor, noise.Run
		}
		switch reason := h.lost(series); {
		case c.Base.N == 0:
			c.Verdict, c.Reason = CannotTell, "new on head: base has nothing to compare it with"
		case reason != "":
			c.Verdict, c.Reason = Broken, reason
		default:
			measure(&c, evidenceOf(series), h.look(run, series), h.benchmark.Precision)
			c.leftOut(series.warmup)
			if h.restless && !series.counted {
				c.Warnings = append(c.Warnings, "most executions were disturbed, so all count: what disturbs is part of this machine")
			}
		}
		all = append(all, &c)
	}
	return all
}

// look is where a series stands in the schedule of looks. What is counted apart from
// the rounds is looked at once, when it is complete.
func (h *history) look(run *results.Run, s *series) sequential.Look {
	if s.counted {
		return sequential.Look{}
	}
	return sequential.At(run.Plan.Looks, h.rounds)
}

// Harm is the change signed so that positive is worse.
func (c Comparison) Harm() float64 {
	if c.Metric.Better == results.Higher {
		return -c.Change
	}
	return c.Change
}
