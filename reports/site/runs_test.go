package site

import (
	"html"
	"slices"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
)

// measuredRun is the newest run of the office with executions of two benchmarks, of which
// one has a history.
func measuredRun(f *shelfOf) *results.Record {
	wall := results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}
	record := &results.Record{Run: f.runs[1]}
	record.Run.Plan.Rounds = 8
	for _, name := range []string{"join", "new"} {
		record.Run.Bench = append(record.Run.Bench, results.Benchmark{Name: name, Command: "true"})
	}
	for i := range 32 {
		record.Executions = append(record.Executions, results.Execution{
			Seq: i, Round: i / 4, Benchmark: record.Run.Bench[i%2].Name, Side: results.Sides()[i/2%2],
			Samples: []results.Sample{{Metric: wall, Value: 0.012 + 0.001*float64(i/2%2) + 1e-6*float64(i*i%7)}},
		})
	}
	f.records[record.Run.ID] = record
	return record
}

// TestRunLeadsOn: the page of a run in the site leads to the feed, to its own data, and
// from each metric to its history, where it has one; the same from a page of one
// benchmark.
func TestRunLeadsOn(t *testing.T) {
	f := office()
	record := measuredRun(f)
	s := New(f, Options{Live: quietBox{}})
	id := record.Run.ID
	for address, root := range map[string]string{"runs/" + id + ".html": "../", "runs/" + id + "/" + key("join") + ".html": "../../"} {
		page := document(t, s, address, nil)
		for _, want := range []string{
			`<link rel="alternate" type="application/atom+xml" title="Regressions and recoveries" href="` + root + `feed.atom"/>`,
			`href="` + root + `runs/` + id + `.json">JSON</a>`, `.csv">CSV</a>`, `.txt">benchfmt</a>`,
			`<a href="` + root + `history/dataflow-join-wall-sec-lower-main-`,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %s", address, want)
			}
		}
		if strings.Count(page, "Since which commit") != 1 {
			t.Errorf("%s leads to %d histories", address, strings.Count(page, "Since which commit"))
		}
	}
}

// TestHistoryOfTheRightBranch: where several branches have one, a run leads to that of its
// own commits.
func TestHistoryOfTheRightBranch(t *testing.T) {
	f := office()
	for series, points := range f.points {
		for _, branch := range []string{"a", "release", "z"} {
			series.Branch = branch
			f.points[series] = points
		}
	}
	shelf := newCatalogue(must(f.Series(t.Context(), "")))
	for head, want := range map[string]string{"release": "-release-", "main": "-main-", "none": "-main-"} {
		run := f.runs[1]
		run.Head.Branch = head
		if got := shelf.historyOf(run, "join", results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}); !strings.Contains(got, want) {
			t.Errorf("of a head on %s: %s", head, got)
		}
		if got := shelf.historyOf(run, "join", results.Metric{Name: "cpu"}); got != "" {
			t.Errorf("of what has no history: %s", got)
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// TestSure: a share of few alarms has an interval, and the verdict that is explained is
// the worst, not the one with most to explain.
func TestSure(t *testing.T) {
	f := office()
	record := measuredRun(f)
	for i := range record.Executions { // counts without spread need few steps
		e, counts := &record.Executions[i], map[results.Side]float64{results.Base: 1000, results.Head: 1200}
		if e.Benchmark == "join" {
			e.Samples[0] = results.Sample{Metric: results.Metric{Name: "faults", Better: results.Lower}, Value: counts[e.Side]}
		}
	}
	f.alarms = []results.AlarmTally{{Suite: "dataflow", Host: "office-box", Runs: 39, Confirmed: 1}}
	f.runs = slices.DeleteFunc(f.runs, func(r results.Run) bool { return r.ID == "failed-1" })
	page := html.UnescapeString(document(t, New(f, Options{}), "sure.html", nil))
	for _, want := range []string{
		"Of 1 alarm in 39 runs, a second measurement confirmed 1 and refuted 0; 0 stayed open.", "is 0.0 %, 95 % interval 0.0 % to 79.3 %.",
		"regression</span> <b><bdi>join</bdi></b>", "(median)</th>", "(mean)</th>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
