package chart

import (
	"html/template"
	"math"
)

// Distribution is a picture of where the values of both sides lie, on one axis:
// base above, head below, each with its median.
type Distribution struct {
	Base, Head             []float64
	BaseMedian, HeadMedian float64 // NaN when there is none
	Unit                   string  // of the values, shown on the axis
	Label                  string  // text alternative
}

// The layout, in user units. A lane is one side's strip; its dots stand on its
// floor.
const (
	distributionHeight = 200.0
	laneHeight         = 62.0
	baseFloor          = 84.0
	headFloor          = 162.0
	dotPitch           = 7.0
	dotRadius          = 3.0
	columns            = 51 // of one dot's width, in the plot
)

// SVG draws the picture: one dot an execution where they can be stacked, else
// bars whose heights are counts.
func (p Distribution) SVG() template.HTML {
	d := newDrawing("plot", plotWidth, distributionHeight, p.Label)
	low, high, ok := extent(append(append([]float64{p.BaseMedian, p.HeadMedian}, p.Base...), p.Head...))
	if !ok {
		return d.done()
	}
	x := NewScale(low, high, plotLeft+8, plotRight-8).Padded(0.02)
	p.axis(d, x)
	base, head := binned(p.Base, x), binned(p.Head, x)
	tallest := max(highest(base), highest(head))
	drawLane(d, "base", baseFloor, base, tallest)
	drawLane(d, "head", headFloor, head, tallest)
	drawMedian(d, "base", baseFloor, p.BaseMedian, x)
	drawMedian(d, "head", headFloor, p.HeadMedian, x)
	return d.done()
}

func (p Distribution) axis(d *drawing, x Scale) {
	ticks := x.Ticks(5)
	words := tickWords(ticks)
	for i, t := range ticks {
		d.line("grid", x.At(t), baseFloor-laneHeight, x.At(t), headFloor)
		d.text("label", "middle", x.At(t), headFloor+18, words[i])
	}
	d.text("label unit", "end", plotRight, distributionHeight-4, p.Unit)
}

// binned counts values per column of one dot's width.
func binned(values []float64, x Scale) map[int]int {
	bins := map[int]int{}
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			bins[int((x.At(v)-plotLeft)/dotPitch)]++
		}
	}
	return bins
}

func highest(bins map[int]int) int {
	top := 0
	for _, n := range bins {
		top = max(top, n)
	}
	return top
}

// drawLane draws one side's strip. Both sides take the same form and the same
// heights, from tallest, so that they can be compared.
func drawLane(d *drawing, side string, floor float64, bins map[int]int, tallest int) {
	d.line("frame", plotLeft, floor, plotRight, floor)
	d.text("label "+side, "end", plotLeft-8, floor-4, side)
	for bin := range columns {
		n := bins[bin]
		centre := plotLeft + (float64(bin)+0.5)*dotPitch
		if float64(tallest)*dotPitch <= laneHeight {
			drawStack(d, side, centre, floor, n)
			continue
		}
		if n > 0 {
			height := math.Max(1, laneHeight*float64(n)/float64(tallest))
			d.rect("bin "+side, centre-dotPitch/2+0.5, floor-height, dotPitch-1, height, "")
		}
	}
}

func drawStack(d *drawing, side string, centre, floor float64, n int) {
	for i := range n {
		y := floor - (float64(i)+0.5)*dotPitch
		if side == "head" {
			d.shape("point head", diamond(centre, y, dotRadius+0.6), "")
			continue
		}
		d.shape("point base", disc(centre, y, dotRadius-0.2), "")
	}
}

func drawMedian(d *drawing, side string, floor, median float64, x Scale) {
	if math.IsNaN(median) || math.IsInf(median, 0) {
		return
	}
	at := x.At(median)
	d.line("median "+side, at, floor-laneHeight, at, floor)
	d.shape("pointer "+side, "M"+num(at-4)+" "+num(floor+6)+"l4 -6l4 6z", side+" median")
}
