package verdict

import "math"

// widening is by how much the interval of a median must be wider than if each
// value were independent of the one before: the root of how many successive values
// tell as much as one that is independent, 1 + 2 sum r[k] (Priestley, "Spectral
// Analysis and Time Series", 1981, section 5.3.2). Lags are added up while they
// rise above their own standard error.
//
// The correlations are those of ranks, so that one outlier is no pattern and a
// machine that changes between two speeds is one; those of several sides are taken
// together. Where the first is within two standard errors of none, values count as
// independent: a few always resemble each other by chance.
func widening(sides ...[]float64) float64 {
	var all [][]float64
	n, shortest := 0, math.MaxInt
	for _, values := range sides {
		all = append(all, ranks(values))
		n, shortest = n+len(values), min(shortest, len(values))
	}
	chance := 1 / math.Sqrt(float64(n))
	if serial(all, n, 1) < 2*chance {
		return 1
	}
	sum := 1.0
	for lag := 1; lag < shortest/2; lag++ {
		r := serial(all, n, lag)
		if r < chance {
			break
		}
		sum += 2 * r
	}
	return math.Sqrt(sum)
}

// serial is the correlation of values with those lag places before, over several
// sides together, each around its own mean. By chance alone it would be below zero
// by 1/n for each mean that was estimated; that is given back.
func serial(sides [][]float64, n, lag int) float64 {
	var products, squares float64
	for _, values := range sides {
		middle := mean(values)
		for i, v := range values {
			squares += (v - middle) * (v - middle)
			if i >= lag {
				products += (v - middle) * (values[i-lag] - middle)
			}
		}
	}
	if squares == 0 {
		return 0
	}
	return products/squares + float64(len(sides))/float64(n)
}

// diluted is a two-sided p-value after the distance from no change has become
// smaller by the same factor, in standard deviations.
func diluted(p, widened float64) float64 {
	if widened <= 1 || p >= 1 {
		return p
	}
	z := math.Sqrt2 * math.Erfcinv(p)
	return math.Erfc(z / widened / math.Sqrt2)
}
