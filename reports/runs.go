package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// RunList writes one line a run, in the order given. Now is the time that ages
// are counted from.
func RunList(w io.Writer, runs []results.Run, style TableStyle, now time.Time) error {
	var b strings.Builder
	if len(runs) == 0 {
		b.WriteString("No runs yet.\n")
		return flush(w, &b)
	}
	for _, detail := range []listDetail{listAll, listCommit, listState} {
		g := runGrid(runs, now, detail)
		width := style.Width
		if detail == listState { // shown however narrow the terminal is
			width = 0
		}
		if widths, fits := g.widths(width); fits {
			g.write(&b, widths, style.Color)
			break
		}
	}
	return flush(w, &b)
}

// listDetail is how much the list says of each run.
type listDetail int

const (
	listState  listDetail = iota // which run, and how it stands
	listCommit                   // and of what
	listAll
)

func runGrid(runs []results.Run, now time.Time, detail listDetail) grid {
	g := grid{columns: []column{{head: "run"}, {head: "state"}, {head: "age", right: true}}}
	if detail >= listCommit {
		g.columns = append(g.columns, column{head: "suite", least: 8}, column{head: "head"}, column{head: "subject", least: 12})
	}
	if detail == listAll {
		g.columns = append(g.columns, column{head: "base"}, column{head: "by", least: 8})
	}
	for _, r := range runs {
		g.rows = append(g.rows, runRow(r, now, detail))
	}
	return g
}

func runRow(r results.Run, now time.Time, detail listDetail) []cell {
	row := []cell{{text: words.Plain(r.ID)}, {words.Plain(string(r.State)), stateColor(r.State)}, {text: words.Age(r.Created, now)}}
	if detail >= listCommit {
		row = append(row, cell{text: words.Plain(r.Suite)}, cell{text: terminalRev(r.Head)}, cell{text: words.Plain(r.Head.Subject)})
	}
	if detail == listAll {
		row = append(row, cell{text: words.ShortRev(r.Base)}, cell{text: words.Plain(r.User)})
	}
	return row
}

func stateColor(s results.State) string {
	switch s {
	case results.Failed, results.Quarantined:
		return red
	case results.Cancelled:
		return yellow
	case results.Done:
		return ""
	}
	return bold
}

func terminalRev(c results.Commit) string {
	if c.Dirty {
		return words.ShortRev(c) + "+dirty"
	}
	return words.ShortRev(c)
}

// RunSummary writes what one run was: the commits, the machine, how far it
// came, what did not protect it, the verdicts as Table has them, and the command that
// repeats it.
func RunSummary(w io.Writer, p Page, style TableStyle) error {
	var b strings.Builder
	run := p.Record.Run
	lines := summaryLines(p)
	width := 0
	for _, l := range lines {
		width = max(width, words.Cells(l.Name))
	}
	for _, l := range lines {
		mark := painted(l.Name, dim, style.Color) + strings.Repeat(" ", width-words.Cells(l.Name)+gap)
		writeLabelled(&b, mark, width+gap, l.Value, style.Width)
	}
	if said := stateWords(p.Record); said != "" {
		b.WriteByte('\n')
		for _, line := range words.Wrapped(said, style.Width) {
			b.WriteString(painted(line, red, style.Color) + "\n")
		}
	}
	if len(p.Comparisons) > 0 {
		b.WriteByte('\n')
		writeTable(&b, p.Comparisons, style)
	}
	if len(run.Command) > 0 { // never wrapped: it is there to be copied
		b.WriteString("\nRepeat it with:\n  " + words.ShellCommand(run.Command) + "\n")
	}
	return flush(w, &b)
}

func summaryLines(p Page) []factView {
	run := p.Record.Run
	lines := []factView{
		{Name: "run", Value: words.Plain(run.ID)},
		{Name: "state", Value: words.Plain(string(run.State))},
		{Name: "suite", Value: strings.Join(nonEmpty(words.Plain(run.Suite), words.Plain(run.SuitePath)), ", ")},
		{Name: "repository", Value: words.Plain(run.Repo)},
		{Name: "base", Value: commitWords(run.Base)},
		{Name: "head", Value: commitWords(run.Head)},
		{Name: "host", Value: strings.Join(nonEmpty(hostName(run), words.Plain(run.Class), fact(run.Env, "cpu.model")), ", ")},
		{Name: "engine", Value: engineWords(run.Plan)},
	}
	for _, f := range imageFacts(run) {
		lines = append(lines, factView{Name: strings.ToLower(f.Name), Value: f.Value})
	}
	lines = append(
		lines,
		factView{Name: "asked by", Value: words.Plain(run.User)},
		factView{Name: "started", Value: strings.Join(nonEmpty(words.Stamp(run.Created), took(run)), ", ")},
		factView{Name: "seed", Value: fmt.Sprint(run.Plan.Seed)},
		factView{Name: "rounds", Value: roundsWords(p.Record)},
	)
	if len(p.Comparisons) == 0 { // else their table says it
		lines = append(lines, factView{Name: "verdicts", Value: Outcome(nil)})
	}
	if run.Quiet.Reached != "" {
		lines = append(lines, factView{Name: "quiet", Value: QuietSentence(run.Quiet)})
	}
	lines = append(lines, factView{Name: "disturbed", Value: contaminatedWords(p.Record)}, factView{Name: "alarms", Value: trustWords(p.Tally)})
	for _, n := range run.Notes {
		lines = append(lines, factView{Name: words.Shortened(words.Plain(n.Name), words.MostWord), Value: words.Plain(n.Value)})
	}
	for _, g := range notHeld(run.Guards) {
		lines = append(lines, factView{Name: "unprotected", Value: words.Plain(g.Aspect) + ": " + words.Plain(g.Detail)})
	}
	return slices.DeleteFunc(lines, func(f factView) bool { return f.Value == "" })
}

func commitWords(c results.Commit) string {
	return strings.Join(nonEmpty(terminalRev(c), words.Plain(c.Subject)), " ")
}
