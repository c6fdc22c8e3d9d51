package main

import (
	"testing"
)

// TestQuick holds the figures that a few seconds can tell. Over a tenth of the
// pairs the wanted 0.10 % of false alarms would be less than one, so two are
// allowed for chance.
func TestQuick(t *testing.T) {
	pairs, err := sapPairs("testdata")
	if err != nil || len(pairs) != 8913 {
		t.Fatalf("%d pairs, %v", len(pairs), err)
	}
	var some []twoSides
	for i := 0; i+suiteSize <= len(pairs); i += 10 * suiteSize {
		some = append(some, pairs[i:i+suiteSize]...)
	}
	ours, held := tallySuites(some)
	theirs := tallyRival(some, asv)
	if ours.alarms > 2 || !ours.more(theirs) || held < 0.94 {
		t.Errorf("perfrun: %v, asv: %v; %.1f %% of intervals hold", ours, theirs, 100*held)
	}
	rows, err := golangRows("testdata")
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Missed {
			t.Errorf("%s: %s, wanted %s", row.Task, row.Figure, row.Wanted)
		}
	}
}

// TestSequentialSuites lets a few suites run until they stop by themselves.
func TestSequentialSuites(t *testing.T) {
	pairs, err := sapPairs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	few := pairs[:8*suiteSize]
	if equal := runSuites(few, 0); equal.alarms > 2 {
		t.Errorf("%d false alarms of %d", equal.alarms, equal.pairs)
	}
	if slow := runSuites(few, 0.05); slow.allowedShare() < 0.9 || slow.mean() > 20 {
		t.Errorf("found %.2f of what the noise allows, after %.1f rounds", slow.allowedShare(), slow.mean())
	}
}

func TestRivals(t *testing.T) {
	base, head := []float64{10, 11, 12, 13, 14, 15, 16, 17, 18, 19}, []float64{20, 21, 22, 23, 24, 25, 26, 27, 28, 29}
	for _, r := range []rival{benchstat, strict, threePer, asv} {
		if r.judge(base, head) != 1 || r.judge(head, base) != -1 || r.judge(base, base) != 0 {
			t.Errorf("%s: %d, %d, %d", r.name, r.judge(base, head), r.judge(head, base), r.judge(base, base))
		}
	}
	if perfherder.judge(base, head) != 1 || perfherder.judge(base, head[:3]) == -1 {
		t.Errorf("Perfherder: %d", perfherder.judge(base, head))
	}
}
