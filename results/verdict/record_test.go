package verdict

import (
	"mtrlz.dev/perfrun/results"
)

var wall = results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}

// recordOf builds a finished run of one benchmark from one value an execution.
func recordOf(metric results.Metric, base, head []float64) *results.Record {
	record := &results.Record{Run: results.Run{
		State: results.Done,
		Bench: []results.Benchmark{{Name: "b", MinEffect: 0.02}},
	}}
	for i := range max(len(base), len(head)) {
		for side, values := range map[results.Side][]float64{results.Base: base, results.Head: head} {
			if i < len(values) {
				record.Executions = append(record.Executions, execution("b", side, i, results.Sample{Metric: metric, Value: values[i]}))
			}
		}
	}
	return record
}

func execution(benchmark string, side results.Side, round int, samples ...results.Sample) results.Execution {
	return results.Execution{Benchmark: benchmark, Side: side, Round: round, Samples: samples}
}

func scaled(values []float64, by float64) []float64 {
	out := make([]float64, len(values))
	for i, value := range values {
		out[i] = value * by
	}
	return out
}
