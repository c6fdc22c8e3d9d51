package verdict

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"mtrlz.dev/perfrun/results"
)

func TestChangePoints(t *testing.T) {
	kinds := func(list []ChangePoint) (words []string) {
		for _, c := range list {
			words = append(words, fmt.Sprintf("%s@%d", c.Kind, c.Index))
		}
		return words
	}
	check := func(what string, h History, want ...string) []ChangePoint {
		t.Helper()
		got := ChangePoints(h)
		if !slices.Equal(kinds(got), want) {
			t.Errorf("%s: %v, want %v", what, kinds(got), want)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return got
	}
	up := slices.Concat(noisy(1, 40, 1, 0.01), noisy(2, 40, 1.2, 0.01))
	commits := make([]string, 80)
	for i := range commits {
		commits[i] = fmt.Sprintf("c%d", i)
	}
	got := check("slower", History{Series: "s", Values: up, Commits: commits}, "regression@40")
	if c := got[0]; math.Abs(c.Change-0.2) > 0.02 || c.Low > c.Change || c.High < c.Change || c.High-c.Low > 0.05 || c.Good != "c39" || c.Bad != "c40" || c.Series != "s" {
		t.Errorf("%+v", c)
	}
	check("higher is better", History{Values: up, Better: results.Higher}, "improvement@40")
	check("and back", History{Values: slices.Concat(up, noisy(3, 40, 1, 0.01))}, "regression@40", "recovery@80")
	check("faster still", History{Values: slices.Concat(up, noisy(3, 40, 0.6, 0.01))}, "regression@40", "improvement@80")
	environments := slices.Concat(slices.Repeat([]string{"old"}, 40), slices.Repeat([]string{"new"}, 40))
	check("another machine", History{Values: up, Environments: environments})
	missing := slices.Clone(up)
	missing[38], missing[39] = math.NaN(), math.NaN()
	got = check("missing before", History{Values: missing, Commits: commits}, "regression@40")
	if got[0].Good != "c37" || got[0].Bad != "c40" {
		t.Errorf("between %s and %s", got[0].Good, got[0].Bad)
	}
	check("from zero", History{Values: slices.Concat(make([]float64, 30), slices.Repeat([]float64{4}, 30))}, "regression@30")
	check("nothing", History{})
	check("all missing", History{Values: slices.Repeat([]float64{math.NaN()}, 30)})
}
