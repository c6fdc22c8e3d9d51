package verdict

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// TestRounds: a round counts where both sides have an execution that counts, and
// the first of those is taken; where most are disturbed all count.
func TestRounds(t *testing.T) {
	var list []results.Execution
	add := func(round int, side results.Side, change func(*results.Execution)) {
		e := results.Execution{Seq: len(list), Benchmark: "b", Round: round, Side: side}
		if change != nil {
			change(&e)
		}
		list = append(list, e)
	}
	hit := func(e *results.Execution) { e.Contaminated = []string{"somebody else"} }
	add(0, results.Base, func(e *results.Execution) { e.Warmup = true })
	add(0, results.Head, func(e *results.Execution) { e.Warmup = true })
	add(1, results.Head, nil)
	add(1, results.Base, nil)
	add(0, results.Base, hit)
	add(0, results.Base, nil)
	add(0, results.Head, nil)
	add(2, results.Base, nil)
	add(2, results.Head, func(e *results.Execution) { e.Fault = &results.Fault{Kind: results.FaultExit} })
	add(3, results.Base, nil)
	add(3, results.Head, hit)
	add(4, results.Base, func(e *results.Execution) { e.Block = 1 })
	add(4, results.Head, func(e *results.Execution) { e.Block = 1 })
	seqs := func(record *results.Record) (pairs [][2]int) {
		for _, r := range Rounds(record)["b"] {
			pairs = append(pairs, [2]int{r.Base.Seq, r.Head.Seq})
		}
		return pairs
	}
	record := &results.Record{Run: results.Run{Bench: []results.Benchmark{{Name: "b"}}}, Executions: list}
	if diff := cmp.Diff([][2]int{{5, 6}, {3, 2}}, seqs(record)); diff != "" {
		t.Error(diff)
	}
	for round := 5; round < 20; round++ {
		add(round, results.Base, hit)
		add(round, results.Head, hit)
	}
	record.Run.Quiet.Reached, record.Executions = results.LevelPin, list
	if pairs := seqs(record); len(pairs) != 18 || pairs[0] != [2]int{4, 6} {
		t.Errorf("where nothing is ever quiet: %v", pairs)
	}
}

// TestPartsAreWhatTheWholeSays: benchmarks that were measured one by one give the
// verdicts of the record that holds them all, and judging leaves them as they are.
func TestPartsAreWhatTheWholeSays(t *testing.T) {
	record := &results.Record{Run: results.Run{State: results.Done, Plan: results.Plan{Rounds: 12, Looks: Looks(12)}}}
	var parts []Part
	for i, name := range []string{"same", "slower", "faster"} {
		b := results.Benchmark{Name: name, MinEffect: 0.02}
		alone := &results.Record{Run: record.Run}
		alone.Run.Bench = []results.Benchmark{b}
		for round := range 12 {
			for k, side := range results.Sides() {
				value := (1 + float64((round*7+k*3)%11)/1000) * (1 + float64(k)*[]float64{0, 0.3, -0.3}[i])
				alone.Executions = append(alone.Executions, results.Execution{
					Benchmark: name, Round: round, Side: side, Samples: []results.Sample{{Metric: results.Metric{Name: "wall", Unit: "sec"}, Value: value}},
				})
			}
		}
		record.Run.Bench = append(record.Run.Bench, b)
		record.Executions = append(record.Executions, alone.Executions...)
		parts = append(parts, Parts(alone)...)
	}
	for range 2 {
		if diff := cmp.Diff(Judge(record), JudgeParts(parts, record)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(Look(record), LookAt(record.Run.Bench, parts)); diff != "" {
			t.Error(diff)
		}
		confirm := Alarmed(record.Run, parts)
		if diff := cmp.Diff(ToConfirm(record), confirm); diff != "" || !slices.Equal(confirm, []Confirmation{{"slower", 12}, {"faster", 12}}) {
			t.Errorf("%v %s", confirm, diff)
		}
	}
}

func TestBudget(t *testing.T) {
	plan := results.Plan{MaxTime: 9 * time.Minute, Looks: Looks(20)}
	check := func(second bool, plan results.Plan, want time.Duration) {
		t.Helper()
		if got := Budget(plan, second, 4*time.Minute); got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
	check(false, plan, 6*time.Minute)
	check(true, plan, 5*time.Minute)
	check(false, results.Plan{MaxTime: 9 * time.Minute}, 5*time.Minute) // a calibration has no second block
	check(false, results.Plan{Looks: Looks(20)}, 1<<63-1)
	if !slices.Equal(Schedule(20, true), []int{20}) || !slices.Equal(Schedule(20, false), Looks(20)) {
		t.Error("schedules")
	}
}
