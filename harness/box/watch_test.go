package box

import (
	"cmp"
	"context"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// shelf is records as a slice of runs.
type shelf []results.Run

func (s shelf) Runs(context.Context, int) ([]results.Run, error) { return s, nil }

func (s shelf) Record(_ context.Context, id string) (*results.Record, error) {
	record := &results.Record{Executions: []results.Execution{{}, {}}}
	if id == "disturbed" {
		record.Executions[0].Contaminated = []string{"steal"}
	}
	return record, nil
}

func TestAStatusLooks(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	runs := shelf{
		{ID: "disturbed", Suite: "a", State: results.Done, Kind: results.Comparison},
		{ID: "x", Suite: "b", State: results.Done, Kind: results.Calibration, Finished: now.Add(-time.Hour)},
		{ID: "y", Suite: "b", State: results.Done, Kind: results.Calibration, Finished: now.Add(-9 * time.Hour)},
		{ID: "z", Suite: "c", State: results.Failed, Kind: results.Calibration, Finished: now},
		// From elsewhere: it says nothing of this box.
		{ID: "disturbed", Suite: "d", State: results.Done, Kind: results.Comparison, Class: "cloud"},
		{ID: "w", Suite: "a", State: results.Done, Kind: results.Calibration, Finished: now, Class: "cloud"},
	}
	for i := range runs {
		runs[i].Class = cmp.Or(runs[i].Class, "office")
	}
	view := results.QueueView{
		Paused: &results.Pause{}, Held: "the disk is full", Last: now,
		Running: []results.Place{{Job: results.Job{Order: results.Order{ID: "r"}}}},
		Waiting: []results.Place{{Job: results.Job{Created: now.Add(-time.Minute)}}, {Job: results.Job{Created: now.Add(-time.Hour)}}},
	}
	s := Status{Now: now, Host: "office"}
	if err := s.Look(t.Context(), view, runs, "/", t.TempDir()); err != nil {
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
	if err := s.Look(t.Context(), view, runs, "/no/such/folder"); err == nil {
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
