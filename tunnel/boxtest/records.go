package boxtest

import (
	"context"
	"math"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// at is when everything happened.
var at = time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)

// Records are one run and what came of it, each field of some types filled.
type Records struct {
	TheRun    results.Run
	Execution results.Execution
	TheSeries results.Series
	Point     results.Point
	Step      results.Step
	Accepted  results.Acceptance
	Tally     results.AlarmTally
}

func newRecords() *Records {
	series := results.Series{
		Suite: "app", Branch: "origin/main", Class: "office", Benchmark: `join "big" & <é>`,
		Metric: results.Metric{Case: "Encode/small", Name: "sec/op", Unit: "sec/op", Better: results.Lower},
	}
	run := results.Run{
		ID: "20260102T030405-ab", Kind: results.Comparison, State: results.Done, User: "nikhil", Suite: "app",
		Base: results.Commit{Rev: strings.Repeat("a", 40), Branch: "origin/main"}, Head: results.Commit{Rev: strings.Repeat("b", 40)},
		Plan: results.Plan{Seed: math.MaxInt64, Rounds: 40, MaxTime: time.Hour}, Created: at, Finished: at.Add(time.Hour),
	}
	return &Records{
		TheRun: run, TheSeries: series,
		Execution: results.Execution{Seq: 3, Benchmark: series.Benchmark, Side: results.Head, Started: at, Samples: []results.Sample{{Metric: series.Metric, Value: 0.1}}},
		Point:     results.Point{Series: series, Run: run.ID, Side: results.Head, Commit: run.Head, Environment: "e", Value: 0.1, Low: 5e-324, High: math.MaxFloat64, N: 40},
		Step:      results.Step{Series: series, Environment: "e", Good: "a", Bad: "b", Change: 0.1, Source: results.FromRun, Run: run.ID, Announced: at},
		Accepted:  results.Acceptance{Suite: "app", Benchmark: series.Benchmark, Commit: run.Head.Rev, Run: run.ID, Reason: "it is meant", By: "nikhil", At: at},
		Tally:     results.AlarmTally{Suite: "app", Host: "box", Runs: 3, Confirmed: 1, Refuted: 2},
	}
}

// only returns one value for its suite and for all of them.
func only[T any](suite string, value T) ([]T, error) {
	if suite == "" || suite == "app" {
		return []T{value}, nil
	}
	return nil, nil
}

// Run is the run.
func (r *Records) Run(_ context.Context, id string) (results.Run, error) {
	if id != r.TheRun.ID {
		return results.Run{}, problem("run "+id, "there is no such run", "")
	}
	return r.TheRun, nil
}

// Runs are as many as are asked for; 0: all, which is 3.
func (r *Records) Runs(_ context.Context, limit int) (list []results.Run, err error) {
	for range 3 {
		if limit == 0 || len(list) < limit {
			list = append(list, r.TheRun)
		}
	}
	return list, nil
}

// Record is the run with its execution.
func (r *Records) Record(ctx context.Context, id string) (*results.Record, error) {
	run, err := r.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	return &results.Record{Run: run, Executions: []results.Execution{r.Execution}}, nil
}

// Resolve knows the start of an id.
func (r *Records) Resolve(_ context.Context, ref string) (string, error) {
	if ref == "" || !strings.HasPrefix(r.TheRun.ID, ref) {
		return "", problem("run "+ref, "there is no such run", "")
	}
	return r.TheRun.ID, nil
}

// Calibrations is the run.
func (r *Records) Calibrations(_ context.Context, suite string) ([]results.Run, error) {
	return only(suite, r.TheRun)
}

// Alarms is the tally.
func (r *Records) Alarms(_ context.Context, suite string) ([]results.AlarmTally, error) {
	return only(suite, r.Tally)
}

// Series is the series.
func (r *Records) Series(_ context.Context, suite string) ([]results.Series, error) {
	return only(suite, r.TheSeries)
}

// Points is the point, of exactly its series.
func (r *Records) Points(_ context.Context, series results.Series) ([]results.Point, error) {
	if series != r.TheSeries {
		return nil, nil
	}
	return []results.Point{r.Point}, nil
}

// Steps is the step.
func (r *Records) Steps(_ context.Context, suite string) ([]results.Step, error) {
	return only(suite, r.Step)
}

// Acceptances is what is accepted.
func (r *Records) Acceptances(_ context.Context, suite string) ([]results.Acceptance, error) {
	return only(suite, r.Accepted)
}
