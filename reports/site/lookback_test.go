package site

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// TestHistoryLooksBack: a page says of a series what the terminal says, also after a new
// point came.
func TestHistoryLooksBack(t *testing.T) {
	f := office()
	s := New(f, Options{})
	check := func(series results.Series) (emerging int) {
		t.Helper()
		var m HistoryModel
		if err := json.Unmarshal([]byte(document(t, s, strings.TrimSuffix(historyAddress(series), "html")+"json", nil)), &m); err != nil {
			t.Fatal(err)
		}
		steps, err := f.Steps(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		terminal := verdict.NewTimeline(series, f.points[series], steps, f.accepted)
		terminal.LookBack()
		for _, want := range terminal.Steps {
			if !slices.ContainsFunc(m.Changes, func(c Change) bool {
				return c.Bad == want.Bad && c.Class == series.Class && c.State == want.State && c.Note == want.Note && c.Change == want.Change
			}) {
				t.Errorf("%s: the page lacks %+v", series, want)
			}
			if want.State == verdict.StateEmerging {
				emerging++
			}
		}
		return emerging
	}
	all := 0
	for series := range f.points {
		all += check(series)
	}
	series := results.Series{Suite: "dataflow", Branch: "main", Class: "cloud", Benchmark: "join", Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}}
	if page := document(t, s, historyAddress(series), nil); all == 0 || !strings.Contains(page, "emerging</span>") || !strings.Contains(page, "1 step emerges, not announced yet") {
		t.Errorf("%d steps emerge, and the page does not say so", all)
	}
	for i := range 20 {
		last := f.points[series][len(f.points[series])-1]
		last.Commit, last.Run = commit(40+i), runID("cloud", 40+i)
		last.Value *= 2 - float64(min(i, 1))
		f.points[series] = append(f.points[series], last)
	}
	if now := check(series); now < 1 {
		t.Errorf("%d steps emerge after twice the time", now)
	}
}
