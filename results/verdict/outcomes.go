package verdict

import "mtrlz.dev/perfrun/results"

// Outcomes is what is kept of comparisons, in their order.
func Outcomes(list []Comparison) []results.Outcome {
	outcomes := make([]results.Outcome, len(list))
	for i, c := range list {
		outcomes[i] = results.Outcome{
			Benchmark: c.Benchmark, Metric: c.Metric, Verdict: string(c.Verdict), Reason: c.Reason,
			Change: c.Change, Low: c.Low, High: c.High, Measured: c.HasInterval(),
			Base: c.Base.Median, Head: c.Head.Median, BaseN: c.Base.N, HeadN: c.Head.N,
			MinEffect: c.MinEffect, NoiseFloor: c.NoiseFloor,
		}
	}
	return outcomes
}

// Disturbances counts what disturbed the executions of a run.
func Disturbances(record *results.Record) (d results.Disturbances) {
	for _, e := range record.Executions {
		if e.Warmup || e.Witness == nil {
			continue
		}
		one := results.Disturbances{Watched: 1}
		if len(e.Contaminated) > 0 {
			one.Disturbed, one.Reasons = 1, map[string]int{}
			for _, quantity := range BrokenLimits(e, record.Run.Quiet.Limits, record.Run.Quiet.Unseen) {
				one.Reasons[quantity] = 1
			}
		}
		d.Add(one)
	}
	return d
}
