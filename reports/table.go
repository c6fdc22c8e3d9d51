package reports

import (
	"fmt"
	"io"
	"strings"

	"mtrlz.dev/perfrun/results/verdict"
)

// Table writes comparisons for a terminal, worst first: a row each, the outcome
// as a sentence, and a footnote for each that is not "no change" or carries a
// warning. On a narrow terminal names are shortened, then the interval goes,
// then the two medians, then each comparison gets lines of its own.
func Table(w io.Writer, comparisons []verdict.Comparison, style TableStyle) error {
	var b strings.Builder
	sorted := worstFirst(comparisons)
	notes := footnotes(sorted)
	if len(sorted) > 0 {
		writeComparisons(&b, sorted, notes, style)
		b.WriteByte('\n')
	}
	writeWrapped(&b, "", firstUpper(Outcome(sorted))+".", style.Width)
	writeFootnotes(&b, sorted, notes, style)
	return flush(w, &b)
}

func firstUpper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// footnotes numbers what needs explaining; 0: nothing.
func footnotes(comparisons []verdict.Comparison) []int {
	notes, n := make([]int, len(comparisons)), 0
	for i, c := range comparisons {
		if c.Verdict != verdict.NoChange || len(c.Warnings) > 0 {
			n++
			notes[i] = n
		}
	}
	return notes
}

// field is one property of a comparison as the table words it.
type field struct {
	column
	word func(verdict.Comparison) cell
}

var (
	benchmarkField = field{column{"benchmark", false, 12}, func(c verdict.Comparison) cell {
		return cell{text: Plain(c.Benchmark)}
	}}
	metricField = field{column{"metric", false, 6}, func(c verdict.Comparison) cell {
		return cell{text: terminalMetric(c)}
	}}
	baseField = field{column{"base", true, 0}, func(c verdict.Comparison) cell {
		return cell{text: terminalMedian(c.Base, c)}
	}}
	headField = field{column{"head", true, 0}, func(c verdict.Comparison) cell {
		return cell{text: terminalMedian(c.Head, c)}
	}}
	changeField = field{column{"change", true, 0}, func(c verdict.Comparison) cell {
		if !c.HasInterval() {
			return cell{text: "-"}
		}
		return cell{Change(c.Change), colorOf(c.Verdict)}
	}}
	intervalField = field{column{"95 % interval", true, 0}, func(c verdict.Comparison) cell {
		if !c.HasInterval() {
			return cell{text: "-"}
		}
		return cell{text: interval(c.Low, c.High)}
	}}
)

// layouts are tried in this order until one fits; the verdict comes last in all.
var layouts = [][]field{
	{benchmarkField, metricField, baseField, headField, changeField, intervalField},
	{benchmarkField, metricField, baseField, headField, changeField},
	{benchmarkField, metricField, changeField},
}

func writeComparisons(b *strings.Builder, comparisons []verdict.Comparison, notes []int, style TableStyle) {
	for _, layout := range layouts {
		g := newGrid(layout, comparisons, notes)
		if widths, fits := g.widths(style.Width); fits {
			g.write(b, widths, style.Color)
			return
		}
	}
	writeStacked(b, comparisons, notes, style)
}

func newGrid(layout []field, comparisons []verdict.Comparison, notes []int) grid {
	g := grid{}
	for _, f := range layout {
		g.columns = append(g.columns, f.column)
	}
	g.columns = append(g.columns, column{head: "verdict"})
	for i, c := range comparisons {
		var row []cell
		for _, f := range layout {
			row = append(row, f.word(c))
		}
		g.rows = append(g.rows, append(row, verdictCell(c, notes[i])))
	}
	return g
}

// writeStacked is for terminals too narrow for any table.
func writeStacked(b *strings.Builder, comparisons []verdict.Comparison, notes []int, style TableStyle) {
	for i, c := range comparisons {
		entry := verdictCell(c, notes[i])
		b.WriteString(painted(entry.text, entry.color, style.Color) + "\n")
		writeWrapped(b, "  ", strings.TrimSpace(Plain(c.Benchmark)+" "+terminalMetric(c)), style.Width)
		writeWrapped(b, "  ", terminalMedian(c.Base, c)+" -> "+terminalMedian(c.Head, c), style.Width)
		if c.HasInterval() {
			writeWrapped(b, "  ", Change(c.Change)+" ("+interval(c.Low, c.High)+")", style.Width)
		}
	}
}

func terminalMetric(c verdict.Comparison) string {
	if words := Plain(c.Metric.String()); words != "" {
		return words
	}
	return "-"
}

func terminalMedian(s verdict.Summary, c verdict.Comparison) string {
	if s.N == 0 {
		return "-"
	}
	return shortened(Value(s.Median, c.Metric.Unit), 20)
}

func verdictCell(c verdict.Comparison, note int) cell {
	word := Plain(string(c.Verdict))
	if note > 0 {
		word = fmt.Sprintf("%s [%d]", word, note)
	}
	return cell{word, colorOf(c.Verdict)}
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

func writeFootnotes(b *strings.Builder, comparisons []verdict.Comparison, notes []int, style TableStyle) {
	for i, c := range comparisons {
		if notes[i] == 0 {
			continue
		}
		if notes[i] == 1 {
			b.WriteByte('\n')
		}
		mark := fmt.Sprintf("[%d] ", notes[i])
		name := strings.TrimSpace(Plain(c.Benchmark) + " " + Plain(c.Metric.String()))
		text := strings.TrimSpace(name + ": " + sentence(c.Reason) + " " + moreWords(c))
		for _, warning := range c.Warnings {
			text += " Warning: " + sentence(warning)
		}
		writeWrapped(b, mark, text, style.Width)
	}
}
