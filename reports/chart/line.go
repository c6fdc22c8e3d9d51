package chart

import (
	"fmt"
	"slices"
	"strings"
)

// stroke is how one line of a history differs from the others without colour:
// the dashes of the line, and the shape of its points. Points are strokes of no
// length with a cap, or short bars: stretching the picture does not deform them.
type stroke struct{ dash, linecap, mark string }

var strokes = []stroke{
	{"", "round", "h0"}, // discs on a whole line
	{"7 4", "square", "h0"},
	{"2 3", "butt", "m0 -3v6"},
	{"9 3 2 3", "butt", "m-3 0h6"},
}

// strokeOf returns how the line of this number is drawn; the fifth is like the
// first, and then the legend's order must tell.
func strokeOf(i int) stroke { return strokes[i%len(strokes)] }

func (s stroke) line(d *drawing, class, path string) {
	dash := ""
	if s.dash != "" {
		dash = ` stroke-dasharray="` + s.dash + `"`
	}
	fmt.Fprintf(&d.b, `<path class="%s"%s d="%s"/>`, class, dash, path)
}

// dot adds one point to a path.
func (s stroke) dot(path []byte, x, y float64) []byte {
	return append(appendPlace(path, 'M', x, y), s.mark...)
}

func (s stroke) point(d *drawing, class, path string) {
	fmt.Fprintf(&d.b, `<path class="%s" stroke-linecap="%s" d="%s"/>`, class, s.linecap, path)
}

// draw draws one line with its interval band, its points and the borders at
// which the environment changed. Only so many of the spots are drawn as width
// can show; commits without a value are crosses at the bottom.
func (l Line) draw(d *drawing, a axes, number int, width float64) {
	kept, kind := l.kept(int(width)), "series"
	dense := len(kept) > mostTitles
	if dense {
		kind += " dense" // points that would hide each other are for the style sheet to shrink
	}
	fmt.Fprintf(&d.b, `<g class="%s">`, l.class(kind))
	runs := l.runs(kept)
	for _, run := range runs {
		for _, piece := range pieces(l.sure(run), 1) {
			l.band(d, a, piece)
		}
	}
	l.borders(d, a)
	for _, run := range runs {
		for _, piece := range pieces(run, 1) {
			if len(piece) > 1 {
				strokeOf(number).line(d, l.class("line"), l.trace(a, piece))
			}
		}
	}
	for _, piece := range pieces(kept, 0) {
		l.dots(d, a, number, piece)
	}
	if !dense {
		l.spots(d, a, kept)
	}
	l.crosses(d, a, kept)
	d.b.WriteString("</g>")
}

// kept returns the indices of the spots to draw.
func (l Line) kept(columns int) []int {
	if len(l.Points) > MostPoints {
		return keepers(l.Points, columns)
	}
	all := make([]int, len(l.Points))
	for i := range all {
		all[i] = i
	}
	return all
}

// pieceLength is how many spots one shape draws at most. A browser paints a picture in
// tiles, and for each all shapes that reach into it, whole: with shapes that span the
// picture every tile would cost as much as the picture.
const pieceLength = 300

// pieces cuts a run into shapes; each begins with so many spots of the one before.
func pieces(run []int, shared int) (list [][]int) {
	for len(run) > pieceLength {
		list, run = append(list, run[:pieceLength]), run[pieceLength-shared:]
	}
	return append(list, run)
}

// runs cuts the spots that have a value into lines without a gap. There is one
// where the environment changed while commits were not measured: what happened
// in between is not known, and a line would claim that it is.
func (l Line) runs(kept []int) [][]int {
	gaps := l.gaps()
	var runs [][]int
	var run []int
	for _, i := range kept {
		for len(gaps) > 0 && gaps[0] <= i {
			gaps = gaps[1:]
			if len(run) > 0 {
				runs, run = append(runs, run), nil
			}
		}
		if finite(l.Points[i].Value) {
			run = append(run, i)
		}
	}
	if len(run) > 0 {
		runs = append(runs, run)
	}
	return runs
}

// gaps returns the indices of spots before which the line is interrupted.
func (l Line) gaps() (found []int) {
	for _, s := range l.Segments {
		if s > 0 && s < len(l.Points) && l.Points[s].X-l.Points[s-1].X > 1 {
			found = append(found, s)
		}
	}
	return found
}

func (l Line) trace(a axes, run []int) string {
	b := make([]byte, 0, 16*len(run))
	for n, i := range run {
		p := l.Points[i]
		b = appendPlace(b, first(n), a.at(p.X), a.y.At(p.Value))
	}
	return string(b)
}

// first is the command that leads to the n-th place of a path.
func first(n int) byte {
	if n == 0 {
		return 'M'
	}
	return 'L'
}

// sure returns those spots of a run that have an interval.
func (l Line) sure(run []int) []int {
	return slices.DeleteFunc(slices.Clone(run), func(i int) bool { return !l.Points[i].sure() })
}

// band fills what lies between the ends of intervals.
func (l Line) band(d *drawing, a axes, sure []int) {
	if len(sure) == 0 {
		return
	}
	b := make([]byte, 0, 32*len(sure))
	for n, i := range sure {
		b = appendPlace(b, first(n), a.at(l.Points[i].X), a.y.At(l.Points[i].High))
	}
	for _, i := range slices.Backward(sure) {
		b = appendPlace(b, 'L', a.at(l.Points[i].X), a.y.At(l.Points[i].Low))
	}
	d.shape(l.class("interval"), string(append(b, 'z')), "")
}

// borders draws a line where the environment changed.
func (l Line) borders(d *drawing, a axes) {
	for _, s := range l.Segments {
		if s <= 0 || s >= len(l.Points) {
			continue
		}
		x := (a.at(l.Points[s-1].X) + a.at(l.Points[s].X)) / 2
		d.shape(l.class("border"), "M"+num(x)+" "+num(historyTop)+"V"+num(historyBottom),
			"From here on, "+l.Name+" measured in another environment.")
	}
}

// dots draws points as one shape.
func (l Line) dots(d *drawing, a axes, number int, kept []int) {
	all := make([]byte, 0, 16*len(kept))
	for _, i := range kept {
		if p := l.Points[i]; finite(p.Value) {
			all = strokeOf(number).dot(all, a.at(p.X), a.y.At(p.Value))
		}
	}
	if len(all) > 0 {
		strokeOf(number).point(d, l.class("points"), string(all))
	}
}

// spots are what is under the pointer, with words and links.
func (l Line) spots(d *drawing, a axes, kept []int) {
	for _, i := range kept {
		if p := l.Points[i]; finite(p.Value) && a.title(p) != "" {
			closing := d.openLink(p.Href, false)
			d.shape("spot", disc(a.at(p.X), a.y.At(p.Value), 3), a.title(p))
			d.b.WriteString(closing)
		}
	}
}

func (l Line) crosses(d *drawing, a axes, kept []int) {
	for _, i := range kept {
		if p := l.Points[i]; !finite(p.Value) {
			d.shape(l.class("missing"), cross(a.at(p.X), missingLane, 3.5), a.title(p))
		}
	}
}

// openLink opens a link around a shape, and returns what closes it: nothing
// where href is none that a page may follow. A link out of the order of tabs
// can still be clicked.
func (d *drawing) openLink(href string, tab bool) string {
	href = link(href)
	if href == "" {
		return ""
	}
	order := ""
	if !tab {
		order = ` tabindex="-1"`
	}
	fmt.Fprintf(&d.b, `<a href="%s"%s>`, escape(href), order)
	return "</a>"
}

// link returns href if it is relative or leads to a web page, else nothing:
// whatever else has a scheme could be a script.
func link(href string) string {
	scheme, _, found := strings.Cut(href, ":")
	if !found || strings.ContainsAny(scheme, "/?#") {
		return strings.TrimSpace(href)
	}
	if scheme = strings.ToLower(scheme); scheme == "http" || scheme == "https" {
		return href
	}
	return ""
}
