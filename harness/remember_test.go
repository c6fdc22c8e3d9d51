package harness

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/results/verdict"
)

// TestRunsKeepWhatALookBackSees: once a run is done, what was kept is of the very points
// that pages read, so that no page searches them again.
func TestRunsKeepWhatALookBackSees(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "perfrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := 0
	for n := range 40 {
		record := mainRun(n)
		measuring := record.Run
		measuring.State = results.Measuring
		for _, err := range []error{
			s.SaveRun(t.Context(), measuring), s.AppendExecutions(t.Context(), measuring.ID, record.Executions), s.SaveRun(t.Context(), record.Run),
			Remember(t.Context(), s, record), s.SetState(t.Context(), measuring.ID, results.Done, measuring.Created.Add(time.Hour), ""),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		all, err := s.Series(t.Context(), "")
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		history, err := s.History(t.Context(), all[0])
		if err != nil {
			t.Fatal(err)
		}
		kept, err := s.LookBack(t.Context(), all[0])
		want := verdict.TimelineOf(history, nil, nil).Search()
		if diff := cmp.Diff(want, kept); diff != "" || err != nil {
			t.Fatalf("after run %d: %v\n%s", n, err, diff)
		}
		seen = len(kept.Places)
	}
	if seen != 1 {
		t.Errorf("%d steps are seen, want 1", seen)
	}
}

// mainRun compares two commits of the main branch, and is about to end.
func mainRun(n int) *results.Record {
	commit := func(n int) results.Commit {
		return results.Commit{Rev: fmt.Sprintf("%040x", n), Branch: "main", When: time.Date(2026, 1, 1, n, 0, 0, 0, time.UTC)}
	}
	value := func(n, i int) float64 { return 1 + float64(n/20)*0.2 + 0.001*float64((7*n+3*i)%5) }
	r := &results.Record{Run: results.Run{
		ID: fmt.Sprint("run-", n), Kind: results.Comparison, State: results.Analysing, Suite: "s", Class: "office", Base: commit(n), Head: commit(n + 1),
		Bench: []results.Benchmark{{Name: "join"}}, Created: commit(n).When,
	}}
	for i := range 16 {
		r.Executions = append(r.Executions, results.Execution{
			Seq: i, Round: i / 2, Benchmark: "join", Side: results.Sides()[i%2], Started: r.Run.Created,
			Samples: []results.Sample{{Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}, Value: value(n+i%2, i)}},
		})
	}
	return r
}
