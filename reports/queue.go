package reports

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// mostPlaces is how many waiting jobs are listed; the others are counted.
const mostPlaces = 40

// Queue writes what a box does and will do: what runs, what waits in its order, when
// each begins by what its suite took before, and what keeps the queue from going on.
func Queue(w io.Writer, view results.QueueView, style TableStyle, now time.Time) error {
	var b strings.Builder
	for _, line := range standstill(view, now) {
		for _, text := range words.Wrapped(line, style.Width) {
			b.WriteString(painted(text, yellow, style.Color) + "\n")
		}
	}
	places := listed(view)
	if len(places) == 0 {
		fmt.Fprintf(&b, "Nothing runs and nothing waits.%s\n", lastDone(view.Last, now))
		return flush(w, &b)
	}
	for _, detail := range []listDetail{listAll, listCommit, listState} {
		g := queueGrid(places, now, detail)
		width := style.Width
		if detail == listState {
			width = 0
		}
		if widths, fits := g.widths(width); fits {
			g.write(&b, widths, style.Color)
			break
		}
	}
	if more := len(view.Waiting) - mostPlaces; more > 0 {
		fmt.Fprintf(&b, "and %d more wait\n", more)
	}
	writeReasons(&b, places, style)
	writeSharing(&b, view.Sharing, style)
	return flush(w, &b)
}

// writeSharing names the jobs that have no place of their own.
func writeSharing(b *strings.Builder, list []results.Job, style TableStyle) {
	for _, j := range list[:min(len(list), mostPlaces)] {
		writeWrapped(b, "  ", fmt.Sprintf("%s of %s: the run of %s answers it, too", words.Plain(j.ID), words.Plain(j.Submitter), words.Plain(j.Same)), style.Width)
	}
	if more := len(list) - mostPlaces; more > 0 {
		fmt.Fprintf(b, "  and %d more that others' runs answer\n", more)
	}
}

// standstill says why nothing is begun.
func standstill(view results.QueueView, now time.Time) (lines []string) {
	if p := view.Paused; p != nil {
		line := fmt.Sprintf("paused by %s, %s", words.Plain(p.By), since(p.Since, now))
		if p.Why != "" {
			line += ": " + words.Plain(p.Why)
		}
		lines = append(lines, line+"; perfrun queue resume lets it go on")
	}
	if view.Held != "" {
		lines = append(lines, "held up: "+words.Plain(view.Held))
	}
	return lines
}

func since(t, now time.Time) string {
	if said := words.Age(t, now); said != "now" && said != "-" {
		return said + " ago"
	}
	return "just now"
}

func lastDone(last, now time.Time) string {
	if last.IsZero() {
		return ""
	}
	return " The last job was done " + since(last, now) + "."
}

func queueGrid(places []results.Place, now time.Time, detail listDetail) grid {
	g := grid{columns: []column{{head: "job"}, {head: "state"}, {head: "begins", right: true}, {head: "takes", right: true}}}
	if detail >= listCommit {
		g.columns = append(g.columns, column{head: "suite", least: 6}, column{head: "head", least: 8}, column{head: "whose", least: 6})
	}
	if detail == listAll {
		g.columns = append(g.columns, column{head: "priority"}, column{head: "age", right: true})
	}
	for _, p := range places {
		q := newQueuePlace(p)
		state := cell{text: q.State}
		if p.State == results.JobRunning {
			state.color = bold
		}
		row := []cell{{text: words.Plain(p.ID)}, state, {text: q.Begins}, {text: q.Takes}}
		if detail >= listCommit {
			row = append(row, cell{text: words.Plain(p.Repository + ":" + p.Suite)}, cell{text: q.Head}, cell{text: words.Plain(p.Submitter)})
		}
		if detail == listAll {
			row = append(row, cell{text: words.Plain(string(p.Priority))}, cell{text: words.Age(p.Created, now)})
		}
		g.rows = append(g.rows, row)
	}
	return g
}

// listed are the places that are shown one by one, what runs first.
func listed(view results.QueueView) []results.Place {
	return append(append([]results.Place{}, view.Running...), view.Waiting[:min(len(view.Waiting), mostPlaces)]...)
}

// QueuePlace is a job's place in words.
type QueuePlace struct {
	Job                        results.Job
	State, Head, Begins, Takes string
}

func newQueuePlace(p results.Place) QueuePlace {
	q := QueuePlace{Job: p.Job, State: words.Plain(string(p.State)), Head: revision(p.Head), Begins: words.About(p.BeginsIn), Takes: takes(p)}
	if p.State == results.JobRunning {
		q.State, q.Begins = runningWords(p), "now"
	}
	return q
}

// QueuePlaces are what runs and what waits, in its order, and how many more wait.
func QueuePlaces(view results.QueueView) (list []QueuePlace, more int) {
	for _, p := range listed(view) {
		list = append(list, newQueuePlace(p))
	}
	return list, max(len(view.Waiting)-mostPlaces, 0)
}

// runningWords say how far the run of a job is.
func runningWords(p results.Place) string {
	if p.Run == "" {
		return "preparing"
	}
	return words.Plain(string(p.Run))
}

// revision shortens the full name of a commit; other revisions are people's words.
func revision(rev string) string {
	if len(rev) >= 40 && strings.Trim(rev, "0123456789abcdef") == "" {
		return rev[:10]
	}
	return words.Plain(rev)
}

// takes words what a job takes, or what is left of it.
func takes(p results.Place) string {
	switch {
	case p.Estimate == 0:
		return "?"
	case p.State != results.JobRunning:
		return words.About(p.Estimate)
	case p.LeftAbout == 0:
		return "overdue"
	}
	return words.About(p.LeftAbout) + " left"
}

// writeReasons says what jobs wait for beside their turn.
func writeReasons(b *strings.Builder, places []results.Place, style TableStyle) {
	for _, p := range places {
		if p.Reason != "" {
			writeWrapped(b, "  ", fmt.Sprintf("%s: %s", words.Plain(p.ID), words.Plain(p.Reason)), style.Width)
		}
	}
}

// JobSummary writes how one job stands.
func JobSummary(w io.Writer, j results.Job, style TableStyle) error {
	var b strings.Builder
	line := fmt.Sprintf("job %s is %s", words.Plain(j.ID), j.State)
	if j.Reason != "" {
		line += ": " + words.Plain(j.Reason)
	}
	writeWrapped(&b, "", line, style.Width)
	return flush(w, &b)
}

// Schedules writes one line a schedule. next returns the next time of a cron
// expression; the zero time where there is none.
func Schedules(w io.Writer, list []results.Schedule, next func(cron string) time.Time, style TableStyle) error {
	g := grid{columns: []column{
		{head: "schedule"},
		{head: "cron (UTC)"},
		{head: "next (UTC)"},
		{head: "suite", least: 8},
		{head: "base", least: 6},
		{head: "head", least: 6},
		{head: "by", least: 6},
		{head: "last job", least: 8},
	}}
	for _, s := range list {
		o, at := s.Order, next(s.Cron)
		base := words.Plain(o.Base)
		if base == "" {
			base = "merge base"
		}
		g.rows = append(g.rows, []cell{
			{text: words.Plain(s.Name)},
			{text: words.Plain(s.Cron)},
			{text: at.UTC().Format("Mon 01-02 15:04")},
			{text: words.Plain(o.Repository + ":" + o.Suite)},
			{text: base},
			{text: revision(o.Head)},
			{text: words.Plain(s.By)},
			{text: words.Plain(s.LastJob)},
		})
	}
	return writeGrid(w, g, "Nothing is scheduled.", style)
}

// Audit writes who changed what, in the order given.
func Audit(w io.Writer, deeds []results.Deed, style TableStyle) error {
	g := grid{columns: []column{{head: "when (UTC)"}, {head: "who"}, {head: "role"}, {head: "from"}, {head: "did"}, {head: "what", least: 8}, {head: "detail", least: 8}}}
	for _, d := range deeds {
		from := words.Plain(d.Person.From)
		if from == "" {
			from = "here"
		}
		g.rows = append(g.rows, []cell{
			{text: d.At.UTC().Format("2006-01-02 15:04:05")},
			{text: words.Plain(d.Person.Name)},
			{text: words.Plain(string(d.Person.Role))},
			{text: from},
			{text: words.Plain(d.Verb)},
			{text: words.Plain(d.Object)},
			{text: words.Plain(d.Detail)},
		})
	}
	return writeGrid(w, g, "Nobody changed anything yet.", style)
}

// Key is somebody who is let in.
type Key struct{ Name, Role, Fingerprint string }

// Keys writes who is let in, one line each.
func Keys(w io.Writer, keys []Key, style TableStyle) error {
	g := grid{columns: []column{{head: "name"}, {head: "role"}, {head: "key", least: 16}}}
	for _, k := range keys {
		g.rows = append(g.rows, []cell{{text: words.Plain(k.Name)}, {text: words.Plain(k.Role)}, {text: words.Plain(k.Fingerprint)}})
	}
	return writeGrid(w, g, "Nobody is let in.", style)
}

// writeGrid writes a grid that is shown however narrow the terminal is.
func writeGrid(w io.Writer, g grid, none string, style TableStyle) error {
	var b strings.Builder
	if len(g.rows) == 0 {
		b.WriteString(none + "\n")
		return flush(w, &b)
	}
	fitGrid(&b, g, style)
	return flush(w, &b)
}
