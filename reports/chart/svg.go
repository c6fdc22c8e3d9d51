package chart

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// drawing collects the text of one SVG picture. Attribute values come from this
// package or pass through num; text from outside passes through escape.
type drawing struct{ b strings.Builder }

// newDrawing opens a picture of the given size in user units, with class for
// the style sheet and label as the text alternative of the whole.
func newDrawing(class string, width, height float64, label string) *drawing {
	d := &drawing{}
	fmt.Fprintf(&d.b, `<svg class="%s" viewBox="0 0 %s %s" role="img" aria-label="%s">`,
		class, num(width), num(height), escape(label))
	return d
}

// done closes the picture and returns it. All text in it has been escaped, so
// it may stand in a page as it is.
func (d *drawing) done() template.HTML {
	d.b.WriteString("</svg>")
	return template.HTML(d.b.String())
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.b, `<path class="%s" d="M%s %sL%s %s"/>`, class, num(x1), num(y1), num(x2), num(y2))
}

// rect draws the box between two x; title may be empty.
func (d *drawing) rect(class string, x, y, width, height float64, title string) {
	fmt.Fprintf(&d.b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"`,
		class, num(x), num(y), num(math.Max(width, 0)), num(math.Max(height, 0)))
	d.close("rect", title)
}

// shape draws a path given as ready-made SVG path data.
func (d *drawing) shape(class, path, title string) {
	fmt.Fprintf(&d.b, `<path class="%s" d="%s"`, class, path)
	d.close("path", title)
}

func (d *drawing) close(element, title string) {
	if title == "" {
		d.b.WriteString("/>")
		return
	}
	fmt.Fprintf(&d.b, "><title>%s</title></%s>", escape(title), element)
}

// text writes s with its baseline at y; anchor is start, middle or end.
func (d *drawing) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(&d.b, `<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`,
		class, num(x), num(y), anchor, escape(s))
}

func escape(s string) string { return template.HTMLEscapeString(s) }

// num formats a coordinate with at most two decimals. It is the only way a
// number gets into a picture, and never yields NaN, an infinity or an exponent.
func num(v float64) string { return string(appendNum(nil, v)) }

func appendNum(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, '0')
	}
	return appendHundredths(b, int64(math.Round(math.Min(math.Max(v, -1e6), 1e6)*100)))
}

// appendPlace writes a command of a path and the place that it leads to.
func appendPlace(b []byte, command byte, x, y float64) []byte {
	return appendNum(append(appendNum(append(b, command), x), ' '), y)
}

// appendHundredths writes n/100 as shortly as it can be: a picture has thousands, and to
// ask for the shortest digits of any float takes four times as long.
func appendHundredths(b []byte, n int64) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/100, 10)
	if part := n % 100; part > 0 {
		b = append(b, '.', byte('0'+part/10))
		if part%10 > 0 {
			b = append(b, byte('0'+part%10))
		}
	}
	return b
}

// disc, diamond and cross are the shapes of points, r from the centre.

func disc(x, y, r float64) string {
	return fmt.Sprintf("M%s %sa%s %s 0 1 0 %s 0a%s %s 0 1 0 %s 0z",
		num(x-r), num(y), num(r), num(r), num(2*r), num(r), num(r), num(-2*r))
}

func diamond(x, y, r float64) string {
	return fmt.Sprintf("M%s %sl%s %s %s %s %s %sz",
		num(x-r), num(y), num(r), num(-r), num(r), num(r), num(-r), num(r))
}

func cross(x, y, r float64) string {
	return fmt.Sprintf("M%s %sl%s %sm0 %sl%s %s",
		num(x-r), num(y-r), num(2*r), num(2*r), num(-2*r), num(-2*r), num(2*r))
}
