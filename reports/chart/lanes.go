package chart

import (
	"html/template"
	"math"
	"slices"
	"strings"
)

// Lane is one quantity over the executions in the order taken.
type Lane struct {
	Name   string
	Values []float64 // one an execution; NaN where nothing was recorded: a gap
	Word   func(float64) string
}

// Lanes is a picture of what was seen beside the samples: a lane a quantity, all on the
// axis that Samples has for the same executions. Where those can be zoomed, the lanes
// follow.
type Lanes struct {
	Lanes  []Lane
	Marked []bool // executions that are marked through all lanes; as long as Values
	Label  string // text alternative
}

// The layout of a lane, in user units.
const (
	lanePitch = 46.0
	laneTop   = 17.0
	laneRoom  = 24.0
)

// SVG draws the picture. Each lane spans its own values, named at its left.
func (p Lanes) SVG() template.HTML {
	height := lanePitch*float64(len(p.Lanes)) + 34
	d := newDrawing("plot lanes", plotWidth, height, p.Label)
	n := 2
	for _, l := range p.Lanes {
		n = max(n, len(l.Values))
	}
	x, class := NewScale(1, float64(n), plotLeft+8, plotRight-8), "label"
	for i, l := range p.Lanes {
		l.frame(d, lanePitch*float64(i)+laneTop)
	}
	if n >= manyPoints {
		class = "label commit"
		openView(d, x, n, laneTop-6, height-30)
	}
	p.marks(d, x, height-30)
	for i, l := range p.Lanes {
		l.draw(d, x, lanePitch*float64(i)+laneTop)
	}
	if n >= manyPoints {
		d.b.WriteString("</svg>")
	}
	orderAxisAt(d, class, x, n, "execution, in the order taken", height-36)
	return d.done()
}

// marks draws a line through all lanes, one a column of pixels.
func (p Lanes) marks(d *drawing, x Scale, bottom float64) {
	last := -1.0
	for i, marked := range p.Marked {
		if at := math.Round(x.At(float64(i + 1))); marked && at != last {
			d.line("disturbed", at, laneTop-4, at, bottom-6)
			last = at
		}
	}
}

// frame draws what stands around the line: the lane's name and its scale.
func (l Lane) frame(d *drawing, top float64) {
	low, high, some := extent(l.Values)
	d.text("label name", "start", plotLeft, top-4, l.Name)
	d.line("grid", plotLeft, top+laneRoom, plotRight, top+laneRoom)
	if !some {
		d.text("label", "end", plotLeft-6, top+laneRoom, "none")
		return
	}
	if low != high {
		d.text("label", "end", plotLeft-6, top+6, l.Word(high))
	}
	d.text("label", "end", plotLeft-6, top+laneRoom, l.Word(low))
}

func (l Lane) draw(d *drawing, x Scale, top float64) {
	low, high, some := extent(l.Values)
	if !some {
		return
	}
	if low == high {
		low, high = low-1, high+1
	}
	d.shape("lane", l.path(x, NewScale(low, high, top+laneRoom, top)), "")
}

// path is the line through the values, broken where nothing was recorded. Of more
// values than can be told apart, each column keeps its extremes.
func (l Lane) path(x, y Scale) string {
	var b strings.Builder
	gap := true
	for _, i := range l.kept() {
		if !finite(l.Values[i]) {
			gap = true
			continue
		}
		command := "L"
		if gap {
			command = "M"
		}
		at := num(tenth(x.At(float64(i+1)))) + " " + num(tenth(y.At(l.Values[i])))
		b.WriteString(command + at)
		if gap {
			b.WriteString("h0") // so that one alone between gaps is seen
		}
		gap = false
	}
	return b.String()
}

// kept are the indices that are drawn.
func (l Lane) kept() []int {
	spots := make([]Spot, len(l.Values))
	for i, v := range l.Values {
		spots[i] = Spot{X: i, Value: v}
	}
	return slices.Clip(keepers(spots, int(plotRight-plotLeft)))
}
