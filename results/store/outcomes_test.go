package store

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

func exampleOutcomes() []results.Outcome {
	metric := results.Metric{Case: hostile, Name: "wall", Unit: "\xff", Better: results.Higher}
	return []results.Outcome{
		{Benchmark: hostile, Verdict: "broken", Reason: hostile},
		{
			Benchmark: "join", Metric: metric, Verdict: "regression", Reason: "slower", Measured: true, Change: 0.5, Low: -1e300, High: 5e-324,
			Base: 2, Head: 3, BaseN: 7, HeadN: 8, MinEffect: 0.02, NoiseFloor: 0.03,
		},
		{Benchmark: "join", Metric: results.Metric{Name: "cpu"}, Verdict: "regression"},
	}
}

// spoil changes rows of a table as no program of ours would: without its types and
// constraints.
func spoil(t *testing.T, path, table string, statements ...string) {
	t.Helper()
	db, err := sqlx.Open("sqlite3", dsn(path, migrating))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	loosen := "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ') ') WHERE name = '" + table + "'; PRAGMA writable_schema = RESET; PRAGMA ignore_check_constraints = ON"
	for _, statement := range append([]string{loosen}, statements...) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestOutcomesReplaceOneAnother(t *testing.T) {
	s, _ := fresh(t)
	run := exampleRun("a")
	saveDone(t, s, run)
	check := func(set, want []results.Outcome, counts map[string]int) {
		t.Helper()
		if err := s.SetOutcomes(t.Context(), "a", set); (err != nil) != (gocmp.Diff(set, want) != "") {
			t.Errorf("set: %v", err)
		}
		got, unreadable, err := s.Outcomes(t.Context(), "a")
		if diff := gocmp.Diff(want, got); diff != "" || unreadable != 0 || err != nil {
			t.Errorf("outcomes, %d unreadable, %v (-want +got):\n%s", unreadable, err, diff)
		}
		runs, err := s.Runs(t.Context(), 1)
		whole, errWhole := s.Run(t.Context(), "a")
		if err != nil || errWhole != nil || gocmp.Diff(counts, runs[0].Counts)+gocmp.Diff(counts, whole.Counts) != "" {
			t.Errorf("counts %v and %v, %v, %v; want %v", runs[0].Counts, whole.Counts, err, errWhole, counts)
		}
	}
	check(nil, nil, nil)
	all := exampleOutcomes()
	check(all, all, map[string]int{"broken": 1, "regression": 2})
	fewer := []results.Outcome{all[2], all[0]}
	check(fewer, fewer, map[string]int{"regression": 1, "broken": 1})
	for _, v := range []float64{math.NaN(), math.Inf(-1)} {
		bad := slices.Clone(all)
		bad[1].High = v
		check(bad, fewer, map[string]int{"regression": 1, "broken": 1})
	}
	again, err := s.Run(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if again.Counts = nil; s.SaveRun(t.Context(), again) != nil {
		t.Error("saving the run again failed")
	}
	check(fewer, fewer, map[string]int{"regression": 1, "broken": 1})
	if err := s.SetOutcomes(t.Context(), "b", all); err == nil {
		t.Error("outcomes of a run that is not there were taken")
	}
}

func TestDisturbancesOfAClass(t *testing.T) {
	s, path := fresh(t)
	for i, class := range []string{"office", "cloud", "office", "office"} {
		run := exampleRun(string(rune('a' + i)))
		run.Class, run.Created = class, run.Created.Add(time.Duration(i)*time.Hour)
		saveDone(t, s, run)
		d := results.Disturbances{Watched: 10, Disturbed: i, Reasons: map[string]int{"steal": i}}
		if err := s.SetDisturbances(t.Context(), run.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	check := func(class string, most, runs, disturbed int) {
		t.Helper()
		sum, n, err := s.Disturbances(t.Context(), class, most)
		if err != nil || n != runs || sum.Watched != 10*runs || sum.Disturbed != disturbed || sum.Reasons["steal"] != disturbed {
			t.Errorf("%s: %d runs, %+v, %v", class, n, sum, err)
		}
	}
	check("office", 9, 3, 5)
	check("office", 1, 1, 3)
	check("other", 9, 0, 0)
	spoil(t, path, "runs", "UPDATE runs SET disturbed = '[]' WHERE id = 'd'")
	check("office", 9, 2, 2)
}

func TestBrokenRunHidesNoOther(t *testing.T) {
	s, path := fresh(t)
	for _, id := range []string{"a", "b", "c"} {
		saveDone(t, s, exampleRun(id))
	}
	spoil(t, path, "runs", "UPDATE runs SET counts = '[]', head_subject = 'text' WHERE id = 'b'")
	runs, err := s.Runs(t.Context(), 0)
	if err != nil || len(runs) != 3 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	want := exampleRun("b")
	if r := runs[1]; r.ID != "b" || r.State != results.Failed || r.Suite != want.Suite || !r.Created.Equal(want.Created) || !strings.Contains(r.Error, "cannot be read") {
		t.Errorf("the broken one: %+v", r)
	}
	if runs[0].State != results.Done || results.FactOf(runs[0].Env, "host.name") != results.FactOf(want.Env, "host.name") {
		t.Errorf("a sound one: %+v", runs[0])
	}
}

func TestAnyOutcomeComesBack(t *testing.T) {
	s, _ := fresh(t)
	saveDone(t, s, exampleRun("a"))
	number := rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64)
	outcome := rapid.Custom(func(t *rapid.T) results.Outcome {
		n := func() float64 { return number.Draw(t, "number") }
		return results.Outcome{
			Benchmark: anyBytes.Draw(t, "benchmark"), Metric: anyMetric.Draw(t, "metric"), Verdict: rapid.String().Draw(t, "verdict"),
			Reason: anyBytes.Draw(t, "reason"), Measured: rapid.Bool().Draw(t, "measured"), Change: n(), Low: n(), High: n(), Base: n(), Head: n(),
			BaseN: rapid.Int().Draw(t, "n"), HeadN: rapid.Int().Draw(t, "n"), MinEffect: n(), NoiseFloor: n(),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(outcome, 1, 70).Draw(t, "outcomes")
		if err := s.SetOutcomes(t.Context(), "a", want); err != nil {
			t.Fatal(err)
		}
		got, unreadable, err := s.Outcomes(t.Context(), "a")
		if diff := gocmp.Diff(want, got); diff != "" || unreadable != 0 || err != nil {
			t.Fatalf("%d unreadable, %v (-want +got):\n%s", unreadable, err, diff)
		}
	})
}

func TestBrokenOutcomeHidesNoOther(t *testing.T) {
	s, path := fresh(t)
	saveDone(t, s, exampleRun("a"))
	if err := s.SetOutcomes(t.Context(), "a", exampleOutcomes()); err != nil {
		t.Fatal(err)
	}
	spoil(t, path, "outcomes", "UPDATE outcomes SET reason = 'text' WHERE position = 0", "UPDATE outcomes SET high = 9e999 WHERE position = 1")
	got, unreadable, err := s.Outcomes(t.Context(), "a")
	if diff := gocmp.Diff(exampleOutcomes()[2:], got); diff != "" || unreadable != 2 || err != nil {
		t.Errorf("%d unreadable, %v (-want +got):\n%s", unreadable, err, diff)
	}
	if findings, err := Check(t.Context(), path); err != nil || !strings.Contains(strings.Join(findings, "\n"), "outcome 1 has a value that is not finite") {
		t.Errorf("check: %q, %v", findings, err)
	}
}
