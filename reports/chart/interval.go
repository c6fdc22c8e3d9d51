package chart

import (
	"html/template"
	"math"
)

// Interval is one change to be drawn on a common axis. All numbers are
// fractions: 0.03 is 3 %.
type Interval struct {
	Change    float64 // the point estimate
	Low, High float64
	MinEffect float64 // half-width of the band in which a change does not matter
	Class     string  // for the style sheet: a verdict's word, from this program
	Label     string  // text alternative, and what hovering shows
}

// The layout of a row, in user units.
const (
	intervalWidth  = 300.0
	intervalHeight = 30.0
	axisHeight     = 20.0
	intervalMargin = 20.0 // room for an arrow and for half a tick label
	barHeight      = 10.0
	farthest       = 1.0 // the axis ends at a change of 100 %, beyond it there are arrows
	nearest        = 0.01
)

// IntervalAxis is the one axis that every interval of a report shares, so that
// bars can be compared by eye.
type IntervalAxis struct {
	scale Scale
	ticks []float64
}

// NewIntervalAxis returns an axis on which all intervals, their minimum effects
// and zero can be seen, up to a change of 100 % either way: one wild benchmark
// must not squeeze the others into a line.
func NewIntervalAxis(intervals []Interval) IntervalAxis {
	low, high := -nearest, nearest
	for _, i := range intervals {
		room := i.MinEffect * 1.4
		for _, v := range []float64{i.Low, i.High, i.Change, room, -room} {
			if !math.IsNaN(v) {
				low, high = math.Min(low, v), math.Max(high, v)
			}
		}
	}
	low, high = math.Max(low, -farthest), math.Min(high, farthest)
	scale := NewScale(low, high, intervalMargin, intervalWidth-intervalMargin)
	return IntervalAxis{scale, scale.Ticks(6)}
}

// Head draws the axis itself, with ticks worded by label.
func (a IntervalAxis) Head(label func(float64) string) template.HTML {
	low, high := a.scale.Domain()
	d := newDrawing("axis", intervalWidth, axisHeight, "axis from "+label(low)+" to "+label(high))
	for _, t := range a.ticks {
		x := a.scale.At(t)
		d.line("tick", x, axisHeight-4, x, axisHeight)
		d.text("label", "middle", x, axisHeight-7, label(t))
	}
	return d.done()
}

// Row draws one interval: the band of changes that do not matter, the zero
// line, the interval as a bar and the estimate on it. What lies beyond the axis
// ends in an arrow.
func (a IntervalAxis) Row(i Interval) template.HTML {
	d := newDrawing("interval "+i.Class, intervalWidth, intervalHeight, i.Label)
	a.ground(d, i.MinEffect)
	middle := intervalHeight / 2
	from, to := a.scale.At(i.Low), a.scale.At(i.High)
	if to-from < 3 { // a bar must be seen, however sure the change is
		centre := (from + to) / 2
		from, to = centre-1.5, centre+1.5
	}
	d.rect("bar", from, middle-barHeight/2, to-from, barHeight, i.Label)
	a.arrows(d, i)
	d.shape("estimate", diamond(a.scale.At(i.Change), middle, 5), i.Label)
	return d.done()
}

// Empty draws a row that has no interval: only what all rows share.
func (a IntervalAxis) Empty(label string) template.HTML {
	d := newDrawing("interval none", intervalWidth, intervalHeight, label)
	a.ground(d, 0)
	return d.done()
}

func (a IntervalAxis) ground(d *drawing, minEffect float64) {
	if minEffect > 0 {
		from, to := a.scale.At(-minEffect), a.scale.At(minEffect)
		d.rect("band", from, 0, to-from, intervalHeight, "")
	}
	for _, t := range a.ticks {
		if t != 0 {
			d.line("grid", a.scale.At(t), 0, a.scale.At(t), intervalHeight)
		}
	}
	d.line("zero", a.scale.At(0), 0, a.scale.At(0), intervalHeight)
}

// arrows marks the ends that the axis cannot show.
func (a IntervalAxis) arrows(d *drawing, i Interval) {
	low, high := a.scale.Domain()
	middle := intervalHeight / 2
	if i.Low < low {
		d.shape("arrow", "M"+num(intervalMargin-4)+" "+num(middle-6)+"l-8 6l8 6z", "")
	}
	if i.High > high {
		d.shape("arrow", "M"+num(intervalWidth-intervalMargin+4)+" "+num(middle-6)+"l8 6l-8 6z", "")
	}
}
