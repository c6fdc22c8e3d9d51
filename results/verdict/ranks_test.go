package verdict

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRanks(t *testing.T) {
	check := func(values []float64, want ...float64) {
		t.Helper()
		if got := ranks(values); !slices.Equal(got, want) {
			t.Errorf("the ranks of %v are %v, want %v", values, got, want)
		}
	}
	check(nil)
	check([]float64{7}, 1)
	check([]float64{3, 1, 2}, 3, 1, 2)
	check([]float64{5, 5, 1, 5}, 3, 3, 1, 3)
}

// allSigns is the signed rank test by trying all signs.
func allSigns(differences []float64) float64 {
	kept := slices.DeleteFunc(slices.Clone(differences), func(d float64) bool { return d == 0 })
	sizes := make([]float64, len(kept))
	for i, d := range kept {
		sizes[i] = math.Abs(d)
	}
	list := ranks(sizes)
	sum := func(positive uint) (w float64) {
		for i, r := range list {
			if positive>>i&1 == 1 {
				w += r
			}
		}
		return w
	}
	var seen uint
	for i, d := range kept {
		if d > 0 {
			seen |= 1 << i
		}
	}
	total := sum(1<<len(kept) - 1)
	less, count := min(sum(seen), total-sum(seen)), 0
	for signs := range uint(1) << len(kept) {
		if sum(signs) <= less {
			count++
		}
	}
	return min(1, 2*float64(count)/float64(uint(1)<<len(kept)))
}

func TestSignedRankCountsAllSigns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.IntRange(-6, 6), 0, 11).Draw(t, "differences") // with ties and zeros
		differences := make([]float64, len(whole))
		for i, d := range whole {
			differences[i] = float64(d) / 3
		}
		got, want := signedRank(differences), allSigns(differences)
		if math.Abs(got-want) > 1e-12 {
			t.Fatalf("p of %v is %v, want %v", differences, got, want)
		}
	})
}

// TestSignedRankOfMany holds the approximation to the exact value at the border.
func TestSignedRankOfMany(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		differences := make([]float64, mostExact)
		for i := range differences {
			differences[i] = draw.NormFloat64() + 0.25
		}
		exact := signedRank(differences)
		twice, positive, total := make([]int, mostExact), 0, 0
		sizes := make([]float64, mostExact)
		for i, d := range differences {
			sizes[i] = math.Abs(d)
		}
		for i, r := range ranks(sizes) {
			twice[i] = int(2 * r)
			total += twice[i]
			if differences[i] > 0 {
				positive += twice[i]
			}
		}
		if near := normalSigned(twice, min(positive, total-positive), total); math.Abs(near-exact) > 0.01 {
			t.Errorf("p is %v, approximately %v", exact, near)
		}
	}
}

func TestRatioMedianIsThatOfAllPairs(t *testing.T) {
	sides := rapid.SliceOfN(rapid.Float64Range(1e-3, 1e3), 1, 12)
	rapid.Check(t, func(t *rapid.T) {
		base, head := sides.Draw(t, "base"), sides.Draw(t, "head")
		var all []float64
		for _, b := range base {
			for _, h := range head {
				all = append(all, h/b)
			}
		}
		if got, want := ratioMedian(base, head), median(all); math.Abs(got-want) > 1e-12*want {
			t.Fatalf("the median ratio is %v, want %v", got, want)
		}
	})
}

func TestPartFindsWhatSortingFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 5), 1, 40).Draw(t, "values")
		k := rapid.IntRange(0, len(values)-1).Draw(t, "k")
		sorted := slices.Sorted(slices.Values(values))
		part(values, k)
		if values[k] != sorted[k] || k > 0 && slices.Max(values[:k]) > values[k] || slices.Min(values[k:]) < values[k] {
			t.Fatalf("at %d of %v is %v, want %v", k, values, values[k], sorted[k])
		}
	})
}

// TestWidening: values that follow an autoregression of the first order need an
// interval wider by the root of (1+r)/(1-r); independent ones need none.
func TestWidening(t *testing.T) {
	mean := func(r float64, n int) (sum float64) {
		draw := rand.New(rand.NewPCG(uint64(bits.Len(uint(n))), 7))
		const series = 400
		for range series {
			values, last := make([]float64, n), draw.NormFloat64()/math.Sqrt(1-r*r)
			for i := range values {
				values[i] = last
				last = r*last + draw.NormFloat64()
			}
			sum += widening(values) / series
		}
		return sum
	}
	within(t, "independent", mean(0, 200), 1, 1.02)
	within(t, "few independent", mean(0, 10), 1, 1.04)
	within(t, "r 0.5", mean(0.5, 400), 0.85*math.Sqrt(3), 1.05*math.Sqrt(3))
	within(t, "r 0.8", mean(0.8, 400), 0.8*3, 1.05*3)
	within(t, "constant", widening([]float64{1, 1, 1, 1}, []float64{1, 1, 1}), 1, 1)
	within(t, "one outlier", widening([]float64{1, 2, 1, 2, 1e9, 1, 2, 1, 2, 1}), 1, 1)
}

func TestDiluted(t *testing.T) {
	within(t, "not", diluted(0.01, 1), 0.01, 0.01)
	within(t, "twice", diluted(math.Erfc(3/math.Sqrt2), 2), math.Erfc(1.5/math.Sqrt2)-1e-12, math.Erfc(1.5/math.Sqrt2)+1e-12)
	within(t, "sure", diluted(0, 2), 0, 0)
	within(t, "nothing", diluted(1, 2), 1, 1)
}
