package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mean(values []float64) (sum float64) {
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func deviation(values []float64) float64 {
	sum, middle := 0.0, mean(values)
	for _, v := range values {
		sum += (v - middle) * (v - middle)
	}
	return math.Sqrt(sum / float64(len(values)))
}

func lag(values []float64, k int) float64 {
	middle, sum, squares := mean(values), 0.0, 0.0
	for i, v := range values {
		squares += (v - middle) * (v - middle)
		if i >= k {
			sum += (v - middle) * (values[i-k] - middle)
		}
	}
	return sum / squares
}

func stream(t *testing.T, name string) Stream {
	t.Helper()
	for _, s := range append(Streams(), Layout()) {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no stream %q", name)
	return Stream{}
}

// TestCourses holds each against what its comment says: the mean, the standard
// deviation and the correlation of neighbours, in order of time.
func TestCourses(t *testing.T) {
	check := func(name string, wantMean, wantDeviation, wantLag, within float64) {
		t.Helper()
		var means, deviations, lags []float64
		for seed := range uint64(200) {
			z := make([]float64, 1000)
			s := stream(t, name)
			s.course(s.random(seed), z)
			means, deviations, lags = append(means, mean(z)), append(deviations, deviation(z)), append(lags, lag(z, 1))
		}
		got := []float64{mean(means), mean(deviations), mean(lags)}
		for i, want := range []float64{wantMean, wantDeviation, wantLag} {
			if math.Abs(got[i]-want) > within {
				t.Errorf("%s: mean, deviation and lag are %.3v, want %v, %v, %v", name, got, wantMean, wantDeviation, wantLag)
				return
			}
		}
	}
	check("normal", 0, 1, 0, 0.02)
	// exp(0.75 N) has the median 1, the mean 1.325 and the deviation 1.149.
	check("log-normal", 0.325/1.149, 1, 0, 0.03)
	check("heavy-tailed", 0, 1, 0, 0.05)
	check("outliers", 0.05*25, 5.9, 0, 0.2)
	inside := 1 / math.Sqrt(1+0.21*64)
	check("bimodal", 0.3*8*inside, 1, 0, 0.02)
	check("bimodal-even", 0.5*8/math.Sqrt(17), 1, 0, 0.02)
	// A spell changes with 1 in 10: the correlation of humps is 0.8, of all 0.8 * 16/17.
	check("spells", 0.5*8/math.Sqrt(17), 1, 0.8*16/17, 0.02)
	check("autocorrelated", 0, 1, 0.7, 0.02)
	check("wandering", 0, 1, 0.95, 0.04)
	check("drifting", 0, math.Sqrt(1+16/12.0), 16/12.0/(1+16/12.0), 0.1) // up or down
	check("warming", 8*2*2/1000.0, 1.08, 0.15, 0.05)
	check("shared", 0, 1, 0.45, 0.02) // 0.9 within a round, none between
	check("order", 0.5, math.Sqrt(1.25), -0.2, 0.02)
}

// TestNobodyIsFavoured: without an effect head is slower in half of the runs, and
// differs by nothing on average.
func TestNobodyIsFavoured(t *testing.T) {
	for _, s := range append(Streams(), Layout()) {
		const runs = 4000
		slower, ties := 0.0, 0.0
		for seed := range uint64(runs) {
			base, head := s.Run(seed, 20, 0)
			switch b, h := median(base), median(head); {
			case h > b:
				slower++
			case h == b:
				ties++
			}
		}
		if share := (slower + ties/2) / runs; math.Abs(share-0.5) > 4*0.5/math.Sqrt(runs) {
			t.Errorf("%s: head is slower in %.1f %% of runs", s.Name, 100*share)
		}
	}
}

func TestEffectIsWhatWasAsked(t *testing.T) {
	for _, s := range append(Streams(), Layout()) {
		base, head := s.Run(7, 40, 0)
		same, slower := s.Run(7, 40, 0.05)
		if diff := cmp.Diff(base, same); diff != "" {
			t.Errorf("%s: base changes with the effect: %s", s.Name, diff)
		}
		unit := s.tick * s.Noise
		for i := range head {
			if off := math.Abs(slower[i] - 1.05*head[i]); off > 1e-12+unit {
				t.Errorf("%s: %v becomes %v at 5 %%", s.Name, head[i], slower[i])
			}
		}
	}
}

// TestStreamsAreThemselves: a seed gives the same, another seed and another stream
// something else; noise is what was asked for; values are positive.
func TestStreamsAreThemselves(t *testing.T) {
	seen := map[float64]string{}
	for _, s := range append(Streams(), Layout()) {
		base, head := s.Run(3, 30, 0)
		again, _ := s.Run(3, 30, 0)
		if !slices.Equal(base, again) || len(base) != 30 || len(head) != 30 {
			t.Errorf("%s is not the same twice", s.Name)
		}
		other, _ := s.Run(4, 30, 0)
		if slices.Equal(base, other) {
			t.Errorf("%s is the same with another seed", s.Name)
		}
		if before := seen[base[0]]; before != "" && s.tick == 0 {
			t.Errorf("%s begins like %s", s.Name, before)
		}
		seen[base[0]] = s.Name
		s.Noise = 0.5
		base, _ = s.Run(3, 5000, 0)
		if slices.Min(base) <= 0 {
			t.Errorf("%s has the value %v", s.Name, slices.Min(base))
		}
	}
	for _, rounds := range []int{0, -1} {
		if base, head := Streams()[0].Run(1, rounds, 0); len(base) != 0 || len(head) != 0 {
			t.Errorf("%d rounds give %v and %v", rounds, base, head)
		}
	}
}

// TestSidesTakeTurns deals times instead of values: in two successive rounds one
// side has the first and the last execution.
func TestSidesTakeTurns(t *testing.T) {
	clock := Stream{Noise: 1, course: func(_ *rand.Rand, z []float64) {
		for i := range z {
			z[i] = float64(i)
		}
	}}
	first := map[bool]int{}
	for seed := range uint64(50) {
		base, head := clock.Run(seed, 10, 0)
		for r := 0; r < len(base); r += 2 {
			at := float64(2*r) + 1 // values are one more than times
			early, late := []float64{at, at + 3}, []float64{at + 1, at + 2}
			b, h := base[r:r+2], head[r:r+2]
			first[b[0] == at]++
			if !(slices.Equal(b, early) && slices.Equal(h, late) || slices.Equal(h, early) && slices.Equal(b, late)) {
				t.Fatalf("rounds %d and %d: base at %v, head at %v", r, r+1, b, h)
			}
		}
	}
	if first[true] < 90 || first[false] < 90 {
		t.Errorf("base goes first in %d pairs of rounds of 250", first[true])
	}
}

func TestSamples(t *testing.T) {
	s := stream(t, "shared")
	base, head := s.Samples(5, 8, 400, 0.1)
	levels, slower := s.Run(5, 8, 0.1)
	for r := range levels {
		if math.Abs(median(base[r])/levels[r]-1) > 0.01 || math.Abs(median(head[r])/slower[r]-1) > 0.01 {
			t.Errorf("round %d: samples around %v and %v, want %v and %v", r, median(base[r]), median(head[r]), levels[r], slower[r])
		}
		if d := deviation(base[r]) / levels[r]; len(base[r]) != 400 || math.Abs(d-s.Noise) > 0.005 {
			t.Errorf("round %d: %d samples scatter by %v", r, len(base[r]), d)
		}
	}
}

// TestProcesses: what is said to be settled is, and executions that never settle
// say so.
func TestProcesses(t *testing.T) {
	for _, p := range Processes() {
		values, settled := p.Run(1, 60, 200)
		if len(values) != 60 || len(values[0]) != 200 {
			t.Fatalf("%s: %d executions of %d samples", p.Name, len(values), len(values[0]))
		}
		if p.Settles != (settled >= 0) || settled > 100 {
			t.Errorf("%s: settles %v, from sample %d on", p.Name, p.Settles, settled)
		}
		if !p.Settles {
			continue
		}
		var early, late, end []float64
		for _, v := range values {
			early = append(early, v[:max(settled, 1)]...)
			late, end = append(late, v[settled:150]...), append(end, v[150:]...)
		}
		if math.Abs(median(late)/median(end)-1) > 0.01 {
			t.Errorf("%s: %v after sample %d, %v at the end", p.Name, median(late), settled, median(end))
		}
		if settled > 0 && math.Abs(median(early)/median(end)-1) < 0.01 {
			t.Errorf("%s: %v before sample %d, %v at the end", p.Name, median(early), settled, median(end))
		}
	}
}

// TestResampleKeepsRounds: each is one of the calibration's, its sides as they were
// or swapped.
func TestResampleKeepsRounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, rounds := rapid.IntRange(0, 30).Draw(t, "n"), rapid.IntRange(-1, 60).Draw(t, "rounds")
		base, head := make([]float64, n), make([]float64, n+rapid.IntRange(0, 2).Draw(t, "more"))
		for i := range base {
			base[i], head[i] = float64(i), float64(i)+0.25
		}
		b, h := Resample(rapid.Uint64().Draw(t, "seed"), base, head, rounds, 1)
		if want := max(0, rounds) * min(1, n); len(b) != want || len(h) != want {
			t.Fatalf("%d rounds of %d give %d and %d", rounds, n, len(b), len(h))
		}
		for i := range b {
			if d := h[i]/2 - b[i]; math.Abs(d) != 0.25 {
				t.Fatalf("round %d: %v and %v were not measured together", i, b[i], h[i]/2)
			}
		}
	})
}

// TestResampleHasNoEffectOfItsOwn: a calibration whose sides happened to be 5 %
// apart gives runs that are not, on average.
func TestResampleHasNoEffectOfItsOwn(t *testing.T) {
	base, head := stream(t, "normal").Run(1, 40, 0.05)
	sum := 0.0
	for seed := range uint64(2000) {
		b, h := Resample(seed, base, head, 40, 0)
		sum += math.Log(median(h)/median(b)) / 2000
	}
	if math.Abs(sum) > 0.002 {
		t.Errorf("head is slower by %.2f %% on average", 100*sum)
	}
}

// TestResampleKeepsResemblance compares neighbours in resampled runs with those of
// the calibration, and how far apart medians of sides are with fresh runs.
func TestResampleKeepsResemblance(t *testing.T) {
	check := func(name string, least, most float64) {
		t.Helper()
		s := stream(t, name)
		var kept []float64
		for seed := range uint64(300) {
			base, head := s.Run(seed, 100, 0)
			b, _ := Resample(seed, base, head, 100, 0)
			kept = append(kept, lag(b, 1)/lag(base, 1))
		}
		if share := median(kept); share < least || share > most {
			t.Errorf("%s: %.2f of the correlation of neighbours is left", name, share)
		}
	}
	check("autocorrelated", 0.7, 1.1)
	check("wandering", 0.8, 1.1)
	check("spells", 0.75, 1.1)
}

func TestResampleScattersLikeFreshRuns(t *testing.T) {
	for _, name := range []string{"normal", "log-normal", "autocorrelated", "shared", "outliers"} {
		s := stream(t, name)
		var fresh, drawn []float64
		for seed := range uint64(1500) {
			base, head := s.Run(seed, 40, 0)
			fresh = append(fresh, math.Log(median(head)/median(base)))
			b, h := Resample(seed, base, head, 40, 0)
			drawn = append(drawn, math.Log(median(h)/median(b)))
		}
		if ratio := deviation(drawn) / deviation(fresh); ratio < 0.85 || ratio > 1.25 {
			t.Errorf("%s: changes of resampled runs scatter %.2f times as far", name, ratio)
		}
	}
}

func TestResemblance(t *testing.T) {
	check := func(values []float64, want float64) {
		t.Helper()
		if got := resemblance(values); math.Abs(got-want) > 1e-9 {
			t.Errorf("resemblance of %v is %v, want %v", values, got, want)
		}
	}
	check(nil, 0)
	check([]float64{1, 1, 1}, 0)
	check([]float64{1, math.NaN(), 3}, 0)
	check([]float64{1, math.Inf(1), 3}, 0)
	check([]float64{0, 1, 0, 1}, -0.5) // steps 3, squares 1
	check([]float64{1e9, 1e9 + 1, 1e9, 1e9 + 1}, -0.5)
	check([]float64{0, 0, 1, 1}, 0.5)
}

func BenchmarkRun(b *testing.B) {
	for _, s := range Streams() {
		b.Run(s.Name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				s.Run(uint64(i), 40, 0)
			}
		})
	}
}

func BenchmarkResample(b *testing.B) {
	base, head := Streams()[0].Run(1, 40, 0)
	for i := 0; b.Loop(); i++ {
		Resample(uint64(i), base, head, 40, 0)
	}
}
