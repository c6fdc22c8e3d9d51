package changepoint

import (
	"math"
	"slices"
)

const (
	// penalty times log n is what one more segment costs. The authors' default is
	// of the order of log n too; four proposes about twice what is kept in the end.
	penalty = 4
	// quantiles times log n is at how many places distributions are compared, as the
	// authors propose.
	quantiles = 4
	// young candidates are all kept; of older ones only the better of neighbours.
	young = 24
)

// propose divides the values into segments whose distributions differ, at the
// least cost: minus the log-likelihood of the empirical distributions, and the
// penalty for each segment.
func propose(values []float64) []int {
	n := len(values)
	if n < 2*least {
		return nil
	}
	s := newShares(values)
	price := penalty * math.Log(float64(n))
	best, last := make([]float64, n+1), make([]int, n+1)
	best[0] = -price
	candidates, costs := []int{0}, []float64(nil)
	for t := least; t <= n; t++ {
		costs = slices.Grow(costs[:0], len(candidates))[:len(candidates)]
		least, from := math.Inf(1), 0
		for i, c := range candidates {
			costs[i] = best[c] + s.cost(c, t)
			if costs[i] < least {
				least, from = costs[i], c
			}
		}
		best[t], last[t] = least+price, from
		candidates = prune(candidates, costs, best[t], t)
	}
	var points []int
	for t := last[n]; t > 0; t = last[t] {
		points = append(points, t)
	}
	slices.Reverse(points)
	return points
}

// prune drops candidates that can never be best again (the rule of PELT: Killick,
// Fearnhead and Eckley, JASA 107, 2012), thins out old ones, and adds the one that
// may begin a segment next. Where an old segment began need not be known to the
// point while it is still long from being cut: of two neighbours in age the one
// with the lower cost stays, so that candidates grow with the logarithm of the
// series only.
func prune(candidates []int, costs []float64, bound float64, t int) []int {
	kept, keptCosts := candidates[:0], costs[:0] // what is kept never overtakes what is read
	for i, c := range candidates {
		if costs[i] > bound {
			continue
		}
		if m := len(kept); m > 0 && crowded(kept[m-1], c, t) {
			if costs[i] < keptCosts[m-1] {
				kept[m-1], keptCosts[m-1] = c, costs[i]
			}
			continue
		}
		kept, keptCosts = append(kept, c), append(keptCosts, costs[i])
	}
	if next := t + 1 - least; next >= least {
		kept = append(kept, next)
	}
	return kept
}

// crowded reports whether two candidates are closer together than a part of their
// age.
func crowded(older, newer, t int) bool { return newer-older < (t-newer)/young }

// shares knows, at each of some quantiles of the whole series, how many values of
// any segment lie below.
type shares struct {
	width int
	below []int32   // [point][quantile]: twice the count among the points before; equal values count half
	logs  []float64 // logs[x] = x/2 log(x/2)
	scale float64
}

func newShares(values []float64) *shares {
	n := len(values)
	sorted := slices.Sorted(slices.Values(values))
	s := &shares{width: min(n, int(math.Ceil(quantiles*math.Log(float64(n)))))}
	levels := make([]float64, s.width)
	for i := range levels {
		// Quantiles are denser in the tails, where distributions differ.
		z := -1 + float64(2*i+1)/float64(s.width)
		p := 1 / (1 + math.Pow(float64(2*n-1), -z))
		levels[i] = sorted[int(p*float64(n-1))]
	}
	s.below = make([]int32, (n+1)*s.width)
	for j, v := range values {
		for i, level := range levels {
			add := int32(0)
			switch {
			case v < level:
				add = 2
			case v == level:
				add = 1
			}
			s.below[(j+1)*s.width+i] = s.below[j*s.width+i] + add
		}
	}
	s.logs = make([]float64, 2*n+1)
	for x := 1; x <= 2*n; x++ {
		s.logs[x] = float64(x) / 2 * math.Log(float64(x)/2)
	}
	s.scale = 2 * math.Log(float64(2*n-1)) / float64(s.width)
	return s
}

// cost is minus the log-likelihood of a segment. It is where nearly all of the time goes:
// two sums at once keep the processor from waiting for each addition.
func (s *shares) cost(from, to int) float64 {
	a, b := s.below[from*s.width:(from+1)*s.width], s.below[to*s.width:(to+1)*s.width]
	logs := s.logs[:2*(to-from)+1]
	last := int32(len(logs) - 1)
	even, odd, i := 0.0, 0.0, 0
	for ; i+1 < len(a) && i+1 < len(b); i += 2 {
		m, n := b[i]-a[i], b[i+1]-a[i+1]
		even += logs[m] + logs[last-m]
		odd += logs[n] + logs[last-n]
	}
	if i < len(a) {
		m := b[i] - a[i]
		even += logs[m] + logs[last-m]
	}
	return s.scale * (float64(s.width)*logs[last] - even - odd)
}
