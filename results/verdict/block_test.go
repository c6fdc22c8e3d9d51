package verdict

import (
	"slices"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
)

// planned is a run with looks; blocks holds, for each block, base and head.
func planned(rounds int, blocks ...[2][]float64) *results.Record {
	record := &results.Record{Run: results.Run{
		State: results.Done, Plan: results.Plan{Rounds: rounds, Looks: Looks(rounds)},
		Bench: []results.Benchmark{{Name: "b", MinEffect: 0.02}},
	}}
	for block, sides := range blocks {
		one := recordOf(wall, sides[0], sides[1])
		for _, e := range one.Executions {
			e.Block = block
			record.Executions = append(record.Executions, e)
		}
	}
	return record
}

// TestSecondBlock: an alarm stands only if a second block shows it again, by its
// own data.
func TestSecondBlock(t *testing.T) {
	quiet := func(seed uint64, n int, center float64) []float64 { return noisy(seed, n, center, 0.005) }
	first := [2][]float64{quiet(1, 20, 1), quiet(2, 20, 1.05)}
	check := func(what string, record *results.Record, want Verdict, reason string, outcomes ...results.AlarmOutcome) {
		t.Helper()
		got := Judge(record)[0]
		if got.Verdict != want || !strings.Contains(got.Reason, reason) {
			t.Errorf("%s: %q because %q; want %q because %q", what, got.Verdict, got.Reason, want, reason)
		}
		alarms := Alarms(record)
		if len(alarms) != len(outcomes) || len(alarms) > 0 && (alarms[0].Outcome != outcomes[0] || alarms[0].Benchmark != "b" || alarms[0].Metric != wall) {
			t.Errorf("%s: alarms %v, want %v", what, alarms, outcomes)
		}
	}
	check("the same again", planned(20, first, [2][]float64{quiet(3, 20, 1), quiet(4, 20, 1.05)}),
		Regression, ", confirmed in a second block: +", results.Confirmed)
	check("nothing of it", planned(20, first, [2][]float64{quiet(3, 20, 1), quiet(4, 20, 1)}),
		CannotTell, "the alarm is refuted", results.Refuted)
	check("the contrary", planned(20, first, [2][]float64{quiet(3, 20, 1), quiet(4, 20, 0.9)}),
		CannotTell, "the alarm is refuted", results.Refuted)
	check("not sure", planned(20, first, [2][]float64{noisy(5, 10, 1, 0.1), noisy(6, 10, 1.05, 0.1)}),
		CannotTell, "which alone is not sure", results.Open)
	check("cut off", planned(20, first, [2][]float64{quiet(3, 5, 1), quiet(4, 5, 1.05)}),
		CannotTell, "no second block could confirm it: 5 executions a side, 6 are needed", results.Open)
	check("none", planned(20, first), CannotTell, "no second block could confirm it: 0 executions", results.Open)
	check("no alarm", planned(20, [2][]float64{quiet(1, 20, 1), quiet(2, 20, 1)}), NoChange, "any change lies within")
	unplanned := planned(20, first)
	unplanned.Run.Plan.Looks = nil
	check("a run that is judged once", unplanned, Regression, "minimum effect 2 %")

	again := planned(20, first, [2][]float64{quiet(3, 20, 1), quiet(4, 20, 1.05)})
	if got := Judge(again)[0]; got.Base.N != 20 || got.Second == nil || got.Second.Base.N != 20 || got.Change != Judge(planned(20, first))[0].Change {
		t.Errorf("the second block is not apart: %+v", got)
	}
	if list := ToConfirm(planned(20, first)); len(list) != 1 || list[0] != (Confirmation{"b", 20}) {
		t.Errorf("to confirm: %v", list)
	}
	if list := ToConfirm(planned(20, [2][]float64{quiet(1, 20, 1), quiet(2, 20, 1)})); len(list) != 0 {
		t.Errorf("to confirm without alarm: %v", list)
	}
	short := planned(20, [2][]float64{quiet(1, 8, 1), quiet(2, 8, 1.5)})
	if list := ToConfirm(short); len(list) != 1 || list[0].Rounds != 16 {
		t.Errorf("to confirm after 8 rounds: %v", list)
	}
	short.Run.Plan.Rounds = 8
	if list := ToConfirm(short); len(list) != 1 || list[0].Rounds != leastConfirming {
		t.Errorf("to confirm after all 8 rounds: %v", list)
	}
}

// TestExactNeedsNoSecondBlock: a count would only be the same again.
func TestExactNeedsNoSecondBlock(t *testing.T) {
	count := results.Metric{Name: "instructions", Unit: "instructions", Better: results.Lower}
	same := func(value float64, n int) []float64 { return slices.Repeat([]float64{value}, n) }
	check := func(what string, base, head []float64, metric results.Metric, want Verdict, reason string) {
		t.Helper()
		got := Judge(recordOf(metric, base, head))[0]
		if got.Verdict != want || !strings.Contains(got.Reason, reason) {
			t.Errorf("%s: %q because %q; want %q because %q", what, got.Verdict, got.Reason, want, reason)
		}
	}
	check("more", same(1000, 3), same(1030, 3), count, Regression, "every execution gave exactly 1000 on base and 1030 on head, +3 %; minimum effect 2 %")
	check("fewer", same(1000, 3), same(900, 3), count, Improvement, "-10 %")
	check("a little", same(1000, 3), same(1001, 3), count, NoChange, "less than the minimum effect")
	check("from nothing", same(0, 3), same(1, 3), count, Regression, "exactly 0 on base and 1 on head")
	check("to nothing", same(1, 3), same(0, 3), count, Improvement, "-100 %")
	check("two are too few", same(1000, 2), same(1030, 2), count, CannotTell, "only 2 executions")
	check("a time is no count", same(1, 3), same(2, 3), wall, CannotTell, "only 3 executions")
	check("no whole number", same(1.5, 3), same(2.5, 3), count, CannotTell, "only 3 executions")

	record := planned(20, [2][]float64{noisy(1, 20, 1, 0.2), noisy(2, 20, 1, 0.2)})
	for i := range record.Executions {
		value := map[results.Side]float64{results.Base: 1000, results.Head: 1030}[record.Executions[i].Side]
		record.Executions[i].Samples = append(record.Executions[i].Samples, results.Sample{Metric: count, Value: value})
	}
	all := Judge(record)
	if all[0].Metric != count || all[0].Verdict != Regression || all[1].Verdict != CannotTell || !strings.Contains(all[1].Reason, "its instructions can: +3 % exactly") {
		t.Errorf("a counter does not decide where time cannot tell: %q, %q", all[0].Reason, all[1].Reason)
	}
	if len(Alarms(record)) != 0 || len(ToConfirm(record)) != 0 {
		t.Errorf("an exact count is to be confirmed: %v", ToConfirm(record))
	}
}

// TestLook: what is settled, and what is still open.
func TestLook(t *testing.T) {
	check := func(what string, base, head []float64, want Standing) {
		t.Helper()
		record := planned(40, [2][]float64{base, head})
		record.Run.State = results.Measuring
		got := Look(record)
		if len(got) != 1 || got[0].Settled != want.Settled || got[0].Alarm != want.Alarm || (got[0].MoreRounds > 0) != (want.MoreRounds > 0) || !strings.Contains(got[0].Why, want.Why) {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	check("a large change", noisy(1, 8, 1, 0.005), noisy(2, 8, 2, 0.005), Standing{Settled: true, Alarm: true, Why: "wall: regression: +"})
	check("none", noisy(1, 15, 1, 0.002), noisy(2, 15, 1, 0.002), Standing{Settled: true, Why: "wall: no change: any change lies within"})
	check("noise", noisy(1, 8, 1, 0.1), noisy(2, 8, 1, 0.1), Standing{MoreRounds: 1, Why: "wall: cannot tell: the interval"})
	check("too few", noisy(1, 5, 1, 0.1), noisy(2, 5, 1, 0.1), Standing{MoreRounds: 1, Why: "only 5"})
	check("no ratio", []float64{0, 1, 1, 1, 1, 1, 1}, noisy(1, 7, 1, 0.1), Standing{Settled: true, Why: "no ratio"})

	precise := planned(40, [2][]float64{noisy(1, 20, 1, 0.01), noisy(2, 20, 1.019, 0.01)})
	precise.Run.Bench[0].Precision = 0.02
	if got := Look(precise)[0]; !got.Settled || got.Alarm {
		t.Errorf("the wanted precision is reached: %+v", got)
	}
}

// TestLooksArePaidFor: early looks need stronger evidence than a judgement at the
// end.
func TestLooksArePaidFor(t *testing.T) {
	base, head := noisy(1, 11, 1, 0.05), noisy(2, 11, 1.06, 0.05)
	looked, once := planned(40, [2][]float64{base, head}), planned(40, [2][]float64{base, head})
	once.Run.Plan.Looks = nil
	a, b := Judge(looked)[0], Judge(once)[0]
	if a.P <= 2*b.P || a.High-a.Low <= b.High-b.Low {
		t.Errorf("at a look p %v and [%v, %v], at the end p %v and [%v, %v]", a.P, a.Low, a.High, b.P, b.Low, b.High)
	}
}

// TestPairedRounds: what hits both sides of a round cancels.
func TestPairedRounds(t *testing.T) {
	base, head := sameSides(3, 12, 0.2, 0.003)
	got := Judge(recordOf(wall, base, scaled(head, 1.05)))[0]
	if !got.Paired || got.Verdict != Regression || got.High-got.Low > 0.2 {
		t.Errorf("rounds that vary by 20 %% hide 5 %%: %+v", got)
	}
	if own := Judge(recordOf(wall, noisy(1, 12, 1, 0.2), noisy(2, 12, 1, 0.2)))[0]; own.Paired {
		t.Errorf("independent sides are paired: %+v", own)
	}
}
