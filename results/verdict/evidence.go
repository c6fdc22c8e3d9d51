package verdict

import (
	"math"
	"slices"

	"mtrlz.dev/perfrun/results"
)

// evidence is what one comparison is judged by: a value for each group, in the
// order taken. A group is what shares one luck: the samples of an execution, or of
// a build, or of an instance.
type evidence struct {
	base, head             []float64
	baseGroups, headGroups [][]float64 // the values within each group; nil where each holds one
	foreign                bool        // it comes from no run: what counts are groups, not executions
	paired                 bool        // base[i] and head[i] were taken in one round, and rounds hit both
}

// pairedRounds is the fewest rounds of which the signed rank test can reach alpha:
// the smallest p of n pairs is 2/2^n.
const pairedRounds = 8

// evidenceOf is what a series gives. Where the two sides of a round rise and fall
// together, only rounds with both sides count, and are compared round by round:
// what hits both then cancels. Else the sides are compared as they are, which
// tells more from few rounds.
func evidenceOf(s *series) *evidence {
	e := &evidence{
		base: s.values[results.Base], head: s.values[results.Head],
		baseGroups: s.groups[results.Base], headGroups: s.groups[results.Head],
	}
	pairs := s.pairs()
	if len(pairs) < pairedRounds {
		return e
	}
	base, head := make([]float64, len(pairs)), make([]float64, len(pairs))
	for i, p := range pairs {
		base[i], head[i] = p.base, p.head
	}
	// Two standard errors of a rank correlation that is zero: without any, pairs are
	// made in one case of forty, and judged by a test that is right for them too.
	if haveRatio(base, head) && slices.Min(head) > 0 && correlation(ranks(base), ranks(head)) > 2/math.Sqrt(float64(len(pairs))) {
		return &evidence{base: base, head: head, paired: true}
	}
	return e
}

// nested reports whether groups hold more than one value, all of which have a
// ratio.
func (e *evidence) nested() bool {
	several := func(group []float64) bool { return len(group) > 1 }
	return (slices.ContainsFunc(e.baseGroups, several) || slices.ContainsFunc(e.headGroups, several)) &&
		haveRatio(slices.Concat(e.baseGroups...), slices.Concat(e.headGroups...))
}

// logRatios are those of a paired comparison, round by round.
func (e *evidence) logRatios() []float64 {
	ratios := make([]float64, len(e.base))
	for i := range ratios {
		ratios[i] = math.Log(e.head[i] / e.base[i])
	}
	return ratios
}

// p is that of the rank test: two-sided, and allowing for values that resemble
// their predecessors.
func (e *evidence) p(widened float64) float64 {
	p := 1.0
	if e.paired {
		p = signedRank(e.logRatios())
	} else {
		p = rankTest(e.base, e.head)
	}
	return diluted(p, widened)
}

// shift is the Hodges-Lehmann estimate of the change: another opinion on how large
// it is, made from all values instead of the middle ones.
func (e *evidence) shift() float64 {
	if e.paired {
		return math.Exp(walshMedian(e.logRatios())) - 1
	}
	return ratioMedian(e.base, e.head) - 1
}

// widening is by how much the interval must be wider than that of independent
// values.
func (e *evidence) widening() float64 {
	if e.paired {
		return widening(e.logRatios())
	}
	return widening(e.base, e.head)
}
