package verdict

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
)

// The bootstrap of the ratio of medians: both sides are resampled with
// replacement, independently, and the interval is the central 95 % of the ratios
// (the percentile method: Efron and Tibshirani, "An Introduction to the
// Bootstrap", 1993, chapter 13). It asks nothing of the distribution. The median
// of a small sample takes few values, so the interval comes in steps; rather than
// smooth them, a verdict needs the rank test as well.
const (
	resamples = 10_000
	tail      = 0.025
)

// bootstrap returns the 95 % interval of median(head)/median(base) - 1. Its
// random numbers are seeded by the values themselves.
func bootstrap(base, head []float64) (low, high float64) {
	draw := rand.New(rand.NewPCG(seed(base, head)))
	b, h := newResampler(base), newResampler(head)
	ratios := make([]float64, resamples)
	for i := range ratios {
		below := b.median(draw)
		ratios[i] = h.median(draw) / below
	}
	slices.Sort(ratios)
	cut := int(tail * resamples)
	return ratios[cut] - 1, ratios[resamples-1-cut] - 1
}

// seed hashes both sides, each as a sorted list, so that the order of execution
// does not matter.
func seed(base, head []float64) (uint64, uint64) {
	return hash(base), hash(head)
}

func hash(values []float64) uint64 {
	sum := fnv.New64a()
	var bytes [8]byte
	for _, value := range slices.Sorted(slices.Values(values)) {
		binary.LittleEndian.PutUint64(bytes[:], math.Float64bits(value))
		_, _ = sum.Write(bytes[:])
	}
	return sum.Sum64()
}

// middle is the one or two positions whose values make a median.
type middle struct{ lower, upper int }

// resampler draws medians of resamples without sorting each: in a sorted sample
// a resample is how often each position was drawn, and its median is found by
// counting.
type resampler struct {
	sorted []float64
	counts []int
}

func newResampler(values []float64) *resampler {
	return &resampler{slices.Sorted(slices.Values(values)), make([]int, len(values))}
}

func (r *resampler) median(draw *rand.Rand) float64 {
	m := r.middle(draw)
	if m.lower == m.upper {
		return r.sorted[m.upper]
	}
	return (r.sorted[m.lower] + r.sorted[m.upper]) / 2
}

// middle draws a resample and returns where in sorted the values lie that make
// its median.
func (r *resampler) middle(draw *rand.Rand) middle {
	clear(r.counts)
	for range r.sorted {
		r.counts[draw.IntN(len(r.sorted))]++
	}
	n := len(r.sorted)
	upper := r.at(n / 2)
	if n%2 == 1 {
		return middle{upper, upper}
	}
	return middle{r.at(n/2 - 1), upper}
}

// at returns the position in sorted of the k-th smallest drawn value.
func (r *resampler) at(k int) int {
	seen := 0
	for i, count := range r.counts {
		if seen += count; seen > k {
			return i
		}
	}
	return len(r.sorted) - 1
}
