package beside

import (
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

var wall = results.Metric{Name: "wall", Unit: "s", Better: results.Lower}

// says is a comparison with an interval of a half width around a change.
func says(v verdict.Verdict, change, half float64) verdict.Comparison {
	c := verdict.Comparison{Benchmark: "join", Metric: wall, Verdict: v, Change: change, Low: change - half, High: change + half, MinEffect: 0.02}
	if v != verdict.Broken {
		values := []float64{1, 1, 1, 1, 1, 1, 1, 1}
		c.Base, c.Head = verdict.Summary{N: 8, Median: 1, CV: 0.01, Values: values}, verdict.Summary{N: 8, Median: 1 + change, CV: 0.02, Values: values}
	}
	return c
}

// host has one comparison, and sees what its calibration says; 0: it has none.
func host(class string, visible float64, comparisons ...verdict.Comparison) Host {
	h := Host{Class: class, Comparisons: comparisons, Spent: map[string]time.Duration{"join": time.Minute}}
	if visible > 0 {
		h.Run.Noise = []results.Noise{{Benchmark: "join", Metric: wall, Visible: visible}}
	}
	return h
}

func TestAgreement(t *testing.T) {
	check := func(want Agreement, why string, office verdict.Comparison, visible float64, cloud verdict.Comparison) {
		t.Helper()
		rows := Rows([]Host{host("office", 0.01, office), host("cloud", visible, cloud)})
		if len(rows) != 1 || rows[0].Agreement != want || !strings.Contains(rows[0].Why, why) {
			t.Errorf("%s beside %s: %+v, want %s, %q", office.Verdict, cloud.Verdict, rows, want, why)
		}
	}
	slower, faster, same, unsure := says(verdict.Regression, 0.05, 0.01), says(verdict.Improvement, -0.05, 0.01), says(verdict.NoChange, 0, 0.01), says(verdict.CannotTell, 0.03, 0.08)
	check(Agree, "", slower, 0.1, slower)
	check(Agree, "", same, 0.1, same)
	check(Contradict, "office says regression, cloud says improvement", slower, 0.1, faster)
	check(Alone, "cloud alone says regression", same, 0.1, slower)
	check(Blind, "cloud cannot see it: it sees changes from 10.0 % on (by its calibration)", slower, 0.1, same)
	check(Missed, "cloud could have seen it: it sees changes from 4.0 % on", slower, 0.04, same)
	check(Blind, "from 8.0 % on (by the width of its interval)", slower, 0, unsure)
	check(Unsure, "office says no change, cloud says cannot tell", same, 0, unsure)
	check(Differ, "office is broken, cloud is no change", says(verdict.Broken, 0, 0), 0, same)
	exact := says(verdict.NoChange, 0, 0) // nothing is known of what it sees
	exact.Base.Values, exact.Base.N = nil, 1
	check(Blind, "not known", slower, 0, exact)
}

func TestRows(t *testing.T) {
	other := says(verdict.NoChange, 0, 0.01)
	other.Benchmark = "scan"
	rows := Rows([]Host{host("office", 0.01, says(verdict.Regression, 0.05, 0.01)), host("cloud", 0, other, says(verdict.Regression, 0.06, 0.03))})
	if len(rows) != 2 || rows[0].Benchmark != "join" || rows[1].Benchmark != "scan" || rows[1].Cells[0] != nil || rows[1].Agreement != Differ || rows[1].Why != "cloud alone has a result" {
		t.Fatalf("%+v", rows)
	}
	cell := rows[0].Cells[1]
	if cell.Calibrated || cell.Visible < 0.0299 || cell.Visible > 0.0301 || cell.CV != 0.02 || cell.Spent != time.Minute {
		t.Errorf("%+v", cell)
	}
	if one := Rows([]Host{host("office", 0.01, other)}); one[0].Agreement != "" {
		t.Errorf("alone it agrees with nobody: %+v", one)
	}
}

func TestOverTime(t *testing.T) {
	pair := func(office verdict.Comparison, visible float64, cloud verdict.Comparison) []Row {
		return Rows([]Host{host("office", 0.005, office), host("cloud", visible, cloud)})
	}
	check := func(want Conclusion, why string, pairs ...[]Row) Standing {
		t.Helper()
		list := OverTime(pairs)
		if len(list) != 1 || list[0].Conclusion != want || !strings.Contains(list[0].Why, why) {
			t.Fatalf("%+v, want %s, %q", list, want, why)
		}
		return list[0]
	}
	same, slower := says(verdict.NoChange, 0, 0.01), says(verdict.Regression, 0.05, 0.01)
	calm, noisy, wrong, seen := pair(same, 0.015, same), pair(same, 0.06, same), pair(same, 0.015, slower), pair(slower, 0.015, slower)
	check(TooFew, "4 of 5", calm, calm, calm, seen)
	s := check(Suffices, "in 5 of 5 pairs, and was wrong in 0", calm, calm, calm, calm, seen)
	if s.Pairs != 5 || s.Changes != 1 || s.Count[Agree] != 5 || s.Sees != 0.015 || s.Reference != 0.005 || s.Matters != 0.02 {
		t.Errorf("%+v", s)
	}
	check(NeedsBox, "in 0 of 5", noisy, noisy, noisy, noisy, noisy) // silence is no merit
	check(NeedsBox, "was wrong in 1 of 5 pairs", calm, calm, calm, calm, wrong)
	check(Suffices, "was wrong in 1", calm, calm, calm, calm, calm, calm, calm, calm, calm, wrong)
	if list := OverTime([][]Row{Rows([]Host{host("office", 0, same)}), Rows([]Host{{Class: "office"}, host("cloud", 0, same)})}); len(list) != 0 {
		t.Errorf("of what one host alone has: %+v", list)
	}
}
