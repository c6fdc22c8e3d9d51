package chart

import (
	"html/template"
	"math"
)

// Paired is one round: what head differs from base in it.
type Paired struct {
	Change float64 // percent
	Title  string  // what hovering shows
}

// Rounds is a picture of the paired rounds in their order: how much head differs from
// base in each, with the line of no difference and the median of the rounds.
type Rounds struct {
	Rounds []Paired
	Median float64 // percent
	Label  string  // text alternative
}

// SVG draws the picture. Zero is always in it.
func (p Rounds) SVG() template.HTML {
	d := newDrawing("plot", plotWidth, sampleHeight, p.Label)
	values := []float64{0, p.Median}
	points := make([]Point, len(p.Rounds))
	for i, r := range p.Rounds {
		values = append(values, r.Change)
		points[i] = Point{Head: true, Value: r.Change, Low: r.Change, High: r.Change, Title: r.Title}
	}
	low, high, _ := extent(values)
	y := NewScale(low, high, sampleBottom, sampleTop).Padded(0.08)
	x := NewScale(1, float64(max(len(points), 2)), plotLeft+8, plotRight-8)
	drawYAxis(d, y, "head − base, %")
	d.line("frame", plotLeft, sampleBottom, plotRight, sampleBottom)
	d.line("zero", plotLeft, y.At(0), plotRight, y.At(0))
	if !math.IsNaN(p.Median) {
		d.line("median head", plotLeft, y.At(p.Median), plotRight, y.At(p.Median))
	}
	s := Samples{Points: points}
	orderAxis(d, "label", x, len(points), "round")
	s.points(d, x, y)
	return d.done()
}
