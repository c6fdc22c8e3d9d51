package steady

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	// matters is the difference of levels that counts, as a share: half of the least
	// effect that a suite asks for where nothing says otherwise. Both sides have what
	// remains of it.
	matters = 0.01
	// stray is the share of a settled row that may be elsewhere for a while, and
	// strayed the number of values: an interruption is no lack of a level.
	stray   = 0.05
	strayed = 2
	// asNormal is how many rows make a middle whose outliers are gone: of six, four
	// must have one at the same place.
	asNormal = 6
	// further is by how many times a single first value must be further from the level
	// than any other: of heavy-tailed values (an index of 3) the largest is twice the
	// next in one case of eight, and it is first in one of n.
	further = 2.0
	// shuffles is how often chance is tried, and byChance how many of them may
	// explain as much: 1 %.
	shuffles = 200
	byChance = 2
)

// words name what is counted.
type words struct{ each, among string }

func (w words) first(n, of int) string {
	if n == 1 {
		return fmt.Sprintf("the first of %d %ss%s is", of, w.each, w.among)
	}
	return fmt.Sprintf("the first %d of %d %ss%s are", n, of, w.each, w.among)
}

// settle finds the level of the second half, and how long it takes to get there.
func (c course) settle(w words) Finding {
	steady := Finding{State: Steady, Why: fmt.Sprintf("%d %ss%s are at one level from the first on", len(c.raw), w.each, w.among)}
	unit := max(c.unit, c.width()*finest)
	if unit == 0 {
		return steady
	}
	values := times(c.values, 1/unit)
	list, gain := levels(values, c.noise.price())
	rise, line := slope(values)
	found := c.settling(list, unit, w)
	if line-priceOfSlope > gain && goesOn(values, rise) {
		gain, found = line-priceOfSlope, c.drifting(rise*unit, w)
	}
	if gain <= 0 || found.State == Steady || !c.believed(found.Skip, values, gain) {
		return steady
	}
	return found
}

// goesOn says whether the second half rises like the whole: a warm-up rises or
// falls too, but only at first.
func goesOn(values []float64, rise float64) bool {
	later, _ := slope(values[len(values)/2:])
	return later*math.Copysign(4, rise) > math.Abs(rise)
}

// finest is the least part of a row's range that is told apart: noise may be none.
const finest = 1e-6

func (c course) width() float64 { return slices.Max(c.values)/2 - slices.Min(c.values)/2 }

func times(values []float64, factor float64) []float64 {
	list := make([]float64, len(values))
	for i, v := range values {
		list[i] = v * factor
	}
	return list
}

// drifting is a course that a straight line explains better than steps do.
func (c course) drifting(rise float64, w words) Finding {
	if math.Abs(rise) <= matters {
		return Finding{State: Steady}
	}
	why := fmt.Sprintf("%d %ss%s drift by %+.1f %% from the first to the last", len(c.raw), w.each, w.among, 100*rise)
	return Finding{State: Unsettled, Why: why}
}

// settling is what stretches at levels, in units, mean.
func (c course) settling(list []stretch, unit float64, w words) Finding {
	level := usual(list)
	first, rest, last := 0, 0, 0 // bins away from it: at first, later, and until when
	widest := 0.0
	for _, s := range list {
		off := (s.level - level) * unit
		switch {
		case math.Abs(off) <= matters:
			continue
		case first == s.from:
			first = s.to
		default:
			rest += s.to - s.from
		}
		last = s.to
		if math.Abs(off) > math.Abs(widest) {
			widest = off
		}
	}
	all := len(c.values)
	switch {
	case 2*first > all:
		why := fmt.Sprintf("of %d %ss%s more than half are over before a level is reached", len(c.raw), w.each, w.among)
		return Finding{State: Unsettled, Why: why}
	case rest > max(strayed, int(stray*float64(all))):
		why := fmt.Sprintf("%d of %d %ss%s are away from the level of the others, until the %s, by up to %+.1f %%",
			(first+rest)*c.each, len(c.raw), w.each, w.among, ordinal(min(last*c.each, len(c.raw))), 100*widest)
		return Finding{State: Unsettled, Why: why}
	case first == 0:
		return Finding{State: Steady}
	}
	return c.warm(first*c.each, w)
}

func ordinal(n int) string {
	suffix := "th"
	if tens := n / 10 % 10; tens != 1 && n%10 < 4 {
		suffix = []string{"th", "st", "nd", "rd"}[n%10]
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

// usual is the level of the stretch that has most of the second half.
func usual(list []stretch) (level float64) {
	most, half := 0, list[len(list)-1].to/2
	for _, s := range list {
		if n := s.to - max(s.from, half); n > most {
			most, level = n, s.level
		}
	}
	return level
}

// warm is a course whose first values are elsewhere.
func (c course) warm(skip int, w words) Finding {
	off := 0.0
	level := median(c.raw[len(c.raw)/2:])
	for _, v := range c.raw[:skip] {
		if math.Abs(v-level) > math.Abs(off) {
			off = v - level
		}
	}
	state, way := Warming, "above"
	if meanOf(c.values[:skip/c.each]) < level {
		state, way = Slowing, "below"
	}
	why := fmt.Sprintf("%s up to %.1f %% %s the others", w.first(skip, len(c.raw)), 100*math.Abs(off), way)
	return Finding{State: state, Skip: skip, Why: why}
}

// believed says whether more than chance speaks for a course that is not at one
// level. The middle of many rows is as good as normal, and its price is right.
// Otherwise chance is tried by shuffling: whatever the values' distribution, in any
// order but this one they have no course. A few first values cannot be told from
// outliers by their place, but by being further away than any outlier.
func (c course) believed(skip int, values []float64, gain float64) bool {
	if c.rows >= asNormal || skip > 0 && c.clear(skip) {
		return true
	}
	if skip == 1 {
		return false
	}
	draw := rand.New(rand.NewPCG(uint64(len(values)), shuffles))
	mixed, more := slices.Clone(values), 0
	for i := 0; i < shuffles && more <= byChance; i++ {
		draw.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		_, steps := levels(mixed, c.noise.price())
		_, line := slope(mixed)
		if max(steps, line-priceOfSlope) >= gain {
			more++
		}
	}
	return more <= byChance
}

// clear says whether the first value is further from the level than every one
// after the warm-up.
func (c course) clear(skip int) bool {
	level, others := median(c.raw[len(c.raw)/2:]), 0.0
	for _, v := range c.raw[skip:] {
		others = max(others, math.Abs(v-level))
	}
	return math.Abs(c.raw[0]-level) > further*others
}
