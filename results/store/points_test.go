package store

import (
	"math"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

var hostileSeries = results.Series{
	Suite: "dataflow", Branch: hostile, Class: hostile, Benchmark: hostile,
	Metric: results.Metric{Case: hostile, Name: "wall", Unit: "\xff", Better: results.Higher},
}

func examplePoints(run results.Run) (points []results.Point) {
	for i, side := range results.Sides() {
		commit := []results.Commit{run.Base, run.Head}[i]
		commit.Asked, commit.Dirty = "", false
		points = append(points, results.Point{
			Series: hostileSeries, Run: run.ID, Side: side, Commit: commit, Environment: "e1", Value: 1.5 + float64(i), Low: -1e300, High: 5e-324, N: 7,
		})
	}
	return points
}

func exampleStep(run results.Run) results.Step {
	return results.Step{
		Series: hostileSeries, Environment: "e1", Good: run.Base.Rev, Bad: run.Head.Rev, Change: 0.5, Low: 0.25, High: 0.75, Before: 2, After: 3,
		Source: results.FromHistory, Run: run.ID, Announced: time.Date(2026, 11, 3, 0, 0, 0, 7, time.UTC),
	}
}

func exampleAcceptance(run results.Run) results.Acceptance {
	return results.Acceptance{
		Suite: "dataflow", Benchmark: hostile, Commit: run.Head.Rev, Run: run.ID, Reason: hostile, By: hostile, At: time.Date(2026, 11, 4, 0, 0, 0, 7, time.UTC),
	}
}

// remember gives a stored run a point a side, a step, an acceptance and outcomes.
func remember(t *testing.T, s *Store, id string) {
	t.Helper()
	run, err := s.Run(t.Context(), id)
	if err == nil {
		err = s.AddPoints(t.Context(), id, examplePoints(run))
	}
	if err == nil {
		err = s.Announce(t.Context(), []results.Step{exampleStep(run)})
	}
	if err == nil {
		err = s.Accept(t.Context(), exampleAcceptance(run), results.Deed{})
	}
	if err == nil {
		err = s.SetOutcomes(t.Context(), id, exampleOutcomes())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// saveDone stores a run that is done and has no executions.
func saveDone(t *testing.T, s *Store, run results.Run) {
	t.Helper()
	save(t, s, run, 0)
	for _, state := range []results.State{results.Analysing, results.Done} {
		if err := s.SetState(t.Context(), run.ID, state, run.Created.Add(time.Hour), ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHistoryComesBackAsItWasGiven(t *testing.T) {
	s, _ := fresh(t)
	run := exampleRun("a")
	save(t, s, run, 0)
	remember(t, s, "a")
	check := func(what string, got, want any, err error) {
		t.Helper()
		if diff := gocmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
	}
	series, err := s.Series(t.Context(), "")
	check("series of a run that is not done", len(series), 0, err)
	steps, err := s.Steps(t.Context(), "")
	check("steps of a run that is not done", len(steps), 0, err)
	for _, state := range []results.State{results.Analysing, results.Done} {
		if err := s.SetState(t.Context(), "a", state, run.Created, ""); err != nil {
			t.Fatal(err)
		}
	}
	series, err = s.Series(t.Context(), "dataflow")
	check("series", series, []results.Series{hostileSeries}, err)
	points, err := s.Points(t.Context(), hostileSeries)
	check("points", points, examplePoints(run), err)
	points, err = s.RecentPoints(t.Context(), hostileSeries, "e1", 1)
	check("the recent point", points, examplePoints(run)[1:], err)
	points, err = s.RecentPoints(t.Context(), hostileSeries, "e2", 9)
	check("points of another environment", len(points), 0, err)
	steps, err = s.Steps(t.Context(), "dataflow")
	check("steps", steps, []results.Step{knownStep(run)}, err)
	accepted, err := s.Acceptances(t.Context(), "dataflow")
	check("acceptances", accepted, []results.Acceptance{exampleAcceptance(run)}, err)
	for _, list := range []func() (int, error){
		func() (int, error) { l, err := s.Series(t.Context(), "x"); return len(l), err },
		func() (int, error) { l, err := s.Steps(t.Context(), "x"); return len(l), err },
		func() (int, error) { l, err := s.Acceptances(t.Context(), "x"); return len(l), err },
	} {
		n, err := list()
		check("of another suite", n, 0, err)
	}
}

// knownStep is the example as it comes back, with what its run knows of the commit.
func knownStep(run results.Run) results.Step {
	step := exampleStep(run)
	step.Commit = results.Commit{Rev: run.Head.Rev, Author: run.Head.Author, When: run.Head.When}
	step.GoodCommit = results.Commit{Rev: run.Base.Rev, Subject: run.Base.Subject, Author: run.Base.Author, When: run.Base.When, Branch: run.Base.Branch}
	return step
}

// TestWhatWasAnnouncedStays repeats everything with other figures.
func TestWhatWasAnnouncedStays(t *testing.T) {
	s, _ := fresh(t)
	run := exampleRun("a")
	saveDone(t, s, run)
	remember(t, s, "a")
	remember(t, s, "a")
	moved := exampleStep(run)
	moved.Change, moved.Good = 9, "other"
	if err := s.Announce(t.Context(), []results.Step{moved}); err != nil {
		t.Fatal(err)
	}
	steps, err := s.Steps(t.Context(), "")
	if diff := gocmp.Diff([]results.Step{knownStep(run)}, steps); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	points, err := s.Points(t.Context(), hostileSeries)
	if accepted, acceptErr := s.Acceptances(t.Context(), ""); err != nil || acceptErr != nil || len(points) != 2 || len(accepted) != 1 {
		t.Errorf("%d points, %v, and %d acceptances, %v; want 2 and 1", len(points), err, len(accepted), acceptErr)
	}
	for _, value := range []float64{math.NaN(), math.Inf(1)} {
		bad := examplePoints(run)
		bad[1].High = value
		if err := s.AddPoints(t.Context(), "a", bad); err == nil {
			t.Errorf("a point of %v was taken", value)
		}
	}
	if err := s.AddPoints(t.Context(), "b", nil); err == nil {
		t.Error("points were added to a run that is not there")
	}
}

func TestAcceptanceIsTakenBackOnce(t *testing.T) {
	s, _ := fresh(t)
	run := exampleRun("a")
	saveDone(t, s, run)
	remember(t, s, "a")
	check := func(benchmark string, want bool) {
		t.Helper()
		if got, err := s.Unaccept(t.Context(), "dataflow", benchmark, run.Head.Rev, results.Deed{At: run.Created, Person: results.Person{Name: "nikhil"}, Verb: "accept undo"}); err != nil || got != want {
			t.Errorf("take back of %q: %v, %v", benchmark, got, err)
		}
	}
	check("join", false)
	check(hostile, true)
	check(hostile, false)
	if deeds, err := s.Audit(t.Context(), 10); err != nil || len(deeds) != 2 || deeds[0].Verb != "accept undo" {
		t.Errorf("the audit has %+v, %v: what was not taken back is no deed", deeds, err)
	}
	remember(t, s, "a") // accepted anew
	if list, err := s.Acceptances(t.Context(), ""); err != nil || len(list) != 1 {
		t.Errorf("%d acceptances, %v", len(list), err)
	}
}

// TestPointsFollowCommits stores runs in another order than that of their commits.
func TestPointsFollowCommits(t *testing.T) {
	s, _ := fresh(t)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, day := range []int{3, 1, 0, 2} { // 0: a commit without a date
		run := exampleRun([]string{"a", "b", "c", "d"}[i])
		run.Head.When = at.AddDate(0, 0, day)
		if day == 0 {
			run.Head.When = time.Time{}
		}
		saveDone(t, s, run)
		if err := s.AddPoints(t.Context(), run.ID, examplePoints(run)[1:]); err != nil {
			t.Fatal(err)
		}
	}
	order := func(points []results.Point, err error) (ids []string) {
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range points {
			ids = append(ids, p.Run)
		}
		return ids
	}
	if got := order(s.Points(t.Context(), hostileSeries)); !slices.Equal(got, []string{"c", "b", "d", "a"}) {
		t.Errorf("points in the order %q", got)
	}
	if got := order(s.RecentPoints(t.Context(), hostileSeries, "e1", 2)); !slices.Equal(got, []string{"d", "a"}) {
		t.Errorf("recent points in the order %q", got)
	}
}
