package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

func TestSaveRunReplacesAllButTheEnd(t *testing.T) {
	s, _ := fresh(t)
	run := exampleRun("a")
	save(t, s, run, 3)
	run.State, run.Owner, run.Env = results.Analysing, "", nil
	run.Bench, run.Guards, run.Command = []results.Benchmark{}, run.Guards[:1], []string{}
	run.Base, run.Head, run.BaseImage, run.HeadImage = run.Head, run.Base, run.HeadImage, run.BaseImage
	if err := s.SaveRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	got, err := s.Record(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&results.Record{Run: run, Executions: exampleExecutions(0, 3)}, got); diff != "" {
		t.Errorf("replaced run (-want +got):\n%s", diff)
	}
	run.State, run.Finished = results.Failed, run.Created.Add(time.Hour).In(time.FixedZone("", 3600))
	run.Error = hostile
	if err := s.SaveRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	run.State = results.Done
	if err := s.SaveRun(t.Context(), run); err == nil || !strings.Contains(err.Error(), "it is failed and cannot become done") {
		t.Errorf("a failed run became done: %v", err)
	}
	run.State, run.Finished = results.Failed, run.Finished.UTC()
	if after, err := s.Run(t.Context(), "a"); err != nil || cmp.Diff(run, after) != "" {
		t.Errorf("failed run (-want +got), %v:\n%s", err, cmp.Diff(run, after))
	}
}

func TestSaveRunRefuses(t *testing.T) {
	s, _ := fresh(t)
	check := func(want string, change func(*results.Run)) {
		t.Helper()
		run := exampleRun("a")
		change(&run)
		if err := s.SaveRun(t.Context(), run); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("save: %v, want an error with %q", err, want)
		}
	}
	check("cannot be a run's id", func(r *results.Run) { r.ID = "" })
	check("cannot be a run's id", func(r *results.Run) { r.ID = "latest" })
	check(`no state "resting"`, func(r *results.Run) { r.State = "resting" })
	check("contradict", func(r *results.Run) { r.State = results.Done })
	check("contradict", func(r *results.Run) { r.Finished = r.Created })
	check("negative", func(r *results.Run) { r.Plan.Seed = -1 })
	check("out of range", func(r *results.Run) { r.Created = time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC) })
	if runs, err := s.Runs(t.Context(), 0); err != nil || len(runs) != 0 {
		t.Errorf("after refusals: %v, %v; want no run", runs, err)
	}
}

// TestStateMoves tries every move there is against a list written by hand.
func TestStateMoves(t *testing.T) {
	s, _ := fresh(t)
	legal := []string{
		"preparing measuring", "preparing failed", "preparing cancelled",
		"measuring analysing", "measuring failed", "measuring cancelled",
		"analysing done", "analysing failed", "analysing cancelled",
	}
	states := []results.State{
		results.Preparing, results.Measuring, results.Analysing, results.Done, results.Failed, results.Cancelled,
	}
	at := time.Date(2026, 11, 2, 12, 0, 0, 5, time.UTC)
	for _, from := range states {
		for _, to := range states {
			move := fmt.Sprintf("%s %s", from, to)
			want := exampleRun(move)
			want.State = from
			if from.Final() {
				want.Finished = at.Add(-time.Hour)
			}
			if err := s.SaveRun(t.Context(), want); err != nil {
				t.Fatal(err)
			}
			err := s.SetState(t.Context(), move, to, at, hostile)
			allowed := slices.Contains(legal, move)
			if _, ok := errors.AsType[*results.Problem](err); ok == (allowed || from == to) {
				t.Errorf("%s: %v", move, err)
			}
			if allowed {
				want.State = to
			}
			if allowed && to.Final() {
				want.Finished, want.Error = at, hostile
			}
			if got, err := s.Run(t.Context(), move); err != nil || cmp.Diff(want, got) != "" {
				t.Errorf("%s (-want +got), %v:\n%s", move, err, cmp.Diff(want, got))
			}
		}
	}
	if err := s.SetState(t.Context(), "nobody", results.Failed, at, ""); err == nil || !strings.Contains(err.Error(), "no such run") {
		t.Errorf("state of a run that is not there: %v", err)
	}
	if err := s.SetState(t.Context(), "preparing preparing", results.Failed, time.Time{}, ""); err == nil {
		t.Error("a run ended at no time")
	}
}

func TestLists(t *testing.T) {
	s, _ := fresh(t)
	at := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for i, state := range []results.State{results.Measuring, results.Done, results.Preparing, results.Cancelled} {
		run := exampleRun(string(state))
		run.State, run.Created = state, at.Add(time.Duration(i)*time.Nanosecond)
		if state.Final() {
			run.Finished = at.Add(time.Hour)
		}
		if err := s.SaveRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, got []results.Run, err error, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, each(got, func(r results.Run) string { return r.ID })); diff != "" || err != nil {
			t.Errorf("%s (-want +got), %v:\n%s", what, err, diff)
		}
	}
	all, err := s.Runs(t.Context(), 0)
	check("all", all, err, "cancelled", "preparing", "done", "measuring")
	two, err := s.Runs(t.Context(), 2)
	check("two", two, err, "cancelled", "preparing")
	open, err := s.Unfinished(t.Context())
	check("unfinished", open, err, "measuring", "preparing")

	want := exampleRun("measuring")
	want.Created = at
	if diff := cmp.Diff(want, open[0]); diff != "" {
		t.Errorf("unfinished run (-want +got):\n%s", diff)
	}
	want.SuitePath, want.SuiteText, want.Bench, want.Env, want.Guards, want.Versions, want.Command = "", "", nil, nil, nil, nil, nil
	want.Quiet, want.Noise, want.Notes = results.Quiet{}, nil, nil
	want.Plan.Looks, want.Plan.MaxTime, want.Alarms, want.Judged = nil, 0, nil, ""
	if diff := cmp.Diff(want, all[3]); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestResolve(t *testing.T) {
	s, _ := fresh(t)
	check := func(ref, want, wantErr string) {
		t.Helper()
		got, err := s.Resolve(t.Context(), ref)
		if got != want || (err == nil) != (wantErr == "") || (err != nil && !strings.Contains(err.Error(), wantErr)) {
			t.Errorf("resolve %q = %q, %v; want %q, error %q", ref, got, err, want, wantErr)
		}
		if _, ok := errors.AsType[*results.Problem](err); err != nil && !ok {
			t.Errorf("resolve %q: %v is no problem", ref, err)
		}
	}
	check("latest", "", "there is no run yet")
	created := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for i, id := range []string{"ab1", "ab2", "ab", "zz", "c1", "c2", "c3", "c4", "c5", "c6", "50%_x", "new", "older"} {
		run := exampleRun(id)
		run.Created = created.Add(time.Duration(i%12) * time.Minute) // the last is as old as the first
		if err := s.SaveRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	check("latest", "new", "")
	check("ab1", "ab1", "")
	check("ab", "ab", "") // an id wins over longer ones
	check("z", "zz", "")
	check("a", "", "several runs begin so: ab, ab2, ab1; give more")
	check("c", "", "several runs begin so: c6, c5, c4, c3, c2, ...")
	check("50%", "50%_x", "")
	check("%", "", "there is no such run")
	check("_", "", "there is no such run")
	check("A", "", "there is no such run") // case matters
	check("", "", "there is no such run")
	check(hostile, "", "there is no such run")
}

// TestAnyRunComesBack is the law for runs: every text is any bytes, every list
// may be nil or empty.
func TestAnyRunComesBack(t *testing.T) {
	s, _ := fresh(t)
	fact := rapid.Custom(func(t *rapid.T) results.Fact {
		return results.Fact{Name: anyBytes.Draw(t, "name"), Value: anyBytes.Draw(t, "value")}
	})
	guard := rapid.Custom(func(t *rapid.T) results.Guard {
		return results.Guard{Aspect: anyBytes.Draw(t, "aspect"), Held: rapid.Bool().Draw(t, "held"), Detail: anyBytes.Draw(t, "detail")}
	})
	benchmark := rapid.Custom(func(t *rapid.T) results.Benchmark {
		return results.Benchmark{
			Name: anyBytes.Draw(t, "name"), Command: anyBytes.Draw(t, "command"), Format: anyBytes.Draw(t, "format"),
			CPUs: rapid.Int().Draw(t, "cpus"), MinEffect: rapid.Float64Range(0, 1).Draw(t, "effect"),
			Precision: rapid.Float64Range(0, 1).Draw(t, "precision"),
		}
	})
	alarm := rapid.Custom(func(t *rapid.T) results.Alarm {
		outcome := rapid.SampledFrom([]results.AlarmOutcome{results.Confirmed, results.Refuted, results.Open}).Draw(t, "outcome")
		return results.Alarm{Benchmark: anyBytes.Draw(t, "name"), Metric: anyMetric.Draw(t, "metric"), Outcome: outcome}
	})
	rapid.Check(t, func(t *rapid.T) {
		text := func() string { return anyBytes.Draw(t, "text") }
		want := exampleRun("a")
		want.Owner, want.User, want.Repo, want.Suite, want.SuitePath, want.SuiteText = text(), text(), text(), text(), text(), text()
		want.Base.Rev, want.Base.Asked, want.Base.Subject, want.Base.Author = text(), text(), text(), text()
		want.HeadImage = results.Image{Ref: text(), Digest: text(), Pipeline: text(), Step: text()}
		want.Plan = results.Plan{Engine: text(), CPUs: text(), Harness: text(), Seed: rapid.Int64Min(0).Draw(t, "seed")}
		want.Plan.Looks, want.Plan.MaxTime = listOf(t, rapid.Int()), time.Duration(rapid.Int64().Draw(t, "time"))
		want.Alarms, want.Judged = listOf(t, alarm), hex.EncodeToString([]byte(text()))
		want.Created = time.Unix(0, rapid.Int64().Draw(t, "created")).UTC()
		want.Env, want.Versions = listOf(t, fact), listOf(t, fact)
		want.Guards, want.Bench, want.Command = listOf(t, guard), listOf(t, benchmark), listOf(t, anyBytes)
		if err := s.SaveRun(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Run(t.Context(), "a")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("run (-want +got), %v:\n%s", err, diff)
		}
	})
}

func listOf[T any](t *rapid.T, each *rapid.Generator[T]) []T {
	if rapid.Bool().Draw(t, "nil") {
		return nil
	}
	return rapid.SliceOfN(each, 0, 3).Draw(t, "list")
}

// TestCalibrationsKeepTheirTime holds what old databases lack, see exampleRun.
func TestCalibrationsKeepTheirTime(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "perfrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run := exampleRun("a")
	run.Noise[0].At = run.Created.Add(-time.Hour)
	if err := s.SaveRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Run(t.Context(), "a"); err != nil || !got.Noise[0].At.Equal(run.Noise[0].At) {
		t.Errorf("%v, %v", got.Noise, err)
	}
}
