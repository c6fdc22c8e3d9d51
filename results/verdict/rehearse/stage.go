package rehearse

import (
	"fmt"
	"math"
	"slices"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/results/verdict/simulate"
)

// leastRounds is how many rounds a calibration must have for its noise to be worked
// out, and for anything to be drawn from it.
const leastRounds = 4

// stage is what rehearsals are made from: the run as it is planned, and what a
// calibration has of each of its benchmarks.
type stage struct {
	run     results.Run // with the benchmarks that can be played
	prices  []time.Duration
	benches []bench
	metrics []metric // of all benchmarks, in the suite's order
	missing []Missing
}

// bench is one benchmark's calibration.
type bench struct {
	rounds  int
	length  float64 // of blocks of rounds that are drawn together
	metrics []int   // places in stage.metrics
}

// metric is one metric's calibration.
type metric struct {
	results.Metric
	bench  int
	values [][2][]float64 // by round: the samples of base and of head
	whole  bool           // it counts: every value is a whole number, and it is no time
	ratio  bool           // every value is above zero
	least  float64        // the least change that counts
	guess  float64        // about the least that can be seen
}

func newStage(run results.Run, calibration *results.Record) *stage {
	s := &stage{run: run}
	s.run.Bench = nil
	all := verdict.Rounds(calibration)
	for _, b := range run.Bench {
		rounds := all[b.Name]
		names := common(rounds)
		switch {
		case !slices.ContainsFunc(calibration.Run.Bench, func(old results.Benchmark) bool { return old.Name == b.Name }):
			s.miss(b.Name, "it is not in the calibration")
		case len(rounds) < leastRounds:
			s.miss(b.Name, fmt.Sprintf("only %d of its rounds in the calibration count, %d are needed", len(rounds), leastRounds))
		case len(names) == 0:
			s.miss(b.Name, "no metric is in every execution of the calibration")
		default:
			s.add(b, calibration.Run, rounds, names)
			s.prices = append(s.prices, price(calibration, b.Name))
		}
	}
	return s
}

func (s *stage) miss(benchmark, why string) {
	s.missing = append(s.missing, Missing{benchmark, why})
}

// common lists the metrics that every execution has.
func common(rounds []verdict.Round) (list []results.Metric) {
	count := map[results.Key]int{}
	for _, r := range rounds {
		for _, e := range []results.Execution{r.Base, r.Head} {
			seen := map[results.Key]bool{}
			for _, sample := range e.Samples {
				key := sample.Metric.Key()
				if !seen[key] {
					seen[key] = true
					if count[key]++; count[key] == 2*len(rounds) {
						list = append(list, sample.Metric)
					}
				}
			}
		}
	}
	return list
}

func (s *stage) add(b results.Benchmark, calibration results.Run, rounds []verdict.Round, metrics []results.Metric) {
	at := len(s.benches)
	s.run.Bench = append(s.run.Bench, b)
	place := bench{rounds: len(rounds)}
	for _, name := range metrics {
		m := metric{Metric: name, bench: at, whole: !name.Time(), ratio: true, least: b.MinEffect}
		var middles [2][]float64
		for _, r := range rounds {
			pair := [2][]float64{valuesOf(r.Base, name), valuesOf(r.Head, name)}
			for side, values := range pair {
				middles[side] = append(middles[side], middle(values))
				m.whole = m.whole && !slices.ContainsFunc(values, func(v float64) bool { return v != math.Trunc(v) })
				m.ratio = m.ratio && slices.Min(values) > 0
			}
			m.values = append(m.values, pair)
		}
		if n, known := noiseOf(s.run, b.Name, name); known {
			m.least = max(m.least, n.Floor)
		}
		if n, known := noiseOf(calibration, b.Name, name); known {
			m.guess = n.Visible
		}
		place.length = max(place.length, simulate.BlockLength(middles[0], middles[1]))
		place.metrics = append(place.metrics, len(s.metrics))
		s.metrics = append(s.metrics, m)
	}
	s.benches = append(s.benches, place)
}

func noiseOf(run results.Run, benchmark string, m results.Metric) (results.Noise, bool) {
	i := slices.IndexFunc(run.Noise, func(n results.Noise) bool { return n.Benchmark == benchmark && n.Metric.Key() == m.Key() })
	if i < 0 {
		return results.Noise{}, false
	}
	return run.Noise[i], true
}

func valuesOf(e results.Execution, m results.Metric) (values []float64) {
	for _, sample := range e.Samples {
		if sample.Metric.Key() == m.Key() {
			values = append(values, sample.Value)
		}
	}
	return values
}

// middle is one of the middle values: enough to see how executions resemble each
// other.
func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// worse is a value where head is slower by an effect. What counts stays whole.
func (m *metric) worse(value, effect float64) float64 {
	if m.Better == results.Higher {
		effect = -effect
	}
	if value *= 1 + effect; m.whole {
		value = math.Round(value)
	}
	return value
}

// price is what one round of a benchmark took: from the beginning of each of its
// executions to that of the next one, whosesoever that is, retakes among them.
func price(calibration *results.Record, benchmark string) time.Duration {
	spent, rounds := time.Duration(0), 1
	for i, e := range calibration.Executions {
		if e.Benchmark != benchmark || e.Warmup || e.Block != 0 {
			continue
		}
		took := e.Accounts.Wall
		if i+1 < len(calibration.Executions) && calibration.Executions[i+1].Block == 0 {
			took = max(took, calibration.Executions[i+1].Started.Sub(e.Started))
		}
		spent += took
		rounds = max(rounds, e.Round+1)
	}
	return spent / time.Duration(rounds)
}
