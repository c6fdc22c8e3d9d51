package verdict

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

// hostile are values that no statistic likes.
var hostile = rapid.OneOf(
	rapid.Float64(), rapid.Float64Range(0, 1), rapid.Just(0.0), rapid.Just(1.0), rapid.Just(-1.0), rapid.Just(math.NaN()), rapid.Just(math.Inf(1)),
	rapid.Just(math.Inf(-1)), rapid.Just(math.MaxFloat64), rapid.Just(math.SmallestNonzeroFloat64), rapid.Just(1e300), rapid.Just(math.Copysign(0, -1)),
)

// extreme are values that have a ratio, or nearly.
var extreme = rapid.OneOf(
	rapid.Float64Range(0.5, 2), rapid.Just(1.0), rapid.Just(1e300), rapid.Just(1e-300), rapid.Just(math.MaxFloat64),
	rapid.Just(math.SmallestNonzeroFloat64), rapid.Float64Range(1e150, 1e160),
)

// values are of one kind or the other.
func values(t *rapid.T) *rapid.Generator[float64] {
	return rapid.SampledFrom([]*rapid.Generator[float64]{hostile, extreme, rapid.Float64Range(0.5, 2), rapid.Float64Range(0, 1e-200)}).Draw(t, "kind")
}

// TestWhateverComes: any values get a defined verdict with its reason and numbers
// that can be written.
func TestWhateverComes(t *testing.T) {
	metric := rapid.SampledFrom([]results.Metric{wall, {Name: "n", Unit: "instructions", Better: results.Lower}, {Name: "r", Unit: "B/s", Better: results.Higher}, {}})
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(rapid.SliceOfN(values(t), 0, 4), 0, 25)
		pairs := []Pair{
			{Benchmark: "a", Metric: metric.Draw(t, "metric"), MinEffect: 0.02, Base: groups.Draw(t, "base"), Head: groups.Draw(t, "head")},
			{Benchmark: "b", Metric: metric.Draw(t, "metric"), Base: groups.Draw(t, "base"), Head: groups.Draw(t, "head")},
		}
		list := Compare(pairs)
		if len(list) != 2 {
			t.Fatalf("%d comparisons", len(list))
		}
		for _, c := range list {
			if severityKnown := slices.Contains([]Verdict{Broken, Regression, Improvement, CannotTell, NoChange}, c.Verdict); !severityKnown || c.Reason == "" {
				t.Fatalf("%q because %q", c.Verdict, c.Reason)
			}
			if _, err := json.Marshal(c); err != nil {
				t.Fatalf("%+v: %v", c, err)
			}
			if c.Low > c.High || c.Low < -1 {
				t.Fatalf("interval [%v, %v]", c.Low, c.High)
			}
		}
	})
}

// TestRunsWithWhateverComes is the same through a run with looks and two blocks.
func TestRunsWithWhateverComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.SliceOfN(values(t), 0, 25)
		record := planned(20, [2][]float64{side.Draw(t, "base"), side.Draw(t, "head")}, [2][]float64{side.Draw(t, "base"), side.Draw(t, "head")})
		for _, x := range Explain(record) {
			if _, err := json.Marshal(x); err != nil || x.Reason == "" {
				t.Fatalf("%+v: %v", x, err)
			}
		}
		Look(record)
		ToConfirm(record)
		Alarms(record)
	})
}

// TestSwappingSidesFlips: what is a sure regression one way is an improvement the
// other way.
func TestSwappingSidesFlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, factor := rapid.Uint64().Draw(t, "seed"), rapid.Float64Range(1.3, 3).Draw(t, "factor")
		base, head := alone(noisy(seed, 12, 1, 0.02)), alone(scaled(noisy(seed+1, 12, 1, 0.02), factor))
		one := Compare([]Pair{{Metric: wall, MinEffect: 0.02, Base: base, Head: head}})[0]
		other := Compare([]Pair{{Metric: wall, MinEffect: 0.02, Base: head, Head: base}})[0]
		if one.Verdict != Regression || other.Verdict != Improvement {
			t.Fatalf("%q: %s, swapped %q: %s", one.Verdict, one.Reason, other.Verdict, other.Reason)
		}
		rate := results.Metric{Name: "rate", Unit: "B/s", Better: results.Higher}
		if better := Compare([]Pair{{Metric: rate, MinEffect: 0.02, Base: base, Head: head}})[0]; better.Verdict != Improvement {
			t.Fatalf("a higher rate is %q", better.Verdict)
		}
	})
}

// TestScalingChangesNothing: units are no matter.
func TestScalingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, by := rapid.Uint64().Draw(t, "seed"), math.Ldexp(1, rapid.IntRange(-60, 60).Draw(t, "exponent"))
		base, head := noisy(seed, 10, 1, 0.05), noisy(seed+1, 10, 1.03, 0.05)
		one := Compare([]Pair{{Metric: wall, MinEffect: 0.02, Base: alone(base), Head: alone(head)}})[0]
		scaledUp := Compare([]Pair{{Metric: wall, MinEffect: 0.02, Base: alone(scaled(base, by)), Head: alone(scaled(head, by))}})[0]
		if one.Change != scaledUp.Change || one.P != scaledUp.P || math.Abs(one.Shift-scaledUp.Shift) > 1e-12 {
			t.Fatalf("%+v times %v is %+v", one, by, scaledUp)
		}
	})
}

// TestMoreDataIsNotWider: on average, four times the values halve the interval.
func TestMoreDataIsNotWider(t *testing.T) {
	width := func(n int) (sum float64) {
		const times = 60
		for seed := range uint64(times) {
			c := Compare([]Pair{{Metric: wall, MinEffect: 0.02, Base: alone(noisy(2*seed, n, 1, 0.05)), Head: alone(noisy(2*seed+1, n, 1, 0.05))}})[0]
			sum += (c.High - c.Low) / times
		}
		return sum
	}
	last := width(10)
	for _, n := range []int{20, 40, 80, 160} {
		now := width(n)
		within(t, "the interval with twice as many values", now/last, 0.6, 0.85)
		last = now
	}
}

// TestManyValues: a hundred thousand on either side are no trouble.
func TestManyValues(t *testing.T) {
	base, head := noisy(1, 100_000, 1, 0.05), noisy(2, 100_000, 1.03, 0.05)
	c := Compare([]Pair{{Metric: wall, MinEffect: 0.02, Base: alone(base), Head: alone(head)}})[0]
	if c.Verdict != Regression || c.High-c.Low > 0.003 || math.Abs(c.Change-0.03) > 0.002 || math.Abs(c.Shift-0.03) > 0.002 {
		t.Errorf("%+v", c.Reason)
	}
}
