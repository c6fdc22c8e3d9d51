package browsertest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// commitNumber is a commit of the histories in a filled store.
func commitNumber(n int) results.Commit {
	return results.Commit{Rev: fmt.Sprintf("%040x", n+4096), Subject: fmt.Sprintf("Change %d", n), Author: "Ada", When: time.Unix(1.79e9+int64(n)*3600, 0), Branch: "main"}
}

// measuredRecord is a run of so many benchmarks with samples and witnesses, in which head
// is slower.
func measuredRecord(id string, benchmarks int) *results.Record {
	at := time.Date(2026, 11, 19, 23, 30, 0, 0, time.UTC)
	record := &results.Record{Run: results.Run{
		ID: id, Kind: results.Comparison, State: results.Done, Suite: "dataflow", Class: "office", User: "ada", Created: at, Finished: at.Add(time.Hour),
		Base: commitNumber(88), Head: commitNumber(89), Plan: results.Plan{Rounds: 12}, Command: []string{"perfrun", "run"},
		Env: []results.Fact{{Name: "host.name", Value: "box"}, {Name: "memory.bytes", Value: "25276510208"}},
	}}
	for i := range benchmarks {
		record.Run.Bench = append(record.Run.Bench, results.Benchmark{Name: fmt.Sprintf("scan-%02d", i), Command: "true"})
	}
	for i := range 24 * benchmarks {
		v := 0.02 * (1 + 0.08*float64(i%2) + 0.003*math.Sin(float64(i*i)))
		record.Executions = append(record.Executions, results.Execution{
			Seq: i, Round: i / (2 * benchmarks), Benchmark: record.Run.Bench[i/2%benchmarks].Name, Side: results.Sides()[i%2],
			Samples: []results.Sample{{Metric: scanned, Value: v}}, Witness: &results.Witness{Interrupts: int64(i % 5), Foreign: time.Duration(i%3) * time.Millisecond},
		})
	}
	return record
}

var scanned = results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}

// measure puts a measured run into a store, as part of the history of its first benchmark.
func measure(t *testing.T, s *store.Store, record *results.Record) {
	t.Helper()
	if _, err := s.Import(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	run := record.Run
	series := results.Series{Suite: run.Suite, Branch: "main", Class: run.Class, Benchmark: run.Bench[0].Name, Metric: scanned}
	err := s.AddPoints(t.Context(), run.ID, []results.Point{
		{Series: series, Run: run.ID, Side: results.Base, Commit: run.Base, Environment: "box", Value: 0.02, Low: 0.0199, High: 0.0201, N: 12},
		{Series: series, Run: run.ID, Side: results.Head, Commit: run.Head, Environment: "box", Value: 0.0216, Low: 0.0215, High: 0.0217, N: 12},
	})
	if err != nil {
		t.Fatal(err)
	}
}
