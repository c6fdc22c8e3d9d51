package site

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
)

// TestHistoryJSON: what is written fast is what is written slowly, whatever is in it.
func TestHistoryJSON(t *testing.T) {
	point := HistoryPoint{At: 1, Value: math.Inf(1), Low: -5e-324, High: 1e300, Environment: attack, Runs: []string{attack, "a"}}
	m := HistoryModel{
		Suite: attack, Metric: results.Metric{Name: attack}, Sentence: "s", Changes: []Change{{Suite: attack}},
		Commits: []CommitPlace{{Commit: results.Commit{Rev: "a\\b", Asked: "<&>", Subject: "\u2028ü", Author: attack, When: time.Unix(1, 5).UTC(), Dirty: true, Branch: "main"}, Release: "v1"}, {}},
		Lines:   []HistoryLine{{Class: attack, Points: []HistoryPoint{point, point}, Scatter: 0.1, Sentence: "x", Unreadable: 2}, {Points: []HistoryPoint{}}},
	}
	slow, err := export.JSON(m)
	if err != nil {
		t.Fatal(err)
	}
	fast, err := m.json()
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal(slow, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(fast, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%s\nwant\n%s", err, fast, slow)
	}
}

// TestPointsJSON: so is what a script reads out.
func TestPointsJSON(t *testing.T) {
	d := drawn{chart.History{Label: "l", Words: []string{attack, ""}, Lines: []chart.Line{
		{Name: attack, Class: "office", Points: []chart.Spot{{Value: 1, Title: attack, Href: "a?b&c"}, {X: 1, Value: math.NaN()}}}, {},
	}}}
	want, err := json.Marshal(d.Readout())
	if err != nil {
		t.Fatal(err)
	}
	const open = `<script type="application/json" class="points">`
	if got := string(d.Points()); got != open+string(want)+"</script>" {
		t.Errorf("%s\nwant %s", got, want)
	}
}
