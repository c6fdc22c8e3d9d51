package verdict

import (
	"cmp"
	"slices"

	"mtrlz.dev/perfrun/results"
)

// Judge compares head with base for every metric of every benchmark of a run,
// worst first.
func Judge(record *results.Record) []Comparison {
	all := []Comparison{}
	for _, history := range collect(record) {
		all = append(all, judgeBenchmark(&record.Run, history)...)
	}
	slices.SortStableFunc(all, worstFirst)
	return all
}

// severity is the order in which verdicts are shown.
var severity = map[Verdict]int{Broken: 0, Regression: 1, Improvement: 2, CannotTell: 3, NoChange: 4}

// worstFirst puts news before none, and the larger change before the smaller;
// the rest stays in the suite's order.
func worstFirst(a, b Comparison) int {
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
}

// judgeBenchmark compares one benchmark. What is broken as a whole has one
// comparison without a metric.
func judgeBenchmark(run *results.Run, h *history) []Comparison {
	if c, broken := h.broken(run.State); broken {
		quarantine(&c, run)
		return []Comparison{c}
	}
	var all []Comparison
	for _, series := range h.series {
		c := h.comparison()
		c.Metric = series.metric
		c.Base, c.Head = summarize(series.values[results.Base]), summarize(series.values[results.Head])
		if noise, known := noiseOn(run, c.Benchmark, c.Metric); known {
			c.NoiseFloor, c.Calibration = noise.Floor, noise.Run
		}
		switch reason := h.lost(series); {
		case c.Base.N == 0:
			c.Verdict, c.Reason = CannotTell, "new on head: base has nothing to compare it with"
		case reason != "":
			c.Verdict, c.Reason = Broken, reason
		default:
			compare(&c, h.benchmark.Precision)
		}
		quarantine(&c, run)
		all = append(all, c)
	}
	return all
}

// quarantine takes the verdict away where the run cannot prove that the machine
// was quiet. What broke, broke all the same.
func quarantine(c *Comparison, run *results.Run) {
	if run.State != results.Quarantined || c.Verdict == Broken {
		return
	}
	c.Verdict, c.Reason, c.MoreRounds = CannotTell, "the run is quarantined", 0
	if run.Error != "" {
		c.Reason += ": " + run.Error
	}
}

// Harm is the change signed so that positive is worse.
func (c Comparison) Harm() float64 {
	if c.Metric.Better == results.Higher {
		return -c.Change
	}
	return c.Change
}
