package reports

import (
	"io"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
)

// TableStyle says what a terminal can show.
type TableStyle struct {
	Width int  // cells a line; 0 means no limit, as for a file
	Color bool // colours and bold by escape sequences
}

// gap is how many cells stand between columns.
const gap = 2

// column is one column of a grid. Only columns with a least width give way when
// the terminal is narrow.
type column struct {
	head  string
	right bool
	least int // cells; 0: never shortened
}

// cell is one entry, harmless already, and the SGR parameters of its colour.
type cell struct{ text, color string }

// grid is a table for a terminal.
type grid struct {
	columns []column
	rows    [][]cell
}

// widths returns the width of each column at the given width of the terminal;
// false when the grid does not fit even with its columns at their least.
func (g grid) widths(limit int) ([]int, bool) {
	widths := make([]int, len(g.columns))
	total := gap * (len(g.columns) - 1)
	for i, c := range g.columns {
		widths[i] = words.Cells(c.head)
		for _, row := range g.rows {
			widths[i] = max(widths[i], words.Cells(row[i].text))
		}
		total += widths[i]
	}
	for limit > 0 && total > limit {
		widest := g.widestGiving(widths)
		if widest < 0 {
			return nil, false
		}
		widths[widest]--
		total--
	}
	return widths, true
}

// whole reports whether the grid fits with nothing shortened, and a note in its last column.
func (g grid) whole(limit int) bool {
	widths, _ := g.widths(0)
	total := gap*(len(widths)-1) + len(" [99]")
	for _, w := range widths {
		total += w
	}
	return total <= limit
}

// widestGiving returns the widest column that may still give a cell; -1 if none.
func (g grid) widestGiving(widths []int) int {
	widest := -1
	for i, c := range g.columns {
		if c.least > 0 && widths[i] > c.least && (widest < 0 || widths[i] > widths[widest]) {
			widest = i
		}
	}
	return widest
}

// write writes the grid with the given widths of columns.
func (g grid) write(b *strings.Builder, widths []int, color bool) {
	heads := make([]cell, len(g.columns))
	for i, c := range g.columns {
		heads[i] = cell{c.head, bold}
	}
	for _, row := range append([][]cell{heads}, g.rows...) {
		for i, c := range row {
			writeCell(b, g.columns[i], shorten(c, widths[i]), widths[i], color, i == len(row)-1)
		}
		b.WriteByte('\n')
	}
}

// fitGrid writes a grid as narrow as it has to be, and wider than the terminal where
// it does not fit.
func fitGrid(b *strings.Builder, g grid, style TableStyle) {
	widths, fits := g.widths(style.Width)
	if !fits {
		widths, _ = g.widths(0)
	}
	g.write(b, widths, style.Color)
}

func shorten(c cell, width int) cell { return cell{words.Shortened(c.text, width), c.color} }

// writeCell pads outside the colour, and never at the end of a line.
func writeCell(b *strings.Builder, c column, entry cell, width int, color, last bool) {
	pad := strings.Repeat(" ", max(width-words.Cells(entry.text), 0))
	if c.right {
		b.WriteString(pad)
	}
	b.WriteString(painted(entry.text, entry.color, color))
	if last {
		return
	}
	if !c.right {
		b.WriteString(pad)
	}
	b.WriteString(strings.Repeat(" ", gap))
}

// The colours of a terminal, as SGR parameters. The words say the same.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	green  = "32"
	yellow = "33"
)

func painted(s, color string, on bool) string {
	if !on || color == "" || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// writeWrapped writes text broken at width under a mark that only its first
// line has. The mark holds no colour.
func writeWrapped(b *strings.Builder, mark, text string, width int) {
	writeLabelled(b, mark, words.Cells(mark), text, width)
}

// writeLabelled is writeWrapped for a mark that takes indent cells, which need
// not be its length: it may hold a colour.
func writeLabelled(b *strings.Builder, mark string, indent int, text string, width int) {
	room := 0
	if width > 0 {
		room = max(width-indent, 16)
	}
	for i, line := range words.Wrapped(text, room) {
		if i > 0 {
			mark = strings.Repeat(" ", indent)
		}
		b.WriteString(strings.TrimRight(mark+line, " ") + "\n")
	}
}

func flush(w io.Writer, b *strings.Builder) error {
	_, err := io.WriteString(w, b.String())
	return err
}
