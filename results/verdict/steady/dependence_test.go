package steady

import (
	"math"
	"math/rand/v2"
	"testing"
)

// autoregression is around 100 with a standard deviation of 1.
func autoregression(draw *rand.Rand, phi float64, n int) []float64 {
	values, state := make([]float64, n), draw.NormFloat64()
	for i := range values {
		values[i] = 100 + state
		state = phi*state + math.Sqrt(1-phi*phi)*draw.NormFloat64()
	}
	return values
}

// TestIntervalsHold: intervals of a mean, made wider as Dependence says, hold the
// truth about as often as they claim, and are hardly wider where nothing depends.
func TestIntervalsHold(t *testing.T) {
	student := map[int]float64{20: 2.093, 40: 2.023, 80: 1.990} // two-sided 95 %
	check := func(phi float64, n int, leastHeld, mostWidening float64) {
		t.Helper()
		const runs = 1000
		draw := rand.New(rand.NewPCG(uint64(n), 1))
		held, widened := 0.0, 0.0
		for range runs {
			values := autoregression(draw, phi, n)
			d := Dependence(values)
			m := moments{}
			for _, v := range values {
				m = m.with(v)
			}
			if math.Abs(m.mean-100) <= student[n]*d.Widening*math.Sqrt(m.variance()/float64(n)) {
				held += 1. / runs
			}
			widened += d.Widening / runs
		}
		t.Logf("correlation %v, %d values: held in %.1f %%, wider by %.2f", phi, n, 100*held, widened)
		if held < leastHeld || widened > mostWidening {
			t.Errorf("correlation %v, %d values: held in %.1f %%, want %.1f %%; wider by %.2f, at most %.2f", phi, n, 100*held, 100*leastHeld, widened, mostWidening)
		}
	}
	check(0, 20, 0.94, 1.1)
	check(0, 40, 0.94, 1.05)
	check(0, 80, 0.94, 1.03)
	check(0.3, 40, 0.87, 1.6)
	check(0.5, 20, 0.85, 2.4)
	check(0.5, 40, 0.91, 2.2)
	check(0.7, 40, 0.9, 3.3)
	check(0.7, 80, 0.92, 3)
	check(0.9, 80, 0.88, 6)
	check(-0.5, 40, 0.98, 1.01)
}

func TestDependenceOfSides(t *testing.T) {
	draw := rand.New(rand.NewPCG(4, 4))
	var first, third, independent, widened float64
	const runs = 30
	for range runs {
		a, b := autoregression(draw, 0.7, 200), autoregression(draw, 0.7, 200)
		for i := range b {
			b[i] *= 3 // a level of its own is no resemblance
		}
		d := Dependence(a, b)
		first, third = first+d.Lags[0]/runs, third+d.Lags[2]/runs
		independent, widened = independent+d.Independent/runs, widened+d.Widening/runs
	}
	// An autoregression of 0.7 has (1 + 0.7) / (1 - 0.7) = 5.7 values for one; ranks
	// and the larger of two estimates are a little off.
	if math.Abs(first-0.7) > 0.03 || math.Abs(third-0.343) > 0.04 || math.Abs(independent-400/5.67) > 15 || math.Abs(widened-2.4) > 0.25 {
		t.Errorf("two sides: lags %.2f and %.2f, %.0f independent, wider by %.2f", first, third, independent, widened)
	}
	few := Dependence([]float64{1, 2, 3}, []float64{1, 2, 3, 4, 5, 6, 7})
	if few.Widening != 1 || few.Independent != 10 || few.Drift != 0 {
		t.Errorf("too few: %+v", few)
	}
	if same := Dependence(make([]float64, 20)); same.Widening != 1 || same.Independent != 20 || same.Drift != 0 {
		t.Errorf("constant: %+v", same)
	}
}

func TestDrift(t *testing.T) {
	line := func(n int, drift float64, draw *rand.Rand) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = 100 * (1 + drift*(float64(i)/float64(n-1)-0.75)) // 100 in the middle of the second half
			if draw != nil {
				values[i] += draw.NormFloat64()
			}
		}
		return values
	}
	for _, n := range []int{6, 41, 1001} {
		if d := Dependence(line(n, 0.1, nil)); math.Abs(d.Drift-0.1) > 0.003 || math.Abs(d.DriftLow-0.1) > 0.003 {
			t.Errorf("a line of %d: %+v", n, d)
		}
	}
	held, wrong, wandering := 0.0, 0.0, 0.0
	draw := rand.New(rand.NewPCG(1, 2))
	const runs = 1000
	for range runs {
		if d := Dependence(line(40, 0.03, draw), line(40, 0.03, draw)); d.DriftLow <= 0.03 && 0.03 <= d.DriftHigh {
			held += 1. / runs
		}
		if d := Dependence(line(40, 0, draw)); d.DriftLow > 0 || d.DriftHigh < 0 {
			wrong += 1. / runs
		}
		if d := Dependence(autoregression(draw, 0.7, 40)); d.DriftLow > 0 || d.DriftHigh < 0 {
			wandering += 1. / runs
		}
	}
	if wandering > 0.12 { // two in five, if resemblance were not allowed for
		t.Errorf("where values resemble their predecessors, a drift is seen in %.1f %%", 100*wandering)
	}
	if held < 0.93 || wrong > 0.07 {
		t.Errorf("a drift of 3 %% is held in %.1f %%, and seen where there is none in %.1f %%", 100*held, 100*wrong)
	}
}

func TestKendall(t *testing.T) {
	check := func(values []float64, want float64) {
		t.Helper()
		if got := kendall(values); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v: variance %v, want %v", values, got, want)
		}
	}
	check([]float64{1, 2}, 1) // +1 or -1
	check([]float64{3, 1, 2}, 66/18.0)
	check([]float64{5, 5, 5}, 0)
	check([]float64{1, 1, 2}, 66/18.0-1) // 2 of 3 pairs differ
}
