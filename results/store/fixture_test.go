package store

import (
	"path/filepath"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

// hostile holds what no name should be, and what must come back unchanged.
const hostile = "'; DROP TABLE runs; --\n\x00\xff\xfe <script>\x1b[31m \u202e%_?"

// hostileText is what a reason may hold: text, of any kind.
const hostileText = "'; DROP TABLE runs; -- <script>\x1b[31m \u202e%_?"

// exampleRun is a run with every field set, most of them badly.
func exampleRun(id string) results.Run {
	at := time.Date(2026, 11, 2, 9, 58, 7, 123456789, time.UTC)
	return results.Run{
		ID: id, Kind: results.Comparison, State: results.Measuring, Error: "", Owner: "4711@box", User: "nikhil", Repo: "/src/" + hostile, Class: hostile,
		Base: results.Commit{
			Rev: "0a1b", Asked: "main~1", Subject: hostile, Author: "J\xf6rg", When: at.Add(-time.Hour), Branch: hostile,
		},
		Head:      results.Commit{Rev: "2c3d", Asked: ".", Subject: "", Author: "Jörg", When: at.Add(-time.Minute), Dirty: true},
		BaseImage: results.Image{Ref: "ci:1", Digest: "sha256:11", Pipeline: "ci/" + hostile, Step: "bench"},
		HeadImage: results.Image{Ref: "ci:2", Digest: "sha256:22"},
		Suite:     "dataflow", SuitePath: "perf.yml", SuiteText: "suite: dataflow\n# \xff\n",
		Plan: results.Plan{
			Engine: "docker", Seed: 1<<62 + 1, Rounds: 30, Warmups: 1, CPUs: "2-3", Harness: "0",
			Looks: []int{6, 8, 30}, MaxTime: 10 * time.Minute,
		},
		Bench: []results.Benchmark{
			{Name: "join", Command: "cargo bench", Format: "criterion", CPUs: 2, MinEffect: 0.02, Precision: 0.1},
			{Name: hostile, Command: hostile},
		},
		Env:      []results.Fact{{Name: "cpu.model", Value: "x"}, {Name: "kernel.cmdline", Value: hostile}},
		Guards:   []results.Guard{{Aspect: "cpus", Held: true, Detail: "2-3"}, {Aspect: "network", Detail: hostile}},
		Notes:    []results.Fact{{Name: "build of base", Value: hostile}},
		Versions: []results.Fact{{Name: "perfrun", Value: "1"}},
		Quiet: results.Quiet{
			Asked: results.LevelIsolate, Reached: results.LevelPin, Shield: results.ShieldSlices, Why: hostile,
			Knobs:  []results.Knob{{Name: "governor", Outcome: results.KnobApplied, Was: "powersave", Is: hostile, Detail: "\xff"}},
			Limits: []results.Limit{{Quantity: results.QuantityForeign, Floor: 1e6, PerSecond: 2e4, Source: "default"}},
			Unseen: []string{results.QuantityThrottles},
		},
		Noise: []results.Noise{{
			Benchmark: hostile, Metric: results.Metric{Case: hostile, Name: "wall", Unit: "sec", Better: results.Lower}, Run: "c0ffee",
			Rounds: 30, CV: 0.01, Spread: 0.02, Drift: -0.03, Autocorrelation: -0.4, Floor: 0.05, Visible: 0.06, FalseAlarms: 0.07,
		}},
		Alarms: []results.Alarm{
			{Benchmark: hostile, Metric: results.Metric{Case: hostile, Name: "wall", Unit: "sec", Better: results.Lower}, Outcome: results.Refuted},
			{Benchmark: "join", Metric: results.Metric{Name: "rate", Unit: "\xff", Better: results.Higher}, Outcome: results.Confirmed},
		},
		Judged:  "0123abcd",
		Command: []string{"perfrun", "run", hostile, ""},
		Created: at,
	}
}

// secondBlockFrom is the execution with which the second block begins.
const secondBlockFrom = 10

// exampleExecutions are n executions from number first on; some are faulty.
func exampleExecutions(first, n int) []results.Execution {
	list := make([]results.Execution, n)
	for i := range list {
		seq := first + i
		block := min(seq/secondBlockFrom, 1)
		e := results.Execution{
			Seq: seq, Block: block, Round: seq / 4, Warmup: seq < 4, Benchmark: []string{"join", hostile}[seq/2%2], Side: results.Sides()[seq%2],
			Started: time.Date(2026, 11, 2, 10, 0, seq, 999999999, time.UTC), EnvBytes: seq * 3,
			Accounts: results.Accounts{
				Wall: time.Second + time.Duration(seq), User: 2, System: 3, MaxRSS: 1 << 33, MinorFaults: 5,
				MajorFaults: 6, VoluntaryCtx: 7, InvoluntaryCtx: 8,
			},
			Samples: []results.Sample{
				{Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}, Value: 1 / float64(seq+3)},
				{Metric: results.Metric{Case: hostile, Name: "rate\x00", Unit: "\xff", Better: results.Higher}, Value: -1e300},
				{Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}, Value: 5e-324},
			},
		}
		if seq%3 == 1 {
			e.Witness = &results.Witness{
				Window: 2 * time.Second, Foreign: 1234 * time.Microsecond, Interrupts: 7, Temperature: 45_500, Frequency: 3_400_000,
				Refaults: 1 << 40, CPUPressure: time.Duration(seq) * time.Millisecond, MemoryStalls: -5 * time.Microsecond,
			}
			e.Contaminated = []string{"other programs ran 1.2 ms", hostileText}
		}
		if seq%3 == 2 {
			e.Witness = &results.Witness{} // watched, and nothing happened
		}
		if seq%5 == 4 {
			e.Samples, e.Accounts.ExitCode, e.Accounts.Signal = nil, -1, 9
			e.Fault = &results.Fault{Kind: results.FaultSignal, Detail: "killed", Stderr: hostile, Stdout: "\xc3\x28\x00"}
		}
		list[i] = e
	}
	return list
}

// fresh opens a new database and closes it with the test.
func fresh(t testing.TB) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "perf.db")
	return reopen(t, path), path
}

func reopen(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// save stores the run and n executions of it.
func save(t testing.TB, s *Store, run results.Run, n int) {
	t.Helper()
	if err := s.SaveRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendExecutions(t.Context(), run.ID, exampleExecutions(0, n)); err != nil {
		t.Fatal(err)
	}
}
