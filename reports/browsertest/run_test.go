package browsertest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// everyReader calls see for both schemes, a phone and a wide screen, with
// scripts and without.
func everyReader(t *testing.T, see func(t *testing.T, o Options)) {
	for _, dark := range []bool{false, true} {
		for _, width := range []int{360, 1600} {
			for _, noScript := range []bool{false, true} {
				name := fmt.Sprintf("dark=%t,width=%d,noscript=%t", dark, width, noScript)
				t.Run(name, func(t *testing.T) { see(t, Options{Width: width, Dark: dark, NoScript: noScript}) })
			}
		}
	}
}

// TestRunPage opens the page of a run as the package reports writes it: its
// golden file holds every part that a page can have.
func TestRunPage(t *testing.T) {
	everyReader(t, func(t *testing.T, o Options) {
		p := Open(t, "../testdata/page.html", o)
		p.Sound()
		p.Screenshot(t.Name())
	})
}

// TestHostileRunPage: names and messages that would like to be more than text.
func TestHostileRunPage(t *testing.T) {
	file := write(t, hostileRun(t))
	for _, o := range []Options{{Width: 360}, {Dark: true, NoScript: true}} {
		p := Open(t, file, o)
		p.Sound()
		p.Screenshot(fmt.Sprintf("%s-%d", t.Name(), o.Width))
		if n := Eval[int](p, "document.querySelectorAll('img, script, iframe, [onerror]').length"); n != 1 /* the page's own script */ || Eval[bool](p, "'caught' in window") {
			t.Errorf("%d elements came out of words", n)
		}
	}
}

const attack = `</pre></title><img src=x onerror="caught=1"><script>caught=1</script>'"&` + "\u202e\u200b消"

func hostileRun(t *testing.T) string {
	t.Helper()
	long := attack
	for len(long) < 10_000 {
		long += "abcdefghij"
	}
	wall := results.Metric{Name: attack, Unit: "sec", Better: results.Lower}
	run := results.Run{
		ID: attack, State: results.Failed, Error: long, Suite: long, User: attack, SuiteText: long, Command: []string{attack, long},
		Base: results.Commit{Rev: attack, Subject: long}, Head: results.Commit{Rev: "b", Subject: attack, Author: long, When: time.Unix(0, 0)},
		Env:    []results.Fact{{Name: attack, Value: long}},
		Guards: []results.Guard{{Aspect: attack, Detail: long}},
		Bench:  []results.Benchmark{{Name: attack, Command: long}, {Name: long, Command: attack}},
	}
	page := reports.Page{Record: &results.Record{Run: run}, Generator: attack}
	for _, name := range []string{attack, long} {
		page.Comparisons = append(page.Comparisons,
			verdict.Comparison{Benchmark: name, Metric: wall, Verdict: verdict.Regression, Reason: long, Change: 1e300, Low: -1e300, High: 1e300},
			verdict.Comparison{
				Benchmark: name, Metric: results.Metric{Name: "b"}, Verdict: verdict.Broken, Reason: attack,
				Evidence: []results.Fault{{Kind: results.FaultExit, Detail: attack, Stderr: long, Stdout: attack}},
			})
	}
	var b bytes.Buffer
	if err := reports.HTML(&b, page); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestEmptyRunPage: a run of which nothing is known.
func TestEmptyRunPage(t *testing.T) {
	var b bytes.Buffer
	if err := reports.HTML(&b, reports.Page{Record: &results.Record{}}); err != nil {
		t.Fatal(err)
	}
	Open(t, write(t, b.String()), Options{Width: 360}).Sound()
}
