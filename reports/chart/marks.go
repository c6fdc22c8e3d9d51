package chart

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

var markClasses = map[MarkKind]string{Worse: "worse", Better: "better", Accepted: "accepted", Release: "release"}

// class is the mark's for the style sheet; a kind that nobody knows is drawn
// like an accepted step, which claims the least.
func (m Mark) class() string {
	if class, known := markClasses[m.Kind]; known {
		return class
	}
	return markClasses[Accepted]
}

// span returns the two ends of the mark in the picture, at least two units apart.
func (m Mark) span(a axes) (from, to float64) {
	from, to = a.at(min(m.X0, m.X1)), a.at(max(m.X0, m.X1))
	if to-from < 2 {
		middle := (from + to) / 2
		from, to = middle-1, middle+1
	}
	return from, to
}

// bands shades the commits between which a step lies, and draws a release as a
// line through its commit.
func (h History) bands(d *drawing, a axes) {
	for _, m := range h.Marks {
		from, to := m.span(a)
		if m.Kind == Release {
			d.shape("change release", "M"+num(a.at(m.X1))+" "+num(historyTop)+"V"+num(historyBottom), m.Title)
			continue
		}
		d.rect("change "+m.class(), from, historyTop, to-from, historyBottom-historyTop, m.Title)
	}
}

// levels draws a stub of the level on either side of each step, not beyond the
// steps beside it. Of more steps than mostLevels nobody could tell whose stub is
// whose.
func (h History) levels(d *drawing, a axes) {
	if len(h.Marks) > mostLevels {
		return
	}
	for i, m := range h.Marks {
		if m.Kind == Release {
			continue
		}
		from, to := m.span(a)
		left, right := math.Max(from-levelLength, historyLeft), math.Min(to+levelLength, historyRight)
		for j, other := range h.Marks {
			if j == i || other.Kind == Release {
				continue
			}
			otherFrom, otherTo := other.span(a)
			if otherTo <= from {
				left = math.Max(left, otherTo)
			}
			if otherFrom >= to {
				right = math.Min(right, otherFrom)
			}
		}
		level(d, a, m, m.Before, left, from)
		level(d, a, m, m.After, to, right)
	}
}

func level(d *drawing, a axes, m Mark, value, from, to float64) {
	if finite(value) {
		d.line("level "+m.class(), from, a.y.At(value), to, a.y.At(value))
	}
}

// symbol draws what stands above a mark: a filled triangle that points up for
// worse and down for better, an open one for an accepted step, a small flag for
// a release. The group says where it stands, for a script that zooms.
func (m Mark) symbol(d *drawing, a axes, y, r float64) {
	from, to := m.span(a)
	x := (from + to) / 2
	if m.Kind == Release {
		x = a.at(m.X1)
	}
	fmt.Fprintf(&d.b, `<g class="mark %s" data-x="%s">`, m.class(), num(x))
	closing := d.openLink(m.Href, true)
	d.shape("symbol "+m.class(), m.path(x, y, r), m.Title)
	d.b.WriteString(closing + "</g>")
}

func (m Mark) path(x, y, r float64) string {
	switch m.Kind {
	case Better:
		return "M" + num(x-r) + " " + num(y-r*0.7) + "h" + num(2*r) + "l" + num(-r) + " " + num(r*1.4) + "z"
	case Release:
		return "M" + num(x) + " " + num(y+r*0.8) + "v" + num(-r*1.6) + "l" + num(r) + " " + num(r*0.5) + "l" + num(-r) + " " + num(r*0.5)
	}
	return "M" + num(x-r) + " " + num(y+r*0.7) + "h" + num(2*r) + "l" + num(-r) + " " + num(-r*1.4) + "z"
}

// The layout of the small picture.
const (
	smallWidth  = 240.0
	smallHeight = 64.0
	smallTop    = 12.0
	smallBottom = 48.0
	smallSymbol = 4.5
)

// Small draws the history as one of many: the lines and the marks, no axis, and
// of the numbers only the first and the last of the first line.
func (h History) Small() template.HTML {
	a := h.axes(0, smallWidth, smallTop, smallBottom)
	d := newDrawing("history small", smallWidth, smallHeight, h.Label)
	for _, m := range h.Marks {
		if from, to := m.span(a); m.Kind != Release {
			d.rect("change "+m.class(), from, smallTop, to-from, smallBottom-smallTop, "")
		}
	}
	for i, l := range h.Lines {
		for _, run := range l.runs(l.keptSmall()) {
			strokeOf(i).line(d, l.class("line"), l.trace(a, run)+"h0")
		}
	}
	for _, m := range h.Marks {
		if m.Kind != Release {
			x := math.Max((a.at(m.X0)+a.at(m.X1))/2, smallSymbol) // whole, also at the left edge
			d.shape("symbol "+m.class(), m.path(x, 6, smallSymbol), m.Title)
		}
	}
	h.ends(d)
	return d.done()
}

// keptSmall returns the indices of the spots that a small picture can show.
func (l Line) keptSmall() []int { return keepers(l.Points, int(smallWidth)/2) }

func (h History) ends(d *drawing) {
	for _, l := range h.Lines {
		var words []string
		for _, p := range l.Points {
			if finite(p.Value) {
				words = append(words, valueWord(p.Value, h.Unit))
			}
		}
		if len(words) > 0 {
			d.text("label first", "start", 2, smallHeight-3, words[0])
			d.text("label last", "end", smallWidth-2, smallHeight-3, words[len(words)-1])
			return
		}
	}
	d.text("label first", "start", 2, smallHeight-3, "no value")
}

// valueWord words one value with four digits.
func valueWord(v float64, unit string) string {
	word := strings.Replace(strconv.FormatFloat(v, 'g', 4, 64), "-", "−", 1)
	return strings.TrimSpace(word + " " + unit)
}
