package verdict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

// sameSides are two equal sides with log-normal noise, part of which hits a round
// as a whole and part each execution by itself.
func sameSides(seed uint64, rounds int, shared, own float64) (base, head []float64) {
	draw := rand.New(rand.NewPCG(seed, 1))
	for range rounds {
		round := math.Exp(shared * draw.NormFloat64())
		base = append(base, round*math.Exp(own*draw.NormFloat64()))
		head = append(head, round*math.Exp(own*draw.NormFloat64()))
	}
	return base, head
}

// sameTwice is a calibration that measured such sides.
func sameTwice(seed uint64, rounds int, shared, own float64) *results.Record {
	base, head := sameSides(seed, rounds, shared, own)
	return calibrationOf(wall, base, head)
}

func calibrationOf(metric results.Metric, base, head []float64) *results.Record {
	record := recordOf(metric, base, head)
	record.Run.ID, record.Run.Kind = "ca11b", results.Calibration
	return record
}

// onlyNoise calibrates what must give exactly one.
func onlyNoise(t interface {
	Helper()
	Fatalf(string, ...any)
}, record *results.Record,
) results.Noise {
	t.Helper()
	all := Calibrate(record)
	if len(all) != 1 {
		t.Fatalf("%d metrics have noise, want 1", len(all))
	}
	return all[0]
}

func within(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if !(low <= got && got <= high) {
		t.Errorf("%s is %g, want %g to %g", what, got, low, high)
	}
}

// altered does something to every execution of a record, in place.
func altered(record *results.Record, by func(*results.Execution)) *results.Record {
	for i := range record.Executions {
		by(&record.Executions[i])
	}
	return record
}

func slowed(record *results.Record, by float64) *results.Record {
	return altered(record, func(e *results.Execution) {
		if e.Side == results.Head {
			e.Samples[0].Value *= by
		}
	})
}

func TestCalibrateFindsWhatWasPutIn(t *testing.T) {
	n := onlyNoise(t, sameTwice(1, 400, 0.02, 0.01))
	if n.Run != "ca11b" || n.Rounds != 400 || n.Benchmark != "b" || n.Metric != wall {
		t.Fatalf("%+v", n)
	}
	// sqrt(0.02^2 + 0.01^2) = 0.0224; sqrt(0.02^2 + 0.01^2/2) = 0.0212. With 400
	// rounds either is off by 3.5 %.
	within(t, "cv", n.CV, 0.0205, 0.0243)
	within(t, "spread", n.Spread, 0.0195, 0.0230)
	within(t, "drift", n.Drift, -0.01, 0.01)
	within(t, "autocorrelation", n.Autocorrelation, -0.1, 0.1)
	within(t, "false alarms", n.FalseAlarms, 0, 0.001) // by 2 %, with such noise
	// The median of 400 has an error of 1.2533*sd/20, a change sqrt(2) times that;
	// shared noise adds none, or much less, and 2.576 of them are exceeded by 1 %.
	within(t, "floor", n.Floor, 2.576*math.Sqrt2*1.2533*0.01/20, 2.576*math.Sqrt2*1.2533*0.0224/20)
	within(t, "visible", n.Visible, 0.02, 0.03)
}

func TestDescriptionsByHand(t *testing.T) {
	n := onlyNoise(t, calibrationOf(wall, []float64{1, 2, 3, 4}, []float64{3, 2, 3, 6}))
	want := results.Noise{
		Benchmark: "b", Metric: wall, Run: "ca11b", Rounds: 4,
		CV:     math.Sqrt(16.0/7) / 3, // squared deviations from 3: 4+1+0+1 and 0+1+0+9
		Spread: math.Sqrt(6.0/3) / 3,  // means 2 2 3 5: 1+1+0+4
		Drift:  3 * 1.0 / 3,           // slopes 0 1/2 1 1 3/2 2, over 3 rounds; the median of all is 3
		// base: mean 2.5, deviations -1.5 -0.5 0.5 1.5: (0.75-0.25+0.75)/5;
		// head: mean 3.5, deviations -0.5 -1.5 -0.5 2.5: (0.75+0.75-1.25)/9.
		Autocorrelation: (1.25/5 + 0.25/9) / 2,
		Visible:         10, // four rounds never give a verdict
	}
	if diff := cmp.Diff(want, n, cmpopts.EquateApprox(0, 1e-12), cmpopts.IgnoreFields(results.Noise{}, "Floor")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	within(t, "floor", n.Floor, 3/2.5-1, 2) // what was seen, to {1,3} drawn four times
}

func TestDrift(t *testing.T) {
	check := func(what string, rounds int, at func(i int) float64, want, within float64) {
		t.Helper()
		var values []float64
		for i := range rounds {
			values = append(values, at(i))
		}
		if got := onlyNoise(t, calibrationOf(wall, values, values)).Drift; math.Abs(got-want) > within {
			t.Errorf("%s: drift %g, want %g", what, got, want)
		}
	}
	line := func(i int) float64 { return 1 + 0.1*float64(i)/49 }
	check("a line", 50, line, 0.1/1.05, 1e-12)
	check("none", 50, func(int) float64 { return 3 }, 0, 0)
	check("down", 50, func(i int) float64 { return 2 - line(i) }, -0.1/0.95, 1e-12)
	check("a fifth disturbed", 50, func(i int) float64 {
		if i%5 == 0 {
			return 9
		}
		return line(i)
	}, 0.1/1.05, 0.03)
	check("very many rounds", 3001, func(i int) float64 { return 1 + float64(i)/3000 }, 1/1.5, 1e-9)
	for rounds, want := range map[int]int{4: 4, mostPoints: mostPoints, mostPoints + 1: mostPoints/2 + 1, 3001: 376} { // of 1, 1, 2 and 8 rounds
		if at, means := points(make([]pair, rounds)); len(at) != want || len(means) != want {
			t.Errorf("%d rounds are %d points, want %d", rounds, len(at), want)
		}
	}
}

func TestWhatHasNoNoise(t *testing.T) {
	check := func(what string, record *results.Record, want int) {
		t.Helper()
		if n := Calibrate(record); len(n) != want {
			t.Errorf("%s: %+v", what, n)
		}
	}
	some := []float64{1, 1.1, 1, 1.2, 1}
	with := func(f func(*results.Record)) *results.Record {
		record := sameTwice(1, 6, 0, 0.1)
		f(record)
		return record
	}
	spoil := func(rounds int, how func(*results.Execution)) *results.Record {
		return altered(sameTwice(1, 6, 0, 0.1), func(e *results.Execution) {
			if e.Round < rounds && e.Side == results.Base {
				how(e)
			}
		})
	}
	contaminate := func(e *results.Execution) { e.Contaminated = []string{"x"} }
	check("nothing", &results.Record{}, 0)
	check("a comparison", recordOf(wall, some, some), 0)
	check("quarantined", with(func(r *results.Record) { r.Run.State = results.Quarantined }), 0)
	check("four rounds", sameTwice(1, 4, 0, 0.1), 1)
	check("three rounds", sameTwice(1, 3, 0, 0.1), 0)
	check("two of six disturbed", spoil(2, contaminate), 1)
	check("three of six disturbed", spoil(3, contaminate), 0)
	check("three of six warm-ups", spoil(3, func(e *results.Execution) { e.Warmup = true }), 0)
	check("three of six faulty", spoil(3, func(e *results.Execution) { e.Fault = &results.Fault{} }), 0)
	check("never in one round", with(func(r *results.Record) {
		altered(r, func(e *results.Execution) {
			if e.Side == results.Base {
				e.Round += 100
			}
		})
	}), 0)
	check("a zero", calibrationOf(wall, some, []float64{0, 1, 1, 1, 1}), 0)
	check("below zero", calibrationOf(wall, some, []float64{-1, 1, 1, 1, 1}), 0)
	check("not finite", calibrationOf(wall, some, []float64{math.NaN(), 1, 1, 1, 1}), 0)
	check("infinite", calibrationOf(wall, some, []float64{math.Inf(1), 1, 1, 1, 1}), 0)
	check("no minimum effect", with(func(r *results.Record) { r.Run.Bench[0].MinEffect = math.NaN() }), 0)
	many := slices.Repeat(some, 2) // enough for a verdict
	check("sums beyond the range", calibrationOf(wall, scaled(many, 1e308), scaled(many, 1e308)), 0)
	check("large", calibrationOf(wall, scaled(many, 1e300), scaled(many, 1e300)), 1)
	check("small", calibrationOf(wall, scaled(many, 1e-300), scaled(many, 1e-300)), 1)
}

// TestWhatWasDisturbedLeavesNoTrace: warm-ups, faults and contaminated executions
// with wild values, and retakes after them, change no figure.
func TestWhatWasDisturbedLeavesNoTrace(t *testing.T) {
	record := sameTwice(5, 20, 0.01, 0.02)
	want := Calibrate(record)
	var all []results.Execution
	for i, e := range record.Executions {
		wild := execution("b", e.Side, e.Round, results.Sample{Metric: wall, Value: 99})
		switch i % 3 {
		case 0:
			wild.Warmup = true
		case 1:
			wild.Contaminated = []string{"x"}
		default:
			wild.Fault = &results.Fault{Kind: results.FaultExit}
		}
		all = append(all, wild, e)
	}
	record.Executions = all
	if diff := cmp.Diff(want, Calibrate(record)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestVisibleIsFound: a slow-down of that size is found in about nine of ten fresh
// comparisons under the floor of that calibration, and half of it is not.
func TestVisibleIsFound(t *testing.T) {
	check := func(what string, metric results.Metric, rounds int, own float64) {
		t.Helper()
		share := func(part float64) float64 {
			found, tries := 0, 0
			for seed := range uint64(10) {
				calibration := sameTwice(seed, rounds, 0, own)
				altered(calibration, func(e *results.Execution) { e.Samples[0].Metric = metric })
				noise := onlyNoise(t, calibration)
				by := 1 + part*noise.Visible
				if metric.Better == results.Higher {
					by = 1 - part*noise.Visible
				}
				for fresh := range uint64(12) {
					record := slowed(sameTwice(500+12*seed+fresh, rounds, 0, own), by)
					altered(record, func(e *results.Execution) { e.Samples[0].Metric = metric })
					record.Run.Noise = []results.Noise{noise}
					if tries++; Judge(record)[0].Verdict == Regression {
						found++
					}
				}
			}
			return float64(found) / float64(tries)
		}
		within(t, what+": share found", share(1), 0.80, 0.98)
		within(t, what+": share found of half", share(0.5), 0, 0.30)
	}
	check("lower is better", wall, 30, 0.05)
	check("higher is better", results.Metric{Name: "rate", Unit: "B/s", Better: results.Higher}, 20, 0.1)
}

func TestVisibleWhereNothingVaries(t *testing.T) {
	check := func(what string, metric results.Metric, rounds int, want float64) {
		t.Helper()
		values := slices.Repeat([]float64{7}, rounds)
		n := onlyNoise(t, calibrationOf(metric, values, values))
		within(t, what+": visible", n.Visible, want, want*1.06)
		if n.CV != 0 || n.Spread != 0 || n.Drift != 0 || n.Autocorrelation != 0 || n.Floor > 1e-300 || n.FalseAlarms != 0 {
			t.Errorf("%s: %+v", what, n)
		}
	}
	rate := results.Metric{Name: "rate", Unit: "B/s", Better: results.Higher}
	check("constant", wall, 6, 0.02)
	check("constant rate", rate, 6, 0.02)
	check("too few for a verdict", wall, 5, 10)
	check("too few for a verdict, rate", rate, 5, 1)
}

// TestLayoutsCount: two builds that differ by more than their noise raise the
// floor above that difference, so that the calibration itself is no regression.
func TestLayoutsCount(t *testing.T) {
	record := slowed(sameTwice(8, 30, 0, 0.002), 1.04)
	noise := onlyNoise(t, record)
	within(t, "floor", noise.Floor, 0.037, 0.045)
	if c := Judge(record)[0]; c.Verdict != Regression {
		t.Fatalf("without noise it is %q", c.Verdict)
	}
	record.Run.Noise = []results.Noise{noise}
	if c := Judge(record)[0]; c.Verdict == Regression || !strings.Contains(c.Reason, "below this host's noise floor of") {
		t.Errorf("its own calibration is %q: %s", c.Verdict, c.Reason)
	}
}

func TestNoiseLaws(t *testing.T) {
	approx := cmpopts.EquateApprox(1e-9, 1e-12)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(0.5, 2)
		if rapid.Bool().Draw(t, "coarse") {
			value = rapid.Map(rapid.IntRange(5, 9), func(i int) float64 { return float64(i) })
		}
		rounds := rapid.IntRange(4, 30).Draw(t, "rounds")
		base, head := rapid.SliceOfN(value, rounds, rounds).Draw(t, "base"), rapid.SliceOfN(value, rounds, rounds).Draw(t, "head")
		got := onlyNoise(t, calibrationOf(wall, base, head))
		if again := onlyNoise(t, calibrationOf(wall, base, head)); got != again {
			t.Fatalf("the same record gives %+v and %+v", got, again)
		}
		if got.Visible < got.Floor || got.Visible < 0.02 || got.FalseAlarms < 0 || got.FalseAlarms > 1 || math.Abs(got.Autocorrelation) > 1 {
			t.Fatalf("%+v", got)
		}
		whole := got.Rounds == rounds // nothing is left out as warm-up, which depends on the order
		if observed := median(head)/median(base) - 1; whole && got.Floor <= math.Abs(observed) {
			t.Fatalf("floor %v, a change of %v was seen", got.Floor, observed)
		}
		if s := onlyNoise(t, calibrationOf(wall, scaled(base, 1024), scaled(head, 1024))); !cmp.Equal(got, s, approx) {
			t.Fatalf("in another unit %+v becomes %+v", got, s)
		}
		if s := onlyNoise(t, calibrationOf(wall, head, base)); !cmp.Equal(got, s, approx) {
			t.Fatalf("with sides swapped %+v becomes %+v", got, s)
		}
		order := rapid.Permutation(seq(rounds)).Draw(t, "order")
		s := onlyNoise(t, calibrationOf(wall, permuted(base, order), permuted(head, order)))
		if s.Drift, s.Autocorrelation = got.Drift, got.Autocorrelation; whole && s.Rounds == rounds && !cmp.Equal(got, s, approx) {
			t.Fatalf("in another order of rounds %+v becomes %+v", got, s)
		}
	})
}

func seq(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

func permuted(values []float64, order []int) (out []float64) {
	for _, at := range order {
		out = append(out, values[at])
	}
	return out
}

func TestNoiseGolden(t *testing.T) {
	golden(t, "testdata/noise.golden.json", Calibrate(sameTwice(1, 20, 0.01, 0.03)))
}

func BenchmarkCalibrate50x100(b *testing.B) {
	record := &results.Record{Run: results.Run{Kind: results.Calibration}}
	for i := range 50 {
		name := fmt.Sprint("b", i)
		record.Run.Bench = append(record.Run.Bench, results.Benchmark{Name: name, MinEffect: 0.02})
		for _, e := range sameTwice(uint64(i), 100, 0.01, 0.03).Executions {
			e.Benchmark = name
			record.Executions = append(record.Executions, e)
		}
	}
	for b.Loop() {
		Calibrate(record)
	}
}
