package chart

import (
	"html/template"
	"math"
)

// Kind says what became of an execution.
type Kind int

// The kinds of point.
const (
	Measured     Kind = iota
	Warmup            // executed before measuring, in no statistic
	Contaminated      // disturbed by the machine, in no statistic
	Faulty            // has no value
)

// Point is one execution in the order taken.
type Point struct {
	Head      bool // else base
	Kind      Kind
	Value     float64 // the execution's value; without meaning when Faulty
	Low, High float64 // the range of its samples; both equal Value when there is one
	Title     string  // what hovering shows
}

// Samples is a picture of one metric's values in the order taken.
type Samples struct {
	Points     []Point // in the order taken
	BaseMedian float64 // drawn where finite; NaN when there is none
	HeadMedian float64
	Unit       string // of the values, shown on the axis
	Label      string // text alternative
}

// The layout of the two pictures of a benchmark, in user units.
const (
	plotWidth    = 420.0
	plotLeft     = 58.0
	plotRight    = plotWidth - 10
	sampleHeight = 200.0
	sampleTop    = 22.0
	sampleBottom = 164.0
	faultLane    = 156.0 // where executions without a value are marked

	// MostPoints is how many points one picture draws singly; of more, each
	// column of pixels shows the range of each side.
	MostPoints = 2000
	mostTitles = 400 // hovering over single points ends where they overlap anyway

	// manyPoints is from how many on a picture can be zoomed, and mostNamed up to how many
	// each then has its words: zoomed, they do not overlap.
	manyPoints = 60
	mostNamed  = 1000
)

// SVG draws the picture. The y axis does not start at zero: it spans the values.
func (s Samples) SVG() template.HTML {
	if len(s.Points) >= manyPoints {
		return s.zoomable()
	}
	d := newDrawing("plot", plotWidth, sampleHeight, s.Label)
	x := NewScale(1, float64(max(len(s.Points), 2)), plotLeft+8, plotRight-8)
	y, some := s.valueScale()
	s.warmupBands(d, x)
	if some {
		drawYAxis(d, y, s.Unit)
	}
	d.line("frame", plotLeft, sampleBottom, plotRight, sampleBottom)
	orderAxis(d, "label", x, len(s.Points), "execution, in the order taken")
	if some {
		s.medians(d, y)
	}
	s.points(d, x, y)
	return d.done()
}

func (s Samples) valueScale() (Scale, bool) {
	values := []float64{s.BaseMedian, s.HeadMedian}
	faults := false
	for _, p := range s.Points {
		if p.Kind == Faulty {
			faults = true
			continue
		}
		values = append(values, p.Value, p.Low, p.High)
	}
	low, high, ok := extent(values)
	bottom := sampleBottom
	if faults {
		bottom = faultLane - 8
	}
	return NewScale(low, high, bottom, sampleTop).Padded(0.06), ok
}

// warmupBands shades the executions that came before measuring: those of each block,
// and nothing between them.
func (s Samples) warmupBands(d *drawing, x Scale) {
	for from := 0; from < len(s.Points); from++ {
		to := from
		for to < len(s.Points) && s.Points[to].Kind == Warmup {
			to++
		}
		if to == from {
			continue
		}
		left, right := plotLeft, plotRight
		if from > 0 {
			left = x.At(float64(from) + 0.5)
		}
		if to < len(s.Points) {
			right = x.At(float64(to) + 0.5)
		}
		d.rect("warm", left, sampleTop-6, right-left, sampleBottom-sampleTop+6, "")
		from = to
	}
}

// orderAxis draws the axis that counts to n; class is that of its numbers.
func orderAxis(d *drawing, class string, x Scale, n int, name string) {
	orderAxisAt(d, class, x, n, name, sampleBottom)
}

func orderAxisAt(d *drawing, class string, x Scale, n int, name string, y float64) {
	for _, t := range x.Ticks(7) {
		if t != math.Trunc(t) || t < 1 || t > float64(n) {
			continue
		}
		d.line("tick", x.At(t), y, x.At(t), y+4)
		d.text(class, "middle", x.At(t), y+16, num(t))
	}
	d.text("label unit", "end", plotRight, y+32, name)
}

func (s Samples) medians(d *drawing, y Scale) {
	for _, m := range []struct {
		class string
		value float64
	}{{"median base", s.BaseMedian}, {"median head", s.HeadMedian}} {
		if !math.IsNaN(m.value) && !math.IsInf(m.value, 0) {
			d.line(m.class, plotLeft, y.At(m.value), plotRight, y.At(m.value))
		}
	}
}

func (s Samples) points(d *drawing, x, y Scale) {
	if len(s.Points) > MostPoints {
		s.dense(d, x, y, false)
		s.dense(d, x, y, true)
		return
	}
	for i, p := range s.Points {
		if len(s.Points) > mostTitles {
			p.Title = ""
		}
		drawPoint(d, p, x.At(float64(i+1)), y)
	}
}

func drawPoint(d *drawing, p Point, x float64, y Scale) {
	class := "point base"
	if p.Head {
		class = "point head"
	}
	switch {
	case p.Kind == Faulty:
		d.shape(class+" fault", cross(x, faultLane, 3.5), p.Title)
		return
	case p.Kind == Warmup:
		class += " warmup"
	case p.Kind == Contaminated:
		class += " contaminated"
	}
	if p.Low < p.High {
		d.line(class+" range", x, y.At(p.Low), x, y.At(p.High))
	}
	if p.Head {
		d.shape(class, diamond(x, y.At(p.Value), 4), p.Title)
		return
	}
	d.shape(class, disc(x, y.At(p.Value), 3), p.Title)
}

// column is what one column of pixels shows of one side.
type column struct {
	x    int
	head bool
	kind Kind
}

// dense draws more points of one side than a picture can hold: per column of pixels
// a line from the lowest to the highest value, so that no outlier is lost.
func (s Samples) dense(d *drawing, x, y Scale, head bool) {
	var order []column
	spans := map[column][2]float64{}
	for i, p := range s.Points {
		if p.Head != head {
			continue
		}
		key := column{int(x.At(float64(i + 1))), p.Head, p.Kind}
		span, seen := spans[key]
		if !seen {
			order = append(order, key)
			span = [2]float64{p.Value, p.Value}
		}
		spans[key] = [2]float64{math.Min(span[0], p.Value), math.Max(span[1], p.Value)}
	}
	for _, key := range order {
		drawColumn(d, key, spans[key], y)
	}
}

func drawColumn(d *drawing, c column, span [2]float64, y Scale) {
	at, class := float64(c.x), "point base dense"
	if c.head { // beside base, not over it
		at, class = at+0.5, "point head dense"
	}
	if c.kind == Faulty {
		d.shape(class+" fault", cross(at, faultLane, 3.5), "")
		return
	}
	d.line(class, at, y.At(span[1])-0.5, at, y.At(span[0])+0.5)
}

// drawYAxis draws grid lines and labels of the value axis, and its unit on top.
func drawYAxis(d *drawing, y Scale, unit string) {
	ticks := y.Ticks(5)
	words := tickWords(ticks)
	for i, t := range ticks {
		d.line("grid", plotLeft, y.At(t), plotRight, y.At(t))
		d.text("label", "end", plotLeft-6, y.At(t)+4, words[i])
	}
	d.text("label unit", "start", 4, 12, unit)
}
