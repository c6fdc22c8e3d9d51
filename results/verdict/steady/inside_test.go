package steady

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results/verdict/simulate"
)

func process(t *testing.T, name string) simulate.Process {
	t.Helper()
	for _, p := range simulate.Processes() {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no process %q", name)
	return simulate.Process{}
}

// TestInsideKnownAnswers counts how often the state is right, and whether the
// warm-up ends where it does.
func TestInsideKnownAnswers(t *testing.T) {
	check := func(name string, executions, samples int, want State, least float64) {
		t.Helper()
		const runs = 12
		right := 0.0
		p := process(t, name)
		for seed := range uint64(runs) {
			values, settled := p.Run(seed, executions, samples)
			f := Inside(values)
			off := math.Abs(float64(f.Skip - max(settled, 0)))
			if f.State == want && off <= math.Max(2, 0.08*float64(samples)) {
				right++
			}
		}
		if share := right / runs; share < least {
			t.Errorf("%s, %d executions of %d samples: %s and the right warm-up in %.0f %%, want %.0f %%", name, executions, samples, want, 100*share, 100*least)
		}
	}
	for _, p := range simulate.Processes() {
		if strings.HasPrefix(p.Name, "flat") {
			check(p.Name, 10, 10, Steady, 0.97)
			check(p.Name, 10, 100, Steady, 0.95)
			check(p.Name, 40, 20, Steady, 0.97)
		}
	}
	for _, name := range []string{"first", "first-three", "caches", "compiled", "compiled-spikes", "compiled-correlated"} {
		check(name, 10, 10, Warming, 0.97)
		check(name, 10, 100, Warming, 0.9)
		check(name, 40, 20, Warming, 0.97)
		check(name, 2, 100, Warming, 0.65)
	}
	check("throttled", 10, 10, Slowing, 0.97)
	check("throttled", 10, 100, Slowing, 0.97)
	check("throttled", 2, 100, Slowing, 0.8)
	for _, name := range []string{"growing", "late", "cycles"} {
		check(name, 10, 100, Unsettled, 0.97)
		check(name, 10, 300, Unsettled, 0.97)
	}
	check("growing", 1, 60, Unsettled, 0.8)
	check("odd-ones", 40, 100, Unsettled, 0.6)
}

// TestManySamples: what is long is taken in bins, and known to half a percent.
func TestManySamples(t *testing.T) {
	values, settled := process(t, "compiled").Run(1, 8, 10_000)
	f := Inside(values)
	if f.State != Warming || f.Skip < settled || f.Skip > settled+100 {
		t.Errorf("settled from sample %d of 10000 on, found %+v", settled, f)
	}
}

// TestRestlessAreNamed: two executions of twenty never settle; the others do, and
// so does the whole.
func TestRestlessAreNamed(t *testing.T) {
	values, _ := process(t, "compiled").Run(3, 20, 100)
	odd, _ := process(t, "growing").Run(3, 2, 100)
	values[4], values[17] = odd[0], odd[1]
	f := Inside(values)
	if diff := cmp.Diff([]int{4, 17}, f.Restless); diff != "" || f.State != Warming || f.Skip != 15 {
		t.Errorf("%+v: %s", f, diff)
	}
	if !strings.HasSuffix(f.Why, "; 2 of 20 executions never settle") {
		t.Errorf("why: %q", f.Why)
	}
	for i := range 8 {
		values[i] = odd[i%2]
	}
	if f = Inside(values); f.State != Unsettled || f.Skip != 0 || len(f.Restless) < 8 {
		t.Errorf("half of the executions grow: %+v", f)
	}
}

// TestSidesAreTakenTogether: head is a fifth slower and warms up like base; what is
// found is the same as if it were as fast.
func TestSidesAreTakenTogether(t *testing.T) {
	values, _ := process(t, "compiled").Run(9, 20, 60)
	want := Inside(values)
	for _, v := range values[10:] {
		for i := range v {
			v[i] *= 1.25 // a power of two and its quarter: nearly no rounding
		}
	}
	got := Inside(values)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestWarmUpIsNoRestlessness: an execution is judged by what is left of it.
func TestWarmUpIsNoRestlessness(t *testing.T) {
	for _, name := range []string{"first", "caches", "compiled", "compiled-spikes", "throttled"} {
		restless, all := 0, 0
		for seed := range uint64(60) {
			values, _ := process(t, name).Run(seed, 10, 12)
			restless, all = restless+len(Inside(values).Restless), all+len(values)
		}
		if share := float64(restless) / float64(all); share > 0.02 {
			t.Errorf("%s: %.1f %% of executions are said never to settle", name, 100*share)
		}
	}
}

// TestLateWarmUpIsNamedAsSuch: nine executions need 8 samples of 20, one 11, which
// is more than half of all, but not of what is left.
func TestLateWarmUpIsNamedAsSuch(t *testing.T) {
	var values [][]float64
	for k := range 10 {
		row := slices.Repeat([]float64{10, 10.01, 9.99, 10.02}, 5)
		for i := range 8 + 3*(k/9) {
			row[i] *= 1.5
		}
		values = append(values, row)
	}
	if f := Inside(values); f.State != Warming || f.Skip != 8 || len(f.Restless) > 0 {
		t.Errorf("%+v", f)
	}
}

func TestWhy(t *testing.T) {
	check := func(f Finding, want string) {
		t.Helper()
		if f.Why != want {
			t.Errorf("%s, %d: why is %q, want %q", f.State, f.Skip, f.Why, want)
		}
	}
	row := func(n int, first ...float64) []float64 {
		return append(first, slices.Repeat([]float64{10, 10.001, 10.002, 9.999}, n)[len(first):]...)
	}
	check(Across(row(10)), "40 executions are at one level from the first on")
	check(Across(row(10, 13)), "the first of 40 executions is up to 30.0 % above the others")
	check(Across(row(10, 13, 12, 11)), "the first 3 of 40 executions are up to 30.0 % above the others")
	check(Across(row(3, 8, 8)), "the first 2 of 12 executions are up to 20.0 % below the others")
	check(Inside([][]float64{row(5, 20), row(5, 20), row(5, 20)}), "the first of 20 samples of 3 executions is up to 100.0 % above the others")
	check(Inside([][]float64{{1, 2}, {3, 4, 5}}), "3 samples an execution are too few: 6 are needed to see a warm-up")
	check(Across([]float64{1, 2, 3}), "fewer than 6 executions with finite values: too few to see a warm-up")
	ramp := make([]float64, 50)
	for i := range ramp {
		ramp[i] = 100 + float64(i)/4 + float64(i%3)/5
	}
	check(Across(ramp), "50 executions drift by +11.2 % from the first to the last")
	moved := slices.Concat(row(5), []float64{12, 12.001, 12, 12.002, 12.001, 12})
	check(Across(moved), "6 of 26 executions are away from the level of the others, until the 26th, by up to +20.0 %")
	late := slices.Concat(slices.Repeat([]float64{12, 12.001, 12.003}, 5), row(3))
	check(Across(late), "of 27 executions more than half are over before a level is reached")
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 112: "112th"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d is the %s", n, got)
		}
	}
}

func TestLevels(t *testing.T) {
	check := func(values []float64, want []stretch, wantGain float64) {
		t.Helper()
		got, gain := levels(values, priceOfLevel)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(stretch{})); diff != "" || math.Abs(gain-wantGain) > 1e-9 {
			t.Errorf("%v: gain %v, want %v: %s", values, gain, wantGain, diff)
		}
	}
	check([]float64{1, 1, 1, 1}, []stretch{{0, 4, 1}}, 0)
	check([]float64{9, 0, 0, 0}, []stretch{{0, 1, 9}, {1, 4, 0}}, 81-81/4.0-priceOfLevel)
	check([]float64{4, 0, 0, 0}, []stretch{{0, 4, 1}}, 0) // 12 is less than the price
	check([]float64{0, 0, 9, 9, 0, 0}, []stretch{{0, 2, 0}, {2, 4, 9}, {4, 6, 0}}, 162-54-2*priceOfLevel)
	check([]float64{0, 0, 0, 0, 0, 9}, []stretch{{0, 4, 0}, {4, 6, 4.5}}, 40.5-13.5-priceOfLevel) // one alone is no level
}

func TestSlope(t *testing.T) {
	rise, gain := slope([]float64{1, 3, 5, 7})
	if rise != 6 || gain != 20 {
		t.Errorf("a line from 1 to 7 rises by %v and explains %v", rise, gain)
	}
}

func TestNoiseOf(t *testing.T) {
	check := func(name string, sd, phi, within float64) {
		t.Helper()
		var got noise
		const runs = 20
		for seed := range uint64(runs) {
			values, _ := process(t, name).Run(seed, 20, 200)
			usable, _ := shapes(values)
			one := noiseOf(usable)
			got.sd, got.phi = got.sd+one.sd/runs, got.phi+one.phi/runs
		}
		if math.Abs(got.sd/sd-1) > within || math.Abs(got.phi-phi) > within {
			t.Errorf("%s: noise %+v, want %v and %v", name, got, sd, phi)
		}
	}
	check("flat", 0.01, 0, 0.04)
	check("flat-correlated", 0.01, 0.6, 0.04)
	check("compiled", 0.01, 0, 0.1)
	check("compiled-correlated", 0.01, 0.6, 0.15)
	check("flat-spikes", 0.01, 0, 0.2)
	if got := noiseOf([][]float64{{0, 0, 0, 0, 3, 0, 0, 0, 0}}); got.phi != 0 || math.Abs(got.sd-0.75/math.Sqrt2) > 1e-9 {
		t.Errorf("ties: %+v", got)
	}
}
