package reports

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Steps writes the steps of stored histories for a terminal, in the order given,
// and a sentence that sums them up. series is how many were looked at.
func Steps(w io.Writer, series int, steps []verdict.TimedStep, style TableStyle) error {
	var b strings.Builder
	writeSteps(&b, steps, true, style)
	count, recoveries := map[verdict.StepState]int{}, 0
	for _, s := range steps {
		count[s.State]++
		if s.Kind == verdict.KindRecovery {
			recoveries++
		}
	}
	sum := fmt.Sprintf("%d %s: %d open %s", series, eitherOf(series, "series", "series"), count[verdict.StateOpen], several(count[verdict.StateOpen], "regression"))
	for _, state := range []verdict.StepState{verdict.StateEmerging, verdict.StateAccepted, verdict.StateRecovered} {
		if count[state] > 0 {
			sum += fmt.Sprintf(", %d %s", count[state], state)
		}
	}
	if n := count[""] - recoveries; n > 0 {
		sum += fmt.Sprintf(", %d %s", n, several(n, "improvement"))
	}
	writeWrapped(&b, "", sum+".", style.Width)
	return flush(w, &b)
}

// writeSteps writes a table, with whatever columns the terminal has room for, and
// the notes under it.
func writeSteps(b *strings.Builder, steps []verdict.TimedStep, named bool, style TableStyle) {
	if len(steps) == 0 {
		return
	}
	for _, commits := range []bool{true, false} {
		g := stepGrid(steps, named, commits)
		width := style.Width
		if !commits {
			width = 0
		}
		if widths, fits := g.widths(width); fits {
			g.write(b, widths, style.Color)
			break
		}
	}
	b.WriteByte('\n')
	for i, s := range steps {
		for _, note := range stepNotes(s) {
			writeWrapped(b, fmt.Sprintf("[%d] ", i+1), note, style.Width)
		}
	}
}

// stepNotes are what does not fit in a row.
func stepNotes(s verdict.TimedStep) (notes []string) {
	if s.Note != "" {
		notes = append(notes, words.Sentence(s.Note))
	}
	if a := s.Accepted; a != nil {
		notes = append(notes, words.Sentence(fmt.Sprintf("accepted by %s on %s: %s", a.By, a.At.Format(time.DateOnly), a.Reason)))
	}
	return notes
}

func stepGrid(steps []verdict.TimedStep, named, commits bool) grid {
	g := grid{}
	if named {
		g.columns = append(g.columns, column{head: "series", least: 16})
	} else {
		g.columns = append(g.columns, column{head: "point", right: true})
	}
	g.columns = append(g.columns, column{head: "change", right: true}, column{head: "95 % interval", right: true})
	if commits {
		g.columns = append(g.columns, column{head: "after", least: 8}, column{head: "up to", least: 8}, column{head: "announced"})
	}
	g.columns = append(g.columns, column{head: "kind"}, column{head: "state"})
	for i, s := range steps {
		row := []cell{{text: fmt.Sprint(s.Index)}, {text: "-"}, {text: "-"}}
		if named {
			row[0].text = words.Plain(s.Series)
		}
		if s.Low < s.High || s.Change != 0 {
			row[1].text, row[2].text = words.Change(s.Change), words.Interval(s.Low, s.High)
		}
		if commits {
			row = append(row, cell{text: shortCommit(s.Good)}, cell{text: shortCommit(s.Bad)}, cell{text: announced(s)})
		}
		state := cell{string(s.State), stepColor(s.State)}
		if len(stepNotes(s)) > 0 {
			state.text = strings.TrimSpace(fmt.Sprintf("%s [%d]", state.text, i+1))
		}
		g.rows = append(g.rows, append(row, cell{s.Kind, kindColor(s.Kind)}, state))
	}
	return g
}

func announced(s verdict.TimedStep) string {
	if s.Announced.IsZero() {
		return "-"
	}
	return s.Announced.UTC().Format(time.DateOnly)
}

func stepColor(state verdict.StepState) string {
	switch state {
	case verdict.StateOpen:
		return red
	case verdict.StateEmerging:
		return yellow
	}
	return dim
}

// Accepted writes what is accepted for a terminal.
func Accepted(w io.Writer, list []results.Acceptance, style TableStyle, now time.Time) error {
	var b strings.Builder
	g := grid{columns: []column{
		{head: "suite", least: 8}, {head: "benchmark", least: 12}, {head: "from commit"}, {head: "age", right: true}, {head: "by", least: 6}, {head: "reason", least: 16},
	}}
	for _, a := range list {
		g.rows = append(g.rows, []cell{
			{text: words.Plain(a.Suite)}, {text: words.Plain(a.Benchmark)}, {text: shortCommit(a.Commit)}, {text: words.Age(a.At, now)}, {text: words.Plain(a.By)}, {text: words.Plain(a.Reason)},
		})
	}
	if len(list) == 0 {
		b.WriteString("Nothing is accepted.\n")
		return flush(w, &b)
	}
	widths, fits := g.widths(style.Width)
	if !fits {
		widths, _ = g.widths(0)
	}
	g.write(&b, widths, style.Color)
	return flush(w, &b)
}
