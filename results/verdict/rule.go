package verdict

import (
	"math"
	"math/rand/v2"

	"mtrlz.dev/perfrun/results"
)

// fewResamples is how many resamples of the bootstrap stand in for its full
// number where thousands of comparisons are judged. The tail that decides, 2.5 %,
// is then known to 0.35 %.
const fewResamples = 2000

// rule is the rule behind verdicts, for n executions on either side, made fast
// enough to be asked thousands of times. It gives what Judge gives for one
// comparison alone that is not paired and whose values are independent, but for
// borderline cases: the bootstrap has fewer resamples, and ties make the rank
// test a normal approximation also where few executions would allow an exact one.
type rule struct {
	n int
	// middles are the positions, in sorted values, of those that make the median
	// of a resample. Which are drawn depends on n alone, so they are drawn once.
	middles [fewResamples]struct{ base, head middle }
	// significant is the largest known statistic of the rank test below alpha,
	// insignificant the smallest known above, both of samples without ties. They
	// close in on each other as they are asked, at the price of one exact test each.
	significant, insignificant int
}

// rules keeps rules by how many executions they are for.
type rules map[int]*rule

func (all rules) of(n int) *rule {
	if all[n] == nil {
		all[n] = newRule(n)
	}
	return all[n]
}

func newRule(n int) *rule {
	r := &rule{n: n, significant: -1, insignificant: math.MaxInt}
	draw := rand.New(rand.NewPCG(uint64(n), fewResamples))
	positions := newResampler(make([]float64, n))
	for i := range r.middles {
		r.middles[i].base, r.middles[i].head = positions.middle(draw), positions.middle(draw)
	}
	return r
}

// tells reports whether interval and rank test agree that the values of large are
// larger than those of small; both are sorted.
func (r *rule) tells(small, large []float64) bool {
	return r.n >= minExecutions && r.supports(small, large, 1) && r.above(small, large, 1)
}

// finds reports whether head, slowed down by the given fraction, would be called a
// regression by at least effect.
func (r *rule) finds(base, head []float64, slower, effect float64, better results.Direction) bool {
	factor := 1 + slower
	if better == results.Higher {
		factor = 1 - slower
	}
	change, shift := middleOf(head)*factor/middleOf(base)-1, ratioMedian(base, head)*factor-1
	if r.n < minExecutions || !(Comparison{Change: change, Shift: shift}).reaches(effect) || (change < 0) != (better == results.Higher) {
		return false
	}
	if !r.supports(base, head, factor) {
		return false
	}
	if better == results.Higher {
		return r.above(head, base, 1/factor)
	}
	return r.above(base, head, factor)
}

// above reports whether the interval of the ratio of medians of large, all values
// times factor, to small lies above 1: whether no more resamples than a tail of
// them have a ratio of 1 or less.
func (r *rule) above(small, large []float64, factor float64) bool {
	left := int(tail * fewResamples)
	for i := range r.middles {
		b, h := r.middles[i].base, r.middles[i].head
		if (large[h.lower]+large[h.upper])*factor <= small[b.lower]+small[b.upper] {
			if left--; left < 0 {
				return false
			}
		}
	}
	return true
}

// supports reports whether the rank test rejects that head, all values times
// factor, is as base. Without ties p depends on the statistic alone, and falls
// with it.
func (r *rule) supports(base, head []float64, factor float64) bool {
	twiceU, ties := rankStatistic(base, head, factor)
	if ties > 0 {
		return normalTest(r.n, twiceU, ties) < alpha
	}
	if r.significant < twiceU && twiceU < r.insignificant {
		times := make([]float64, len(head))
		for i, value := range head {
			times[i] = value * factor
		}
		if rankTest(base, times) < alpha {
			r.significant = twiceU
		} else {
			r.insignificant = twiceU
		}
	}
	return twiceU <= r.significant
}

// rankStatistic returns twice the smaller Mann-Whitney U of two sorted samples of
// one size, the second times factor, and the sum of t^3-t over groups of t equal
// values. Twice, because a tie counts as half.
func rankStatistic(base, head []float64, factor float64) (twiceU int, ties float64) {
	n := len(base)
	for i, j := 0, 0; i < n || j < n; {
		value := math.Inf(1)
		if i < n {
			value = base[i]
		}
		if j < n {
			value = min(value, head[j]*factor)
		}
		below, first := i, j
		for i < n && base[i] == value {
			i++
		}
		for j < n && head[j]*factor == value {
			j++
		}
		twiceU += (j - first) * (below + i)
		if t := float64(i - below + j - first); t > 1 {
			ties += t*t*t - t
		}
	}
	return min(twiceU, 2*n*n-twiceU), ties
}

// normalTest is the two-sided p-value of U in the normal approximation, with
// corrections for ties and for continuity (Hollander and Wolfe, "Nonparametric
// Statistical Methods", 1999, section 4.1), as the rank test itself uses for larger
// samples with ties.
func normalTest(n, twiceU int, ties float64) float64 {
	product, total := float64(n*n), float64(2*n)
	variance := product / 12 * (total + 1 - ties/(total*(total-1)))
	if variance <= 0 {
		return 1
	}
	distance := max(0, (product-float64(twiceU))/2-0.5)
	return math.Erfc(distance / math.Sqrt(2*variance))
}
