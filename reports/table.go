package reports

import (
	"fmt"
	"io"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results/verdict"
)

// Table writes comparisons for a terminal, worst first: a row each, the outcome
// as a sentence, and a footnote for each that is not "no change" or carries a
// warning. A wide terminal draws the intervals; on a narrow one names are shortened,
// then the interval goes, then the two medians, then each comparison gets lines of its
// own.
func Table(w io.Writer, comparisons []verdict.Comparison, style TableStyle) error {
	var b strings.Builder
	writeTable(&b, comparisons, style)
	return flush(w, &b)
}

func writeTable(b *strings.Builder, comparisons []verdict.Comparison, style TableStyle) {
	sorted := worstFirst(comparisons)
	rows := make([]RowModel, len(sorted))
	for i, c := range sorted {
		rows[i] = newRowModel(c)
	}
	notes := footnotes(rows)
	if len(rows) > 0 {
		writeRows(b, rows, notes, style)
		b.WriteByte('\n')
	}
	writeWrapped(b, "", firstUpper(Outcome(sorted))+".", style.Width)
	writeFootnotes(b, rows, notes, style)
}

func firstUpper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// footnotes numbers what needs explaining; 0: nothing.
func footnotes(rows []RowModel) []int {
	notes, n := make([]int, len(rows)), 0
	for i, r := range rows {
		if r.Verdict != verdict.NoChange || len(r.Warnings) > 0 {
			n++
			notes[i] = n
		}
	}
	return notes
}

// field is one property of a row as the table words it.
type field struct {
	column
	word func(RowModel) cell
}

var (
	benchmarkField = field{column{"benchmark", false, 12}, func(r RowModel) cell { return cell{text: r.Benchmark} }}
	metricField    = field{column{"metric", false, 6}, func(r RowModel) cell { return cell{text: orDash(r.Metric)} }}
	baseField      = field{column{"base", true, 0}, func(r RowModel) cell { return cell{text: terminalMedian(r.Base)} }}
	headField      = field{column{"head", true, 0}, func(r RowModel) cell { return cell{text: terminalMedian(r.Head)} }}
	changeField    = field{column{"change", true, 0}, func(r RowModel) cell {
		if r.Change == "" {
			return cell{text: "-"}
		}
		return cell{r.Change, colorOf(r.Verdict)}
	}}
	intervalField = field{column{"95 % interval", true, 0}, func(r RowModel) cell { return cell{text: orDash(r.Interval)} }}
)

// layouts are tried in this order until one fits; the verdict comes last in all.
var layouts = [][]field{
	{benchmarkField, metricField, baseField, headField, changeField, intervalField},
	{benchmarkField, metricField, baseField, headField, changeField},
	{benchmarkField, metricField, changeField},
}

func writeRows(b *strings.Builder, rows []RowModel, notes []int, style TableStyle) {
	for _, layout := range layoutsFor(rows, style) {
		g := newGrid(layout, rows, notes)
		if widths, fits := g.widths(style.Width); fits {
			g.write(b, widths, style.Color)
			return
		}
	}
	writeStacked(b, rows, notes, style)
}

// layoutsFor has pictures of the intervals first, where somebody looks and no name gives
// way for them: a file has words.
func layoutsFor(rows []RowModel, style TableStyle) [][]field {
	if style.Width == 0 {
		return layouts
	}
	chart := newIntervalChart(rows)
	drawn := field{column{chart.head(), false, 0}, func(r RowModel) cell { return cell{chart.draw(r), colorOf(r.Verdict)} }}
	wide := append(layouts[0][:len(layouts[0]):len(layouts[0])], drawn)
	if !newGrid(wide, rows, make([]int, len(rows))).whole(style.Width) {
		return layouts
	}
	return append([][]field{wide}, layouts...)
}

func newGrid(layout []field, rows []RowModel, notes []int) grid {
	g := grid{}
	for _, f := range layout {
		g.columns = append(g.columns, f.column)
	}
	g.columns = append(g.columns, column{head: "verdict"})
	for i, r := range rows {
		var row []cell
		for _, f := range layout {
			row = append(row, f.word(r))
		}
		g.rows = append(g.rows, append(row, verdictCell(r, notes[i])))
	}
	return g
}

// writeStacked is for terminals too narrow for any table.
func writeStacked(b *strings.Builder, rows []RowModel, notes []int, style TableStyle) {
	for i, r := range rows {
		entry := verdictCell(r, notes[i])
		b.WriteString(painted(entry.text, entry.color, style.Color) + "\n")
		writeWrapped(b, "  ", strings.TrimSpace(r.Benchmark+" "+orDash(r.Metric)), style.Width)
		writeWrapped(b, "  ", terminalMedian(r.Base)+" -> "+terminalMedian(r.Head), style.Width)
		if r.Change != "" {
			writeWrapped(b, "  ", r.Change+" ("+r.Interval+")", style.Width)
		}
	}
}

// orDash stands for what is not there, as terminals can show it.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func terminalMedian(median string) string { return words.Shortened(orDash(median), 20) }

func verdictCell(r RowModel, note int) cell {
	word := words.Plain(string(r.Verdict))
	if note > 0 {
		word = fmt.Sprintf("%s [%d]", word, note)
	}
	return cell{word, colorOf(r.Verdict)}
}

func colorOf(v verdict.Verdict) string {
	switch v {
	case verdict.Broken, verdict.Regression:
		return red
	case verdict.Improvement:
		return green
	case verdict.CannotTell:
		return yellow
	}
	return dim
}

func writeFootnotes(b *strings.Builder, rows []RowModel, notes []int, style TableStyle) {
	for i, r := range rows {
		if notes[i] == 0 {
			continue
		}
		if notes[i] == 1 {
			b.WriteByte('\n')
		}
		text := strings.TrimSpace(r.Name() + ": " + r.Reason + " " + r.More)
		for _, warning := range r.Warnings {
			text += " Warning: " + warning
		}
		writeWrapped(b, fmt.Sprintf("[%d] ", notes[i]), text, style.Width)
	}
}
