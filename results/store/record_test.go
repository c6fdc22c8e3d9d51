package store

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

func TestRecordReturnsWhatWasStored(t *testing.T) {
	s, path := fresh(t)
	run := exampleRun("20261102-a")
	save(t, s, run, 25)
	other := exampleRun("20261102-b") // rows of two runs must not mix
	save(t, s, other, 7)
	if err := s.AppendExecutions(t.Context(), run.ID, exampleExecutions(25, 3)); err != nil {
		t.Fatal(err)
	}
	check := func(s *Store) {
		t.Helper()
		for _, want := range []results.Record{
			{Run: run, Executions: exampleExecutions(0, 28)},
			{Run: other, Executions: exampleExecutions(0, 7)},
		} {
			got, err := s.Record(t.Context(), want.Run.ID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("record of %s (-want +got):\n%s", want.Run.ID, diff)
			}
		}
	}
	check(s)
	readOnly, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	check(readOnly)
	if findings, err := Check(t.Context(), path); err != nil || len(findings) > 0 {
		t.Errorf("check: %q, %v", findings, err)
	}
}

// TestAnyExecutionComesBack is the law: what Record returns is what was
// appended, however the executions were cut into rounds.
func TestAnyExecutionComesBack(t *testing.T) {
	s, _ := fresh(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		run := exampleRun("run-" + strconv.Itoa(n))
		if err := s.SaveRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		want := rapid.SliceOfN(anyExecution, 0, 90).Draw(t, "executions")
		for i := range want {
			want[i].Seq = i
		}
		for rest := want; len(rest) > 0; {
			k := rapid.IntRange(1, len(rest)).Draw(t, "round")
			if err := s.AppendExecutions(t.Context(), run.ID, rest[:k]); err != nil {
				t.Fatal(err)
			}
			rest = rest[k:]
		}
		got, err := s.Record(t.Context(), run.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Executions, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("executions (-want +got):\n%s", diff)
		}
	})
}

// anyBytes draws text that is often no text at all.
var anyBytes = rapid.Custom(func(t *rapid.T) string {
	return string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "bytes"))
})

var anyMetric = rapid.Custom(func(t *rapid.T) results.Metric {
	return results.Metric{
		Case: anyBytes.Draw(t, "case"), Name: anyBytes.Draw(t, "name"), Unit: anyBytes.Draw(t, "unit"),
		Better: rapid.SampledFrom([]results.Direction{results.Lower, results.Higher}).Draw(t, "better"),
	}
})

var anyExecution = rapid.Custom(func(t *rapid.T) results.Execution {
	number := func(name string) int64 { return rapid.Int64().Draw(t, name) }
	e := results.Execution{
		Block: rapid.IntRange(0, 1).Draw(t, "block"), Round: rapid.Int().Draw(t, "round"), Warmup: rapid.Bool().Draw(t, "warmup"), Benchmark: anyBytes.Draw(t, "benchmark"),
		Side: rapid.SampledFrom([]results.Side{results.Base, results.Head}).Draw(t, "side"), EnvBytes: rapid.Int().Draw(t, "env"),
		Accounts: results.Accounts{
			Wall: time.Duration(number("wall")), User: time.Duration(number("user")), System: time.Duration(number("system")),
			MaxRSS: number("rss"), MinorFaults: number("minor"), MajorFaults: number("major"), VoluntaryCtx: number("vol"),
			InvoluntaryCtx: number("invol"), ExitCode: rapid.Int().Draw(t, "exit"), Signal: rapid.Int().Draw(t, "signal"),
		},
	}
	if rapid.Bool().Draw(t, "has a time") {
		e.Started = time.Unix(0, number("started")).UTC()
	}
	for range rapid.IntRange(0, 9).Draw(t, "samples") {
		e.Samples = append(e.Samples, results.Sample{
			Metric: anyMetric.Draw(t, "metric"),
			Value:  rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "value"),
		})
	}
	if rapid.Bool().Draw(t, "has a fault") {
		e.Fault = &results.Fault{
			Kind: results.FaultExit, Detail: anyBytes.Draw(t, "detail"), Stderr: anyBytes.Draw(t, "stderr"), Stdout: anyBytes.Draw(t, "stdout"),
		}
	}
	return e
})

func TestValuesKeepTheirBits(t *testing.T) {
	s, _ := fresh(t)
	run := exampleRun("bits")
	want := []float64{0, math.Copysign(0, -1), 5e-324, math.MaxFloat64, -math.MaxFloat64, 0.1, 1 << 53, 1<<53 + 2, 1e15, 3}
	e := exampleExecutions(0, 1)
	e[0].Samples = nil
	for _, v := range want {
		e[0].Samples = append(e[0].Samples, results.Sample{Metric: results.Metric{Name: "wall"}, Value: v})
	}
	if err := errors.Join(s.SaveRun(t.Context(), run), s.AppendExecutions(t.Context(), run.ID, e)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Record(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range want {
		// SQLite keeps a real that is a whole number as an integer, which has no -0.
		if g := got.Executions[0].Samples[i].Value; g != v {
			t.Errorf("value %v came back as %v", v, g)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	s, path := fresh(t)
	run := exampleRun("a")
	save(t, s, run, 10)
	ended := exampleRun("b")
	ended.State, ended.Finished = results.Done, ended.Created.Add(time.Hour)
	if err := s.SaveRun(t.Context(), ended); err != nil {
		t.Fatal(err)
	}
	check := func(id, want string, change func([]results.Execution) []results.Execution) {
		t.Helper()
		err := s.AppendExecutions(t.Context(), id, change(exampleExecutions(10, 3)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("append: %v, want an error with %q", err, want)
		}
	}
	value := func(v float64) func([]results.Execution) []results.Execution {
		return func(l []results.Execution) []results.Execution { l[2].Samples[0].Value = v; return l }
	}
	same := func(l []results.Execution) []results.Execution { return l }
	check("a", "is not finite: NaN", value(math.NaN()))
	check("a", "is not finite: +Inf", value(math.Inf(1)))
	check("a", "is not finite: -Inf", value(math.Inf(-1)))
	check("a", "execution 12 follows 10", func(l []results.Execution) []results.Execution { return slices.Delete(l, 1, 2) })
	check("a", "execution 11 is given where 10 is next", func(l []results.Execution) []results.Execution { return l[1:] })
	check("a", `there is no side "left"`, func(l []results.Execution) []results.Execution { l[1].Side = "left"; return l })
	check("a", "there is no block 2", func(l []results.Execution) []results.Execution { l[1].Block = 2; return l })
	check("a", "at most 262144 samples", func(l []results.Execution) []results.Execution {
		l[0].Samples = make([]results.Sample, 1<<18+1)
		return l
	})
	check("a", "out of range", func(l []results.Execution) []results.Execution {
		l[2].Started = time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)
		return l
	})
	check("b", "it is done and takes no more executions", same)
	check("c", "there is no such run", same)

	if err := s.AppendExecutions(t.Context(), "a", nil); err != nil {
		t.Errorf("append of nothing: %v", err)
	}
	got, err := s.Record(t.Context(), "a")
	if err != nil || len(got.Executions) != 10 {
		t.Errorf("after refusals: %d executions, %v; want the 10 from before", len(got.Executions), err)
	}
	if findings, err := Check(t.Context(), path); err != nil || len(findings) > 0 {
		t.Errorf("check: %q, %v", findings, err)
	}
}

// TestARolledBackNameIsFoundAgain holds the dictionary to the database: a number
// that was rolled back must not be remembered.
func TestARolledBackNameIsFoundAgain(t *testing.T) {
	s, _ := fresh(t)
	if err := s.SaveRun(t.Context(), exampleRun("a")); err != nil {
		t.Fatal(err)
	}
	bad := exampleExecutions(0, 2) // both names are new, then the second execution is refused
	bad[1].Started = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)
	if err := s.AppendExecutions(t.Context(), "a", bad); err == nil {
		t.Fatal("a time out of range was stored")
	}
	other := exampleExecutions(0, 1)
	other[0].Benchmark = "takes the number that was given back"
	if err := s.AppendExecutions(t.Context(), "a", other); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendExecutions(t.Context(), "a", exampleExecutions(1, 2)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Record(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(other, exampleExecutions(1, 2)...), got.Executions); diff != "" {
		t.Errorf("executions (-want +got):\n%s", diff)
	}
}

func TestCancelledContextStoresNothing(t *testing.T) {
	s, _ := fresh(t)
	save(t, s, exampleRun("a"), 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.AppendExecutions(ctx, "a", exampleExecutions(1, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v, want context canceled", err)
	}
	if got, err := s.Record(t.Context(), "a"); err != nil || len(got.Executions) != 1 {
		t.Errorf("record: %v, %v; want 1 execution", got, err)
	}
}

// TestPeopleCanReadIt runs the view that the schema keeps for people.
func TestPeopleCanReadIt(t *testing.T) {
	s, _ := fresh(t)
	save(t, s, exampleRun("a"), 8)
	var n int
	err := s.reader.Get(&n, `SELECT count(*) FROM measurements
		WHERE run = 'a' AND benchmark = 'join' AND side = 'head' AND metric = 'wall' AND unit = 'sec' AND warmup = 0 AND block = 0`)
	if err != nil || n != 2 {
		t.Errorf("measurements: %d rows, %v; want 2", n, err)
	}
}
