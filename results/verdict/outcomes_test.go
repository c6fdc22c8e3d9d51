package verdict

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

func TestOutcomesAreThoseOfComparisons(t *testing.T) {
	few := Comparison{Benchmark: "a", Metric: wall, Verdict: CannotTell, Reason: "too few", Base: Summary{N: 1, Median: 2, Values: []float64{2}}}
	many := Comparison{
		Benchmark: "b", Metric: wall, Verdict: Regression, Reason: "slower", Change: 0.5, Low: 0.25, High: 0.75, Exact: true, MinEffect: 0.02, NoiseFloor: 0.03,
		Base: Summary{N: 2, Median: 2, Values: []float64{2, 2}}, Head: Summary{N: 3, Median: 3, Values: []float64{3, 3, 3}},
	}
	want := []results.Outcome{
		{Benchmark: "a", Metric: wall, Verdict: "cannot tell", Reason: "too few", Base: 2, BaseN: 1},
		{
			Benchmark: "b", Metric: wall, Verdict: "regression", Reason: "slower", Change: 0.5, Low: 0.25, High: 0.75, Measured: true,
			Base: 2, Head: 3, BaseN: 2, HeadN: 3, MinEffect: 0.02, NoiseFloor: 0.03,
		},
	}
	if diff := gocmp.Diff(want, Outcomes([]Comparison{few, many})); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestDisturbancesCountWhatWasWatched(t *testing.T) {
	record := &results.Record{Run: results.Run{Quiet: results.Quiet{Limits: []results.Limit{
		{Quantity: results.QuantityForeign, Floor: 1}, {Quantity: results.QuantitySwaps, Floor: 1},
	}}}}
	for _, w := range []*results.Witness{nil, {}, {Foreign: 5}, {Foreign: time.Second, Swaps: 9}} {
		e := results.Execution{Witness: w}
		e.Contaminated = Contamination(e, record.Run.Quiet.Limits, nil)
		warmup := e
		warmup.Warmup = true
		record.Executions = append(record.Executions, e, warmup)
	}
	want := results.Disturbances{Watched: 3, Disturbed: 2, Reasons: map[string]int{results.QuantityForeign: 2, results.QuantitySwaps: 1}}
	if diff := gocmp.Diff(want, Disturbances(record)); diff != "" {
		t.Errorf("disturbances (-want +got):\n%s", diff)
	}
}
