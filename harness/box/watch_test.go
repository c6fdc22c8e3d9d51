package box

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// shelf opens a database with runs.
func shelf(t *testing.T, runs ...results.Run) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "perfrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for i, run := range runs {
		run.ID, run.Class, run.Kind = fmt.Sprint(i, "-", run.ID), cmp.Or(run.Class, "office"), cmp.Or(run.Kind, results.Comparison)
		_, err := db.Import(t.Context(), &results.Record{Run: run})
		if run.ID == "0-disturbed" {
			err = errors.Join(err, db.SetDisturbances(t.Context(), run.ID, results.Disturbances{Watched: 6, Disturbed: 1}))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func TestAStatusLooks(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	hour := func(suite string, state results.State, kind results.Kind, hours int) results.Run {
		at := now.Add(-time.Duration(hours) * time.Hour)
		return results.Run{Suite: suite, State: state, Kind: kind, Created: at, Finished: at}
	}
	runs := []results.Run{
		hour("a", results.Done, results.Comparison, 2), hour("b", results.Done, results.Calibration, 1),
		hour("b", results.Done, results.Calibration, 9), hour("c", results.Failed, results.Calibration, 0),
		hour("given up", results.Done, results.Comparison, 24*100),
	}
	runs[0].ID = "disturbed"
	for range 600 { // from elsewhere: they say nothing of this box, and hide nothing of it
		run := hour("d", results.Done, results.Comparison, 0)
		run.Class = "cloud"
		runs = append(runs, run)
	}
	records := shelf(t, runs...)
	view := results.QueueView{
		Paused: &results.Pause{}, Held: "the disk is full", Last: now,
		Running: []results.Place{{Job: results.Job{Order: results.Order{ID: "r"}}}},
		Waiting: []results.Place{{Job: results.Job{Created: now.Add(-time.Minute)}}, {Job: results.Job{Created: now.Add(-time.Hour)}}},
	}
	s := Status{Now: now, Host: "office"}
	if err := s.Look(t.Context(), view, records, "/", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if s.DiskFree <= 0 {
		t.Errorf("%d bytes are free", s.DiskFree)
	}
	share := 1.0 / 6
	want := Status{
		Now: now, Host: "office", Paused: true, Held: "the disk is full", Waiting: 2, Running: "r", OldestWaits: time.Hour, LastDone: now, DiskFree: s.DiskFree,
		Contaminated: &share, Calibrations: []Calibrated{{"a", time.Time{}}, {"b", now.Add(-time.Hour)}},
	}
	if diff := gocmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	if err := s.Look(t.Context(), view, records, "/no/such/folder"); err == nil {
		t.Error("a folder that is not there has room")
	}
}

func TestUsedImages(t *testing.T) {
	now := time.Now()
	recent, ever := UsedImages([]results.Run{
		{Created: now, HeadImage: results.Image{Ref: "ci:2"}}, {Created: now.AddDate(0, -2, 0), HeadImage: results.Image{Ref: "ci:1"}, BaseImage: results.Image{Ref: "ci:0"}},
	}, now.AddDate(0, -1, 0))
	if diff := gocmp.Diff([][]string{{"ci:2"}, {"ci:2", "ci:0", "ci:1"}}, [][]string{recent, ever}); diff != "" {
		t.Error(diff)
	}
}
