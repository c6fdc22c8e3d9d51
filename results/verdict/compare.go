package verdict

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict/sequential"
)

// What a verdict needs at least.
const (
	// minExecutions a side: the smallest n for which the order statistics of a
	// median give a 95 % interval at all (1 - 2/2^n >= 0.95).
	minExecutions = sequential.First
	// minExact executions a side make a count exact where all of a side agree: two
	// may agree by chance where counts are small, three seldom do.
	minExact = 3
	// fewExecutions, noisyCV, disturbedShare and dependent are where a result gets a
	// warning.
	fewExecutions  = 10
	noisyCV        = 0.10
	disturbedShare = 0.10
	dependent      = 1.2
	// mostMoreRounds bounds what is still worth proposing.
	mostMoreRounds = 1000
)

// measure fills in what the evidence says: change, interval, p-value. Where it
// says nothing, or all, the verdict is filled in too; else it stays empty until
// the whole suite is known.
func measure(c *Comparison, e *evidence, look sequential.Look, precision float64) {
	base, head := c.Base.Values, c.Head.Values
	switch {
	case len(base) < c.Base.N || len(head) < c.Head.N:
		c.Verdict, c.Reason = CannotTell, "some values are not finite numbers"
		return
	case haveRatio(base, head):
		c.Change = c.Head.Median/c.Base.Median - 1
	}
	if exact(c) {
		decideExact(c)
		return
	}
	if fewest := min(len(base), len(head)); fewest < minExecutions {
		tooFew(c, e, fewest)
		return
	}
	switch {
	case identical(base) && identical(head) && base[0] == head[0]:
		c.Verdict, c.Reason = NoChange, "every value of both sides is the same"
		return
	case !haveRatio(base, head):
		c.Verdict, c.Reason = CannotTell, "the values have no ratio: base must be above zero, head not below, and both of a comparable size"
		return
	}
	c.estimate(e, look)
	c.Warnings = warnings(*c, precision)
}

// estimate makes change, interval and p-value from the evidence.
func (c *Comparison) estimate(e *evidence, look sequential.Look) {
	c.Paired, c.Widened = e.paired, e.widening()
	c.Change, c.Shift = median(e.head)/median(e.base)-1, e.shift()
	low, high := e.interval(look.Level(2 * tail))
	c.Low = max(-1, c.Change-(c.Change-low)*c.Widened)
	c.High = c.Change + (high-c.Change)*c.Widened
	c.P = look.Overall(e.p(c.Widened))
}

// tooFew says that there is not enough to judge by.
func tooFew(c *Comparison, e *evidence, fewest int) {
	c.Verdict, c.MoreRounds = CannotTell, minExecutions-fewest
	switch noun := "executions"; {
	case e.foreign && fewest == 1:
		c.Reason = "all values of a side come from one group: they share its luck; a verdict needs at least 6 groups a side"
	default:
		if e.foreign {
			noun = "groups"
		}
		c.Reason = fmt.Sprintf("only %d %s a side, a verdict needs at least %d", fewest, noun, minExecutions)
	}
	if c.Contaminated > 0 {
		c.Reason += "; " + disturbed(c.Contaminated)
	}
}

// exact reports whether both sides are counts without any spread: nothing but the
// code can make them differ. Times are never exact: a clock that ticks coarsely
// only looks so, and rates are made of times. From nothing to something is a change, too, though it has no size
// in percent.
func exact(c *Comparison) bool {
	base, head := c.Base.Values, c.Head.Values
	return min(len(base), len(head)) >= minExact && !c.Metric.Time() && !strings.HasSuffix(c.Metric.Unit, "/s") &&
		identical(base) && identical(head) && base[0] >= 0 && head[0] >= 0 &&
		base[0] == math.Trunc(base[0]) && head[0] == math.Trunc(head[0])
}

// haveRatio reports whether head's median over base's is a finite number in
// every resample. A head of zero has one: a throughput that falls to nothing is
// a change of -100 %.
func haveRatio(base, head []float64) bool {
	if len(base) == 0 || len(head) == 0 {
		return false
	}
	return slices.Min(base) > 0 && slices.Min(head) >= 0 && finite(slices.Max(head)/slices.Min(base)) && finite(slices.Max(base)*2)
}

func finite(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }

func identical(values []float64) bool { return slices.Min(values) == slices.Max(values) }

// quarantine takes the verdict away where the run cannot prove that the machine
// was quiet. What broke, broke all the same.
func quarantine(c *Comparison, run *results.Run) {
	if run.State != results.Quarantined || c.Verdict == Broken {
		return
	}
	c.Verdict, c.Reason, c.MoreRounds = CannotTell, "the run is quarantined", 0
	if run.Error != "" {
		c.Reason += ": " + run.Error
	}
}
