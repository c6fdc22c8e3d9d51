package verdict

import (
	"slices"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict/sequential"
	"mtrlz.dev/perfrun/results/verdict/steady"
)

// DefaultMinEffect is the least change that counts where nobody says otherwise.
const DefaultMinEffect = 0.02

// Pair is two sides to be compared that come from no run: from files, or a table.
// A group holds the values that share one luck, as those of a process do; groups
// are in the order taken.
type Pair struct {
	Benchmark  string
	Metric     results.Metric
	MinEffect  float64 // fraction
	Base, Head [][]float64
}

// Compare judges pairs as one suite, by the rule of runs, and returns a comparison
// for each, in their order. There are no rounds, so the sides are never compared
// round by round, and no second block.
func Compare(pairs []Pair) []Comparison {
	all := atOnce(len(pairs), func(i int) *Comparison { return measurePair(pairs[i]) })
	conclude(all)
	counterDecides(all)
	list := make([]Comparison, len(all))
	for i, c := range all {
		list[i] = *c
	}
	return list
}

func measurePair(p Pair) *Comparison {
	c := &Comparison{Benchmark: p.Benchmark, Metric: p.Metric, MinEffect: p.MinEffect, P: 1}
	e := &evidence{foreign: true, baseGroups: filled(p.Base), headGroups: filled(p.Head)}
	e.base, e.head = middlesOf(e.baseGroups), middlesOf(e.headGroups)
	c.Base, c.Head = summarize(e.base), summarize(e.head)
	switch {
	case c.Base.N == 0 && c.Head.N == 0:
		c.Verdict, c.Reason = Broken, "neither side has a value"
	case c.Base.N == 0:
		c.Verdict, c.Reason = CannotTell, "new on head: base has nothing to compare it with"
	case c.Head.N == 0:
		c.Verdict, c.Reason = Broken, "lost on head: base has values, head none"
	default:
		measure(c, e, sequential.Look{}, 0)
		if course := steady.Across(e.base, e.head); c.HasInterval() && course.State != steady.Steady && course.State != steady.TooFew {
			c.Warnings = append(c.Warnings, "in the order given: "+course.Why) // which need not be the order of time
		}
	}
	return c
}

// filled are the groups that hold a value.
func filled(groups [][]float64) [][]float64 {
	return slices.DeleteFunc(slices.Clone(groups), func(group []float64) bool { return len(group) == 0 })
}

// middlesOf are the medians of groups. A group with a value that is not finite
// stands as that value: it must not vanish in a median.
func middlesOf(groups [][]float64) []float64 {
	values := make([]float64, len(groups))
	for i, group := range groups {
		if bad := slices.IndexFunc(group, func(v float64) bool { return !finite(v) }); bad >= 0 {
			values[i] = group[bad]
		} else {
			values[i] = median(group)
		}
	}
	return values
}
