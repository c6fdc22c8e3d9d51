package rehearse

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Question is what is asked of a policy.
type Question struct {
	// Run is the run as it would be planned: its benchmarks, its plan with looks, and
	// what it would know of the noise.
	Run         results.Run
	Calibration *results.Record
	Effect      float64 // above 0, below 1
	Runs        int     // to simulate; 0: DefaultRuns
	Seed        uint64
	Progress    func(done, all int) // may be nil; is never called twice at once
}

const (
	// usualRuns tell 9 in 10 from 8 in 10, and fewestRuns 9 in 10 from 7 in 10, by
	// three standard errors.
	usualRuns  = 200
	fewestRuns = 60
	// usualMetrics are simulated that often; of more, all runs together have as many,
	// which takes some ten seconds on two processors.
	usualMetrics = 5
)

// DefaultRuns is how many runs are simulated where nobody says.
func DefaultRuns(metrics int) int {
	return min(usualRuns, max(fewestRuns, usualRuns*usualMetrics/max(1, metrics)))
}

// Rehearse plays the policy. Nothing but the context's end is an error; a forecast
// without metrics says what is missing.
func Rehearse(ctx context.Context, q Question) (*Forecast, error) {
	s := newStage(q.Run, q.Calibration)
	if q.Runs <= 0 {
		q.Runs = DefaultRuns(len(s.metrics))
	}
	if len(s.metrics) == 0 {
		return s.forecast(q, nil), nil
	}
	all := make([]played, q.Runs)
	err := atOnce(ctx, q.Runs, q.Progress, func(i int) { all[i] = s.played(ctx, q, i) })
	if err != nil {
		return nil, err
	}
	return s.forecast(q, all), nil
}

// atOnce does n things on all processors, until the context ends.
func atOnce(ctx context.Context, n int, progress func(done, all int), one func(i int)) error {
	next := make(chan int)
	var group sync.WaitGroup
	var lock sync.Mutex
	done := 0
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := range next {
				one(i)
				lock.Lock()
				if done++; progress != nil {
					progress(done, n)
				}
				lock.Unlock()
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	group.Wait()
	return context.Cause(ctx)
}

// played is what one rehearsal yields.
type played struct {
	unchanged ending
	slower    []ending // by metric
	rungs     []int    // by metric: the first on its ladder that is found; nil where nobody looked
}

func (s *stage) played(ctx context.Context, q Question, i int) played {
	r := s.rehearse(q.Seed, i)
	p := played{unchanged: r.play(nothing, 0), slower: make([]ending, len(s.metrics))}
	for m := range s.metrics {
		if ctx.Err() != nil {
			return p
		}
		p.slower[m] = r.play(m, q.Effect)
		if i%2 > 0 { // half of the runs tell the smallest effect well enough: it is known to a tenth
			continue
		}
		p.rungs = append(p.rungs, r.smallest(m, q.Effect, p.slower[m].verdicts[m] == verdict.Regression))
	}
	return p
}

// smallest is the first rung of a metric's ladder that is found, given whether an
// effect is.
func (r *rehearsal) smallest(m int, effect float64, found bool) int {
	ladder := r.metrics[m].ladder()
	low, high := sort.SearchFloat64s(ladder, effect), len(ladder)
	if found {
		low, high = 0, low
	}
	if low == high {
		return low
	}
	start := min(max(r.metrics[m].start(ladder), low), high-1)
	return low + firstFound(high-low, start-low, func(rung int) bool {
		return r.play(m, ladder[low+rung]).verdicts[m] == verdict.Regression
	})
}

func (s *stage) forecast(q Question, all []played) *Forecast {
	f := &Forecast{
		Suite: s.run.Suite, Calibration: q.Calibration.Run.ID, Rounds: s.run.Plan.Rounds, Looks: s.run.Plan.Looks, MaxTime: s.run.Plan.MaxTime,
		Effect: q.Effect, Runs: q.Runs, Uncertainty: 1.96 * math.Sqrt(0.25/float64(q.Runs)), Metrics: []Metric{}, Missing: s.missing,
	}
	if len(all) == 0 {
		return f
	}
	share := func(is func(ending) bool) float64 {
		return shareOf(all, func(p played) bool { return is(p.unchanged) })
	}
	f.OutOfTime = share(func(e ending) bool { return e.outOfTime })
	f.FalseAlarms = share(func(e ending) bool { return slices.Contains(e.alarms, true) })
	f.Confirmed = share(func(e ending) bool { return slices.ContainsFunc(e.verdicts, isChange) })
	f.Time = time.Duration(meanOf(all, func(p played) float64 { return float64(p.unchanged.time) }))
	times := make([]time.Duration, len(all))
	for i, p := range all {
		times[i] = p.unchanged.time
	}
	f.Long = ninth(times)
	for i := range s.metrics {
		f.Metrics = append(f.Metrics, s.metric(q, f, all, i))
	}
	return f
}

// metric sums up what became of one metric.
func (s *stage) metric(q Question, f *Forecast, all []played, i int) Metric {
	m := &s.metrics[i]
	b := s.run.Bench[m.bench]
	r := Metric{
		Benchmark: b.Name, Metric: m.Metric, LeastEffect: m.least, MinEffect: b.MinEffect, Price: s.prices[m.bench],
		Power:       shareOf(all, func(p played) bool { return p.slower[i].verdicts[i] == verdict.Regression }),
		FalseAlarms: shareOf(all, func(p played) bool { return p.unchanged.alarms[i] }),
		Confirmed:   shareOf(all, func(p played) bool { return isChange(p.unchanged.verdicts[i]) }),
		Rounds:      meanOf(all, func(p played) float64 { return float64(p.unchanged.rounds[m.bench]) }),
		Slower:      meanOf(all, func(p played) float64 { return float64(p.slower[i].rounds[m.bench]) }),
	}
	var rungs []int
	for _, p := range all {
		r.Reached = max(r.Reached, p.unchanged.rounds[m.bench], p.slower[i].rounds[m.bench])
		if p.rungs != nil {
			rungs = append(rungs, p.rungs[i])
		}
	}
	if ladder, rung := m.ladder(), ninth(rungs); rung < len(ladder) {
		r.Smallest = ladder[rung]
	}
	r.advise(q.Effect, m, s.benches[m.bench].rounds, len(s.metrics), f.Time)
	return r
}

func isChange(v verdict.Verdict) bool { return v == verdict.Regression || v == verdict.Improvement }

func shareOf(all []played, is func(played) bool) float64 {
	return meanOf(all, func(p played) float64 {
		if is(p) {
			return 1
		}
		return 0
	})
}

func meanOf(all []played, value func(played) float64) float64 {
	sum := 0.0
	for _, p := range all {
		sum += value(p)
	}
	return sum / float64(len(all))
}

// ninth is what 9 of 10 values do not exceed.
func ninth[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(math.Ceil(wanted*float64(len(sorted))))-1]
}
