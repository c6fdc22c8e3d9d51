package verdict

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// counts appends executions under callgrind: one value each, nobody watching.
func counts(record *results.Record, block int, side results.Side, values ...float64) {
	for i, v := range values {
		e := execution("b", side, i, results.Sample{Metric: results.Instructions(), Value: v})
		e.Block, e.Seq = block, len(record.Executions)
		record.Executions = append(record.Executions, e)
	}
}

// timed is a run of so many rounds whose executions were watched.
func timed(seed uint64, n int, cv float64) *results.Record {
	record := recordOf(wall, noisy(seed, n, 1, cv), noisy(seed+1, n, 1, cv))
	for i := range record.Executions {
		record.Executions[i].Witness = &results.Witness{}
	}
	return record
}

func metricOf(t *testing.T, all []Comparison, name string) Comparison {
	t.Helper()
	i := slices.IndexFunc(all, func(c Comparison) bool { return c.Metric.Name == name })
	if i < 0 {
		t.Fatalf("no %s among %+v", name, all)
	}
	return all[i]
}

// TestCountsApart: executions for a count alone change nothing of what was timed, and
// decide where time cannot tell.
func TestCountsApart(t *testing.T) {
	check := func(what string, base, head []float64, want Verdict, reason, beside string) {
		t.Helper()
		plain := Judge(timed(1, 20, 0.2))[0]
		record := timed(1, 20, 0.2)
		counts(record, 0, results.Base, base...)
		counts(record, 0, results.Head, head...)
		all := Judge(record)
		count, time := metricOf(t, all, "instructions"), metricOf(t, all, "wall")
		if len(all) != 2 || count.Verdict != want || !strings.Contains(count.Reason, reason) || count.Contaminated != 0 {
			t.Errorf("%s: %s: %s; want %s: %s", what, count.Verdict, count.Reason, want, reason)
		}
		plain.Reason += beside
		if diff := cmp.Diff(plain, time); diff != "" || plain.Verdict != CannotTell {
			t.Errorf("%s: the time (-alone +beside counts):\n%s", what, diff)
		}
	}
	same := func(v float64, n int) []float64 { return slices.Repeat([]float64{v}, n) }
	check("equal", same(1000, 3), same(1000, 3), NoChange, "every value of both sides is the same, exactly 1000", "; instructions: +0.00 %, exact")
	check("a little", same(10000, 3), same(10030, 3), NoChange, "less than the minimum effect", "; instructions: +0.30 %, exact")
	check("more", same(1000, 3), same(1030, 3), Regression, "minimum effect 2 %", "; its instructions can: +3 % exactly")
	check("fewer", same(1000, 3), same(500, 3), Improvement, "-50 %", "; its instructions can: -50 % exactly")
	check("two", same(1000, 2), same(1000, 2), CannotTell, "only 2 executions a side", "")
	check("nothing at all", same(0, 3), same(0, 3), NoChange, "exactly 0", "; instructions: +0.00 %, exact")
	check("spread", []float64{1000, 1001, 1002, 1000, 1003, 1001}, []float64{1200, 1201, 1202, 1200, 1203, 1201}, Regression, "more than base", "")
}

// TestCountsOfTheWholeCommand stand beside the time of a case.
func TestCountsOfTheWholeCommand(t *testing.T) {
	record := timed(1, 20, 0.2)
	for i := range record.Executions {
		record.Executions[i].Samples[0].Metric.Case = "join"
	}
	counts(record, 0, results.Base, 7, 7, 7)
	counts(record, 0, results.Head, 7, 7, 7)
	if c := metricOf(t, Judge(record), "wall"); !strings.HasSuffix(c.Reason, "; instructions of the whole command: +0.00 %, exact") {
		t.Errorf("%s", c.Reason)
	}
	record.Executions[len(record.Executions)-1].Samples[0].Value = 8
	if c := metricOf(t, Judge(record), "wall"); strings.Contains(c.Reason, "instructions") {
		t.Errorf("not exact: %s", c.Reason)
	}
}

// TestCountsAreNoRounds: neither looks, nor the share of disturbed executions, nor what
// a confirmation must measure, follows from them.
func TestCountsAreNoRounds(t *testing.T) {
	record := timed(1, 12, 0.01)
	record.Run.Quiet.Reached = results.LevelPin
	for i := range record.Executions {
		if i < 13 { // of 24: most
			record.Executions[i].Contaminated = []string{"it was"}
		}
	}
	before := Judge(record)[0]
	counts(record, 0, results.Base, slices.Repeat([]float64{5}, 30)...)
	counts(record, 0, results.Head, slices.Repeat([]float64{6}, 30)...)
	all := Judge(record)
	if diff := cmp.Diff(before, metricOf(t, all, "wall")); diff != "" || before.Base.N != 12 {
		t.Errorf("disturbed (-before +after):\n%s", diff)
	}
	if c := metricOf(t, all, "instructions"); slices.ContainsFunc(c.Warnings, func(w string) bool { return strings.Contains(w, "disturbed") }) {
		t.Errorf("warnings of the count: %q", c.Warnings)
	}
	for _, h := range collect(record, firstBlock) {
		if h.rounds != 12 || h.executions[results.Base] != 12 {
			t.Errorf("%d rounds, %v executions", h.rounds, h.executions)
		}
	}
}

// TestCountsAreUndisturbed: neither what disturbed the rounds nor the noise of counts
// that a processor made is theirs.
func TestCountsAreUndisturbed(t *testing.T) {
	record := timed(1, 12, 0.01)
	for i := range 8 {
		record.Executions[i].Contaminated = []string{"it was"}
	}
	record.Run.Noise = []results.Noise{{Benchmark: "b", Metric: results.Instructions(), Floor: 0.5, Run: "c"}}
	counts(record, 0, results.Base, 100, 100, 100)
	counts(record, 0, results.Head, 110, 110, 110)
	c := metricOf(t, Judge(record), "instructions")
	if c.Contaminated != 0 || c.NoiseFloor != 0 || c.Verdict != Regression {
		t.Errorf("%d disturbed, floor %v, %s: %s", c.Contaminated, c.NoiseFloor, c.Verdict, c.Reason)
	}
	if c := metricOf(t, Judge(record), "wall"); c.Contaminated != 8 {
		t.Errorf("of the time %d were disturbed", c.Contaminated)
	}
}

// TestCountsInTheSecondBlock confirm those of the first that had a spread.
func TestCountsInTheSecondBlock(t *testing.T) {
	spread := func(by float64) []float64 { return scaled([]float64{1000, 1001, 1002, 1000, 1003, 1001}, by) }
	check := func(what string, by float64, want Verdict, outcome results.AlarmOutcome) {
		t.Helper()
		record := timed(1, 20, 0.01)
		record.Run.Plan.Looks = Looks(40)
		counts(record, 0, results.Base, spread(1)...)
		counts(record, 0, results.Head, spread(1.2)...)
		if list := ToConfirm(record); len(list) != 1 {
			t.Errorf("%s: to confirm %v", what, list)
		}
		if by > 0 {
			counts(record, 1, results.Base, spread(1)...)
			counts(record, 1, results.Head, spread(by)...)
		}
		c := metricOf(t, Judge(record), "instructions")
		if c.Verdict != want || c.Second == nil || c.Second.Outcome != outcome {
			t.Errorf("%s: %s: %s", what, c.Verdict, c.Reason)
		}
	}
	check("again", 1.2, Regression, results.Confirmed)
	check("gone", 1, CannotTell, results.Refuted)
	check("never counted", 0, CannotTell, results.Open)
}

// TestOwnInstructions: a benchmark that yields them by itself loses them like any other
// metric, whether anybody watched or not.
func TestOwnInstructions(t *testing.T) {
	own := recordOf(results.Instructions(), []float64{5, 5, 5}, []float64{6, 6, 6})
	if of := own.Counted(); of(&own.Executions[0]) {
		t.Error("what was imported without a witness is taken for a count")
	}
	for i := range 6 {
		e := execution("b", results.Sides()[i%2], i/2, results.Sample{Metric: wall, Value: 1}, results.Sample{Metric: results.Instructions(), Value: 5})
		own.Executions = append(own.Executions, e)
	}
	if of := own.Counted(); of(&own.Executions[0]) {
		t.Error("a benchmark that yields instructions itself is taken for a count")
	}
	if c := metricOf(t, Judge(own), "wall"); c.Verdict != Broken || !strings.Contains(c.Reason, "missing in 3 of 6") {
		t.Errorf("%s: %s", c.Verdict, c.Reason)
	}
	noisy := timed(1, 6, 0.01)
	warm := execution("b", results.Base, 0, results.Sample{Metric: results.Instructions(), Value: 1})
	faulty, of := warm, noisy.Counted()
	warm.Warmup, faulty.Fault = true, &results.Fault{}
	if of(&warm) || of(&faulty) || of(&noisy.Executions[0]) {
		t.Error("a warm-up, a fault or a timed execution is a count")
	}
}

// TestExplainCounts tells where they come from, and gives the verdict that Judge gives.
func TestExplainCounts(t *testing.T) {
	record := timed(1, 20, 0.2)
	record.Run.Plan.Looks = Looks(40)
	counts(record, 0, results.Base, 7, 7, 7)
	counts(record, 0, results.Head, 8, 8, 8)
	for _, x := range Explain(record) {
		if x.Metric != results.Instructions() {
			continue
		}
		want := []Step{
			{"executions", "3 of base and 3 of head were made under callgrind, apart from the rounds, and have this count alone"},
			{"verdict", "regression: every execution gave exactly 7 on base and 8 on head, +14.3 %; minimum effect 2 %"},
		}
		if diff := cmp.Diff(want, x.Steps); diff != "" || !x.HasInterval() || x.Low != x.Change {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	one, err := Digest(Judge(record))
	record.Executions[0].Started = time.Now() // no part of it
	if two, again := Digest(Judge(record)); err != nil || again != nil || one != two {
		t.Errorf("%s, %s, %v, %v", one, two, err, again)
	}
}

// TestRatesAreNoCounts: three throughputs may agree by chance.
func TestRatesAreNoCounts(t *testing.T) {
	rate := results.Metric{Name: "rate", Unit: "B/s", Better: results.Higher}
	if c := Judge(recordOf(rate, []float64{5, 5, 5}, []float64{5, 5, 5}))[0]; c.Verdict != CannotTell || c.Exact {
		t.Errorf("%s: %s", c.Verdict, c.Reason)
	}
}

// TestCountsInHistories: how instructions were counted parts their history, and no other.
func TestCountsInHistories(t *testing.T) {
	of := func(way string, metric string) string {
		t.Helper()
		record := timed(1, 6, 0.01)
		record.Run.Head.Branch, record.Run.Env = "main", []results.Fact{{Name: "cpu.model", Value: "x"}}
		counts(record, 0, results.Base, 7, 7, 7)
		counts(record, 0, results.Head, 8, 8, 8)
		if way != "" {
			record.Run.Env = append(record.Run.Env, results.Fact{Name: results.InstructionsFact, Value: way})
		}
		points := Points(record)
		i := slices.IndexFunc(points, func(p results.Point) bool { return p.Series.Metric.Name == metric })
		if i < 0 || metric == "instructions" && (points[i].Value != 8 || points[i].N != 3) {
			t.Fatalf("points %+v", points)
		}
		return points[i].Environment
	}
	if of("", "wall") != of("perf", "wall") || of("perf", "wall") != of("callgrind, valgrind-3.19.0", "wall") {
		t.Error("the environment of a time depends on how instructions are counted")
	}
	if of("perf", "instructions") == of("callgrind, valgrind-3.19.0", "instructions") {
		t.Error("two ways to count are one environment")
	}
}
