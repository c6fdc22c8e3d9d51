package chart

import (
	"html/template"
	"math"
	"strings"
)

// Interval is one change to be drawn on a common axis. All numbers are
// fractions: 0.03 is 3 %.
type Interval struct {
	Change    float64 // the point estimate
	Low, High float64
	MinEffect float64 // half-width of the band in which a change does not matter
	Floor     float64 // half-width of what chance alone makes; 0: not known
	Class     string  // for the style sheet: a verdict's word, from this program; empty: the row has it
	Label     string  // text alternative
}

// The layout of a row, in user units.
const (
	intervalWidth  = 300.0
	intervalHeight = 24.0
	axisHeight     = 20.0
	intervalMargin = 20.0 // room for an arrow and for half a tick label
	barHeight      = 10.0
	farthest       = 1.0 // the axis ends at a change of 100 %, beyond it there are arrows
	nearest        = 0.01
)

// IntervalAxis is the one axis that every interval of a report shares, so that
// bars can be compared by eye. Ground must stand in the page before its rows.
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
		room := max(i.MinEffect, i.Floor) * 1.2
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

// groundID names what all rows of an axis share; a page holds one axis.
const groundID = "ground"

// Ground is what all rows share, to be put into the page once: the zero line and a line
// a tick. Of a thousand rows, each would repeat it.
func (a IntervalAxis) Ground() template.HTML {
	d := &drawing{}
	d.b.WriteString(`<svg class="hidden" aria-hidden="true"><defs><g id="` + groundID + `">`)
	for _, t := range a.ticks {
		if t != 0 {
			d.line("grid", a.scale.At(t), 0, a.scale.At(t), intervalHeight)
		}
	}
	d.line("zero", a.scale.At(0), 0, a.scale.At(0), intervalHeight)
	d.b.WriteString("</g></defs>")
	return d.done()
}

// Row draws one interval: the band of changes that do not matter, what chance alone
// makes as an open box, the interval as a bar and the estimate on it. What lies beyond
// the axis ends in an arrow.
func (a IntervalAxis) Row(i Interval) template.HTML {
	d := newDrawing(strings.TrimSpace("interval "+i.Class), intervalWidth, intervalHeight, i.Label)
	if i.MinEffect > 0 {
		a.box(d, "band", -i.MinEffect, i.MinEffect, 0)
	}
	d.b.WriteString(`<use href="#` + groundID + `"/>`)
	if i.Floor > 0 {
		a.box(d, "floor", -i.Floor, i.Floor, 3)
	}
	middle := intervalHeight / 2
	a.box(d, "bar", i.Low, i.High, middle-barHeight/2)
	a.arrows(d, i)
	d.shape("estimate", diamond(a.scale.At(i.Change), middle, 5), "")
	return d.done()
}

// box draws from low to high, as far from the upper edge as from the lower one.
func (a IntervalAxis) box(d *drawing, class string, low, high, edge float64) {
	from, to := tenth(a.scale.At(low)), tenth(a.scale.At(high))
	if to-from < 3 { // it must be seen, however sure the change is
		from, to = (from+to)/2-1.5, (from+to)/2+1.5
	}
	d.shape(class, "M"+num(from)+" "+num(edge)+"H"+num(to)+"V"+num(intervalHeight-edge)+"H"+num(from)+"z", "")
}

// tenth rounds a place to what eyes can tell apart.
func tenth(v float64) float64 { return math.Round(v*10) / 10 }

// Empty draws a row that has no interval: only what all rows share.
func (a IntervalAxis) Empty(label string) template.HTML {
	d := newDrawing("interval none", intervalWidth, intervalHeight, label)
	d.b.WriteString(`<use href="#` + groundID + `"/>`)
	return d.done()
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
