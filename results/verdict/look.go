package verdict

import (
	"fmt"
	"math"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict/sequential"
)

// Looks is the schedule of a run of at most so many rounds.
func Looks(rounds int) []int { return sequential.Looks(rounds) }

// Schedule is when a comparison is judged: while it goes on, or once after all
// rounds where their number is fixed.
func Schedule(rounds int, fixed bool) []int {
	if fixed {
		return []int{rounds}
	}
	return Looks(rounds)
}

// Budget is what the measured rounds of a block may take, where earlier blocks have
// used some of the plan's time. Of the first a third is kept back, where a second
// block may have to confirm what it finds. A plan that records no limit has none.
func Budget(plan results.Plan, second bool, used time.Duration) time.Duration {
	switch {
	case plan.MaxTime <= 0:
		return math.MaxInt64
	case !second && len(plan.Looks) > 0:
		return plan.MaxTime * 2 / 3
	}
	return plan.MaxTime - used
}

// Standing is what a look at the first block says of one benchmark.
type Standing struct {
	Benchmark  string
	Settled    bool   // it needs no further rounds in the first block
	Alarm      bool   // settled by a change that a second block must confirm
	Why        string // one sentence
	MoreRounds int    // unsettled: about how many more rounds would settle it; 0: no estimate
}

// Look judges every benchmark of a run in progress, in the suite's order, from the
// executions so far.
func Look(record *results.Record) []Standing { return LookAt(record.Run.Bench, Parts(record)) }

// LookAt is Look where the benchmarks are measured already.
func LookAt(benchmarks []results.Benchmark, parts []Part) (list []Standing) {
	judged := map[string][]*Comparison{}
	for _, c := range together(parts) {
		judged[c.Benchmark] = append(judged[c.Benchmark], c)
	}
	for _, b := range benchmarks {
		list = append(list, standing(b, judged[b.Name]))
	}
	return list
}

// standing sums up a benchmark's comparisons: it is settled when all are.
func standing(b results.Benchmark, all []*Comparison) Standing {
	s := Standing{Benchmark: b.Name, Settled: true}
	var open *Comparison
	for _, c := range all {
		s.Alarm = s.Alarm || c.alarms()
		if c.settled(b.Precision) {
			continue
		}
		if open == nil || c.MoreRounds > open.MoreRounds {
			open = c
		}
	}
	if open != nil {
		s.Settled, s.Alarm, s.MoreRounds = false, false, open.MoreRounds
		s.Why = named(*open) + open.Reason
		return s
	}
	if len(all) > 0 {
		worst := worstFirst(all)[0]
		s.Why = named(worst) + worst.Reason
		if n := len(all) - 1; n > 0 {
			s.Why = fmt.Sprintf("%s; and %d more settled", s.Why, n)
		}
	}
	return s
}

func named(c Comparison) string {
	if c.Metric.Name == "" {
		return fmt.Sprintf("%s: ", c.Verdict)
	}
	return fmt.Sprintf("%s: %s: ", c.Metric, c.Verdict)
}

// settled reports whether more rounds could not say more, or need not: the verdict
// is sure, the wanted precision is reached, or there is nothing to compare.
func (c Comparison) settled(precision float64) bool {
	if c.Verdict != CannotTell {
		return true
	}
	if c.HasInterval() && precision > 0 && (c.High-c.Low)/2 <= precision {
		return true
	}
	if c.Contaminated > 0 && !c.HasInterval() {
		return false // undisturbed ones may come
	}
	return c.Base.N == 0 || c.Head.N == 0 || c.Base.N >= minExecutions && c.Head.N >= minExecutions && !c.HasInterval()
}
