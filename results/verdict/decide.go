package verdict

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"mtrlz.dev/perfrun/results"
)

// The errors of verdicts.
const (
	// falseDiscovery is the share of alarms that chance alone may make, of all
	// alarms of a suite (Benjamini and Hochberg, "Controlling the False Discovery
	// Rate", JRSS B 57, 1995). One in twenty is what the field has always taken; an
	// alarm of a run must also hold in a second block.
	falseDiscovery = 0.05
	// leastSuite is how many comparisons a smaller suite is taken for, so that one
	// comparison alone is tested at 0.01: nobody looks at just one for ever.
	leastSuite = 5
	alpha      = falseDiscovery / leastSuite
)

// AloneLevel is the two-sided level at which one change is told from chance where
// nothing else among so many comparisons changed.
func AloneLevel(comparisons int) float64 {
	return falseDiscovery / float64(max(comparisons, leastSuite))
}

// discover fills in Q, what each p-value is worth among all: the smallest share of
// false discoveries at which it would be one. What needs no test has no part in it.
func discover(all []*Comparison) {
	tested := slices.DeleteFunc(slices.Clone(all), func(c *Comparison) bool { return c.Verdict != "" })
	slices.SortStableFunc(tested, func(a, b *Comparison) int { return cmp.Compare(a.P, b.P) })
	suite, least := float64(max(len(tested), leastSuite)), 1.0
	for i, c := range slices.Backward(tested) {
		least = min(least, c.P*suite/float64(i+1))
		c.Q = least
	}
}

// decide applies the definitions of the verdicts to one comparison.
func decide(c *Comparison) {
	low, high := c.Low, c.High
	if c.Metric.Better == results.Higher {
		low, high = -high, -low
	}
	effect := c.LeastEffect()
	excludes, large := low > 0 || high < 0, c.reaches(effect)
	switch {
	case large && excludes && c.Q > falseDiscovery:
		c.Verdict, c.MoreRounds = CannotTell, moreRounds(*c)
		c.Reason = unsupported(*c)
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
	if !large && excludes && c.Q <= falseDiscovery && c.reaches(c.MinEffect) { // without the floor it would count
		c.Reason = fmt.Sprintf("%s, but below %s", measured(*c), leastEffect(*c))
	}
}

// reaches reports whether both estimates, that of the medians and that of all
// values, are changes of at least effect, in one direction. Where they differ, as
// when the middle of two humps slips from one into the other, nobody can say.
func (c Comparison) reaches(effect float64) bool {
	return min(math.Abs(c.Change), math.Abs(c.Shift)) >= effect && c.Change*c.Shift > 0
}

// decideExact compares two counts: no test is needed, only the effect that
// matters.
func decideExact(c *Comparison) {
	c.Exact, c.P, c.Shift, c.Low, c.High = true, 0, c.Change, c.Change, c.Change
	if c.Base.Median == c.Head.Median {
		c.Verdict, c.Reason = NoChange, fmt.Sprintf("every value of both sides is the same, exactly %.0f", c.Base.Median)
		return
	}
	counts := fmt.Sprintf("every execution gave exactly %.0f on base and %.0f on head", c.Base.Median, c.Head.Median)
	switch {
	case c.Base.Median == 0:
		c.Reason = counts
	case math.Abs(c.Change) < c.LeastEffect():
		c.Verdict, c.Reason = NoChange, fmt.Sprintf("%s, %s, less than %s", counts, change(c.Change), leastEffect(*c))
		return
	default:
		c.Reason = fmt.Sprintf("%s, %s; minimum effect %s", counts, change(c.Change), percent(c.LeastEffect()))
	}
	c.Verdict = Improvement
	if (c.Head.Median > c.Base.Median) == (c.Metric.Better != results.Higher) {
		c.Verdict = Regression
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

// counterDecides tells, beside a time that cannot tell, what an exact count of the
// same benchmark says: that it changed, or how little instructions did.
func counterDecides(all []*Comparison) {
	for _, c := range all {
		if c.Verdict != CannotTell || !c.Metric.Time() || c.Base.N == 0 {
			continue
		}
		words := ""
		for _, other := range all {
			if other.Exact && other.Benchmark == c.Benchmark {
				words = cmp.Or(words, c.counterWords(other))
			}
		}
		c.Reason += words
	}
}

// counterWords says what an exact count tells of a time. Of other cases only the
// instructions do, since they may be those of the whole command.
func (c *Comparison) counterWords(count *Comparison) string {
	instructions, name := count.Metric.Name == results.Instructions().Name, count.Metric.Name
	switch {
	case count.Metric.Case == c.Metric.Case:
	case instructions && count.Metric.Case == "":
		name += " of the whole command"
	default:
		return ""
	}
	switch {
	case count.Verdict == Regression || count.Verdict == Improvement:
		return fmt.Sprintf("; its %s can: %s exactly", name, change(count.Change))
	case instructions && count.Verdict == NoChange:
		return fmt.Sprintf("; %s: %+.2f %%, exact", name, 100*count.Change)
	}
	return ""
}
