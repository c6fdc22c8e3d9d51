package rehearse

import (
	"slices"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Machine is what benchmarks are executed on, which go by their place in the suite.
type Machine interface {
	// Execute executes both sides of a benchmark in a round of the first block.
	Execute(benchmark, round int)
	// Parts is what so many rounds of a benchmark say by themselves.
	Parts(benchmark, rounds int) []verdict.Part
}

// Course is how far the first block of a run went.
type Course struct {
	Rounds    []int // of each benchmark
	Parts     []verdict.Part
	Used      time.Duration // by its rounds
	OutOfTime bool          // what was not settled ended because the time was up
}

// First plays the first block of a run by its plan and its benchmarks: after each
// look what is settled goes on no more. A round of a benchmark takes what its price
// says; without prices time stands still.
func First(run *results.Run, prices []time.Duration, machine Machine) Course {
	n := len(run.Bench)
	need, parts := slices.Repeat([]int{run.Plan.Rounds}, n), make([][]verdict.Part, n)
	c := Course{Rounds: make([]int, n)}
	look := func(rounds int) {
		for i := range need {
			if need[i] >= rounds {
				parts[i] = machine.Parts(i, c.Rounds[i])
			}
		}
		c.Parts = slices.Concat(parts...)
	}
	b := block{need: need, prices: prices, budget: verdict.Budget(run.Plan, false, 0)}
	b.execute = func(i, round int) {
		machine.Execute(i, round)
		c.Rounds[i]++
	}
	b.ended = func(rounds int) {
		if !slices.Contains(run.Plan.Looks, rounds) {
			return
		}
		look(rounds)
		for i, s := range verdict.LookAt(run.Bench, c.Parts) {
			if s.Settled {
				need[i] = min(need[i], rounds)
			}
		}
	}
	last := b.play()
	c.Used, c.OutOfTime = b.used, b.outOfTime
	if c.OutOfTime && !slices.Contains(run.Plan.Looks, last) {
		look(last)
	}
	return c
}

// Second plays the block that confirms the alarms of the first. It returns how many
// rounds of it each benchmark has had, and what they took.
func (c Course) Second(run *results.Run, prices []time.Duration) (rounds []int, used time.Duration) {
	rounds = make([]int, len(run.Bench))
	need := make([]int, len(run.Bench))
	for _, wanted := range verdict.Alarmed(*run, c.Parts) {
		need[slices.IndexFunc(run.Bench, func(b results.Benchmark) bool { return b.Name == wanted.Benchmark })] = wanted.Rounds
	}
	b := block{need: need, prices: prices, budget: verdict.Budget(run.Plan, true, c.Used)}
	if b.budget <= 0 {
		return rounds, 0
	}
	b.execute = func(i, _ int) { rounds[i]++ }
	b.play()
	return rounds, b.used
}

// block plays rounds until each benchmark has had what it needs, or the time is
// spent. The first round is always played.
type block struct {
	need      []int // may shrink while it is played
	prices    []time.Duration
	budget    time.Duration
	execute   func(benchmark, round int)
	ended     func(rounds int) // a round
	used      time.Duration
	outOfTime bool
}

// play returns how many rounds were played.
func (b *block) play() (rounds int) {
	for ; slices.Max(b.need) > rounds; rounds++ {
		if rounds > 0 && b.used >= b.budget {
			b.outOfTime = true
			return rounds
		}
		for i := range b.need {
			if b.need[i] <= rounds {
				continue
			}
			b.execute(i, rounds)
			if b.prices != nil {
				b.used += b.prices[i]
			}
		}
		if b.ended != nil {
			b.ended(rounds + 1)
		}
	}
	return rounds
}
