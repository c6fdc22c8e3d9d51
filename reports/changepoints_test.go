package reports

import (
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results/verdict"
)

func TestChangePoints(t *testing.T) {
	commit := strings.Repeat("0123456789", 4)
	points := []verdict.ChangePoint{
		{Series: "join", Index: 40, Change: 0.2, Low: 0.18, High: 0.23, Kind: verdict.KindRegression, Good: commit, Bad: "v1.2"},
		{Series: "join", Index: 80, Change: -0.16, Low: -0.19, High: -0.14, Kind: verdict.KindRecovery, Good: "c79", Bad: "c80"},
		{Series: "alloc\x1b[31m", Index: 7, Kind: verdict.KindRegression},
	}
	check := func(what string, points []verdict.ChangePoint, width int, want ...string) {
		t.Helper()
		var b strings.Builder
		if err := ChangePoints(&b, 3, points, TableStyle{Width: width}); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(b.String(), text) {
				t.Errorf("%s: no %q in\n%s", what, text, b.String())
			}
		}
		if strings.Contains(b.String(), "\x1b") {
			t.Errorf("%s: a name paints the terminal:\n%q", what, b.String())
		}
	}
	check("wide", points, 0, "+20.0 %", "+18.0 % to +23.0 %", "012345678901  v1.2", "3 steps in 3 histories: 2 regressions, 1 recovery, 0 improvements.")
	check("narrow", points, 50, "regression")
	check("none", nil, 80, "0 steps in 3 histories")
}
