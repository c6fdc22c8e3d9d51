package verdict

import (
	"cmp"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// sortedOrder lists the positions of values from the smallest to the largest.
func sortedOrder(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return order
}

// ranks are 1 for the smallest and so on; equal values share the mean of theirs.
func ranks(values []float64) []float64 {
	order, list := sortedOrder(values), make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			list[i] = float64(from+to+1) / 2
		}
		from = to
	}
	return list
}

// correlation is Pearson's; 0 where a side is constant.
func correlation(x, y []float64) float64 {
	meanX, meanY := mean(x), mean(y)
	var xy, xx, yy float64
	for i := range x {
		dx, dy := x[i]-meanX, y[i]-meanY
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// rankTest is the two-sided Mann-Whitney test, exact for samples of this size;
// 1 where it cannot be computed.
func rankTest(base, head []float64) float64 {
	sample := func(values []float64) *benchmath.Sample { // it sorts what it is given
		return benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
	}
	p := benchmath.AssumeNothing.Compare(sample(base), sample(head)).P
	if math.IsNaN(p) {
		return 1
	}
	return p
}

// mostExact is how many pairs the signed rank test counts out; beyond, the normal
// distribution is good to three digits.
const mostExact = 60

// signedRank is the two-sided p-value of Wilcoxon's signed rank test of
// differences around zero ("Individual Comparisons by Ranking Methods", 1945).
// Zeros are left out. It is exact with ties too: all signs of the ranks at hand
// are counted.
func signedRank(differences []float64) float64 {
	kept := slices.DeleteFunc(slices.Clone(differences), func(d float64) bool { return d == 0 })
	sizes := make([]float64, len(kept))
	for i, d := range kept {
		sizes[i] = math.Abs(d)
	}
	// Twice the ranks are whole numbers, also of ties.
	twice, positive, total := make([]int, len(kept)), 0, 0
	for i, rank := range ranks(sizes) {
		twice[i] = int(2 * rank)
		total += twice[i]
		if kept[i] > 0 {
			positive += twice[i]
		}
	}
	less := min(positive, total-positive)
	if len(kept) > mostExact {
		return normalSigned(twice, less, total)
	}
	return min(1, 2*shareOfSums(twice, less, total))
}

// shareOfSums is the share of all subsets whose sum is at most limit.
func shareOfSums(parts []int, limit, total int) float64 {
	ways := make([]float64, total+1)
	ways[0] = 1
	reached := 0
	for _, part := range parts {
		reached += part
		for sum := reached; sum >= part; sum-- {
			ways[sum] = (ways[sum] + ways[sum-part]) / 2
		}
		for sum := part - 1; sum >= 0; sum-- {
			ways[sum] /= 2
		}
	}
	share := 0.0
	for _, w := range ways[:limit+1] {
		share += w
	}
	return share
}

// normalSigned approximates the same, with a correction for continuity.
func normalSigned(twice []int, less, total int) float64 {
	variance := 0.0
	for _, rank := range twice {
		variance += float64(rank*rank) / 4
	}
	distance := max(0, float64(total)/2-float64(less)-0.5)
	return math.Erfc(distance / math.Sqrt(2*variance))
}

// walshMedian is the Hodges-Lehmann estimate of the centre of values: the median
// of the means of all pairs of them ("Estimates of Location Based on Rank Tests",
// 1963). Of very many values it is their median.
func walshMedian(values []float64) float64 {
	if len(values) > mostPoints {
		return median(values)
	}
	var means []float64
	for i, v := range values {
		for _, w := range values[:i+1] {
			means = append(means, v/2+w/2)
		}
	}
	return median(means)
}

// ratioMedian is the Hodges-Lehmann estimate of the ratio of head to base, both
// positive: the median of the ratios of all pairs.
func ratioMedian(base, head []float64) float64 {
	b, h := slices.Sorted(slices.Values(base)), slices.Sorted(slices.Values(head))
	all := len(b) * len(h)
	upper := ratioAt(b, h, all/2)
	if all%2 == 1 {
		return upper
	}
	return ratioAt(b, h, all/2-1)/2 + upper/2
}

// ratioAt finds the k-th smallest ratio of sorted sides by bisection over all
// positive floating-point numbers, which their bits number in order: there may be
// too many pairs to list.
func ratioAt(base, head []float64, k int) float64 {
	low, high := uint64(0), math.Float64bits(math.MaxFloat64)
	for low < high {
		middle := low + (high-low)/2
		if ratiosUpTo(base, head, math.Float64frombits(middle)) > k {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return math.Float64frombits(low)
}

// ratiosUpTo counts pairs whose ratio is at most x. As base grows, so does the
// part of head that is small enough.
func ratiosUpTo(base, head []float64, x float64) (count int) {
	j := 0
	for _, b := range base {
		for j < len(head) && head[j]/b <= x {
			j++
		}
		count += j
	}
	return count
}
