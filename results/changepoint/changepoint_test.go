package changepoint

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// levels makes a series of normal noise around levels of the given lengths.
func levels(seed uint64, noise float64, pieces ...[2]float64) (values []float64) {
	draw := rand.New(rand.NewPCG(seed, 1))
	for _, piece := range pieces {
		for range int(piece[1]) {
			values = append(values, piece[0]+noise*draw.NormFloat64())
		}
	}
	return values
}

// near reports whether positions are those wanted, give or take two.
func near(got, want []int) bool {
	return slices.EqualFunc(got, want, func(a, b int) bool { return max(a-b, b-a) <= 2 })
}

func TestDetect(t *testing.T) {
	check := func(what string, values []float64, want ...int) {
		t.Helper()
		if got := Detect(values); !near(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	check("nothing", nil)
	check("one value", []float64{1})
	check("a constant", slices.Repeat([]float64{7}, 100))
	check("noise", levels(1, 1, [2]float64{100, 300}))
	check("a step", levels(2, 1, [2]float64{100, 50}, [2]float64{105, 50}), 50)
	check("without noise", levels(3, 0, [2]float64{100, 50}, [2]float64{101, 50}), 50)
	check("two steps", levels(4, 1, [2]float64{100, 60}, [2]float64{110, 60}, [2]float64{104, 60}), 60, 120)
	check("there and back", levels(5, 1, [2]float64{100, 60}, [2]float64{110, 20}, [2]float64{100, 60}), 60, 80)
	check("small but long", levels(6, 1, [2]float64{100, 150}, [2]float64{101.6, 150}), 150)
	check("too near the end", levels(7, 1, [2]float64{100, 60}, [2]float64{120, 2}))
	spiky := levels(8, 1, [2]float64{100, 120})
	spiky[30], spiky[60], spiky[61], spiky[90] = 200, 180, 220, 300
	check("spikes", spiky)
	ramp := levels(9, 1, [2]float64{100, 200})
	for i := range ramp {
		ramp[i] += float64(i) / 4
	}
	check("a ramp", ramp)
	turn := levels(10, 0.3, [2]float64{100, 100})
	for i := range turn {
		turn[i] += float64(i % 2 * 10)
	}
	check("alternating", turn)
	walk, at := rand.New(rand.NewPCG(11, 1)), 0.0
	wandering := make([]float64, 300)
	for i := range wandering {
		at += walk.NormFloat64()
		wandering[i] = 100 + at
	}
	if got := Detect(wandering); len(got) > 2 {
		t.Errorf("a random walk steps at %v", got)
	}
	gaps := levels(2, 1, [2]float64{100, 50}, [2]float64{105, 50})
	gaps[10], gaps[49], gaps[50], gaps[70] = math.NaN(), math.NaN(), math.NaN(), math.Inf(1)
	check("missing values", gaps, 51)
}

// TestLaws: unit and zero are no matter, and neither is up or down.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		step := rapid.Float64Range(-8, 8).Draw(t, "step")
		values := levels(seed, 1, [2]float64{100, 40}, [2]float64{100 + step, 40}, [2]float64{100, 40})
		want := Detect(values)
		other := func(what string, f func(float64) float64) {
			changed := make([]float64, len(values))
			for i, v := range values {
				changed[i] = f(v)
			}
			if got := Detect(changed); !slices.Equal(got, want) {
				t.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
		other("scaled", func(v float64) float64 { return v * 1024 })
		other("shifted", func(v float64) float64 { return v + 4096 })
	})
}

func TestSpikesAreNoSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := levels(rapid.Uint64().Draw(t, "seed"), 1, [2]float64{100, 120})
		before := Detect(values)
		values[rapid.IntRange(0, 119).Draw(t, "at")] = rapid.Float64Range(-1e6, 1e6).Draw(t, "spike")
		if after := Detect(values); len(after) > len(before) {
			t.Fatalf("a spike makes %v of %v", after, before)
		}
	})
}

// TestDetector: every step is announced once, soon, and stays.
func TestDetector(t *testing.T) {
	values := levels(12, 1, [2]float64{100, 700}, [2]float64{108, 600}, [2]float64{100, 700})
	var d Detector
	var announced, when []int
	for i, v := range values {
		for _, p := range d.Add(v) {
			announced, when = append(announced, p), append(when, i)
		}
	}
	if !near(announced, []int{700, 1300}) {
		t.Fatalf("announced %v", announced)
	}
	for i, p := range announced {
		if when[i]-p > 3*Settled {
			t.Errorf("the step at %d is announced at %d", p, when[i])
		}
	}
}

// TestLatestGoesOnWhereADetectorStopped gives the latest values only, as a store
// does, and wants what a Detector says that saw them all.
func TestLatestGoesOnWhereADetectorStopped(t *testing.T) {
	values := levels(3, 1, [2]float64{100, 500}, [2]float64{106, 100}, [2]float64{100, 20}, [2]float64{112, 400})
	var d Detector
	var want, got []int
	last := -1
	for i, v := range values {
		want = append(want, d.Add(v)...)
		from := max(0, i+1-Window)
		for _, p := range Latest(values[from:i+1], max(-1, last-from)) {
			got, last = append(got, from+p), from+p
		}
	}
	if len(want) < 2 || !slices.Equal(got, want) {
		t.Errorf("announced %v, a detector that saw all says %v", got, want)
	}
}

func BenchmarkLatest(b *testing.B) {
	values := levels(1, 1, [2]float64{100, 300}, [2]float64{103, 200}, [2]float64{100, 300})
	for b.Loop() {
		Latest(values, -1)
	}
}

func FuzzDetect(f *testing.F) {
	f.Add([]byte("0000000000111111111122222222223333333333"))
	f.Add([]byte{0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255})
	f.Fuzz(func(t *testing.T, raw []byte) {
		values := make([]float64, min(len(raw), 500))
		for i := range values {
			values[i] = []float64{0, 1, -1, 2.5, math.NaN(), math.Inf(-1), 1e300, -1e300, 1e-300, math.MaxFloat64}[int(raw[i])%10]
		}
		last := least - 1
		for _, p := range Detect(values) {
			if p <= last || p >= len(values) {
				t.Fatalf("position %d after %d of %d", p, last, len(values))
			}
			last = p
		}
	})
}

func BenchmarkDetect2000(b *testing.B) {
	values := levels(1, 1, [2]float64{100, 700}, [2]float64{103, 600}, [2]float64{100, 700})
	for b.Loop() {
		Detect(values)
	}
}

func BenchmarkDetect20000(b *testing.B) {
	values := levels(1, 1, [2]float64{100, 7000}, [2]float64{103, 6000}, [2]float64{100, 7000})
	for b.Loop() {
		Detect(values)
	}
}
