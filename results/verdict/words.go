package verdict

import (
	"fmt"
	"math"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict/steady"
)

// measured says the change in words: "+3.1 % [+2.4 %, +3.9 %] slower than base".
func measured(c Comparison) string {
	return fmt.Sprintf("%s %s %s than base", change(c.Change), span(c), direction(c))
}

// undecided says why none of the verdicts holds.
func undecided(c Comparison, excludes bool) string {
	if excludes {
		return fmt.Sprintf("%s is a change, but it may be smaller or larger than %s", span(c), leastEffect(c))
	}
	return fmt.Sprintf("the interval %s holds no change as well as changes beyond %s", span(c), leastEffect(c))
}

// unsupported says why a change that looks large is no verdict.
func unsupported(c Comparison) string {
	if c.P < alpha {
		return fmt.Sprintf("%s, but among so many comparisons chance alone does that too often (p %.2g, %.2g after all are counted)", measured(c), c.P, c.Q)
	}
	return fmt.Sprintf("%s, but the rank test does not support it (p %.2g)", measured(c), c.P)
}

// leastEffect names what a change must reach: "the minimum effect of 2 %", or
// "this host's noise floor of 3.1 %, calibration 1a2b3c".
func leastEffect(c Comparison) string {
	if c.NoiseFloor > c.MinEffect {
		return fmt.Sprintf("this host's noise floor of %s, calibration %s", percent(c.NoiseFloor), c.Calibration)
	}
	return "the minimum effect of " + percent(c.MinEffect)
}

// beyond says a change that counts, and what it had to reach.
func beyond(c Comparison) string {
	if c.NoiseFloor > c.MinEffect {
		return fmt.Sprintf("%s; above %s", measured(c), leastEffect(c))
	}
	return fmt.Sprintf("%s; minimum effect %s", measured(c), percent(c.MinEffect))
}

// disturbed says how many executions do not count.
func disturbed(n int) string {
	if n == 1 {
		return "1 was disturbed and does not count"
	}
	return fmt.Sprintf("%d were disturbed and do not count", n)
}

// direction words a change as fits the metric.
func direction(c Comparison) string {
	more := c.Change > 0
	word := func(ifMore, ifLess string) string {
		if more {
			return ifMore
		}
		return ifLess
	}
	switch {
	case c.Metric.Better == results.Higher:
		return word("higher", "lower")
	case c.Metric.Time():
		return word("slower", "faster")
	}
	return word("more", "less")
}

// warnings lists what a reader should know before believing a comparison.
func warnings(c Comparison, precision float64) (list []string) {
	if n := min(c.Base.N, c.Head.N); n < fewExecutions {
		list = append(list, fmt.Sprintf("only %d executions a side", n))
	}
	if all := c.Base.N + c.Head.N + c.Contaminated; float64(c.Contaminated) > disturbedShare*float64(all) {
		list = append(list, fmt.Sprintf("of %d executions %s", all, disturbed(c.Contaminated)))
	}
	for _, side := range []struct {
		name string
		Summary
	}{{"base", c.Base}, {"head", c.Head}} {
		if side.CV > noisyCV {
			list = append(list, fmt.Sprintf("%s is noisy: its values vary by %s", side.name, percent(side.CV)))
		}
		if modes, two := steady.Modes(side.Values); two {
			list = append(list, fmt.Sprintf("%s has two modes: %s of its values around one level, the others %s", side.name, percent(modes.Low.Share), above(modes.Low.Centre, modes.High.Centre)))
		}
	}
	if c.Widened > dependent {
		list = append(list, fmt.Sprintf("values resemble their predecessors: the interval is %.1f times as wide as that of independent ones", c.Widened))
	}
	if half := (c.High - c.Low) / 2; precision > 0 && half > precision {
		list = append(list, fmt.Sprintf("the interval is +-%s wide, the wanted precision is +-%s", percent(half), percent(precision)))
	}
	return list
}

func span(c Comparison) string { return fmt.Sprintf("[%s, %s]", change(c.Low), change(c.High)) }

// change writes a fraction as a signed percentage with at most one decimal below
// 100 %, and enough of them not to show a small change as none.
func change(f float64) string {
	sign := "+"
	if f < 0 {
		sign = "-"
	}
	return sign + percent(math.Abs(f))
}

func percent(f float64) string {
	p := 100 * f
	switch {
	case p >= 100:
		return fmt.Sprintf("%.0f %%", p)
	case p >= 0.1 || p == 0:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", p), ".0") + " %"
	}
	return fmt.Sprintf("%.2g %%", p)
}

// above says how far a level lies above a lower one, in the terms of changes.
func above(low, high float64) string {
	if low <= 0 {
		return "above it"
	}
	return percent(high/low-1) + " above it"
}
