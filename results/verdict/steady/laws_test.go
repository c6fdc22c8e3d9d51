package steady

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// hostile are values that no statistic likes.
var hostile = rapid.OneOf(
	rapid.Float64(), rapid.Float64Range(0.5, 2), rapid.Float64Range(0.99, 1.01), rapid.Just(0.0), rapid.Just(1.0), rapid.Just(-1.0), rapid.Just(math.MaxFloat64),
	rapid.Just(-math.MaxFloat64), rapid.Just(math.SmallestNonzeroFloat64), rapid.Just(1e-300), rapid.Just(math.Inf(1)), rapid.Just(math.NaN()),
)

// tame have a ratio, so that laws can be tried; some rows have steps and ties.
func tame(t *rapid.T, name string) []float64 {
	kind := rapid.SampledFrom([]*rapid.Generator[float64]{
		rapid.Float64Range(0.9, 1.1), rapid.Map(rapid.IntRange(1, 4), func(i int) float64 { return float64(i) }), rapid.Float64Range(1e-6, 1e6),
	}).Draw(t, "kind")
	return slices.Concat(rapid.SliceOfN(rapid.Float64Range(1, 3), 0, 5).Draw(t, "first"), rapid.SliceOfN(kind, 6, 40).Draw(t, name))
}

func defined(t *rapid.T, f Finding, length int) {
	if !slices.Contains([]State{Steady, Warming, Slowing, Unsettled, TooFew}, f.State) || f.Why == "" {
		t.Fatalf("%+v", f)
	}
	if f.Skip < 0 || 2*f.Skip > length || (f.Skip > 0) != (f.State == Warming || f.State == Slowing) {
		t.Fatalf("%+v of %d", f, length)
	}
}

// TestWhateverComes: any values give a defined finding and numbers that can be
// written.
func TestWhateverComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]*rapid.Generator[float64]{hostile, rapid.Float64()}).Draw(t, "kind"), 0, 30), 0, 8).Draw(t, "rows")
		longest := 0
		for _, row := range rows {
			longest = max(longest, len(row))
		}
		defined(t, Inside(rows), longest)
		defined(t, Across(rows...), longest)
		d := Dependence(rows...)
		if _, err := json.Marshal(d); err != nil || d.Widening < 1 || d.Independent < 0 || d.DriftLow > d.DriftHigh {
			t.Fatalf("%+v: %v", d, err)
		}
		for _, row := range rows {
			b, _ := Modes(row)
			if _, err := json.Marshal(b); err != nil {
				t.Fatalf("%+v: %v", b, err)
			}
		}
	})
}

// TestScaleChangesNothing: other units give the same.
func TestScaleChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := tame(t, "values")
		scaled := times(values, math.Exp2(float64(rapid.IntRange(-60, 60).Draw(t, "power"))))
		if diff := cmp.Diff(Across(values), Across(scaled)); diff != "" {
			t.Errorf("across: %s", diff)
		}
		if diff := cmp.Diff(Dependence(values), Dependence(scaled)); diff != "" {
			t.Errorf("dependence: %s", diff)
		}
		a, two := Modes(values)
		b, again := Modes(scaled)
		if two != again || a.Gap != b.Gap || a.Low.Share != b.Low.Share {
			t.Errorf("modes: %+v and %+v", a, b)
		}
	})
}

// TestSidesMayChangePlaces: which side is which decides nothing, and nothing is
// changed in what was given.
func TestSidesMayChangePlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, head := tame(t, "base"), tame(t, "head")
		kept := slices.Clone(base)
		one, two := Across(base, head), Across(head, base)
		if one.State != two.State || one.Skip != two.Skip {
			t.Errorf("%+v and %+v", one, two)
		}
		a, b := Dependence(base, head), Dependence(head, base)
		if math.Abs(a.Widening-b.Widening) > 1e-9 {
			t.Errorf("%+v and %+v", a, b)
		}
		shuffled := rapid.Permutation(base).Draw(t, "order")
		m, ok := Modes(base)
		if n, still := Modes(shuffled); ok != still || m != n {
			t.Errorf("%+v and %+v", m, n)
		}
		if !slices.Equal(base, kept) {
			t.Error("values were changed")
		}
	})
}

// TestOneOutlierIsNoPattern: wherever it is, but for the first place.
func TestOneOutlierIsNoPattern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(10, 60).Draw(t, "n")
		values := make([]float64, n)
		for i := range values {
			values[i] = 100 + float64(i*7%5)/10
		}
		values[rapid.IntRange(1, n-1).Draw(t, "at")] = rapid.Float64Range(200, 1e9).Draw(t, "outlier")
		if f := Across(values); f.State != Steady {
			t.Errorf("%+v", f)
		}
		if d := Dependence(values); d.Widening > 1.2 {
			t.Errorf("%+v", d)
		}
	})
}

func BenchmarkInside(b *testing.B) {
	rows := make([][]float64, 40)
	for k := range rows {
		rows[k] = make([]float64, 1000)
		for i := range rows[k] {
			rows[k][i] = 100 + float64((i*7919+k*104729)%1000)/500
			if i < 100 {
				rows[k][i] *= 1.5
			}
		}
	}
	for b.Loop() {
		Inside(rows)
	}
}

func BenchmarkAcross(b *testing.B) {
	values := make([]float64, 40)
	for i := range values {
		values[i] = 100 + float64(i*7919%1000)/500
	}
	for b.Loop() {
		Across(values, values)
	}
}
