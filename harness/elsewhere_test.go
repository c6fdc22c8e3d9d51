package harness

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/table"
	"mtrlz.dev/perfrun/results/store"
)

// TestTakeInRepeated: a commit that a table names again was measured again, and one that
// was measured in another environment is a point of the last.
func TestTakeInRepeated(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "perfrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := Elsewhere{Name: "again.csv", Suite: "again", Branch: "main", Class: "old", Unit: "ms", Better: results.Lower, At: time.Unix(1e9, 0).UTC()}
	e.Series = []table.Series{{
		Name: "s", Values: []float64{1, 9, 5, 7, 3}, Commits: []string{"a", "b", "b", "b", "b"}, Environments: []string{"x", "x", "y", "y", "y"},
	}}
	if commits, err := e.TakeIn(t.Context(), s, func(int, int) {}); err != nil || commits != 2 {
		t.Fatalf("%d commits, %v", commits, err)
	}
	points, err := s.Points(t.Context(), e.series("s"))
	if err != nil || len(points) != 2 {
		t.Fatalf("%+v, %v", points, err)
	}
	if p := points[1]; p.Commit.Rev != "b" || p.Value != 5 || p.Low != 3 || p.High != 7 || p.N != 3 {
		t.Errorf("%+v", p)
	}
	if points[0].Environment == points[1].Environment {
		t.Error("both points are of one environment")
	}
}

// TestTakeIn takes in what another tool measured: a series that steps, one that does
// not, and one with a gap, twice, the second time with more of it.
func TestTakeIn(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "perfrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	random := rand.New(rand.NewPCG(3, 4))
	e := Elsewhere{Name: "nightly.csv", Suite: "nightly", Branch: "main", Class: "old", Unit: "ms", Better: results.Lower, At: time.Unix(1e9, 0).UTC()}
	e.Series = []table.Series{{Name: "steps"}, {Name: "stays"}, {Name: "gap"}}
	for n := range 60 {
		level := 100.0
		if n >= 30 {
			level = 120
		}
		e.Series[0].Values = append(e.Series[0].Values, level+random.NormFloat64())
		e.Series[1].Values = append(e.Series[1].Values, 50+random.NormFloat64())
		e.Series[2].Values = append(e.Series[2].Values, 7)
		for i := range e.Series {
			e.Series[i].Commits = append(e.Series[i].Commits, fmt.Sprintf("commit%02d", n))
		}
	}
	e.Series[2].Values[5] = math.NaN()
	longer := e
	longer.Series = append([]table.Series(nil), e.Series...)
	e.Series[0].Values, e.Series[0].Commits = e.Series[0].Values[:50], e.Series[0].Commits[:50]
	for _, history := range []Elsewhere{e, e, longer} {
		if _, err := history.TakeIn(t.Context(), s, func(int, int) {}); err != nil {
			t.Fatal(err)
		}
	}
	steps, err := s.Steps(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 1 || steps[0].Bad != "commit30" || steps[0].Good != "commit29" || steps[0].Series.Benchmark != "steps" || math.Abs(steps[0].Change-0.2) > 0.02 {
		t.Errorf("steps %+v", steps)
	}
	for name, want := range map[string]int{"steps": 60, "stays": 60, "gap": 59} {
		if points, err := s.Points(t.Context(), e.series(name)); err != nil || len(points) != want || points[want-1].Commit.Rev != "commit59" {
			t.Errorf("%s has %d points, want %d: %v", name, len(points), want, err)
		}
	}
	if runs, err := s.Runs(t.Context(), 0); err != nil || len(runs) != 60 || runs[0].Kind != results.Elsewhere {
		t.Errorf("%d runs, %v", len(runs), err)
	}
}
