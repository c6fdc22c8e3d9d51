package site

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/results/verdict"
)

// measuredIn is a database with a calibrated machine, a run of two commits that is done,
// and one that failed later.
func measuredIn(t *testing.T) (*store.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "perf.db")
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	calibration := storedRun("calibration-1", 1)
	calibration.Kind, calibration.Noise = results.Calibration, office().runs[len(office().runs)-1].Noise
	done := storedRun("done-1", 2)
	done.Plan.Looks, done.Alarms = []int{6}, []results.Alarm{{Benchmark: "join", Outcome: results.Confirmed}}
	failed := storedRun("failed-1", 3)
	failed.State, failed.Error = results.Failed, "the image is gone"
	for _, run := range []results.Run{calibration, done, failed} {
		put(t, s, run)
	}
	return s, path
}

// storedRun is the n-th run of the office's machine.
func storedRun(id string, n int) results.Run {
	at := commit(n).When.Add(time.Hour)
	return results.Run{
		ID: id, Kind: results.Comparison, State: results.Done, Suite: "dataflow", Class: "office", Base: commit(n - 1), Head: commit(n), Created: at, Finished: at,
		Bench: []results.Benchmark{{Name: "join"}, {Name: "merge"}}, Env: []results.Fact{{Name: "cpu.model", Value: "Example CPU 9000"}, {Name: "host.name", Value: "office-box"}},
	}
}

// put stores a run with what is kept of it.
func put(t *testing.T, s *store.Store, run results.Run) {
	t.Helper()
	record := &results.Record{Run: run, Executions: executionsOf(run)}
	points := verdict.Points(record)
	switch run.Kind {
	case results.Calibration:
		points = nil // of which no history is made
	case results.Elsewhere:
		series := results.Series{Suite: run.Suite, Branch: "main", Class: run.Class, Benchmark: "join", Metric: results.Metric{Name: "value", Unit: "sec", Better: results.Lower}}
		points = []results.Point{{Series: series, Run: run.ID, Side: results.Head, Commit: run.Head, Environment: "e", Value: 1, Low: 1, High: 1, N: 1}}
	}
	_, err := s.Import(t.Context(), record)
	if run.State == results.Done {
		err = errors.Join(err, s.AddPoints(t.Context(), run.ID, points), s.SetOutcomes(t.Context(), run.ID, verdict.Outcomes(verdict.Judge(record))))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// executionsOf are some rounds of every benchmark of a run.
func executionsOf(run results.Run) (list []results.Execution) {
	for round := range 8 {
		for _, b := range run.Bench {
			for _, side := range results.Sides() {
				list = append(list, results.Execution{
					Seq: len(list), Round: round, Benchmark: b.Name, Side: side, Started: run.Created, Witness: &results.Witness{Window: time.Second},
					Samples: []results.Sample{{Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}, Value: 1 + float64(round%3)/100}},
				})
			}
		}
	}
	return list
}

// TestImportsHideNothing: hundreds of commits that were imported are newer than all that
// was measured here, and no page forgets anything of that.
func TestImportsHideNothing(t *testing.T) {
	db, _ := measuredIn(t)
	for i := range mostRuns + 50 {
		run := storedRun(fmt.Sprintf("elsewhere-%d", i), 100+i)
		run.Kind, run.Suite, run.Class, run.Bench = results.Elsewhere, "side", "nightly", nil
		if i%2 == 0 {
			run.Suite, run.Class = "dataflow", "office"
		}
		put(t, db, run)
	}
	s := New(db, Options{})
	for address, wants := range map[string][]string{
		"index.html":                 {"the image is gone", "runs/failed-1.html", "calibrated <time", suiteAddress("side")},
		"sure.html":                  {"step by step", "runs/done-1.html", "in 1 run", machineAddress("office")},
		suiteAddress("dataflow"):     {"runs/done-1.html", "runs/failed-1.html", "runs/calibration-1.html"},
		suiteAddress("side"):         {"elsewhere-249"},
		machineAddress("office"):     {"Chance alone moves", "Example CPU 9000", "<b>office-box</b>: 3 runs", "What became of alarms"},
		"compare.html":               {"compare/" + rev(1) + between + rev(2) + ".html", "10 measured commits before"},
		"runs/elsewhere-1.html":      {"elsewhere-1"},
		machineAddress("nightly"):    {"never calibrated"},
		"runs/failed-1.html":         {"the image is gone"},
		"runs/calibration-1.html":    {"calibration-1"},
		"compare.json":               {rev(2)},
		"runs/" + "done-1" + ".json": {"done-1"},
	} {
		page := document(t, s, address, nil)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", address, want)
			}
		}
	}
	if err := s.Write(t.Context(), &shelfFolder{}, func(int, int) {}); err != nil {
		t.Errorf("write: %v", err)
	}
}
