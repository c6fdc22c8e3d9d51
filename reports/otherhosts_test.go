package reports

import (
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/beside"
	"mtrlz.dev/perfrun/results/verdict"
)

// TestOtherHostsBesideRows: each where it belongs, with what it says and whether it agrees.
func TestOtherHostsBesideRows(t *testing.T) {
	rows := map[string][]OtherHost{}
	for _, r := range NewRunModel(fixturePage()).Rows {
		rows[r.Name()] = r.Beside
	}
	check := func(name string, want beside.Agreement, change string) {
		t.Helper()
		if got := rows[name]; len(got) != 1 || got[0].Agreement != want || got[0].Change != change || got[0].Class != "cloud" {
			t.Errorf("%s: %+v, want %s %s", name, got, want, change)
		}
	}
	check("join join/inner sec/iter", beside.Agree, "+5.8 %")
	check("filter wall", beside.Alone, "+8.0 %")
	if got := rows["filter wall"][0].Effort; got != "Executions scatter by 0.40 % on this host, 0.40 % on cloud. All of them took 2 min on cloud for 0.01." {
		t.Errorf("what it took is not said of both: %q", got)
	}
	if got := rows["scan throughput"]; got != nil {
		t.Errorf("nobody else measured scan: %+v", got)
	}
}

// TestHostsOfLargeRuns: of many rows only those have a second line of which hosts differ.
func TestHostsOfLargeRuns(t *testing.T) {
	p := largeRun(1000, 4)
	other := Hosted{Class: hostile, Record: &results.Record{Run: p.Record.Run}}
	for i, c := range worstFirst(p.Comparisons) {
		if i == 7 {
			c.Verdict = verdict.NoChange
		}
		other.Comparisons = append(other.Comparisons, c)
	}
	p.Beside = []Hosted{other}
	text := renderPage(t, p)
	checkPage(t, text)
	if n := strings.Count(text, `class="other `); n != 1 || len(text) > 1_500_000 {
		t.Errorf("%d second lines in %d bytes", n, len(text))
	}
}
