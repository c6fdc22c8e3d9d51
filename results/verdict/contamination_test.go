package verdict

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

// exposed is an execution of the given length with a witness.
func exposed(wall time.Duration, w results.Witness, switches int64) results.Execution {
	return results.Execution{Benchmark: "b", Accounts: results.Accounts{Wall: wall, InvoluntaryCtx: switches}, Witness: &w}
}

func TestContamination(t *testing.T) {
	const ms = time.Millisecond
	check := func(what string, e results.Execution, limits []results.Limit, unseen []string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, Contamination(e, limits, unseen)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	limits := DefaultLimits()
	check("quiet", exposed(10*ms, results.Witness{Foreign: 2 * ms, Steal: 10 * ms, Interrupts: 1e6, Temperature: 99e3, Frequency: 800e3}, 20), limits, nil)
	check("others", exposed(10*ms, results.Witness{Foreign: 12_345_678}, 0), limits, nil,
		"other programs ran 12.3 ms on the benchmark's cpus (limit 2.1 ms)")
	check("the same, longer", exposed(10*time.Second, results.Witness{Foreign: 12_345_678}, 0), limits, nil)
	check("everything", exposed(time.Second, results.Witness{
		Foreign: 1500 * ms, Steal: 30 * ms, Throttles: 1, Refaults: 3000, Swaps: 2, MemoryStalls: 20 * ms,
	}, 1021), limits, nil,
		"other programs ran 1.5 s on the benchmark's cpus (limit 12 ms)",
		"the hypervisor gave 30 ms of the benchmark's cpus to others (limit 20 ms)",
		"heat throttled the benchmark's cpus 1 time (limit 0)",
		"memory was short: 3000 pages of files read again (limit 2024)",
		"memory was short: 2 pages swapped (limit 0)",
		"all tasks waited 20 ms for memory (limit 12 ms)",
		"the benchmark was put off its cpu 1021 times (limit 1020)")
	check("unseen", exposed(time.Second, results.Witness{Swaps: 2, Throttles: 1}, 0), limits, []string{results.QuantitySwaps},
		"heat throttled the benchmark's cpus 1 time (limit 0)")
	check("just above", exposed(0, results.Witness{Foreign: 2_000_001}, 0), limits, nil,
		"other programs ran 2.000001 ms on the benchmark's cpus (limit 2 ms)")
	check("of a user's", exposed(time.Second, results.Witness{Temperature: 91500, Frequency: 4_390_123, Foreign: 900}, 0), []results.Limit{
		{Quantity: results.QuantityFrequency, Floor: 4e6},
		{Quantity: "no such thing", Floor: -1},
		{Quantity: results.QuantityTemperature, Floor: 85000},
		{Quantity: results.QuantityForeign, Floor: 100},
	}, nil,
		"other programs ran 0.9 µs on the benchmark's cpus (limit 0.1 µs)",
		"temperature was 91.5 C (limit 85 C)", "frequency was 4.39 GHz (limit 4 GHz)")
	check("not watched", results.Execution{Accounts: results.Accounts{InvoluntaryCtx: 1e6}}, limits, nil)
	check("no limits", exposed(time.Second, results.Witness{Foreign: time.Hour, Swaps: 9}, 1e6), nil, nil)
}

// TestRuleIsBlind holds that samples and what the benchmark is charged cannot
// matter, and that more time never makes an execution worse.
func TestRuleIsBlind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.Int64Range(0, 1e8)
		w := results.Witness{
			Foreign: time.Duration(ns.Draw(t, "foreign")), Steal: time.Duration(ns.Draw(t, "steal")),
			Refaults: rapid.Int64Range(0, 5000).Draw(t, "refaults"), Swaps: rapid.Int64Range(0, 1).Draw(t, "swaps"),
		}
		e := exposed(time.Duration(ns.Draw(t, "wall")), w, rapid.Int64Range(0, 3000).Draw(t, "switches"))
		before := Contamination(e, DefaultLimits(), nil)
		e.Samples = []results.Sample{{Metric: wall, Value: rapid.Float64().Draw(t, "sample")}}
		e.Accounts.User, e.Accounts.MaxRSS = time.Duration(ns.Draw(t, "user")), ns.Draw(t, "rss")
		if diff := cmp.Diff(before, Contamination(e, DefaultLimits(), nil)); diff != "" {
			t.Fatalf("samples or accounts matter:\n%s", diff)
		}
		e.Accounts.Wall += time.Duration(ns.Draw(t, "more"))
		if after := Contamination(e, DefaultLimits(), nil); len(after) > len(before) {
			t.Fatalf("a longer exposure breaks more: %q, before %q", after, before)
		}
	})
}

func TestWithResolution(t *testing.T) {
	step := func(quantity string) float64 {
		return map[string]float64{results.QuantityForeign: 4e7, results.QuantitySteal: 1000, results.QuantitySwaps: 1}[quantity]
	}
	got := map[string]float64{}
	for _, limit := range WithResolution(DefaultLimits(), step) {
		got[limit.Quantity] = limit.Floor
	}
	want := map[string]float64{
		results.QuantityForeign: 4e7, results.QuantitySteal: 1e7, results.QuantityThrottles: 0, results.QuantityRefaults: 1024,
		results.QuantitySwaps: 0, results.QuantityMemoryStalls: 2e6, results.QuantitySwitches: 20,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("floors (-want +got):\n%s", diff)
	}
	if DefaultLimits()[0].Floor != 2e6 {
		t.Error("the defaults themselves were changed")
	}
}

func fine(string) float64 { return 1e5 }

func TestDeriveLimits(t *testing.T) {
	const ms = time.Millisecond
	var calm []results.Execution
	for i := range 40 {
		e := exposed(time.Second, results.Witness{Foreign: time.Duration(i) * ms / 10, Interrupts: 300}, int64(i))
		calm = append(calm, e)
	}
	find := func(limits []results.Limit, quantity string) results.Limit {
		t.Helper()
		i := slices.IndexFunc(limits, func(l results.Limit) bool { return l.Quantity == quantity })
		if i < 0 {
			return results.Limit{}
		}
		return limits[i]
	}
	check := func(what string, executions []results.Execution, want results.Limit) {
		t.Helper()
		if diff := cmp.Diff(want, find(DeriveLimits(executions, fine, "cal"), want.Quantity)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	foreign, interrupts := results.QuantityForeign, results.QuantityInterrupts
	own := results.Limit{Quantity: foreign, Floor: 1e5, PerSecond: 2 * 3.7e6, Source: "cal"} // the 38th of 40
	check("usual", calm, own)
	check("own interrupts", calm, results.Limit{Quantity: interrupts, Floor: 1e5, PerSecond: 600, Source: "cal"})
	check("no steal", calm, results.Limit{Quantity: results.QuantitySteal, Floor: 1e5, PerSecond: 1e6, Source: "cal"})
	check("any swap is too many", calm, results.Limit{Quantity: results.QuantitySwaps, Source: "default"})
	check("no frequency", calm, results.Limit{})
	bad := func(change func(*results.Execution)) []results.Execution {
		var spoilt []results.Execution
		for range 40 {
			e := exposed(time.Second, results.Witness{Foreign: time.Second}, 0)
			change(&e)
			spoilt = append(spoilt, e)
		}
		return append(spoilt, calm...)
	}
	check("contaminated", bad(func(e *results.Execution) { e.Contaminated = []string{"x"} }), own)
	check("failed", bad(func(e *results.Execution) { e.Fault = &results.Fault{} }), own)
	check("warm-up", bad(func(e *results.Execution) { e.Warmup = true }), own)
	check("not watched", bad(func(e *results.Execution) { e.Witness = nil }), own)
	check("of no length", bad(func(e *results.Execution) { e.Accounts.Wall = 0 }), own)
	check("another benchmark, seldom run", bad(func(e *results.Execution) { e.Benchmark = "c" })[38:],
		results.Limit{Quantity: foreign, Floor: 1e5, PerSecond: 2e9, Source: "cal"})
	check("too few", calm[:19], results.Limit{Quantity: foreign, Floor: 2e6, PerSecond: 1e7, Source: "default"})
}

// TestDerivedLimitsSpareCleanExecutions counts how many clean executions limits
// from 40 others flag, for rates that spread and counts that come at random.
func TestDerivedLimitsSpareCleanExecutions(t *testing.T) {
	check := func(what string, most float64, draw func(*rand.Rand) float64) {
		t.Helper()
		random, flagged, all := rand.New(rand.NewPCG(3, 1)), 0, 0
		execution := func() results.Execution {
			return exposed(time.Second, results.Witness{Interrupts: int64(draw(random))}, 0)
		}
		for range 50 {
			var calibration []results.Execution
			for range 40 {
				calibration = append(calibration, execution())
			}
			limits := DeriveLimits(calibration, func(string) float64 { return 1 }, "cal")
			for i := range limits { // what is spared because it cannot matter is not the question
				of := slices.IndexFunc(quantities, func(q results.Quantity) bool { return q.Name == limits[i].Quantity })
				limits[i].PerSecond = margin * usualRate(calibration, quantities[of])
			}
			for range 200 {
				all++
				flagged += len(Contamination(execution(), limits, nil))
			}
		}
		share := float64(flagged) / float64(all)
		t.Logf("%s: %.3f %%", what, 100*share)
		if share > most {
			t.Errorf("%s: %.2f %% of clean executions are flagged, want at most %.2f %%", what, 100*share, 100*most)
		}
	}
	lognormal := func(sigma float64) func(*rand.Rand) float64 {
		return func(r *rand.Rand) float64 { return 1e6 * math.Exp(sigma*r.NormFloat64()) }
	}
	check("sigma 0.5", 0.005, lognormal(0.5))
	check("sigma 1", 0.03, lognormal(1))
	for _, mean := range []float64{0.01, 0.05, 0.35, 1, 5, 50} {
		check("poisson", 0.005, func(r *rand.Rand) float64 { return float64(poisson(r, mean)) })
	}
}

// poisson draws a count (Knuth, "The Art of Computer Programming", 3.4.1).
func poisson(r *rand.Rand, mean float64) (n int) {
	for p := r.Float64(); p > math.Exp(-mean); p *= r.Float64() {
		n++
	}
	return n
}

// world is a machine in which we know what executions take when nothing disturbs
// them: a tenth of a second, times ratio for head.
type world struct {
	random    *rand.Rand
	intrinsic func(*rand.Rand) float64 // around 1
	ratio     float64                  // of head to base
	rates     map[results.Side]float64 // disturbances in a tenth of a second
	limits    []results.Limit          // of a calibration in which nothing disturbed
}

// execute makes one execution. Disturbances come at random over its length, each
// adds time, and the witness tells that time with an error of a fifth, beside
// what the kernel always does there.
func (w *world) execute(side results.Side) results.Execution {
	length := w.intrinsic(w.random)
	if side == results.Head {
		length *= w.ratio
	}
	seconds, foreign := length/10, 30e-6*w.random.ExpFloat64()
	for range poisson(w.random, w.rates[side]*length) {
		lost := 5e-3 * w.random.ExpFloat64()
		seconds += lost
		foreign += lost * math.Exp(0.2*w.random.NormFloat64())
	}
	return exposed(time.Duration(seconds*1e9), results.Witness{Foreign: time.Duration(foreign * 1e9)}, 0)
}

func newWorld(intrinsic func(*rand.Rand) float64, ratio, onBase, onHead float64) *world {
	w := &world{random: rand.New(rand.NewPCG(11, 5)), intrinsic: intrinsic, ratio: ratio}
	var calibration []results.Execution
	for range 60 {
		calibration = append(calibration, w.execute(results.Base))
	}
	w.limits = DeriveLimits(calibration, fine, "cal")
	w.rates = map[results.Side]float64{results.Base: onBase, results.Head: onHead}
	return w
}

// selection says which of a side's executions count, given both sides' as they
// come.
type selection func(w *world) (base, head []float64)

// Sizes of the simulation: the error of a mean bias is about 0.03 %.
const (
	simulatedExecutions = 31
	simulatedRuns       = 900
)

// all takes executions as they come.
func all(w *world) (base, head []float64) {
	return w.take(results.Base, nil), w.take(results.Head, nil)
}

// clean takes executions until enough are clean.
func clean(w *world) (base, head []float64) {
	return w.take(results.Base, w.limits), w.take(results.Head, w.limits)
}

// swiftest cheats: it drops the slow quarter of each side.
func swiftest(w *world) (base, head []float64) {
	cut := func(values []float64) []float64 { return slices.Sorted(slices.Values(values))[:len(values)*3/4] }
	base, head = all(w)
	return cut(base), cut(head)
}

// unsuspicious cheats: it drops what is slow beside all others.
func unsuspicious(w *world) (base, head []float64) {
	base, head = all(w)
	most := 1.05 * median(slices.Concat(base, head))
	cut := func(values []float64) []float64 {
		return slices.DeleteFunc(values, func(v float64) bool { return v > most })
	}
	return cut(base), cut(head)
}

// take gives up where next to nothing is clean: then one value is left, which no
// check takes for honest.
func (w *world) take(side results.Side, limits []results.Limit) (values []float64) {
	for tries := 0; len(values) < simulatedExecutions; tries++ {
		if tries > 20*simulatedExecutions {
			return []float64{1}
		}
		if e := w.execute(side); len(Contamination(e, limits, nil)) == 0 {
			values = append(values, e.Accounts.Wall.Seconds())
		}
	}
	return values
}

// estimate returns the mean error of the ratio of medians, as a fraction of the
// true ratio, and head's mean CV.
func (w *world) estimate(choose selection) (bias, cv float64) {
	for range simulatedRuns {
		base, head := choose(w)
		bias += (median(head)/median(base)/w.ratio - 1) / simulatedRuns
		cv += summarize(head).CV / simulatedRuns
	}
	return bias, cv
}

func bellShaped(r *rand.Rand) float64 { return math.Exp(0.02 * r.NormFloat64()) }

// twoModes is what a program does whose memory is laid out in one of two ways.
func twoModes(r *rand.Rand) float64 {
	mode := 1.0
	if r.Float64() < 0.3 {
		mode = 1.06
	}
	return mode * math.Exp(0.005*r.NormFloat64())
}

// TestRuleAddsNoBias is the proof that the rule is no cheat: what it leaves gives
// the true ratio and the true spread, also where one side is disturbed more,
// which without it is off by per cents. The same check catches two cheats.
func TestRuleAddsNoBias(t *testing.T) {
	const tolerable = 0.001
	for name, intrinsic := range map[string]func(*rand.Rand) float64{"bell": bellShaped, "two modes": twoModes} {
		_, trueCV := newWorld(intrinsic, 1, 0, 0).estimate(all)
		for _, ratio := range []float64{1, 1.02, 1.10} {
			honest := func(what string, choose selection, onBase, onHead float64) (float64, bool) {
				bias, cv := newWorld(intrinsic, ratio, onBase, onHead).estimate(choose)
				t.Logf("%s, ratio %.2f, %s: bias %+.3f %%, spread %.3f of the true one", name, ratio, what, 100*bias, cv/trueCV)
				return bias, math.Abs(bias) < tolerable && math.Abs(cv/trueCV-1) < 0.03
			}
			if bias, ok := honest("the rule, both disturbed", clean, 0.4, 0.4); !ok {
				t.Errorf("%s, ratio %.2f: the rule is off by %v, or by the spread", name, ratio, bias)
			}
			with, ok := honest("the rule, head disturbed more", clean, 0.1, 0.8)
			if !ok {
				t.Errorf("%s, ratio %.2f: the rule is off by %v, or by the spread, with head disturbed more", name, ratio, with)
			}
			if without, ok := honest("no rule, head disturbed more", all, 0.1, 0.8); ok || math.Abs(without) < 10*math.Abs(with) {
				t.Errorf("%s, ratio %.2f: without the rule off by %v, with it by %v: the test shows nothing", name, ratio, without, with)
			}
			if _, ok := honest("slow quarter dropped, nothing disturbed", swiftest, 0, 0); ok {
				t.Errorf("%s, ratio %.2f: dropping the slow quarter passes for honest", name, ratio)
			}
			if ratio < 1.05 {
				continue // outliers from the common median are rare while the sides are alike
			}
			if bias, ok := honest("outliers dropped, nothing disturbed", unsuspicious, 0, 0); ok || bias > -2*tolerable {
				t.Errorf("%s, ratio %.2f: dropping outliers passes for honest, off by %v", name, ratio, bias)
			}
		}
	}
}
