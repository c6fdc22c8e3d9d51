package browsertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

// busyBox measures one job while another waits, and is not well.
type busyBox struct{}

func (busyBox) Queue(context.Context) (results.QueueView, error) {
	place := func(id string, state results.JobState) results.Place {
		return results.Place{Job: results.Job{Order: results.Order{ID: id, Suite: "perf.yml", Head: commitNumber(89).Rev}, Submitter: attack, State: state}, BeginsIn: 20 * time.Minute, Estimate: time.Hour, LeftAbout: time.Minute}
	}
	view := results.QueueView{Running: []results.Place{place("job-runs", results.JobRunning)}, Waiting: []results.Place{place("job-waits", results.JobQueued)}, Last: time.Unix(1.79e9, 0)}
	view.Running[0].Run = results.Measuring
	return view, nil
}

func (busyBox) Health(context.Context) ([]results.Finding, error) {
	return []results.Finding{
		{Topic: "now", Grade: results.GradeBad, Is: "Suite tour was never calibrated."},
		{Topic: "now", Name: "Disk", Grade: results.GradeFact, Is: "82.00 GiB free"},
	}, nil
}

// TestLiveOverview: what only a daemon knows, to every reader.
func TestLiveOverview(t *testing.T) {
	root := serve(t, filled(t), busyBox{})
	everyReader(t, func(t *testing.T, o Options) {
		p := Open(t, root+"/index.html", o)
		p.linked(root)
		p.Screenshot(t.Name())
		for _, want := range []string{"job-runs", "measuring", "job-waits", "20 min"} {
			if said := p.Text("section[aria-labelledby=queue-title]"); !strings.Contains(said, want) {
				t.Errorf("of the queue %q is not said: %s", want, said)
			}
		}
		if said := strings.Join(strings.Fields(p.Text(".health")), " "); said != "✕trouble Suite tour was never calibrated. Disk: 82.00 GiB free" {
			t.Errorf("the health is said as %q", said)
		}
		if Eval[bool](p, "'caught' in window") || Eval[int](p, "document.querySelectorAll('img').length") != 0 {
			t.Error("an attack is more than text")
		}
	})
}

// TestCompareForm: by keyboard, from two beginnings of revisions to a page with rows; what
// is no revision is said, and what was typed of it.
func TestCompareForm(t *testing.T) {
	root := serve(t, filled(t), busyBox{})
	for _, o := range []Options{{Width: 360}, {Dark: true}} {
		p := Open(t, root+"/compare.html", o)
		p.linked(root)
		focus(p, "form input[name=a]")
		typed(p, commitNumber(88).Rev)
		p.Keys("Tab")
		typed(p, commitNumber(89).Rev)
		p.Keys("Enter")
		p.Until("document.querySelector('table.changes tbody tr')")
		p.linked(root)
		p.Screenshot(t.Name() + strings.Repeat("-phone", (1600-p.options.Width)/1240))
		if said := p.Text("table.changes"); !strings.Contains(said, "regression") || !strings.Contains(said, "side by side") || !strings.Contains(said, "scan-00") {
			t.Errorf("the rows say %q", said)
		}
		if Eval[string](p, "document.querySelector('input[name=b]').value") != commitNumber(89).Rev {
			t.Error("what was typed is forgotten")
		}
	}
}

// typed types a text, a key for each character.
func typed(p *Page, text string) { p.Keys(strings.Split(text, "")...) }

// TestBenchmarkPages: the live page of a large run leads from each row to a page of that
// benchmark, and from there back, to the data and to the history.
func TestBenchmarkPages(t *testing.T) {
	s := filled(t)
	measure(t, s, measuredRecord("measured-2", 31))
	root := serve(t, s, busyBox{})
	for _, o := range []Options{{Width: 360}, {Dark: true}, {NoScript: true}} {
		p := Open(t, root+"/runs/measured-2.html", o)
		p.Sound()
		if n := Eval[int](p, "document.querySelectorAll('.verdicts th a').length"); n != 31 {
			t.Errorf("%d of 31 rows lead to their benchmark", n)
		}
		one := Open(t, Eval[string](p, "[...document.querySelectorAll('.verdicts th a')].find((a) => a.textContent === 'scan-00').href"), o)
		one.Sound()
		one.Screenshot(t.Name() + strings.Repeat("-phone", (1600-one.options.Width)/1240))
		links := Eval[[]string](one, "[...document.querySelectorAll('a')].map((a) => a.href)")
		for _, want := range []string{"/index.html", "/feed.atom", "/runs/measured-2.json", "/history/dataflow-scan-00-wall-"} {
			if !strings.Contains(strings.Join(links, "\n"), root+want) {
				t.Errorf("no link to %s in %q", want, links)
			}
		}
		if rows(one) != "scan-00" {
			t.Errorf("the page of scan-00 has rows of %q", rows(one))
		}
	}
}

// TestReaderZone: times are those of the reader's clock, and UTC stays in the title.
func TestReaderZone(t *testing.T) {
	root := serve(t, filled(t), busyBox{})
	check := func(page, selector, want string) {
		t.Helper()
		p := Open(t, root+page, Options{Zone: "Asia/Kolkata"}) // half an hour off the others
		p.Until("document.querySelector(" + quote(selector) + ").title")
		said := Eval[[2]string](p, "(() => { const e = document.querySelector("+quote(selector)+"); return [e.textContent, e.title]; })()")
		if !strings.Contains(said[0], want) || said[1] != "2026-11-19 23:30 UTC" {
			t.Errorf("%s says %q, of UTC %q; want %q", page, said[0], said[1], want)
		}
	}
	check("/runs/measured-1.html", `time[datetime="2026-11-19T23:30:00Z"]`, "Nov 20, 2026, 05:00 AM GMT+5:30")
	check("/index.html", `time[datetime="2026-11-19T23:30:00Z"]`, "Nov 20, 2026, 5:00")
}
