package steady

import (
	"math"
	"math/rand/v2"
	"testing"
)

type shape func(draw *rand.Rand) float64

func share(of shape, n, runs int) (found float64) {
	draw := rand.New(rand.NewPCG(uint64(n), 3))
	values := make([]float64, n)
	for range runs {
		for i := range values {
			values[i] = of(draw)
		}
		if _, two := Modes(values); two {
			found += 1 / float64(runs)
		}
	}
	return found
}

func logNormal(shape float64) shape {
	return func(draw *rand.Rand) float64 { return math.Exp(shape * draw.NormFloat64()) }
}

func humps(part, gap float64) shape {
	return func(draw *rand.Rand) float64 {
		if draw.Float64() < part {
			return 100 + gap + draw.NormFloat64()
		}
		return 100 + draw.NormFloat64()
	}
}

func ticks(deviation float64) shape {
	return func(draw *rand.Rand) float64 { return 0.016 * (50 + math.Round(deviation*draw.NormFloat64())) }
}

// TestOneHumpIsOne: at most one in a hundred samples with one hump is taken for two.
func TestOneHumpIsOne(t *testing.T) {
	student := func(draw *rand.Rand) float64 {
		a, b, c := draw.NormFloat64(), draw.NormFloat64(), draw.NormFloat64()
		return draw.NormFloat64() / math.Sqrt(a*a+b*b+c*c)
	}
	outliers := func(draw *rand.Rand) float64 {
		if draw.IntN(20) == 0 {
			return 10 + 30*draw.Float64()
		}
		return draw.NormFloat64()
	}
	for name, of := range map[string]shape{
		"normal": humps(0, 0), "uniform": (*rand.Rand).Float64, "exponential": (*rand.Rand).ExpFloat64,
		"log-normal 0.5": logNormal(0.5), "log-normal 0.75": logNormal(0.75), "log-normal 1": logNormal(1), "log-normal 1.5": logNormal(1.5), "log-normal 2": logNormal(2),
		"student": student, "outliers": outliers, "two ticks": ticks(0.3), "three ticks": ticks(0.5), "ticks": ticks(1), "many ticks": ticks(3),
	} {
		for _, n := range []int{10, 13, 17, 20, 23, 25, 27, 30, 36, 40, 50, 70, 100} {
			if found := share(of, n, 2000); found > 0.01 {
				t.Errorf("%s, %d values: two groups in %.2f %%", name, n, 100*found)
			}
		}
	}
}

func TestTwoHumpsAreFound(t *testing.T) {
	check := func(part, gap float64, n int, least float64) {
		t.Helper()
		if found := share(humps(part, gap), n, 1000); found < least {
			t.Errorf("%v of %d values %v deviations higher: found in %.0f %%, want %.0f %%", part, n, gap, 100*found, 100*least)
		}
	}
	check(0.5, 8, 20, 0.85)
	check(0.5, 8, 40, 0.99)
	check(0.5, 6, 40, 0.8)
	check(0.3, 8, 20, 0.7)
	check(0.3, 8, 40, 0.95)
	check(0.3, 6, 100, 0.95)
	check(0.2, 20, 40, 0.7)
}

func TestModesAreDescribed(t *testing.T) {
	check := func(values []float64, want Bimodality, two bool) {
		t.Helper()
		got, found := Modes(values)
		if found != two || got.Low != want.Low || got.High != want.High || math.Abs(got.Gap-want.Gap) > 1e-9 {
			t.Errorf("%v: %+v, %v; want %+v, %v", values, got, found, want, two)
		}
	}
	check([]float64{20.1, 10, 10.1, 9.9, 20, 10.05, 19.9, 10, 9.95, 20.05}, Bimodality{Low: Mode{10, 0.6}, High: Mode{20.025, 0.4}, Gap: 1.0025}, true)
	// Counts that take two values, and nothing between, have no tick of that size.
	check([]float64{1000003, 1000423, 1000003, 1000423, 1000003, 1000423, 1000003, 1000423, 1000003, 1000423}, Bimodality{Low: Mode{1000003, 0.5}, High: Mode{1000423, 0.5}, Gap: 420 / 1000003.0}, true)
	// A clock that ticks every 16 ms cannot say more than one tick or two.
	check([]float64{16, 32, 16, 32, 16, 32, 16, 32, 16, 32}, Bimodality{}, false)
	check([]float64{7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7}, Bimodality{}, false)
	check([]float64{1, 1, 1, 1, 9, 9, 9, 9}, Bimodality{}, false) // too few
	check([]float64{1, 1.1, 1, 1.1, 1, 1.2, 1, 1, 1, 1, 90}, Bimodality{}, false)
	check([]float64{1, 1, 1, 1, 1, 9, 9, 9, 9, math.NaN()}, Bimodality{}, false)
}
