package verdict

import (
	"math"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/changepoint"
)

// History is a series of values over commits, in time order. Where Environments or
// Commits are given they are as long as Values; a missing value is NaN.
type History struct {
	Series       string
	Better       results.Direction
	Values       []float64
	Commits      []string
	Environments []string
}

// ChangePoint is where a history steps to another level. Changes are fractions of
// the level before: +0.03 says that values became 3 % larger.
type ChangePoint struct {
	Series string  `json:"series"`
	Index  int     `json:"index"`  // 0-based: the first point of the new level
	Change float64 `json:"change"` // of the medians of both levels; 0 where they have no ratio
	Low    float64 `json:"low"`    // 95 % interval of Change
	High   float64 `json:"high"`
	Before float64 `json:"before"` // the levels' medians
	After  float64 `json:"after"`
	// Kind is regression, improvement, or recovery: a step back to within the noise of
	// the level before a regression.
	Kind string `json:"kind"`
	// The change came after commit Good and at or before commit Bad; empty where
	// commits are not known.
	Good string `json:"good,omitempty"`
	Bad  string `json:"bad,omitempty"`
}

// The kinds of change points.
const (
	KindRegression  = "regression"
	KindImprovement = "improvement"
	KindRecovery    = "recovery"
)

// ChangePoints finds the steps of a history. Where the environment changes a new
// segment begins: levels of two machines are not compared, and the border is no
// step.
func ChangePoints(h History) (all []ChangePoint) {
	for from := 0; from < len(h.Values); {
		to := from + 1
		for to < len(h.Values) && (len(h.Environments) == 0 || h.Environments[to] == h.Environments[from]) {
			to++
		}
		for _, p := range h.places(from, to) {
			all = append(all, h.sized(p))
		}
		from = to
	}
	return all
}

// place is a change point whose size is not known yet: to find it takes as long as to find
// the point.
type place struct {
	ChangePoint
	start, end int // of the levels beside it
}

// places finds the steps within one environment.
func (h History) places(from, to int) []place {
	h.Values = h.Values[:to]
	return h.placesAt(from, changepoint.Detect(h.Values[from:]))
}

// placesAt are the steps at points of one environment, which begins at from and ends with
// the values.
func (h History) placesAt(from int, points []int) (all []place) {
	values := h.Values[from:]
	for i, p := range points {
		start, end := 0, len(values)
		if i > 0 {
			start = points[i-1]
		}
		if i+1 < len(points) {
			end = points[i+1]
		}
		c := place{h.levels(values[start:p], values[p:end]), from + start, from + end}
		c.Series, c.Index = h.Series, from+p
		if i > 0 && c.Kind == KindImprovement && all[i-1].Kind == KindRegression && recovers(all[i-1].ChangePoint, c.ChangePoint) {
			c.Kind = KindRecovery
		}
		if len(h.Commits) > 0 {
			c.Good, c.Bad = h.lastBefore(from, from+p), h.Commits[from+p]
		}
		all = append(all, c)
	}
	return all
}

// lastBefore is the commit of the last value that is not missing before a point.
func (h History) lastBefore(from, p int) string {
	for i := p - 1; i >= from; i-- {
		if finite(h.Values[i]) {
			return h.Commits[i]
		}
	}
	return ""
}

// compare is the step between two levels with its size.
func (h History) compare(before, after []float64) ChangePoint {
	return sized(h.levels(before, after), before, after)
}

// sized gives a place its size.
func (h History) sized(p place) ChangePoint {
	return sized(p.ChangePoint, h.Values[p.start:p.Index], h.Values[p.Index:p.end])
}

// levels is the step between two levels, without its size.
func (h History) levels(before, after []float64) ChangePoint {
	c := ChangePoint{Before: median(present(before)), After: median(present(after))}
	worse := c.After > c.Before
	if h.Better == results.Higher {
		worse = c.After < c.Before
	}
	c.Kind = KindImprovement
	if worse {
		c.Kind = KindRegression
	}
	return c
}

// sized gives a step its size: by the estimate and the interval of comparisons, each point
// a group of its own.
func sized(c ChangePoint, before, after []float64) ChangePoint {
	base, head := present(before), present(after)
	if !haveRatio(base, head) {
		return c
	}
	e := &evidence{base: base, head: head}
	c.Change = c.After/c.Before - 1
	low, high := e.interval(2 * tail)
	widened := e.widening()
	c.Low, c.High = max(-1, c.Change-(c.Change-low)*widened), min(c.Change+(high-c.Change)*widened, math.MaxFloat64)
	return c
}

// recovers reports whether a step ends within half of the regression before it of
// where that began.
func recovers(regression, back ChangePoint) bool {
	return math.Abs(back.After-regression.Before) <= math.Abs(regression.After-regression.Before)/2
}

func present(values []float64) (kept []float64) {
	for _, v := range values {
		if finite(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// AllChangePoints finds the steps of many histories, in their order.
func AllChangePoints(histories []History) []ChangePoint {
	all := []ChangePoint{}
	for _, some := range atOnce(len(histories), func(i int) []ChangePoint { return ChangePoints(histories[i]) }) {
		all = append(all, some...)
	}
	return all
}
