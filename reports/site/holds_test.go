package site

import (
	"context"
	"errors"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/results/verdict"
)

// TestPagesHoldAsLongAsTheySay: whatever a box writes, one step after the other, no
// document that says that it still holds is another than a new site would make, and a site
// that remembers things makes the same.
func TestPagesHoldAsLongAsTheySay(t *testing.T) {
	db, _ := measuredIn(t)
	old := storedRun("old-cloud", 2)
	old.Class = "cloud"
	put(t, db, old)
	long := New(db, Options{})
	kept, of := documents(t, long), editionOf(t, db)
	held := map[Holds]int{}
	for _, step := range lifeOfARun(db) {
		if err := step.do(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		now := editionOf(t, db)
		fresh, remembered := documents(t, New(db, Options{})), documents(t, long)
		for address, want := range fresh {
			was, known := kept[address]
			if known && was.Holds.In(of, now) {
				held[was.Holds]++
				if string(was.Body) != string(want.Body) {
					t.Errorf("%s says that it holds (%d) when this comes: %s", address, was.Holds, step.what)
				}
			}
			if string(remembered[address].Body) != string(want.Body) {
				t.Errorf("%s is an old one after %s", address, step.what)
			}
		}
		kept, of = remembered, now
	}
	if held[HoldsRuns] == 0 || held[HoldsFindings] <= held[HoldsRuns] || held[HoldsAMoment] > 0 {
		t.Errorf("held: %v", held)
	}
}

func editionOf(t *testing.T, db *store.Store) results.Edition {
	t.Helper()
	e, err := db.Edition(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// documents are all of a site, and the comparisons that nobody lists.
func documents(t *testing.T, s *Site) map[string]Document {
	t.Helper()
	all, err := s.addresses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]Document{}
	for _, address := range append(all, "compare/"+rev(1)+between+rev(2)+".html", "compare/done-1"+between+"old-cloud.html") {
		d, err := s.Document(t.Context(), address, nil)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		made[address] = d
	}
	return made
}

type written struct {
	what string
	do   func(context.Context) error
}

// lifeOfARun is everything that a box writes of a run, in its order, and what others do
// meanwhile.
func lifeOfARun(db *store.Store) []written {
	run := storedRun("new", 4)
	run.State, run.Finished = results.Measuring, time.Time{}
	executions := executionsOf(run)
	ended := run
	ended.State, ended.Finished = results.Done, run.Created.Add(time.Hour)
	record := &results.Record{Run: ended, Executions: executions}
	points := verdict.Points(record)
	twin := storedRun("new-cloud", 4)
	twin.Class = "cloud"
	calibration := storedRun("calibration-2", 5)
	calibration.Kind = results.Calibration
	deed := results.Deed{At: run.Created, Person: results.Person{Name: "ada", Role: results.Admin}, Verb: "accept"}
	return []written{
		{"a run begins", func(ctx context.Context) error { return db.SaveRun(ctx, run) }},
		{"its executions", func(ctx context.Context) error { return db.AppendExecutions(ctx, run.ID, executions) }},
		{"a look", func(ctx context.Context) error {
			run.Plan.Looks, run.Alarms = []int{6}, []results.Alarm{{Benchmark: "join", Outcome: results.Refuted}}
			return db.SaveRun(ctx, run)
		}},
		{"a state", func(ctx context.Context) error {
			return db.SetState(ctx, run.ID, results.Analysing, time.Time{}, "")
		}},
		{"outcomes", func(ctx context.Context) error {
			return db.SetOutcomes(ctx, run.ID, verdict.Outcomes(verdict.Judge(record)))
		}},
		{"points", func(ctx context.Context) error { return db.AddPoints(ctx, run.ID, points) }},
		{"a step", func(ctx context.Context) error {
			return db.Announce(ctx, []results.Step{{
				Series: points[0].Series, Environment: points[0].Environment, Bad: rev(4), Good: rev(3), Change: 0.5, Low: 0.4, High: 0.6,
				Before: 1, After: 1.5, Run: run.ID, Announced: ended.Finished,
			}})
		}},
		{"its end", func(ctx context.Context) error {
			return db.SetState(ctx, run.ID, results.Done, ended.Finished, "")
		}},
		{"how it was disturbed", func(ctx context.Context) error {
			return db.SetDisturbances(ctx, run.ID, results.Disturbances{Watched: 9, Disturbed: 3})
		}},
		{"what is accepted", func(ctx context.Context) error {
			return db.Accept(ctx, results.Acceptance{Suite: run.Suite, Benchmark: "join", Commit: rev(4), Run: run.ID, Reason: "meant", By: "ada", At: run.Created}, deed)
		}},
		{"what is no longer accepted", func(ctx context.Context) error {
			_, err := db.Unaccept(ctx, run.Suite, "join", rev(4), deed)
			return err
		}},
		{"a calibration that is done", func(ctx context.Context) error { return db.SaveRun(ctx, calibration) }},
		{"what it found", func(ctx context.Context) error {
			calibration.Noise = []results.Noise{{Benchmark: "join", Metric: points[0].Series.Metric, Run: calibration.ID, Floor: 0.03, Visible: 0.05}}
			return db.SaveRun(ctx, calibration)
		}},
		{"an upload", func(ctx context.Context) error {
			record := &results.Record{Run: twin, Executions: executionsOf(twin)}
			_, err := db.Import(ctx, record)
			return errors.Join(err, db.AddPoints(ctx, twin.ID, verdict.Points(record)))
		}},
	}
}
