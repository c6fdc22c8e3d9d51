package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// gradeMarks stand before findings: words, because a colour alone says nothing to
// many, and nothing in a log.
var gradeMarks = map[results.Grade]cell{
	results.GradeFact: {"    ", ""},
	results.GradeGood: {"ok  ", green},
	results.GradePoor: {"poor", yellow},
	results.GradeBad:  {"BAD ", red},
}

// Findings writes what was found on a machine, topic by topic in the order given:
// a line each, and below what is not as it should be, what that costs and how to
// mend it. The last line sums up.
func Findings(w io.Writer, findings []results.Finding, style TableStyle) error {
	var b strings.Builder
	widest := 0
	for _, f := range findings {
		widest = max(widest, words.Cells(words.Plain(f.Name)))
	}
	topic := ""
	for _, f := range findings {
		if f.Topic != topic {
			topic = f.Topic
			b.WriteString(painted(firstUpper(topic), bold, style.Color) + "\n")
		}
		writeFinding(&b, f, widest, style)
	}
	b.WriteString("\n" + summary(findings) + "\n")
	return flush(w, &b)
}

func writeFinding(b *strings.Builder, f results.Finding, widest int, style TableStyle) {
	mark := gradeMarks[f.Grade]
	name := words.Plain(f.Name)
	head := "  " + painted(mark.text, mark.color, style.Color) + " " + name + strings.Repeat(" ", widest-words.Cells(name)) + "  "
	indent := 2 + words.Cells(mark.text) + 1 + widest + 2
	text := words.Plain(f.Is)
	if f.Want != "" && f.Grade != results.GradeGood {
		text += " (should be " + words.Plain(f.Want) + ")"
	}
	writeLabelled(b, head, indent, text, style.Width)
	if f.Grade != results.GradePoor && f.Grade != results.GradeBad {
		return
	}
	var parts []string
	for _, part := range []struct{ label, text string }{{"cost: ", f.Cost}, {"mend: ", f.Mend}} {
		if part.text != "" {
			parts = append(parts, part.label+words.Plain(part.text))
		}
	}
	writeLabelled(b, strings.Repeat(" ", indent), indent, strings.Join(parts, "; "), style.Width)
}

// summary says in one line whether the machine is ready.
func summary(findings []results.Finding) string {
	count := map[results.Grade]int{}
	for _, f := range findings {
		count[f.Grade]++
	}
	if count[results.GradeBad] > 0 {
		return fmt.Sprintf("Not ready: %s.", words.Count(count[results.GradeBad], "thing is bad", "things are bad"))
	}
	if count[results.GradePoor] > 0 {
		return fmt.Sprintf("Ready; %s cost something.", words.Count(count[results.GradePoor], "thing may", "things may"))
	}
	return "Ready."
}

// Ready reports whether no finding is bad.
func Ready(findings []results.Finding) bool {
	return !slices.ContainsFunc(findings, func(f results.Finding) bool { return f.Grade == results.GradeBad })
}

// Noise writes what a calibration found: a row for each metric of each benchmark.
func Noise(w io.Writer, noise []results.Noise, style TableStyle) error {
	var b strings.Builder
	if len(noise) == 0 {
		b.WriteString("No noise could be worked out: it takes at least 4 rounds without a fault.\n")
		return flush(w, &b)
	}
	g := grid{columns: []column{
		{"benchmark", false, 10},
		{"metric", false, 6},
		{"cv", true, 0},
		{"rounds differ", true, 0},
		{"drift", true, 0},
		{"lag 1", true, 0},
		{"floor", true, 0},
		{"visible", true, 0},
		{"false alarms", true, 0},
	}}
	percent := func(v float64) string { return fmt.Sprintf("%.2f %%", 100*v) }
	for _, n := range noise {
		g.rows = append(g.rows, []cell{
			{text: words.Plain(n.Benchmark)},
			{text: words.Plain(n.Metric.String())},
			{text: percent(n.CV)},
			{text: percent(n.Spread)},
			{text: fmt.Sprintf("%+.2f %%", 100*n.Drift)},
			{text: fmt.Sprintf("%+.2f", n.Autocorrelation)},
			{text: percent(n.Floor)},
			{text: percent(n.Visible)},
			{text: percent(n.FalseAlarms)},
		})
	}
	widths, fits := g.widths(style.Width)
	if !fits {
		widths, _ = g.widths(0)
	}
	g.write(&b, widths, style.Color)
	b.WriteByte('\n')
	for _, line := range []string{
		"floor: what chance alone stays below in 99 of 100 comparisons of this many rounds; no verdict calls less a regression.",
		"visible: the smallest slow-down that such a comparison finds in 9 of 10 cases.",
		"false alarms: the share of comparisons of equal sides that would have ended as regression or improvement without the floor.",
	} {
		writeWrapped(&b, "", line, style.Width)
	}
	return flush(w, &b)
}
