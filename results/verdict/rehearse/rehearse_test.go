package rehearse

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/results/verdict/simulate"
)

var (
	wall   = results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}
	rate   = results.Metric{Name: "rate", Unit: "op/s", Better: results.Higher}
	allocs = results.Metric{Name: "allocs", Unit: "allocs", Better: results.Lower}
)

// stand is a benchmark whose noise is known.
type stand struct {
	name   string
	stream string // empty: every value is 1000
	noise  float64
	metric results.Metric
}

// calibrated is a calibration of stands of so many rounds. An execution takes a
// second, and what goes with it a quarter.
func calibrated(rounds int, stands ...stand) *results.Record {
	record := &results.Record{Run: results.Run{ID: "c1", Kind: results.Calibration, State: results.Done, Suite: "stands"}}
	values := make([][2][]float64, len(stands))
	for i, s := range stands {
		record.Run.Bench = append(record.Run.Bench, results.Benchmark{Name: s.name, MinEffect: 0.02})
		values[i] = [2][]float64{slices.Repeat([]float64{1000}, rounds), slices.Repeat([]float64{1000}, rounds)}
		for _, stream := range simulate.Streams() {
			if stream.Name == s.stream {
				stream.Noise = s.noise
				values[i][0], values[i][1] = stream.Run(uint64(i+1), rounds, 0)
			}
		}
	}
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for round := range rounds {
		for i, s := range stands {
			for k, side := range results.Sides() {
				record.Executions = append(record.Executions, results.Execution{
					Seq: len(record.Executions), Round: round, Benchmark: s.name, Side: side, Started: at,
					Accounts: results.Accounts{Wall: time.Second}, Samples: []results.Sample{{Metric: s.metric, Value: values[i][k][round]}},
				})
				at = at.Add(1250 * time.Millisecond)
			}
		}
	}
	record.Run.Noise = verdict.Calibrate(record)
	return record
}

// planned is a run of what was calibrated.
func planned(calibration *results.Record, rounds int) results.Run {
	return results.Run{
		Kind: results.Comparison, Suite: "stands", Bench: calibration.Run.Bench, Noise: calibration.Run.Noise,
		Plan: results.Plan{Rounds: rounds, Warmups: 1, Looks: verdict.Looks(rounds), MaxTime: time.Hour},
	}
}

func rehearsed(t *testing.T, q Question) *Forecast {
	t.Helper()
	f, err := Rehearse(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// within holds a figure between bounds that no seed leaves by chance.
func within(t *testing.T, what string, got, least, most float64) {
	t.Helper()
	if !(got >= least && got <= most) {
		t.Errorf("%s is %.3f, want %.3f to %.3f", what, got, least, most)
	}
}

// TestKnownNoise: what is quiet finds the effect every time and early, what is noisy
// does not, and what is too noisy never; nothing alarms for nothing.
func TestKnownNoise(t *testing.T) {
	c := calibrated(40, stand{"quiet", "normal", 0.002, wall}, stand{"noisy", "normal", 0.02, wall}, stand{"loud", "normal", 0.2, wall})
	f := rehearsed(t, Question{Run: planned(c, 20), Calibration: c, Effect: 0.03, Runs: 60})
	if len(f.Metrics) != 3 || f.Runs != 60 || len(f.Missing) > 0 {
		t.Fatalf("%+v", f)
	}
	quiet, noisy, loud := f.Metrics[0], f.Metrics[1], f.Metrics[2]
	within(t, "power of quiet", quiet.Power, 1, 1)
	within(t, "smallest of quiet", quiet.Smallest, 0.02, 0.025)
	within(t, "rounds of quiet", quiet.Rounds, 6, 7)
	within(t, "power of noisy", noisy.Power, 0.3, 0.95)
	within(t, "smallest of noisy", noisy.Smallest, 0.025, 0.06)
	within(t, "power of loud", loud.Power, 0, 0.1)
	within(t, "smallest of loud", loud.Smallest, 0.15, 1)
	within(t, "rounds of loud", loud.Rounds, 15, 20)
	within(t, "alarms", f.FalseAlarms, 0, 0.1)
	within(t, "confirmed alarms", f.Confirmed, 0, 0.05)
	for _, m := range f.Metrics {
		if m.Price != 2500*time.Millisecond && m.Benchmark != "loud" { // the very last execution has nothing after it
			t.Errorf("a round of %s takes %v, want 2.5 s", m.Benchmark, m.Price)
		}
		if m.Confirmed > m.FalseAlarms {
			t.Errorf("%s: %v alarms, %v confirmed", m.Benchmark, m.FalseAlarms, m.Confirmed)
		}
	}
	if quiet.Limit != Enough || loud.Limit != ByFloor || loud.NeedLeast >= 0.03 {
		t.Errorf("limits: quiet %q, loud %q", quiet.Limit, loud.Limit)
	}
}

// TestSameQuestionSameAnswer: on one processor and on several; another seed gives
// another one.
func TestSameQuestionSameAnswer(t *testing.T) {
	c := calibrated(20, stand{"one", "log-normal", 0.02, wall}, stand{"two", "shared", 0.02, wall})
	q := Question{Run: planned(c, 12), Calibration: c, Effect: 0.04, Runs: 20}
	first := rehearsed(t, q)
	before := runtime.GOMAXPROCS(1)
	again := rehearsed(t, q)
	runtime.GOMAXPROCS(before)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	q.Seed = 1
	if cmp.Equal(first, rehearsed(t, q)) {
		t.Error("another seed changed nothing")
	}
}

// TestAdviceHolds: with as many rounds as it asks for, the effect is found.
func TestAdviceHolds(t *testing.T) {
	c := calibrated(100, stand{"noisy", "normal", 0.03, wall})
	q := Question{Run: planned(c, 15), Calibration: c, Effect: 0.05, Runs: 80}
	few := rehearsed(t, q).Metrics[0]
	within(t, "power with 15 rounds", few.Power, 0.1, 0.85)
	if few.Limit != ByNoise || few.Need <= 15 || few.NeedTime <= 0 {
		t.Fatalf("advice: %+v", few)
	}
	q.Run = planned(c, few.Need)
	q.Run.Plan.MaxTime = few.NeedTime
	within(t, "power with as many as it needs", rehearsed(t, q).Metrics[0].Power, 0.75, 1)
}

// TestMinEffectHides: an effect that is no news is never found, however quiet.
func TestMinEffectHides(t *testing.T) {
	c := calibrated(20, stand{"quiet", "normal", 0.002, wall})
	run := planned(c, 12)
	run.Bench = []results.Benchmark{{Name: "quiet", MinEffect: 0.05}}
	m := rehearsed(t, Question{Run: run, Calibration: c, Effect: 0.03, Runs: 20}).Metrics[0]
	if m.Power > 0 || m.Limit != ByMinEffect || m.NeedLeast <= 0 || m.NeedLeast >= 0.03 {
		t.Errorf("%+v", m)
	}
}

// TestMaxTime: what the time ends has had fewer rounds, and says so.
func TestMaxTime(t *testing.T) {
	c := calibrated(20, stand{"loud", "normal", 0.2, wall})
	run := planned(c, 20)
	run.Plan.MaxTime = 30 * time.Second // two thirds are 8 rounds of 2.5 s
	f := rehearsed(t, Question{Run: run, Calibration: c, Effect: 0.03, Runs: 20})
	within(t, "runs out of time", f.OutOfTime, 0.9, 1)
	if f.Metrics[0].Reached != 9 && f.Metrics[0].Reached != 8 {
		t.Errorf("%d rounds in 20 s", f.Metrics[0].Reached)
	}
}

// TestTooFewRounds: no verdict comes from five.
func TestTooFewRounds(t *testing.T) {
	c := calibrated(20, stand{"quiet", "normal", 0.002, wall})
	m := rehearsed(t, Question{Run: planned(c, 5), Calibration: c, Effect: 0.03, Runs: 10}).Metrics[0]
	if m.Power > 0 || m.Smallest != 0 || m.Limit != ByTooFew {
		t.Errorf("%+v", m)
	}
}

// TestKindsOfMetrics: a count without spread is exact and stays whole; of what is
// better when higher the effect is taken away.
func TestKindsOfMetrics(t *testing.T) {
	c := calibrated(20, stand{"count", "", 0, allocs}, stand{"throughput", "normal", 0.002, rate}, stand{"zero", "", 0, allocs})
	for i := range c.Executions {
		if c.Executions[i].Benchmark == "zero" {
			c.Executions[i].Samples[0].Value = 0
		}
	}
	f := rehearsed(t, Question{Run: planned(c, 12), Calibration: c, Effect: 0.03, Runs: 20})
	within(t, "power of a count", f.Metrics[0].Power, 1, 1)
	within(t, "smallest of a count", f.Metrics[0].Smallest, 0.02, 0.02)
	within(t, "power of a throughput", f.Metrics[1].Power, 1, 1)
	if zero := f.Metrics[2]; zero.Power > 0 || zero.Limit != ByRatio {
		t.Errorf("%+v", zero)
	}
	if got := (&metric{Metric: allocs, whole: true}).worse(10, 0.03); got != 10 {
		t.Errorf("10 allocations and 3 %% are %v", got)
	}
	if got := (&metric{Metric: rate}).worse(100, 0.03); math.Abs(got-97) > 1e-9 {
		t.Errorf("a rate of 100 that is 3 %% worse is %v", got)
	}
}

// TestMissing: what cannot be drawn is named, the rest is played.
func TestMissing(t *testing.T) {
	c := calibrated(6, stand{"known", "normal", 0.01, wall}, stand{"disturbed", "normal", 0.01, wall}, stand{"partial", "normal", 0.01, wall})
	for i, e := range c.Executions {
		switch {
		case e.Benchmark == "disturbed" && e.Round > 2:
			c.Executions[i].Contaminated = []string{"somebody else"}
		case e.Benchmark == "partial" && e.Round == 3:
			c.Executions[i].Samples = nil
		}
	}
	run := planned(c, 8)
	run.Bench = append(slices.Clone(run.Bench), results.Benchmark{Name: "new", MinEffect: 0.02})
	f := rehearsed(t, Question{Run: run, Calibration: c, Effect: 0.03, Runs: 4})
	want := []Missing{
		{"disturbed", "only 3 of its rounds in the calibration count, 4 are needed"},
		{"partial", "no metric is in every execution of the calibration"},
		{"new", "it is not in the calibration"},
	}
	if diff := cmp.Diff(want, f.Missing); diff != "" || len(f.Metrics) != 1 {
		t.Errorf("%d metrics\n%s", len(f.Metrics), diff)
	}
	run.Bench = run.Bench[3:]
	if f := rehearsed(t, Question{Run: run, Calibration: c, Effect: 0.03}); len(f.Metrics) != 0 || len(f.Missing) != 1 {
		t.Errorf("%+v", f)
	}
}

func TestProgressAndInterruption(t *testing.T) {
	c := calibrated(8, stand{"one", "normal", 0.01, wall})
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("enough")
	var seen []int
	_, err := Rehearse(ctx, Question{Run: planned(c, 6), Calibration: c, Effect: 0.03, Runs: 1000, Progress: func(done, all int) {
		if seen = append(seen, done); done == 5 {
			cancel(stopped)
		}
		if all != 1000 {
			t.Errorf("of %d", all)
		}
	}})
	if !errors.Is(err, stopped) || len(seen) < 5 || len(seen) > 5+runtime.GOMAXPROCS(0) || !slices.IsSorted(seen) {
		t.Errorf("%v after %v", err, seen)
	}
	if DefaultRuns(1) != 200 || DefaultRuns(10) != 100 || DefaultRuns(1000) != 60 {
		t.Error("default runs")
	}
}
