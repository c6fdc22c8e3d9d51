package harness

import (
	"slices"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// The blocks of a run.
const (
	firstBlock  = 0
	secondBlock = 1 // confirms the alarms of the first, in new containers
)

// course is how far the rounds of a run have come, over both blocks. Lists go by
// benchmark, as the suite has them.
type course struct {
	block                  int
	executions             []results.Execution // in the order taken; all are in the store
	made                   int                 // executions, those of the present round too
	measured, contaminated int                 // of these, warm-ups left out
	broken                 []bool
	settled                []bool // needs no more of the first block
	need                   []int  // rounds of this block at most
	expect                 []int  // rounds of this block that it will probably take
	confirm                []int  // rounds that a second block will probably take
	costs                  []cost // of executions
	all                    cost
	open                   []standing    // what the first block ended without knowing
	begun                  time.Time     // of this block's measured rounds
	used                   time.Duration // by the measured rounds of earlier blocks
	now                    func() time.Time
}

// cost is what executions of a benchmark have taken, with all that goes with them.
type cost struct {
	spent time.Duration
	n     int
}

func newCourse(benchmarks, rounds int, now func() time.Time) *course {
	return &course{
		broken: make([]bool, benchmarks), settled: make([]bool, benchmarks),
		need: slices.Repeat([]int{rounds}, benchmarks), expect: slices.Repeat([]int{rounds}, benchmarks),
		confirm: make([]int, benchmarks), costs: make([]cost, benchmarks), now: now,
	}
}

// next begins a block in which each benchmark is measured for so many rounds.
func (c *course) next(need []int) {
	c.block++
	c.need, c.expect, c.confirm = need, slices.Clone(need), make([]int, len(need))
}

// runs reports whether a benchmark is executed in a round of this block.
func (c *course) runs(benchmark, round int, warmup bool) bool {
	return !c.broken[benchmark] && (warmup && c.need[benchmark] > 0 || round < c.need[benchmark])
}

// over reports whether no benchmark is executed in a round any more.
func (c *course) over(round int) bool {
	for i := range c.need {
		if c.runs(i, round, false) {
			return false
		}
	}
	return true
}

// settle ends a benchmark's first block after so many rounds.
func (c *course) settle(benchmark, rounds int) {
	c.settled[benchmark], c.need[benchmark], c.expect[benchmark] = true, rounds, rounds
}

// spend adds what an execution of a benchmark took.
func (c *course) spend(benchmark int, spent time.Duration) {
	c.costs[benchmark].add(spent)
	c.all.add(spent)
}

func (k *cost) add(spent time.Duration) {
	k.spent += spent
	k.n++
}

// price is what one execution of a benchmark takes, by those before it, else by
// those of the others; 0 while there are none.
func (c *course) price(benchmark int) time.Duration {
	known := c.costs[benchmark]
	if known.n == 0 {
		known = c.all
	}
	return known.spent / time.Duration(max(1, known.n))
}

// times is what so many rounds of a benchmark take, both sides.
func (c *course) times(benchmark, rounds int) time.Duration {
	return 2 * time.Duration(rounds) * c.price(benchmark)
}

// ahead is how many executions will probably come after a round, and how long they
// take.
func (c *course) ahead(plan results.Plan, round int, warmup bool) (executions int, left time.Duration) {
	for i := range c.need {
		if c.broken[i] {
			continue
		}
		rounds := max(0, c.expect[i]-round-1)
		if warmup && c.need[i] > 0 {
			rounds = plan.Warmups - round - 1 + c.expect[i]
		}
		if c.confirm[i] > 0 {
			rounds += plan.Warmups + c.confirm[i]
		}
		executions += 2 * rounds
		left += c.times(i, rounds)
	}
	return executions, left
}

// budget is what the measured rounds of this block may take. A third is kept back
// where a second block may have to confirm what the first finds.
func (c *course) budget(plan results.Plan) time.Duration {
	return verdict.Budget(plan, c.block == secondBlock, c.used)
}

// spent is how long this block's measured rounds have taken.
func (c *course) spent() time.Duration { return c.now().Sub(c.begun) }

// step describes the execution that comes next; slots are what is left of its
// round.
func (c *course) step(j *job, slots []slot, round int, warmup bool) Step {
	s := slots[0]
	step := Step{
		Benchmark: j.suite.Benchmarks[s.benchmark].Name, Side: s.side, Block: c.block,
		Round: round, Rounds: slices.Max(c.need), Warmup: warmup, Done: c.made,
	}
	if warmup {
		step.Rounds = j.run.Plan.Warmups
	}
	executions, left := c.ahead(j.run.Plan, round, warmup)
	for _, s := range slots {
		left += c.price(s.benchmark)
	}
	step.Total, step.Left = c.made+len(slots)+executions, left
	if rest := c.rest(j.run.Plan, warmup); rest < left && left > 0 { // the time is up before that
		step.Left = max(0, rest)
		step.Total = c.made + max(1, int(float64(len(slots)+executions)*float64(step.Left)/float64(left)))
	}
	return step
}

// rest is what is left of the time for all rounds of the run.
func (c *course) rest(plan results.Plan, warmup bool) time.Duration {
	rest := plan.MaxTime - c.used
	if !warmup {
		rest -= c.spent()
	}
	return rest
}
