package rehearse

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/results/verdict/simulate"
)

// rehearsal is one simulated run: which rounds of the calibration it is made of. It
// is played several times, with nothing changed and with one metric slowed down at a
// time. What a metric says by itself is the same in all of them but its own, and is
// worked out once.
type rehearsal struct {
	*stage
	seed   uint64
	number int
	blocks [2][][]simulate.Drawn // by benchmark, as far as they were needed
	kept   []map[int]verdict.Part
}

// The blocks of a run.
const (
	firstBlock  = 0
	secondBlock = 1
)

func (s *stage) rehearse(seed uint64, number int) *rehearsal {
	r := &rehearsal{stage: s, seed: seed, number: number, kept: make([]map[int]verdict.Part, len(s.metrics))}
	for block := range r.blocks {
		r.blocks[block] = make([][]simulate.Drawn, len(s.benches))
	}
	for i := range r.kept {
		r.kept[i] = map[int]verdict.Part{}
	}
	return r
}

// drawn are the first rounds of a benchmark's block: the same ones, however many are
// asked for.
func (r *rehearsal) drawn(block, benchmark, rounds int) []simulate.Drawn {
	have := &r.blocks[block][benchmark]
	if len(*have) < rounds {
		b := r.benches[benchmark]
		seed := seedOf(r.seed, r.number, block, r.run.Bench[benchmark].Name)
		*have = simulate.Draw(seed, b.rounds, b.length, max(rounds, r.run.Plan.Rounds))
	}
	return (*have)[:rounds]
}

// seedOf gives each benchmark of each run its own random numbers, whichever others
// the suite has.
func seedOf(seed uint64, run, block int, benchmark string) uint64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(strconv.FormatUint(seed, 16) + " " + strconv.Itoa(run) + " " + strconv.Itoa(block) + " " + benchmark))
	return sum.Sum64()
}

// nothing is what is slowed down where nothing is.
const nothing = -1

// take is one play of a rehearsal; it is a Machine.
type take struct {
	*rehearsal
	slowed int // the metric whose head is slower, or nothing
	effect float64
	own    map[int]verdict.Part // of that metric
}

// ending is what a play ends with.
type ending struct {
	rounds    []int // of each benchmark in the first block
	time      time.Duration
	outOfTime bool
	alarms    []bool // by metric: the first block's
	verdicts  []verdict.Verdict
}

func (r *rehearsal) play(slowed int, effect float64) ending {
	t := &take{r, slowed, effect, map[int]verdict.Part{}}
	course := First(&r.run, r.prices, t)
	second, used := course.Second(&r.run, r.prices)
	e := ending{
		rounds: course.Rounds, time: course.Used + used, outOfTime: course.OutOfTime,
		alarms: make([]bool, len(r.metrics)), verdicts: make([]verdict.Verdict, len(r.metrics)),
	}
	record := &results.Record{Run: r.run}
	for i, n := range second {
		e.time += time.Duration(r.run.Plan.Warmups) * r.prices[i]
		if n > 0 {
			e.time += time.Duration(r.run.Plan.Warmups) * r.prices[i]
			record.Executions = append(record.Executions, t.executions(i, r.benches[i].metrics, secondBlock, n)...)
		}
	}
	for _, c := range verdict.JudgeParts(course.Parts, record) {
		i := r.find(c)
		e.verdicts[i] = c.Verdict
		e.alarms[i] = c.Second != nil || c.Verdict == verdict.Regression || c.Verdict == verdict.Improvement
	}
	return e
}

// find is the place of a comparison's metric.
func (r *rehearsal) find(c verdict.Comparison) int {
	return slices.IndexFunc(r.metrics, func(m metric) bool {
		return r.run.Bench[m.bench].Name == c.Benchmark && m.Key() == c.Metric.Key()
	})
}

// Execute implements Machine: everything is drawn already.
func (t *take) Execute(int, int) {}

// Parts implements Machine.
func (t *take) Parts(benchmark, rounds int) (parts []verdict.Part) {
	for _, i := range t.benches[benchmark].metrics {
		kept := t.kept[i]
		if i == t.slowed {
			kept = t.own
		}
		part, known := kept[rounds]
		if !known {
			part = t.part(benchmark, i, rounds)
			kept[rounds] = part
		}
		parts = append(parts, part)
	}
	return parts
}

// part measures one metric of a benchmark.
func (t *take) part(benchmark, metric, rounds int) verdict.Part {
	run := t.run
	run.Bench = run.Bench[benchmark : benchmark+1]
	return verdict.Parts(&results.Record{Run: run, Executions: t.executions(benchmark, []int{metric}, firstBlock, rounds)})[0]
}

// executions are those of the first rounds of a block.
func (t *take) executions(benchmark int, metrics []int, block, rounds int) []results.Execution {
	list := make([]results.Execution, 0, 2*rounds)
	for round, drawn := range t.drawn(block, benchmark, rounds) {
		for k, side := range results.Sides() {
			if drawn.Swapped {
				k = 1 - k
			}
			e := results.Execution{Block: block, Round: round, Benchmark: t.run.Bench[benchmark].Name, Side: side}
			for _, i := range metrics {
				e.Samples = t.samples(e.Samples, i, t.metrics[i].values[drawn.Round][k], side)
			}
			list = append(list, e)
		}
	}
	return list
}

func (t *take) samples(list []results.Sample, metric int, values []float64, side results.Side) []results.Sample {
	m := &t.metrics[metric]
	for _, v := range values {
		if metric == t.slowed && side == results.Head {
			v = m.worse(v, t.effect)
		}
		list = append(list, results.Sample{Metric: m.Metric, Value: v})
	}
	return list
}
