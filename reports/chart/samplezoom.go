package chart

import (
	"fmt"
	"html/template"
	"strings"
)

// zoomable draws many points so that the script of histories can zoom into them: what
// stretches is a picture of its own inside, as in History, and each side is a series that
// says where its points are.
func (s Samples) zoomable() template.HTML {
	d, n := &drawing{}, len(s.Points)
	fmt.Fprintf(&d.b, `<svg class="plot history" viewBox="0 0 %s %s" role="img" aria-label="%s">`, num(plotWidth), num(sampleHeight), escape(s.Label))
	x := NewScale(1, float64(n), plotLeft+8, plotRight-8)
	y, some := s.valueScale()
	if some {
		drawYAxis(d, y, s.Unit)
	}
	openView(d, x, n, sampleTop-6, sampleBottom)
	s.warmupBands(d, x)
	if some {
		s.medians(d, y)
	}
	for _, head := range []bool{false, true} {
		s.series(d, x, y, head)
	}
	d.b.WriteString("</svg>")
	d.line("frame", plotLeft, sampleBottom, plotRight, sampleBottom)
	orderAxis(d, "label commit", x, n, "execution, in the order taken")
	return d.done()
}

// openView opens the part that zooming stretches. It says where the first and the last
// execution lie, and that they are counted from 1.
func openView(d *drawing, x Scale, executions int, from, to float64) {
	left, top, width, height := num(plotLeft), num(from), num(plotRight-plotLeft), num(to-from)
	fmt.Fprintf(&d.b, `<svg class="view" x="%s" y="%s" width="%s" height="%s" viewBox="%s %s %s %s" preserveAspectRatio="none" data-first="1" data-last="%d" data-from="%s" data-to="%s">`,
		left, top, width, height, left, top, width, height, executions-1, num(x.At(1)), num(x.At(float64(executions))))
}

// series draws the points of one side. Where each has its words, the group lists their
// places in the same order.
func (s Samples) series(d *drawing, x, y Scale, head bool) {
	name := "base"
	if head {
		name = "head"
	}
	fmt.Fprintf(&d.b, `<g class="series" data-name="%s"`, name)
	if len(s.Points) <= mostNamed {
		commits, heights := s.places(y, head)
		fmt.Fprintf(&d.b, ` data-commits="%s" data-heights="%s"`, commits, heights)
	}
	d.b.WriteString(">")
	if len(s.Points) > MostPoints {
		s.dense(d, x, y, head)
	} else {
		s.single(d, x, y, head)
	}
	d.b.WriteString("</g>")
}

func (s Samples) single(d *drawing, x, y Scale, head bool) {
	for i, p := range s.Points {
		if len(s.Points) > mostNamed {
			p.Title = ""
		}
		if p.Head == head {
			drawPoint(d, p, x.At(float64(i+1)), y)
		}
	}
}

// places lists the numbers of the points of one side and their heights.
func (s Samples) places(y Scale, head bool) (commits, heights string) {
	var at, high []string
	for i, p := range s.Points {
		if p.Head != head {
			continue
		}
		height := faultLane
		if p.Kind != Faulty {
			height = y.At(p.Value)
		}
		at, high = append(at, num(float64(i))), append(high, num(tenth(height)))
	}
	return strings.Join(at, " "), strings.Join(high, " ")
}
