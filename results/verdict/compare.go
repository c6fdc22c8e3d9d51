package verdict

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"mtrlz.dev/perfrun/results"
)

// What a verdict needs at least.
const (
	// minExecutions a side: the smallest n for which the order statistics of a
	// median give a 95 % interval at all (1 - 2/2^n >= 0.95).
	minExecutions = 6
	// alpha is the level of the rank test. Over 8,913 pairs of equal sides 0.05
	// let 1.4 % through as false alarms and found 76.8 % of slow-downs by 5 %;
	// 0.01 lets 0.5 % through and finds 70.9 % (data_test.go measures it).
	alpha = 0.01
	// fewExecutions, noisyCV and disturbedShare are where a result gets a warning.
	fewExecutions  = 10
	noisyCV        = 0.10
	disturbedShare = 0.10
	// mostMoreRounds bounds what is still worth proposing.
	mostMoreRounds = 1000
)

// compare fills in change, interval, p-value and verdict.
func compare(c *Comparison, precision float64) {
	base, head := c.Base.Values, c.Head.Values
	if len(base) < c.Base.N || len(head) < c.Head.N {
		c.Verdict, c.Reason = CannotTell, "some values are not finite numbers"
		return
	}
	if haveRatio(base, head) {
		c.Change = c.Head.Median/c.Base.Median - 1
	}
	if fewest := min(len(base), len(head)); fewest < minExecutions {
		c.Verdict, c.MoreRounds = CannotTell, minExecutions-fewest
		c.Reason = fmt.Sprintf("only %d executions a side, a verdict needs at least %d", fewest, minExecutions)
		if c.Contaminated > 0 {
			c.Reason += "; " + disturbed(c.Contaminated)
		}
		return
	}
	if identical(base) && identical(head) && base[0] == head[0] {
		c.Verdict, c.Reason = NoChange, "every value of both sides is the same"
		return
	}
	if !haveRatio(base, head) {
		c.Verdict, c.Reason = CannotTell, "the values have no ratio: base must be above zero, head not below, and both of a comparable size"
		return
	}
	c.Low, c.High = bootstrap(base, head)
	c.P = rankTest(base, head)
	c.Warnings = warnings(*c, precision)
	decide(c)
}

// decide applies the definitions of the verdicts.
func decide(c *Comparison) {
	low, high := c.Low, c.High
	if c.Metric.Better == results.Higher {
		low, high = -high, -low
	}
	effect := c.LeastEffect()
	large := math.Abs(c.Change) >= effect
	excludes := low > 0 || high < 0
	switch {
	case large && excludes && c.P >= alpha:
		c.Verdict = CannotTell
		c.Reason = fmt.Sprintf("%s, but the rank test does not support it (p %.2g)", measured(*c), c.P)
	case large && low > 0:
		c.Verdict, c.Reason = Regression, beyond(*c)
	case large && high < 0:
		c.Verdict, c.Reason = Improvement, beyond(*c)
	case low >= -effect && high <= effect:
		c.Verdict = NoChange
		c.Reason = fmt.Sprintf("any change lies within %s, less than %s", span(*c), leastEffect(*c))
	default:
		c.Verdict, c.MoreRounds = CannotTell, moreRounds(*c)
		c.Reason = undecided(*c, excludes)
	}
	if !large && excludes && c.P < alpha && math.Abs(c.Change) >= c.MinEffect { // without the floor it would count
		c.Reason = fmt.Sprintf("%s, but below %s", measured(*c), leastEffect(*c))
	}
}

// moreRounds estimates how many more rounds would settle an open comparison.
// The width of the interval shrinks with the square root of the rounds n; with
// half-width w it must shrink to t, the distance from the change to the nearest
// value that leaves it open (zero for a change at or above the least effect, else
// the least effect): n (w/t)^2 - n. Zero where that is not worth saying.
func moreRounds(c Comparison) int {
	change := math.Abs(c.Change)
	target := change
	if effect := c.LeastEffect(); change < effect {
		target = effect - change
	}
	rounds := float64(min(c.Base.N, c.Head.N))
	width := (c.High - c.Low) / 2
	more := math.Ceil(rounds*(width/target)*(width/target) - rounds)
	if math.IsNaN(more) || more > mostMoreRounds {
		return 0
	}
	return max(1, int(more))
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

// haveRatio reports whether head's median over base's is a finite number in
// every resample. A head of zero has one: a throughput that falls to nothing is
// a change of -100 %.
func haveRatio(base, head []float64) bool {
	if len(base) == 0 || len(head) == 0 {
		return false
	}
	return slices.Min(base) > 0 && slices.Min(head) >= 0 && finite(slices.Max(head)/slices.Min(base))
}

func finite(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }

func identical(values []float64) bool { return slices.Min(values) == slices.Max(values) }
