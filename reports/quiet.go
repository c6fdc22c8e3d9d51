package reports

import (
	"fmt"
	"io"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// knobColors go with the words, never instead of them.
var knobColors = map[results.KnobOutcome]string{
	results.KnobApplied: green, results.KnobAlready: green, results.KnobFailed: red, results.KnobUnsupported: dim,
}

// Knobs writes how quiet a machine was made: the level, and a line a knob.
func Knobs(w io.Writer, q results.Quiet, style TableStyle) error {
	var b strings.Builder
	writeWrapped(&b, "", QuietSentence(q), style.Width)
	g := grid{columns: []column{{head: "knob"}, {head: "outcome"}, {head: "was", least: 8}, {head: "is", least: 8}, {head: "detail", least: 12}}}
	for _, k := range q.Knobs {
		g.rows = append(g.rows, []cell{
			{text: words.Plain(k.Name)},
			{words.Plain(string(k.Outcome)), knobColors[k.Outcome]},
			{text: words.Plain(k.Was)},
			{text: words.Plain(k.Is)},
			{text: words.Plain(k.Detail)},
		})
	}
	if len(g.rows) > 0 {
		widths, fits := g.widths(style.Width)
		if !fits {
			widths, _ = g.widths(0)
		}
		b.WriteByte('\n')
		g.write(&b, widths, style.Color)
	}
	return flush(w, &b)
}

// QuietSentence says in one sentence how quiet the machine was.
func QuietSentence(q results.Quiet) string {
	text := map[results.Level]string{
		results.LevelNone: "Nothing was pinned.",
		results.LevelPin:  "Benchmarks were pinned; other programs were free to use their cpus.",
	}[q.Reached]
	switch {
	case q.Reached == results.LevelIsolate:
		text = fmt.Sprintf("The benchmark's cpus were taken from all other programs (%s).", words.Plain(string(q.Shield)))
		if q.Shield == results.ShieldSlices {
			text = "What systemd started was kept off the benchmark's cpus; other programs could still come."
		}
	case text == "":
		text = "How quiet the machine was is not known."
	}
	if q.Why != "" {
		text += " Why not more: " + words.Sentence(q.Why)
	}
	return text
}
