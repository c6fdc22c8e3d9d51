package steady

import (
	"fmt"
	"math"
	"slices"
)

// State says whether values keep still.
type State string

// The states, after Barrett, Bolz-Tereick, Killick, Mount and Tratt, "Virtual
// Machine Warmup Blows Hot and Cold" (OOPSLA 2017), where they are called flat,
// warmup, slowdown and no steady state.
const (
	Steady    State = "steady"    // one level from the first value on
	Warming   State = "warming"   // settles after Skip values that are larger
	Slowing   State = "slowing"   // settles after Skip values that are smaller
	Unsettled State = "unsettled" // never settles: drift, steps to the end, cycles
	TooFew    State = "too few"   // nothing can be said
)

// Finding is what can be said of values in the order taken.
type Finding struct {
	// Skip is how many first values are warm-up and should not count; at most half
	// of them, and 0 unless State is Warming or Slowing.
	Skip  int    `json:"skip,omitempty"`
	State State  `json:"state"`
	Why   string `json:"why"` // one plain sentence with numbers
	// Restless are the executions given to Inside that by themselves never settle,
	// ascending. A few of them do not make the whole Unsettled.
	Restless []int `json:"restless,omitempty"`
}

const (
	// least is the fewest values that something is said of, as for a verdict.
	least = 6
	// restless is the share of executions that make the whole unsettled: beyond a
	// quarter, the quartiles of the side are no longer those of a settled program.
	restless = 0.25
)

// Inside finds how many first samples of an execution are warm-up, from the samples
// of many executions, each in the order taken. Give it those of both sides and
// apply Skip to both: the rule then cannot favour one. Each execution is taken
// relative to its own level, so that a slower side warms up like the other.
//
// Executions may differ in length: what fewer than half of them have does not
// count. One with a value that is not finite is left out.
func Inside(executions [][]float64) Finding {
	usable, number := shapes(executions)
	n := commonLength(usable)
	if n < least {
		return Finding{State: TooFew, Why: fmt.Sprintf("%d samples an execution are too few: %d are needed to see a warm-up", n, least)}
	}
	shared, single := profile(usable, n)
	f := shared.settle(words{"sample", " of " + plural(len(usable), "execution")})
	for i, e := range usable {
		if rest := e[min(f.Skip, len(e)):]; len(rest) >= least {
			alone := newCourse(rest, single, single.far(), 1, mostOfOne)
			if alone.settle(words{}).State == Unsettled {
				f.Restless = append(f.Restless, number[i])
			}
		}
	}
	return f.withRestless(len(usable))
}

// Across does the same for successive executions: one value each, in the order
// taken. It takes one side, or both, each in the order of rounds; the warm-up is
// then what both have, whatever their levels.
func Across(sides ...[]float64) Finding {
	usable, _ := shapes(sides)
	n := math.MaxInt
	for _, side := range usable {
		n = min(n, len(side))
	}
	if len(usable) == 0 || len(usable) < len(sides) || n < least {
		return Finding{State: TooFew, Why: fmt.Sprintf("fewer than %d executions with finite values: too few to see a warm-up", least)}
	}
	return together(usable, n).settle(words{each: "execution"})
}

// withRestless says how many of several executions never settle by themselves.
func (f Finding) withRestless(all int) Finding {
	few := len(f.Restless)
	if few == 0 || all == 1 {
		return f
	}
	said := fmt.Sprintf("%d of %s never settle", few, plural(all, "execution"))
	if few == 1 {
		said = fmt.Sprintf("1 of %s never settles", plural(all, "execution"))
	}
	if f.State != Unsettled && float64(few) > restless*float64(all) {
		f.State, f.Skip, f.Why = Unsettled, 0, said
		return f
	}
	f.Why += "; " + said
	return f
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// shapes returns each row relative to its own level, that of its second half, as a
// deviation: 0.1 is a tenth above. Rows that are not finite are left out; number
// says which rows are left.
func shapes(rows [][]float64) (usable [][]float64, number []int) {
	for i, row := range rows {
		if len(row) == 0 || slices.ContainsFunc(row, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
			continue
		}
		usable, number = append(usable, relative(row)), append(number, i)
	}
	return usable, number
}

// farAway bounds relative values.
const farAway = 1e9

// relative deviates from the median of the second half, in shares of it; where that
// is 0, of the largest value. Halves keep what is near the largest number finite,
// and what is a thousand million times the level is as far as anything.
func relative(row []float64) []float64 {
	shape := make([]float64, len(row))
	middle := median(row[len(row)/2:])
	unit := math.Abs(middle)
	if unit == 0 {
		for _, v := range row {
			unit = max(unit, math.Abs(v))
		}
	}
	if unit == 0 {
		return shape
	}
	for i, v := range row {
		shape[i] = 2 * min(max(v/2/unit-middle/2/unit, -farAway), farAway)
	}
	return shape
}

// commonLength is the greatest length that at least half of the rows have.
func commonLength(rows [][]float64) int {
	var lengths []int
	for _, row := range rows {
		lengths = append(lengths, len(row))
	}
	slices.Sort(lengths)
	if len(lengths) == 0 {
		return 0
	}
	return lengths[len(lengths)/2]
}
