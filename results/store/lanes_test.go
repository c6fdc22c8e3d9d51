package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// laneOf is where the runs of some tests are.
var laneOf = results.Lane{Suite: "dataflow", Class: "office", Kind: results.Comparison}

// addTo saves a run in a lane, later than all before it.
func addTo(t *testing.T, s *Store, n *int, l results.Lane, state results.State) string {
	t.Helper()
	*n++
	run := exampleRun(fmt.Sprintf("r%03d", *n))
	run.Suite, run.Class, run.Kind, run.State = l.Suite, l.Class, l.Kind, state
	run.Created = run.Created.Add(time.Duration(*n) * time.Hour)
	if run.State.Final() {
		run.Finished = run.Created.Add(time.Minute)
	}
	if err := s.SaveRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	return run.ID
}

func idsOf(list []results.Run) []string {
	return each(list, func(r results.Run) string { return r.ID })
}

// TestLanesKeepTheirRuns: what is imported, and what others measure, takes no run of a
// lane its place.
func TestLanesKeepTheirRuns(t *testing.T) {
	s, _ := fresh(t)
	n := 0
	calibration, elsewhere := laneOf, laneOf
	calibration.Kind, elsewhere.Kind = results.Calibration, results.Elsewhere
	other := results.Lane{Suite: "'; DROP", Class: hostile, Kind: results.Comparison}
	first := addTo(t, s, &n, laneOf, results.Done)
	failed := addTo(t, s, &n, laneOf, results.Failed)
	calibrated := addTo(t, s, &n, calibration, results.Done)
	lost := addTo(t, s, &n, laneOf, results.Quarantined)
	foreign := addTo(t, s, &n, other, results.Done)
	for range 20 {
		addTo(t, s, &n, elsewhere, results.Done)
	}
	check := func(what string, got []results.Run, err error, want ...string) {
		t.Helper()
		if !slices.Equal(idsOf(got), want) || err != nil {
			t.Errorf("%s: %q, %v; want %q", what, idsOf(got), err, want)
		}
	}
	lanes, err := s.Lanes(t.Context())
	if diff := gocmp.Diff([]results.Lane{other, calibration, laneOf, elsewhere}, lanes); diff != "" || err != nil {
		t.Errorf("lanes, %v (-want +got):\n%s", err, diff)
	}
	list, err := s.RunsOf(t.Context(), laneOf, 2)
	check("the newest", list, err, lost, failed)
	list, err = s.DoneOf(t.Context(), laneOf, 2)
	check("the newest that is done", list, err, first)
	list, err = s.Recent(t.Context(), laneOf, 9)
	check("back to what is done", list, err, lost, failed, first)
	list, err = s.Recent(t.Context(), laneOf, 1)
	check("back to what is done, past the limit", list, err, lost, first)
	list, err = s.Recent(t.Context(), other, 1)
	check("what is done at once", list, err, foreign)
	list, err = s.Measured(t.Context(), "office", 3)
	check("what a class measured", list, err, lost, calibrated, failed)
	if sum, err := s.NoiseOf(t.Context(), calibrated); err != nil || gocmp.Diff(exampleRun("").Noise, sum) != "" {
		t.Errorf("noise: %+v, %v", sum, err)
	}
	if _, err := s.NoiseOf(t.Context(), "none"); err == nil {
		t.Error("the noise of no run was found")
	}
}

// TestTwins: runs of the same two commits, that are done and hold no changes.
func TestTwins(t *testing.T) {
	s, _ := fresh(t)
	for i, change := range []func(*results.Run){
		func(*results.Run) {}, func(r *results.Run) { r.Head.Dirty = true }, func(r *results.Run) { r.Base.Rev = "x" },
		func(r *results.Run) { r.Suite = "x" }, func(r *results.Run) { r.Kind = results.Calibration }, func(r *results.Run) { r.Class = "cloud" },
	} {
		run := exampleRun(fmt.Sprint("a.", i))
		run.Head.Dirty, run.Created = false, run.Created.Add(time.Duration(i)*time.Hour)
		change(&run)
		saveDone(t, s, run)
	}
	twins, err := s.Twins(t.Context(), "dataflow", "0a1b", "2c3d")
	if !slices.Equal(idsOf(twins), []string{"a.5", "a.0"}) || err != nil {
		t.Errorf("%q, %v", idsOf(twins), err)
	}
	at, err := s.RunsAt(t.Context(), "0a1b", 9)
	if !slices.Equal(idsOf(at), []string{"a.5", "a.3", "a.1", "a.0"}) || err != nil {
		t.Errorf("at the base: %q, %v", idsOf(at), err)
	}
	odd, err := s.OddIDs(t.Context())
	if len(odd) != 6 || err != nil {
		t.Errorf("odd: %q, %v", odd, err)
	}
}

// TestOutcomesOfOneVerdict, and what another run lost.
func TestOutcomesOfOneVerdict(t *testing.T) {
	s, _ := fresh(t)
	all := exampleOutcomes()
	for id, list := range map[string][]results.Outcome{"a": all, "b": all[1:]} {
		saveDone(t, s, exampleRun(id))
		if err := s.SetOutcomes(t.Context(), id, list); err != nil {
			t.Fatal(err)
		}
	}
	for verdict, want := range map[string][]results.Outcome{"broken": all[:1], "regression": all[1:2], "none": nil} {
		got, _, err := s.OutcomesWith(t.Context(), "a", verdict, 1)
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s, %v (-want +got):\n%s", verdict, err, diff)
		}
	}
	lost, err := s.LostSince(t.Context(), "a", "b")
	if !slices.Equal(lost, []string{hostile}) || err != nil {
		t.Errorf("lost: %q, %v", lost, err)
	}
}

// TestPagesAskIndexes: what pages ask for all the time must not grow with the store.
func TestPagesAskIndexes(t *testing.T) {
	s, _ := fresh(t)
	check := func(want, query string, args ...any) {
		t.Helper()
		var plan []string
		err := s.read(t.Context(), "explain", func(tx *sqlx.Tx) error {
			rows, err := tx.Queryx("EXPLAIN QUERY PLAN "+query, args...)
			for err == nil && rows.Next() {
				var line struct {
					ID, Parent, Notused int
					Detail              string
				}
				if err = rows.StructScan(&line); err == nil {
					plan = append(plan, line.Detail)
				}
			}
			return err
		})
		if text := strings.Join(plan, "\n"); err != nil || !strings.Contains(text, want) || strings.Contains(text, "SCAN runs\n") || strings.Contains(text, "TEMP B-TREE") && !strings.Contains(query, "+created") {
			t.Errorf("%s\n%v, want %q:\n%s", query, err, want, text)
		}
	}
	check("COVERING INDEX runs_lanes ((suite,class,kind)>(?,?,?))", selectLanes)
	check("INDEX runs_lanes (suite=? AND class=? AND kind=?)", selectSummary+ofLane+newestFirst, "", raw(""), "", 1)
	check("INDEX runs_class (class=?)", selectSummary+" WHERE class = ? AND kind <> 'elsewhere'"+newestFirst, raw(""), 1)
	check("INDEX runs_head_rev (head_rev=?)", selectTwins, "", "", "", 1)
	check("INDEX runs_head_rev (head_rev=?)", selectRunsAt, "", "", 1)
	check("INDEX runs_class (class=?)", selectDisturbed, raw(""), 1)
	check("COVERING INDEX runs_alarms", selectAlarms, "", "")
}
