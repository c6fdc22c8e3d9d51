package store

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// ended is a record as a file would bring it.
func ended(t *testing.T, id string, executions int) *results.Record {
	t.Helper()
	record := &results.Record{Run: exampleRun(id), Executions: exampleExecutions(0, executions)}
	record.Run.State, record.Run.Finished = results.Done, record.Run.Created.AddDate(0, 0, 1)
	return record
}

// overJSON is what is left of a record after it was written to a file and read.
func overJSON(t *testing.T, record *results.Record) *results.Record {
	t.Helper()
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	var again results.Record
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	return &again
}

func TestImport(t *testing.T) {
	s, path := fresh(t)
	check := func(what string, record *results.Record, added bool, problem bool) {
		t.Helper()
		got, err := s.Import(t.Context(), record)
		_, isProblem := errors.AsType[*results.Problem](err)
		if got != added || isProblem != problem || (err != nil) != problem {
			t.Errorf("%s: added %v, %v; want %v, a problem: %v", what, got, err, added, problem)
		}
	}
	record := ended(t, "a", 12)
	check("new", record, true, false)
	back, err := s.Record(t.Context(), "a")
	if diff := gocmp.Diff(record, back); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	check("again", record, false, false)
	check("from a file", overJSON(t, record), false, false)
	fewer := ended(t, "a", 11)
	check("with fewer executions", fewer, false, true)
	other := ended(t, "a", 12)
	other.Executions[7].Samples[0].Value++
	check("with another value", other, false, true)
	check("from a file, new", overJSON(t, ended(t, "b", 12)), true, false)
	check("without executions", ended(t, "c", 0), true, false)
	check("a number that is none", func() *results.Record {
		r := ended(t, "d", 3)
		r.Executions[1].Samples[0].Value = math.NaN()
		return r
	}(), false, true)
	gap := ended(t, "e", 3)
	gap.Executions[2].Seq = 9
	check("with a gap", gap, false, true)
	open := ended(t, "f", 0)
	open.Run.State = results.Measuring
	if added, err := s.Import(t.Context(), open); added || err == nil {
		t.Error("a run that goes on was imported")
	}
	for _, id := range []string{"d", "e", "f"} {
		if _, err := s.Run(t.Context(), id); err == nil {
			t.Errorf("something of run %s is left", id)
		}
	}
	if findings, err := Check(t.Context(), path); err != nil || len(findings) > 0 {
		t.Errorf("check: %q, %v", findings, err)
	}
}

// TestImportOfWhatIsHereLocksNothing: comparing takes longer than storing.
func TestImportOfWhatIsHereLocksNothing(t *testing.T) {
	s, _ := fresh(t)
	record := ended(t, "a", 12)
	if _, err := s.Import(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	err := s.ChangeJobs(t.Context(), func(Jobs) error { // somebody else writes
		go func() {
			added, err := s.Import(t.Context(), record)
			if added {
				err = errors.New("it was added")
			}
			done <- err
		}()
		select {
		case err := <-done:
			return err
		case <-time.After(20 * time.Second):
			return errors.New("it waits for the writer")
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestImportTakesNoIDThatIsMoreThanAName: ids become parts of paths and of commands.
func TestImportTakesNoIDThatIsMoreThanAName(t *testing.T) {
	s, _ := fresh(t)
	for _, id := range []string{"../../home/ada/page", "a/b", "-x", "a\nb", "a\x1b[31m", strings.Repeat("a", 81)} {
		if _, err := s.Import(t.Context(), ended(t, id, 1)); err == nil || !strings.Contains(err.Error(), "cannot be a run's id") {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, id := range []string{"nightly-20261123T0200-2", "a.b_c", strings.Repeat("a", 64) + "-3"} {
		if added, err := s.Import(t.Context(), ended(t, id, 1)); err != nil || !added {
			t.Errorf("%q: %v, %v", id, added, err)
		}
	}
}
