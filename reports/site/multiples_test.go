package site

import (
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
)

// TestOldOpenStepIsDrawn: a small history that is called open shows why, though the step is
// older than what it draws: a mark at its left edge, and a sentence.
func TestOldOpenStepIsDrawn(t *testing.T) {
	f, s := office(), results.Series{}
	for series := range f.points {
		if series.Benchmark == "join" && series.Class == "office" {
			s = series
		} else if series.Benchmark == "join" { // of fewer commits
			delete(f.points, series)
		}
	}
	f.points[s] = nil
	for n := range recent + 100 {
		v := 0.0121 * (1 + 0.08*step(n, 30, recent+100))
		f.points[s] = append(f.points[s], results.Point{Series: s, Run: runID("office", n+1), Side: results.Head, Commit: commit(n), Environment: "env0", Value: v, Low: v, High: v, N: 20})
	}
	pages := New(f, Options{})
	for _, address := range []string{suiteAddress("dataflow"), "index.html"} {
		_, page, _ := strings.Cut(document(t, pages, address, nil), `<ul class="multiples">`)
		first, _, _ := strings.Cut(page, "</li>")
		for _, want := range []string{
			`>open</span>`, "1 step, 1 regression open.", `<rect class="change worse" x="7" y="12" width="2"`,
			`<path class="symbol worse"`, "+8.0 % (+7.0 % to +9.0 %), a002000000, before the first commit that is drawn",
			"On office +8.0 % since a002000000, before these 200 commits.",
		} {
			if first = strings.ReplaceAll(first, "&#43;", "+"); !strings.Contains(first, want) {
				t.Errorf("%s lacks %q in\n%s", address, want, first)
			}
		}
	}
	if page := document(t, pages, historyAddress(s), nil); strings.Contains(page, "before the first commit") {
		t.Error("a whole history says that something is older")
	}
}

// TestSmallHistorySaysThatItIsNoisy: where the whole one does, and nowhere else.
func TestSmallHistorySaysThatItIsNoisy(t *testing.T) {
	page := document(t, officeSite(), suiteAddress("dataflow"), nil)
	for _, part := range strings.Split(page, "<li>") {
		if got, want := strings.Contains(part, "this series is noisy: neighbouring points scatter by"), strings.Contains(part, "<bdi>noisy</bdi></b>"); got != want {
			t.Errorf("noisy %t, want %t: %.300s", got, want, part)
		}
	}
}
