package verdict

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
)

// sampled is a run whose executions hold many samples each: value gives the i-th of
// the execution of a round.
func sampled(rounds, samples int, value func(side results.Side, round, i int) float64) *results.Record {
	record := &results.Record{Run: results.Run{State: results.Done, Bench: []results.Benchmark{{Name: "b", MinEffect: 0.02}}}}
	for round := range rounds {
		for _, side := range results.Sides() {
			e := execution("b", side, round)
			for i := range samples {
				e.Samples = append(e.Samples, results.Sample{Metric: wall, Value: value(side, round, i)})
			}
			record.Executions = append(record.Executions, e)
		}
	}
	return record
}

func TestWarmupIsLeftOutOfBothSides(t *testing.T) {
	check := func(what string, record *results.Record, samples, rounds int, restless map[results.Side][]int, warning string) {
		t.Helper()
		c := Judge(record)[0]
		got := Warmup{}
		if c.Warmup != nil {
			got = *c.Warmup
		}
		near := func(a, b int) bool { return a == b || b > 0 && max(a-b, b-a) <= 1 }
		if !near(got.Samples, samples) || !near(got.Rounds, rounds) || !reflect.DeepEqual(got.Restless, restless) {
			t.Errorf("%s: left out %+v, want %d samples, %d rounds, %v; %q", what, got, samples, rounds, restless, c.Warnings)
		}
		if all := strings.Join(c.Warnings, "; "); !strings.Contains(all, warning) {
			t.Errorf("%s: no %q in %q", what, warning, all)
		}
		if c.Change < 0.04 || c.Change > 0.06 || c.Verdict != Regression {
			t.Errorf("%s: %s, change %v; want a regression of 5 %%: %s", what, c.Verdict, c.Change, c.Reason)
		}
	}
	draw := rand.New(rand.NewPCG(4, 4))
	level := func(side results.Side) float64 {
		if side == results.Head {
			return 1.05 * (1 + 0.003*draw.NormFloat64())
		}
		return 1 + 0.003*draw.NormFloat64()
	}
	check("nothing to leave out", sampled(20, 30, func(side results.Side, _, _ int) float64 { return level(side) }), 0, 0, nil, "")
	check("a compiler that warms up", sampled(20, 30, func(side results.Side, _, i int) float64 {
		if i < 6 {
			return 2 * level(side)
		}
		return level(side)
	}), 6, 0, nil, "samples of every execution are left out")
	check("a machine that warms up", sampled(30, 1, func(side results.Side, round, _ int) float64 {
		if round < 6 {
			return 1.3 * level(side)
		}
		return level(side)
	}), 0, 6, nil, "executions of each side are left out")
	wander := func(every int) *results.Record {
		return sampled(20, 40, func(side results.Side, round, i int) float64 {
			if side == results.Head && round%every == 1 {
				return level(side) * (1 + float64(i)/40)
			}
			return level(side)
		})
	}
	check("one that never settles", wander(20), 0, 0, map[results.Side][]int{results.Head: {1}}, "executions of head that never settle do not count: round 2")
	if c := Judge(wander(3))[0]; c.Warmup != nil || c.Head.N != 20 || !strings.Contains(strings.Join(c.Warnings, "; "), "never settle") && !strings.Contains(strings.Join(c.Warnings, "; "), "do not settle") {
		t.Errorf("a third never settles: %+v, %d of head, %q; want all of them to count, and a warning", c.Warmup, c.Head.N, c.Warnings)
	}
}

// TestWarmupLeavesEnough: what a verdict needs stays.
func TestWarmupLeavesEnough(t *testing.T) {
	record := sampled(8, 1, func(_ results.Side, round, _ int) float64 {
		if round < 4 {
			return 2
		}
		return 1 + float64(round%3)/1000
	})
	if c := Judge(record)[0]; c.Base.N != 8 || c.Warmup != nil {
		t.Errorf("%d executions of 8 are left, %+v", c.Base.N, c.Warmup)
	}
}
