package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/results/verdict/rehearse"
)

// mostRounds is how many rounds a sequential run may take.
const mostRounds = 40

// sequentialRows lets runs stop by themselves. Their values are drawn from all
// twenty of a version, so that head is base but for what is injected.
func sequentialRows(folder string) ([]Row, error) {
	pairs, err := sapPairs(folder)
	if err != nil {
		return nil, err
	}
	equal := runSuites(pairs, 0)
	slow := runSuites(pairs, 0.05)
	return []Row{{
		Task:   fmt.Sprintf("sap_aa, runs of at most %d rounds that stop by themselves, resampled", mostRounds),
		Figure: fmt.Sprintf("%s false before confirmation; %.1f rounds", percent(equal.share()), equal.mean()),
		Rivals: "fixed: 20 rounds", Wanted: "at most 0.10 % false", Missed: equal.share() > 0.001,
	}, {
		Task:   "the same with 5 % injected",
		Figure: fmt.Sprintf("found %.1f %%, of those whose noise allows %.1f %%; %.1f rounds", 100*slow.share(), 100*slow.allowedShare(), slow.mean()),
		Rivals: "fixed: 20 rounds", Wanted: "90 % where the noise allows, fewer rounds than 20", Missed: slow.allowedShare() < 0.9 || slow.mean() >= 20,
	}}, nil
}

// stopped sums up runs that stopped by themselves.
type stopped struct {
	pairs, alarms, rounds int
	allowed, allowedFound int // pairs whose noise lets 40 rounds see 5 %
}

func (s stopped) share() float64        { return float64(s.alarms) / float64(s.pairs) }
func (s stopped) mean() float64         { return float64(s.rounds) / float64(s.pairs) }
func (s stopped) allowedShare() float64 { return float64(s.allowedFound) / float64(max(1, s.allowed)) }

func runSuites(pairs []twoSides, slower float64) (sum stopped) {
	seed := uint64(0)
	for suite := range slices.Chunk(pairs, suiteSize) {
		seed++
		sum.run(suite, slower, rand.New(rand.NewPCG(seed, 5)))
	}
	return sum
}

// run measures one suite.
func (s *stopped) run(suite []twoSides, slower float64, draw *rand.Rand) {
	names := make([]string, len(suite))
	for i, p := range suite {
		names[i] = p.name
	}
	rounds, alarmed := stopping(names, func(i, _ int) (base, head float64) {
		all := slices.Concat(suite[i].base, suite[i].head)
		return all[draw.IntN(len(all))], all[draw.IntN(len(all))] * (1 + slower)
	})
	s.count(suite, rounds, alarmed)
}

// stopping measures a suite of simulated benchmarks: after each look what is
// settled goes on no more. It returns how many rounds each took, and whether the
// first block raised an alarm.
func stopping(names []string, measure func(i, round int) (base, head float64)) (rounds map[string]int, alarmed map[string]bool) {
	run := results.Run{State: results.Measuring, Plan: results.Plan{Rounds: mostRounds, Looks: verdict.Looks(mostRounds)}}
	for _, name := range names {
		run.Bench = append(run.Bench, results.Benchmark{Name: name, MinEffect: verdict.DefaultMinEffect})
	}
	course := rehearse.First(&run, nil, &bench{run, measure, make([][]results.Execution, len(names))})
	rounds, alarmed = map[string]int{}, map[string]bool{}
	for i, name := range names {
		rounds[name] = course.Rounds[i]
	}
	for _, c := range verdict.Alarmed(run, course.Parts) {
		alarmed[c.Benchmark] = true
	}
	return rounds, alarmed
}

// bench is a machine that gives one value an execution.
type bench struct {
	run        results.Run
	measure    func(i, round int) (base, head float64)
	executions [][]results.Execution // by benchmark
}

// Execute implements rehearse.Machine.
func (b *bench) Execute(i, round int) {
	base, head := b.measure(i, round)
	name := b.run.Bench[i].Name
	b.executions[i] = append(b.executions[i], execution(name, results.Base, round, base), execution(name, results.Head, round, head))
}

// Parts implements rehearse.Machine.
func (b *bench) Parts(i, _ int) []verdict.Part {
	run := b.run
	run.Bench = run.Bench[i : i+1]
	return verdict.Parts(&results.Record{Run: run, Executions: b.executions[i]})
}

func execution(name string, side results.Side, round int, value float64) results.Execution {
	metric := results.Metric{Name: "time", Unit: "sec", Better: results.Lower}
	return results.Execution{Benchmark: name, Side: side, Round: round, Samples: []results.Sample{{Metric: metric, Value: value}}}
}

// count sums a suite up by what the first block alone says. The noise allows what
// is three standard errors of the median after all rounds.
func (s *stopped) count(suite []twoSides, rounds map[string]int, alarmed map[string]bool) {
	for _, p := range suite {
		all := slices.Concat(p.base, p.head)
		_, variance := moments(all)
		mean, _ := moments(all)
		const errorOfMedian = 1.2533 // times that of the mean, of normal values
		allowed := 3*errorOfMedian*variance*2/mostRounds*errorOfMedian*3 <= (0.05*mean)*(0.05*mean)
		s.pairs++
		s.rounds += rounds[p.name]
		if alarmed[p.name] {
			s.alarms++
		}
		if allowed {
			s.allowed++
			if alarmed[p.name] {
				s.allowedFound++
			}
		}
	}
}
