package reports

import (
	"fmt"
	"io"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/beside"
	"mtrlz.dev/perfrun/results/verdict"
)

// Prices are what an hour on a host of each class costs, in any one currency. A class
// that is not among them costs nobody knows what.
type Prices map[string]float64

// Beside writes what several hosts say of one pair of commits for a terminal: a row a
// metric, worst first as the deciding host has it, then what each host is worth.
func Beside(w io.Writer, hosts []beside.Host, rows []beside.Row, prices Prices, style TableStyle) error {
	var b strings.Builder
	g := besideGrid(hosts, rows, true)
	if _, fits := g.widths(style.Width); !fits {
		g = besideGrid(hosts, rows, false)
	}
	fitGrid(&b, g, style)
	for _, row := range rows {
		if row.Why != "" {
			writeWrapped(&b, "  ", fmt.Sprintf("%s: %s.", nameOf(row.Benchmark, row.Metric), words.Plain(row.Why)), style.Width)
		}
	}
	b.WriteByte('\n')
	fitGrid(&b, eachGrid(hosts, rows, prices), style)
	b.WriteByte('\n')
	fitGrid(&b, worthGrid(hosts, rows, prices), style)
	return flush(w, &b)
}

// nameOf is a benchmark's metric in a sentence.
func nameOf(benchmark string, m results.Metric) string {
	return strings.TrimSpace(words.Plain(benchmark) + " " + words.Plain(m.String()))
}

func besideGrid(hosts []beside.Host, rows []beside.Row, intervals bool) grid {
	g := grid{columns: []column{{head: "benchmark", least: 12}, {head: "metric", least: 6}}}
	for i, h := range hosts {
		name := words.Plain(h.Class)
		if i == 0 {
			name += " (decides)"
		}
		g.columns = append(g.columns, column{head: name})
	}
	g.columns = append(g.columns, column{head: "together", least: 13})
	for _, row := range rows {
		cells := []cell{{text: words.Plain(row.Benchmark)}, {text: words.Plain(row.Metric.String())}}
		for _, c := range row.Cells {
			cells = append(cells, besideCell(c, intervals))
		}
		g.rows = append(g.rows, append(cells, cell{string(row.Agreement), agreementColor(row.Agreement)}))
	}
	return g
}

func besideCell(c *beside.Cell, withInterval bool) cell {
	if c == nil {
		return cell{"not measured", yellow}
	}
	said := string(c.Comparison.Verdict)
	if c.Comparison.HasInterval() {
		said += " " + words.Change(c.Comparison.Change)
		if withInterval {
			said += " (" + words.Interval(c.Comparison.Low, c.Comparison.High) + ")"
		}
	}
	return cell{said, colorOf(c.Comparison.Verdict)}
}

func agreementColor(a beside.Agreement) string {
	switch a {
	case beside.Agree:
		return dim
	case beside.Blind, beside.Unsure:
		return yellow
	}
	return red
}

// eachGrid says of each metric how noisy it is on each host, and of its benchmark what its
// executions took there and cost.
func eachGrid(hosts []beside.Host, rows []beside.Row, prices Prices) grid {
	g := grid{columns: []column{{head: "benchmark", least: 12}, {head: "metric", least: 6}}}
	for _, h := range hosts {
		name := words.Plain(h.Class)
		g.columns = append(g.columns, column{head: name + " noise", right: true}, column{head: "ran", right: true})
		if _, known := prices[h.Class]; known {
			g.columns = append(g.columns, column{head: "cost", right: true})
		}
	}
	for _, row := range rows {
		cells := []cell{{text: words.Plain(row.Benchmark)}, {text: words.Plain(row.Metric.String())}}
		for i, h := range hosts {
			price, known := prices[h.Class]
			cells = append(cells, eachCells(row.Cells[i], price, known)...)
		}
		g.rows = append(g.rows, cells)
	}
	return g
}

func eachCells(c *beside.Cell, price float64, known bool) []cell {
	noise, ran, cost := "-", "-", "-"
	if c != nil && c.Comparison.HasInterval() {
		noise = words.Share(c.CV)
	}
	if c != nil && c.Spent > 0 {
		ran, cost = lasting(c.Spent), costWords(price, c.Spent)
	}
	if !known {
		return []cell{{text: noise}, {text: ran}}
	}
	return []cell{{text: noise}, {text: ran}, {text: cost}}
}

// tookWords says what each host took to its verdict, and what that cost.
func tookWords(hosts []beside.Host, prices Prices) string {
	var parts []string
	for _, h := range hosts {
		if h.Took() <= 0 {
			continue
		}
		parts = append(parts, words.Plain(h.Class)+" "+lasting(h.Took())+prices.forTime(h.Class, h.Took()))
	}
	return strings.Join(parts, ", ")
}

// worthGrid says of each host how noisy it is, what it sees, and what it took.
func worthGrid(hosts []beside.Host, rows []beside.Row, prices Prices) grid {
	g := grid{columns: []column{
		{head: "host"},
		{head: "run", least: 8},
		{head: "noise", right: true},
		{head: "sees from", right: true},
		{head: "benchmarks ran", right: true},
		{head: "took", right: true},
		{head: "cost", right: true},
	}}
	for _, h := range worthOf(hosts, rows, prices) {
		g.rows = append(g.rows, []cell{
			{text: h.Class},
			{text: h.Run},
			{text: orDash(h.Noise)},
			{text: orDash(h.Sees)},
			{text: orDash(h.Ran)},
			{text: orDash(h.Took)},
			{text: orDash(h.Cost)},
		})
	}
	return g
}

// BesideOverTime writes, for a terminal, what each class was good for over many pairs
// of commits.
func BesideOverTime(w io.Writer, standings []beside.Standing, decides string, style TableStyle) error {
	var b strings.Builder
	if len(standings) == 0 {
		writeWrapped(&b, "", fmt.Sprintf("No two commits were compared on %s and on hosts of another class. perfrun ci measures on both; perfrun import takes runs of other machines.", words.Plain(decides)), style.Width)
		return flush(w, &b)
	}
	g := grid{columns: []column{
		{head: "benchmark", least: 12},
		{head: "metric", least: 6},
		{head: "host", least: 5},
		{head: "pairs", right: true},
		{head: "changes", right: true},
		{head: "agree", right: true},
		{head: "missed", right: true},
		{head: "alone", right: true},
		{head: "opposite", right: true},
		{head: "sees from", right: true},
		{head: words.Plain(decides) + " sees", right: true},
		{head: "conclusion"},
	}}
	for _, s := range standings {
		g.rows = append(g.rows, standingRow(s))
	}
	fitGrid(&b, g, style)
	b.WriteByte('\n')
	for _, s := range standings {
		if s.Conclusion == beside.NeedsBox {
			writeWrapped(&b, "  ", fmt.Sprintf("%s needs %s: %s %s.", nameOf(s.Benchmark, s.Metric), words.Plain(decides), words.Plain(s.Class), words.Plain(s.Why)), style.Width)
		}
	}
	return flush(w, &b)
}

func standingRow(s beside.Standing) []cell {
	colors := map[beside.Conclusion]string{beside.Suffices: green, beside.NeedsBox: yellow, beside.TooFew: dim}
	count := func(a beside.Agreement, color string) cell {
		n := s.Count[a]
		if n == 0 {
			color = ""
		}
		return cell{fmt.Sprint(n), color}
	}
	return []cell{
		{text: words.Plain(s.Benchmark)},
		{text: words.Plain(s.Metric.String())},
		{text: words.Plain(s.Class)},
		{text: fmt.Sprint(s.Pairs)},
		{text: fmt.Sprint(s.Changes)},
		count(beside.Agree, ""),
		count(beside.Missed, red),
		count(beside.Alone, red),
		count(beside.Contradict, red),
		{text: shareOr(s.Sees)},
		{text: shareOr(s.Reference)},
		{string(s.Conclusion), colors[s.Conclusion]},
	}
}

func shareOr(f float64) string {
	if f == 0 {
		return "-"
	}
	return words.Share(f)
}

// together words, for the annotation, how hosts agree on one metric.
func together(row beside.Row) string {
	if row.Agreement == beside.Agree {
		return "agree"
	}
	return inert(row.Why)
}

// besideOf are the hosts of an annotation that have a record.
func besideOf(hosts []Hosted) (list []beside.Host) {
	for _, h := range hosts {
		host := beside.Host{Class: h.Class, Comparisons: h.Comparisons}
		if h.Record != nil {
			host = beside.Of(h.Record, h.Comparisons)
			host.Class = h.Class
		}
		list = append(list, host)
	}
	return list
}

func isNews(c *beside.Cell) bool { return c != nil && c.Comparison.Verdict != verdict.NoChange }
