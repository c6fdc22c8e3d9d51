package verdict

import (
	order "cmp"
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

var update = flag.Bool("update", false, "rewrite golden files")

// noisy returns n values around center with the given coefficient of variation.
func noisy(seed uint64, n int, center, cv float64) []float64 {
	draw := rand.New(rand.NewPCG(seed, 1))
	values := make([]float64, n)
	for i := range values {
		values[i] = center * math.Exp(cv*draw.NormFloat64())
	}
	return values
}

func TestVerdicts(t *testing.T) {
	throughput := results.Metric{Name: "rate", Unit: "B/s", Better: results.Higher}
	check := func(what string, metric results.Metric, base, head []float64, want Verdict, reason string) {
		t.Helper()
		got := Judge(recordOf(metric, base, head))
		if len(got) != 1 || got[0].Verdict != want || !strings.Contains(got[0].Reason, reason) {
			t.Errorf("%s: %d comparisons, first %q because %q; want %q because %q", what, len(got), got[0].Verdict, got[0].Reason, want, reason)
		}
	}
	quiet := noisy(1, 20, 1, 0.005)
	other := noisy(2, 20, 1, 0.005)
	check("10 % slower", wall, quiet, scaled(other, 1.1), Regression, "slower than base; minimum effect 2 %")
	check("10 % faster", wall, quiet, scaled(other, 0.9), Improvement, "faster than base")
	check("10 % more throughput", throughput, quiet, scaled(other, 1.1), Improvement, "higher than base")
	check("10 % less throughput", throughput, quiet, scaled(other, 0.9), Regression, "lower than base")
	check("nothing", wall, quiet, other, NoChange, "less than the minimum effect of 2 %")
	check("1 % slower and sure", wall, quiet, scaled(other, 1.01), NoChange, "any change lies within")
	check("2 % slower or not", wall, quiet, scaled(other, 1.019), CannotTell, "smaller or larger than the minimum effect")
	check("noise", wall, noisy(3, 10, 1, 0.2), noisy(4, 10, 1, 0.2), CannotTell, "holds no change as well as")
	check("five", wall, quiet[:5], scaled(other[:5], 2), CannotTell, "only 5 executions a side, a verdict needs at least 6")
	check("identical", wall, []float64{7, 7, 7, 7, 7, 7}, []float64{7, 7, 7, 7, 7, 7}, NoChange, "every value of both sides is the same")
	check("zeros", wall, []float64{0, 0, 0, 0, 0, 1}, []float64{0, 0, 0, 0, 0, 1}, CannotTell, "no ratio")
	check("throughput falls to nothing", throughput, quiet, make([]float64, 20), Regression, "100 % [-100 %, -100 %] lower than base")
	check("not a number", wall, []float64{math.NaN(), 1, 1, 1, 1, 1, 1}, quiet, CannotTell, "not finite")
	check("infinite", wall, quiet, []float64{math.Inf(1), 1, 1, 1, 1, 1, 1}, CannotTell, "not finite")
	check("out of range", wall, scaled(quiet, 1e-300), scaled(other, 1e300), CannotTell, "of a comparable size")
	check("constant but other", wall, []float64{7, 7, 7, 7, 7, 7}, []float64{8, 8, 8, 8, 8, 8}, Regression, "+14.3 %")
}

func TestNumbersAreShownOnlyWhereTheyMeanSomething(t *testing.T) {
	check := func(what string, base, head []float64, want bool) {
		t.Helper()
		got := Judge(recordOf(wall, base, head))
		if got[0].HasInterval() != want || !want && (got[0].Low != 0 || got[0].High != 0) {
			t.Errorf("%s: has an interval: %v, [%v, %v]", what, got[0].HasInterval(), got[0].Low, got[0].High)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	quiet := noisy(1, 20, 1, 0.005)
	check("ordinary", quiet, quiet, true)
	check("head of zero", quiet, make([]float64, 6), true)
	check("one execution", quiet[:1], quiet[:1], false)
	check("three executions with a zero", []float64{0, 1, 1}, []float64{1, 1, 1}, false)
	check("a zero in base", append([]float64{0}, quiet...), quiet, false)
	check("head below zero", quiet, append([]float64{-1}, quiet...), false)
	check("base below zero", append([]float64{-1}, quiet...), quiet, false)
	check("not a number", append([]float64{math.NaN()}, quiet...), quiet, false)
	check("overflow", scaled(quiet, 1e-300), scaled(quiet, 1e300), false)
	if got, err := json.Marshal(Judge(&results.Record{})); string(got) != "[]" {
		t.Errorf("nothing to judge is %s, %v", got, err)
	}
}

func TestBroken(t *testing.T) {
	other := results.Metric{Case: "x", Name: "wall", Unit: "sec", Better: results.Lower}
	good := func(round int, side results.Side, metrics ...results.Metric) results.Execution {
		var samples []results.Sample
		for _, metric := range metrics {
			samples = append(samples, results.Sample{Metric: metric, Value: 1 + float64(round)/100})
		}
		return execution("b", side, round, samples...)
	}
	failing := func(round int, side results.Side, warmup bool) results.Execution {
		e := execution("b", side, round)
		e.Warmup, e.Fault = warmup, &results.Fault{Kind: results.FaultExit, Detail: "it ended with status 3"}
		return e
	}
	check := func(what string, state results.State, executions []results.Execution, want Verdict, reason string, evidence int) {
		t.Helper()
		record := &results.Record{Run: results.Run{State: state, Bench: []results.Benchmark{{Name: "b", MinEffect: 0.02}}}, Executions: executions}
		got := Judge(record)[0]
		if got.Verdict != want || !strings.Contains(got.Reason, reason) || len(got.Evidence) != evidence {
			t.Errorf("%s: %q because %q with %d pieces of evidence; want %q because %q with %d", what, got.Verdict, got.Reason, len(got.Evidence), want, reason, evidence)
		}
	}
	check("fails in a round", results.Done, []results.Execution{good(0, results.Base, wall), failing(2, results.Head, false)},
		Broken, "head failed in round 3: it ended with status 3", 1)
	check("fails in a warm-up on both sides", results.Done, []results.Execution{failing(0, results.Base, true), failing(0, results.Head, true)},
		Broken, "base failed in warm-up 1", 2)
	check("never executed", results.Done, []results.Execution{good(0, results.Base, wall)}, Broken, "head was never executed", 0)
	check("cancelled before", results.Cancelled, []results.Execution{good(0, results.Base, wall)}, CannotTell, "head was not measured before the run ended", 0)
	check("no metric", results.Done, []results.Execution{good(0, results.Base), good(0, results.Head)}, Broken, "neither side yielded a result", 0)
	check("lost on head", results.Done, []results.Execution{good(0, results.Base, wall, other), good(0, results.Head, wall)},
		Broken, "lost on head: base has 1 values, head none", 0)
	check("new on head", results.Done, []results.Execution{good(0, results.Base, wall), good(0, results.Head, other, wall)},
		CannotTell, "only 1 executions a side", 0)
	check("changing set", results.Done, []results.Execution{
		good(0, results.Base, wall, other), good(0, results.Head, wall, other),
		good(1, results.Base, wall), good(1, results.Head, wall, other),
	}, Broken, "changed between rounds: missing in 1 of 2 executions of base", 0)
}

func TestOthersGoOnBesideABrokenOne(t *testing.T) {
	record := recordOf(wall, noisy(1, 20, 1, 0.005), noisy(2, 20, 1.1, 0.005))
	record.Run.Bench = append(record.Run.Bench, results.Benchmark{Name: "c"})
	broken := execution("c", results.Head, 0)
	broken.Fault = &results.Fault{Kind: results.FaultTimeout, Detail: "it ran longer than 1s"}
	record.Executions = append(record.Executions, broken)
	got := Judge(record)
	if len(got) != 2 || got[0].Verdict != Broken || got[1].Verdict != Regression {
		t.Errorf("verdicts %v", got)
	}
}

func TestWarmupsDoNotCount(t *testing.T) {
	record := recordOf(wall, noisy(1, 20, 1, 0.005), noisy(2, 20, 1, 0.005))
	want := Judge(record)
	for i := range 5 {
		e := execution("b", results.Head, i, results.Sample{Metric: wall, Value: 100})
		e.Warmup = true
		record.Executions = append(record.Executions, e)
	}
	if diff := cmp.Diff(want, Judge(record)); diff != "" {
		t.Errorf("warm-ups change the verdict:\n%s", diff)
	}
}

func TestNoiseFloor(t *testing.T) {
	quiet, other := noisy(1, 20, 1, 0.005), noisy(2, 20, 1, 0.005)
	check := func(what string, slower, floor float64, want Verdict, reason string) {
		t.Helper()
		record := recordOf(wall, quiet, scaled(other, slower))
		record.Run.Noise = []results.Noise{
			{Benchmark: "another", Metric: wall, Run: "beef", Floor: 0.9},
			{Benchmark: "b", Metric: results.Metric{Name: "cpu", Unit: "sec"}, Run: "beef", Floor: 0.9},
			{Benchmark: "b", Metric: wall, Run: "1a2b3c", Floor: floor},
		}
		got := Judge(record)[0]
		if got.Verdict != want || !strings.Contains(got.Reason, reason) {
			t.Errorf("%s: %q because %q; want %q because %q", what, got.Verdict, got.Reason, want, reason)
		}
		if usable := floor > 0 && finite(floor); usable != (got.NoiseFloor == floor && got.Calibration == "1a2b3c") || got.LeastEffect() < 0.02 {
			t.Errorf("%s: floor %v of %q, least effect %v", what, got.NoiseFloor, got.Calibration, got.LeastEffect())
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("below the minimum effect", 1.1, 0.01, Regression, "slower than base; minimum effect 2 %")
	check("reached", 1.1, 0.05, Regression, "slower than base; above this host's noise floor of 5 %, calibration 1a2b3c")
	check("reached by an improvement", 0.9, 0.05, Improvement, "faster than base; above this host's noise floor of 5 %")
	check("the interval goes beyond it", 1.1, 0.101, CannotTell, "slower than base, but below this host's noise floor of 10.1 %, calibration 1a2b3c")
	check("the interval lies within it", 1.1, 0.2, NoChange, "slower than base, but below this host's noise floor of 20 %, calibration 1a2b3c")
	check("nothing", 1, 0.05, NoChange, "less than this host's noise floor of 5 %, calibration 1a2b3c")
	check("nothing, low floor", 1, 0.001, NoChange, "less than the minimum effect of 2 %")
	check("less than the minimum effect", 1.01, 0.05, NoChange, "any change lies within")
	for _, useless := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		check("useless", 1.1, useless, Regression, "minimum effect 2 %")
	}
}

func TestQuarantinedRunGivesNoVerdict(t *testing.T) {
	check := func(what, why string, change func(*results.Record), want Verdict, reason string) {
		t.Helper()
		record := recordOf(wall, noisy(1, 20, 1, 0.005), noisy(2, 20, 1.1, 0.005))
		record.Run.State, record.Run.Error = results.Quarantined, why
		change(record)
		got := Judge(record)[0]
		if got.Verdict != want || got.Reason != reason || got.MoreRounds != 0 {
			t.Errorf("%s: %q because %q, %d more rounds; want %q because %q", what, got.Verdict, got.Reason, got.MoreRounds, want, reason)
		}
	}
	as := func(*results.Record) {}
	const why = "12 of 20 executions were disturbed"
	check("slower", why, as, CannotTell, "the run is quarantined: "+why)
	check("without a reason", "", as, CannotTell, "the run is quarantined")
	check("one side", why, func(r *results.Record) {
		r.Executions = slices.DeleteFunc(r.Executions, func(e results.Execution) bool { return e.Side == results.Head })
	}, CannotTell, "the run is quarantined: "+why)
	check("few", why, func(r *results.Record) { r.Executions = r.Executions[:4] }, CannotTell, "the run is quarantined: "+why)
	check("broken", why, func(r *results.Record) {
		r.Executions[0].Side, r.Executions[0].Fault = results.Head, &results.Fault{Detail: "it ended with status 3"}
	}, Broken, "head failed in round 1: it ended with status 3")
}

func TestContaminatedExecutionsDoNotCount(t *testing.T) {
	check := func(what string, bad func(results.Execution) bool, want Verdict, reason string, n int, warning string) {
		t.Helper()
		record := recordOf(wall, noisy(1, 20, 1, 0.005), noisy(2, 20, 1, 0.005))
		contaminated := 0
		for i, e := range record.Executions {
			if bad(e) {
				contaminated++
				record.Executions[i].Contaminated = []string{"other programs ran 9 ms"}
				record.Executions[i].Samples[0].Value *= 7
			}
		}
		got := Judge(record)[0]
		if got.Verdict != want || !strings.Contains(got.Reason, reason) || got.Contaminated != contaminated || got.Head.N != n {
			t.Errorf("%s: %q because %q, %d of head, %d contaminated; want %q because %q, %d, %d",
				what, got.Verdict, got.Reason, got.Head.N, got.Contaminated, want, reason, n, contaminated)
		}
		if diff := cmp.Diff(warning, strings.Join(got.Warnings, "; ")); diff != "" {
			t.Errorf("%s: warnings (-want +got):\n%s", what, diff)
		}
	}
	of := func(side results.Side, from int) func(results.Execution) bool {
		return func(e results.Execution) bool { return e.Side == side && e.Round >= from }
	}
	check("none", func(results.Execution) bool { return false }, NoChange, "any change lies within", 20, "")
	check("four of forty", of(results.Head, 16), NoChange, "any change lies within", 16, "")
	check("five of forty", of(results.Head, 15), NoChange, "any change lies within", 15, "of 40 executions 5 were disturbed and do not count")
	check("too many", of(results.Head, 5), CannotTell, "only 5 executions a side, a verdict needs at least 6; 15 were disturbed and do not count", 5, "")
	check("all of base", of(results.Base, 0), CannotTell, "no execution of base is left: 20 were disturbed and do not count", 0, "")
	check("all", func(results.Execution) bool { return true }, CannotTell, "no execution of base is left", 0, "")
}

// TestMachineThatIsNeverQuiet: where most executions are disturbed and nobody
// promised isolation, they count; where it was promised, or few are, they do not.
func TestMachineThatIsNeverQuiet(t *testing.T) {
	check := func(what string, level results.Level, disturbedFrom int, want Verdict, n int, warned bool) {
		t.Helper()
		record := recordOf(wall, noisy(1, 20, 1, 0.005), noisy(2, 20, 1.1, 0.005))
		record.Run.Quiet.Reached = level
		for i := range record.Executions {
			if e := &record.Executions[i]; e.Round >= disturbedFrom {
				e.Contaminated = []string{"somebody was here"}
			}
		}
		c := Judge(record)[0]
		if c.Verdict != want || c.Base.N != n || strings.Contains(strings.Join(c.Warnings, "; "), "most executions were disturbed") != warned {
			t.Errorf("%s: %q from %d executions, warnings %q", what, c.Verdict, c.Base.N, c.Warnings)
		}
	}
	check("all, pinned", results.LevelPin, 0, Regression, 20, true)
	check("most, pinned", results.LevelPin, 9, Regression, 20, true)
	check("some, pinned", results.LevelPin, 12, Regression, 12, false)
	check("all, isolated", results.LevelIsolate, 0, CannotTell, 0, false)
}

func TestExecutionCountsOnceHoweverManySamplesItHas(t *testing.T) {
	record := &results.Record{Run: results.Run{State: results.Done, Bench: []results.Benchmark{{Name: "b", MinEffect: 0.02}}}}
	for round := range 3 { // 3 executions a side, 100 samples each
		for i, side := range results.Sides() {
			var samples []results.Sample
			for _, value := range noisy(uint64(round), 100, float64(1+i), 0.001) {
				samples = append(samples, results.Sample{Metric: wall, Value: value})
			}
			record.Executions = append(record.Executions, execution("b", side, round, samples...))
		}
	}
	got := Judge(record)[0]
	if got.Base.N != 3 || got.Verdict != CannotTell || got.MoreRounds != 3 {
		t.Errorf("%d executions, %q, %d more rounds", got.Base.N, got.Verdict, got.MoreRounds)
	}
}

func TestMoreRoundsWouldSettleIt(t *testing.T) {
	base, head := noisy(3, 12, 1, 0.08), noisy(4, 12, 1.0, 0.08)
	open := Judge(recordOf(wall, base, head))[0]
	if open.Verdict != CannotTell || open.MoreRounds == 0 {
		t.Fatalf("%q with %d more rounds", open.Verdict, open.MoreRounds)
	}
	// The estimate is of the middle; with ten times as many it is settled.
	n := 12 + 10*open.MoreRounds
	settled := Judge(recordOf(wall, noisy(7, n, 1, 0.08), noisy(8, n, 1, 0.08)))[0]
	if settled.Verdict == CannotTell {
		t.Errorf("with %d rounds it is still %q: %s", n, settled.Verdict, settled.Reason)
	}
}

func TestLaws(t *testing.T) {
	values := rapid.SliceOfN(rapid.Float64Range(0.5, 2), 6, 25)
	one := func(base, head []float64) Comparison { return Judge(recordOf(wall, base, head))[0] }
	mirror := map[Verdict]Verdict{Regression: Improvement, Improvement: Regression, NoChange: NoChange, CannotTell: CannotTell}
	rapid.Check(t, func(t *rapid.T) {
		base, head := values.Draw(t, "base"), values.Draw(t, "head")
		got := one(base, head)
		if got.Low > got.High {
			t.Fatalf("interval [%v, %v]", got.Low, got.High)
		}
		// Powers of two scale exactly. Only the seed differs, so the interval may
		// move by a step of the bootstrap; the change must not.
		if s := one(scaled(base, 4), scaled(head, 4)); s.Change != got.Change || s.P != got.P {
			t.Fatalf("scaled by 4: change %v became %v, p %v became %v", got.Change, s.Change, got.P, s.P)
		}
		// Rounds may come in reverse, where none of them are warm-up, and sides in any
		// order within a round.
		n := min(len(base), len(head))
		forward := recordOf(wall, base[:n], head[:n])
		reversedBase, reversedHead := slices.Clone(base[:n]), slices.Clone(head[:n])
		slices.Reverse(reversedBase)
		slices.Reverse(reversedHead)
		backward := recordOf(wall, reversedBase, reversedHead)
		draw := rand.New(rand.NewPCG(uint64(n), 1))
		slices.SortStableFunc(backward.Executions, func(a, b results.Execution) int {
			return order.Or(a.Round-b.Round, draw.IntN(3)-1)
		})
		f, r := Judge(forward)[0], Judge(backward)[0]
		if settled := f.Warmup == nil && r.Warmup == nil; settled && math.Abs(r.Low-f.Low)+math.Abs(r.High-f.High)+math.Abs(r.P-f.P) > 1e-9 || settled && r.Verdict != f.Verdict {
			t.Fatalf("the order of rounds changes the verdict from %+v to %+v", f, r)
		}
		if same := one(base, base); same.Verdict == Regression || same.Verdict == Improvement || same.Change != 0 {
			t.Fatalf("base against itself is %q", same.Verdict)
		}
		// A large and sure change mirrors; near a border the steps may differ.
		if swapped := one(head, base); math.Abs(got.Change) > 0.2 && got.P < 0.001 && swapped.Verdict != mirror[got.Verdict] && swapped.P < alpha {
			t.Fatalf("%q swapped is %q", got.Verdict, swapped.Verdict)
		}
	})
}

func TestGolden(t *testing.T) {
	golden(t, "testdata/golden.json", Judge(recordOf(wall, noisy(1, 20, 1, 0.03), noisy(2, 20, 1.05, 0.03))))
}

// golden holds that the same samples give the same bytes.
func golden(t *testing.T, file string, value any) {
	t.Helper()
	got, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the same samples give other bytes (-want +got):\n%s", diff)
	}
}

func TestMethodsNameTheVersionsInUse(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range Methods()[1:] {
		if !strings.Contains(string(mod), "\t"+fact.Name+" "+fact.Value+"\n") {
			t.Errorf("go.mod does not have %s %s", fact.Name, fact.Value)
		}
	}
}

func BenchmarkJudge200(b *testing.B) {
	record := &results.Record{}
	for i := range 200 {
		one := recordOf(wall, noisy(uint64(i), 20, 1, 0.05), noisy(uint64(i)+1000, 20, 1, 0.05))
		name := "b" + string(rune('0'+i))
		record.Run.Bench = append(record.Run.Bench, results.Benchmark{Name: name, MinEffect: 0.02})
		for _, e := range one.Executions {
			e.Benchmark = name
			record.Executions = append(record.Executions, e)
		}
	}
	for b.Loop() {
		Judge(record)
	}
}
