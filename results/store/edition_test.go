package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

// TestEditions: everything that pages show makes a new edition of what it changes, and
// nothing that a run does thousands of times makes any.
func TestEditions(t *testing.T) {
	s := reopen(t, filepath.Join(t.TempDir(), "perf.db"))
	ctx := t.Context()
	check := func(what string, runs, findings bool, do func(context.Context) error) {
		t.Helper()
		before, err := s.Edition(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := do(ctx); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		after, err := s.Edition(ctx)
		if err != nil || (after.Runs != before.Runs) != runs || (after.Findings != before.Findings) != findings {
			t.Errorf("%s: %+v became %+v, %v", what, before, after, err)
		}
	}
	run := exampleRun("edition")
	check("a run begins", true, false, func(ctx context.Context) error { return s.SaveRun(ctx, run) })
	check("a round", false, false, func(ctx context.Context) error { return s.AppendExecutions(ctx, run.ID, exampleExecutions(0, 2)) })
	check("a job", false, false, func(ctx context.Context) error {
		return s.ChangeJobs(ctx, func(j Jobs) error { return j.Save(someJob("job")) })
	})
	check("its state", true, false, func(ctx context.Context) error {
		return s.SetState(ctx, run.ID, results.Analysing, time.Time{}, "")
	})
	check("outcomes", true, true, func(ctx context.Context) error { return s.SetOutcomes(ctx, run.ID, nil) })
	check("points", true, true, func(ctx context.Context) error { return s.AddPoints(ctx, run.ID, nil) })
	check("its end", true, true, func(ctx context.Context) error { return s.SetState(ctx, run.ID, results.Done, time.Now(), "") })
	check("disturbances", true, false, func(ctx context.Context) error {
		return s.SetDisturbances(ctx, run.ID, results.Disturbances{})
	})
	check("steps", true, true, func(ctx context.Context) error { return s.Announce(ctx, nil) })
	deed := results.Deed{At: time.Now(), Person: results.Person{Name: "ada", Role: results.Admin}, Verb: "accept"}
	check("what is accepted", true, true, func(ctx context.Context) error {
		return s.Accept(ctx, results.Acceptance{Suite: "s", Benchmark: "b", Commit: "c", Run: run.ID, At: time.Now()}, deed)
	})
	s.writer.MustExec("DELETE FROM editions")
	check("a damaged database", true, true, func(ctx context.Context) error { return s.SaveRun(ctx, exampleRun("another")) })
	if e, err := s.Edition(ctx); e.Runs == 0 || err != nil {
		t.Errorf("%+v, %v", e, err)
	}
	check("what is accepted no longer", true, true, func(ctx context.Context) error {
		_, err := s.Unaccept(ctx, "s", "b", "c", deed)
		return err
	})
}
