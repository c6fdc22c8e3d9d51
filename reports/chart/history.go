package chart

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"strings"
)

// History is a picture of one benchmark over commits. The oldest commit is
// number 0; a commit that nobody measured has no spot.
type History struct {
	Lines   []Line
	Marks   []Mark
	Commits int      // length of the x axis; it grows where a spot lies beyond
	Words   []string // of commits, by their numbers: what the titles of all their spots go on with
	Unit    string   // of the values, shown on the axis
	Over    string   // what the axis counts; empty: commits
	Label   string   // text alternative
}

// Line is what one class of hosts measured.
type Line struct {
	Name     string // for people
	Class    string // for the style sheet
	Points   []Spot // in the order of commits
	Segments []int  // indices into Points at which the environment changed
}

// Spot is the result of one commit.
type Spot struct {
	X         int     // number of the commit
	Value     float64 // the median; not finite where the commit gave no value
	Low, High float64 // its interval; drawn where it is finite and holds Value
	Title     string  // what hovering shows, before the words of the commit
	Href      string  // where it leads; may be empty
}

// MarkKind says what happened between two commits.
type MarkKind int

// The kinds of mark.
const (
	Worse    MarkKind = iota // a step to a worse level
	Better                   // a step to a better one
	Accepted                 // a step that somebody accepted
	Release                  // a release: one commit
)

// Mark is something that happened after commit X0 and at the latest with X1.
type Mark struct {
	X0, X1        int
	Kind          MarkKind
	Title, Href   string
	Before, After float64 // the levels on both sides; drawn where finite
}

// The layout of the wide picture, in user units. Symbols stand in a lane above
// the plot, commits without a value in one at its bottom.
const (
	historyWidth  = 900.0
	historyHeight = 290.0
	historyLeft   = 62.0
	historyRight  = historyWidth - 12
	historyTop    = 44.0
	historyBottom = 250.0
	symbolLane    = 34.0
	missingLane   = historyBottom - 9
	levelLength   = 70.0 // of the stub that shows a level beside a step
	mostLevels    = 400
	legendStep    = 7.5 // for one character of a name
	mostName      = 24  // characters of a name in the legend
)

// axes are the scales of one picture, and how many commits they span.
type axes struct {
	x, y    Scale
	commits int
	words   []string // of commits
	some    bool     // there is a value
	missing bool     // there is a commit without a value
}

// SVG draws the wide picture. What zooming stretches is a picture of its own
// inside, in the same coordinates, so that a script need only change its
// viewBox; words and symbols stand outside of it and keep their shape.
func (h History) SVG() template.HTML {
	a := h.axes(historyLeft, historyRight, historyTop, historyBottom)
	d := h.open("history", historyWidth, historyHeight)
	if a.some {
		h.valueAxis(d, a)
	}
	h.openView(d, a)
	h.bands(d, a)
	for i, l := range h.Lines {
		l.draw(d, a, i, historyRight-historyLeft)
	}
	h.levels(d, a)
	d.b.WriteString("</svg>")
	h.commitAxis(d, a)
	h.legend(d)
	for _, m := range h.Marks {
		m.symbol(d, a, symbolLane, 7)
	}
	return d.done()
}

// open begins a picture. It is a group, not one image, where there are links in
// it: inside an image nobody could reach them.
func (h History) open(class string, width, height float64) *drawing {
	d, role := &drawing{}, "img"
	if h.linked() {
		role = "group"
	}
	fmt.Fprintf(&d.b, `<svg class="%s" viewBox="0 0 %s %s" role="%s" aria-label="%s">`,
		class, num(width), num(height), role, escape(h.Label))
	return d
}

func (h History) linked() bool {
	for _, m := range h.Marks {
		if link(m.Href) != "" {
			return true
		}
	}
	for _, l := range h.Lines {
		for _, p := range l.Points {
			if link(p.Href) != "" {
				return true
			}
		}
	}
	return false
}

// openView opens the part that zooming stretches. It says where the first and
// the last commit lie.
func (h History) openView(d *drawing, a axes) {
	left, top, width, height := num(historyLeft), num(historyTop), num(historyRight-historyLeft), num(historyBottom-historyTop)
	fmt.Fprintf(&d.b, `<svg class="view" x="%s" y="%s" width="%s" height="%s" viewBox="%s %s %s %s" preserveAspectRatio="none" data-last="%d" data-from="%s" data-to="%s">`,
		left, top, width, height, left, top, width, height, a.commits-1, num(a.at(0)), num(a.at(a.commits-1)))
}

// axes spans all spots and levels. Intervals widen the value axis by at most
// the span of the values on each side: one wild interval must not squeeze the
// line flat.
func (h History) axes(left, right, top, bottom float64) axes {
	a := axes{commits: max(h.Commits, 2), words: h.Words}
	spots := h.Spots()
	values, ends := make([]float64, 0, spots), make([]float64, 0, 2*spots)
	for _, l := range h.Lines {
		for _, p := range l.Points {
			a.commits = max(a.commits, p.X+1)
			values = append(values, p.Value)
			if p.sure() {
				ends = append(ends, p.Low, p.High)
			}
			a.missing = a.missing || !finite(p.Value)
		}
	}
	for _, m := range h.Marks {
		if m.Kind != Release {
			values = append(values, m.Before, m.After)
		}
	}
	if a.missing {
		bottom -= 18
	}
	low, high, some := extent(values)
	low, high = widened(low, high, ends)
	a.some, a.x = some, NewScale(0, float64(a.commits-1), left+8, right-8)
	a.y = NewScale(low, high, bottom, top).Padded(0.06)
	return a
}

// Spots is how many spots all lines have.
func (h History) Spots() (n int) {
	for _, l := range h.Lines {
		n += len(l.Points)
	}
	return n
}

func widened(low, high float64, ends []float64) (float64, float64) {
	from, to, ok := extent(ends)
	if !ok {
		return low, high
	}
	if room := high - low; room > 0 {
		from, to = math.Max(from, low-room), math.Min(to, high+room)
	}
	return math.Min(low, from), math.Max(high, to)
}

// sure reports whether the spot has an interval that can be drawn.
func (p Spot) sure() bool {
	return finite(p.Low) && finite(p.High) && p.Low <= p.Value && p.Value <= p.High
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (a axes) at(commit int) float64 { return a.x.At(float64(commit)) }

// said is what there is to say of a commit.
func (a axes) said(commit int) string {
	if commit < 0 || commit >= len(a.words) {
		return ""
	}
	return a.words[commit]
}

// title is what there is to say of a spot.
func (a axes) title(p Spot) string {
	said := a.said(p.X)
	if p.Title == "" || said == "" {
		return p.Title + said
	}
	return p.Title + ", " + said
}

func (h History) valueAxis(d *drawing, a axes) {
	ticks := a.y.Ticks(6)
	words := tickWords(ticks)
	for i, t := range ticks {
		d.line("grid", historyLeft, a.y.At(t), historyRight, a.y.At(t))
		d.text("label", "end", historyLeft-6, a.y.At(t)+4, words[i])
	}
	d.text("label unit", "start", 4, 12, h.Unit)
}

func (h History) commitAxis(d *drawing, a axes) {
	d.line("frame", historyLeft, historyBottom, historyRight, historyBottom)
	for _, t := range a.x.Ticks(8) {
		if t != math.Trunc(t) {
			continue
		}
		d.line("tick", a.x.At(t), historyBottom, a.x.At(t), historyBottom+4)
		d.text("label commit", "middle", a.x.At(t), historyBottom+17, tickWords([]float64{t})[0])
	}
	d.text("label unit", "end", historyRight, historyHeight-6, cmp.Or(h.Over, "commit")+", oldest first")
}

// legend names the lines, each beside its own stroke and point.
func (h History) legend(d *drawing) {
	at := historyLeft + 60
	for i, l := range h.Lines {
		name := []rune(l.Name)
		if len(name) > mostName {
			name = append(name[:mostName-1], '…')
		}
		width := 34 + legendStep*float64(len(name))
		if at+width > historyRight {
			d.text("label", "start", at, 12, fmt.Sprintf("and %d more", len(h.Lines)-i))
			return
		}
		strokeOf(i).line(d, l.class("line"), "M"+num(at)+" 8h24")
		strokeOf(i).point(d, l.class("points"), string(strokeOf(i).dot(nil, at+12, 8)))
		d.text(l.class("label"), "start", at+29, 12, string(name))
		at += width
	}
}

func (l Line) class(kind string) string { return strings.TrimSpace(kind + " " + escape(l.Class)) }
