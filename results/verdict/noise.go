package verdict

import (
	"math"
	"slices"

	"github.com/montanaflynn/stats"

	"mtrlz.dev/perfrun/results"
)

// What a calibration needs, and how far it goes.
const (
	// minRounds: with fewer neither a line through the rounds nor the correlation of
	// successive executions means anything.
	minRounds = 4
	// mostPoints bounds the lines that Theil-Sen looks at: all pairs of so many.
	mostPoints = 400
)

// Calibrate says what each metric of each benchmark does while nothing changes,
// in the suite's order. The record is that of a calibration; any other run, and
// one that is quarantined, gives nothing.
//
// Warm-ups, executions with a fault and contaminated ones do not count, nor do
// those whose counterpart on the other side does not: Rounds is how many are left
// of each side. A metric with fewer than 4 has no noise, and neither has one whose
// values have no ratio (one is zero, negative or not finite).
//
// Where no slow-down at all would be found in 9 of 10 cases, as with fewer rounds
// than a verdict needs, Visible is the largest that was tried: +1000 %, or -100 %
// of a metric that is better when higher.
func Calibrate(record *results.Record) []results.Noise {
	if record.Run.Kind != results.Calibration || record.Run.State == results.Quarantined {
		return nil
	}
	var all []results.Noise
	rules := rules{}
	for _, h := range collect(record, firstBlock) {
		for _, s := range h.series {
			noise, ok := noiseOf(s.pairs(), h.benchmark.MinEffect, s.metric.Better, rules)
			if !ok {
				continue
			}
			noise.Benchmark, noise.Metric, noise.Run = h.benchmark.Name, s.metric, record.Run.ID
			all = append(all, noise)
		}
	}
	return all
}

// pair holds what both sides had in one round.
type pair struct {
	round      int
	base, head float64
}

// pairs matches the executions of each round, in the order taken.
func (s *series) pairs() (list []pair) {
	heads := map[int][]float64{}
	for i, round := range s.rounds[results.Head] {
		heads[round] = append(heads[round], s.values[results.Head][i])
	}
	for i, round := range s.rounds[results.Base] {
		if queue := heads[round]; len(queue) > 0 {
			list = append(list, pair{round, s.values[results.Base][i], queue[0]})
			heads[round] = queue[1:]
		}
	}
	return list
}

// noiseOf works one metric out; false where it has no noise.
func noiseOf(pairs []pair, minEffect float64, better results.Direction, rules rules) (results.Noise, bool) {
	if len(pairs) < minRounds || !finite(minEffect) {
		return results.Noise{}, false
	}
	var base, head []float64
	for _, p := range pairs {
		base, head = append(base, p.base), append(head, p.head)
	}
	all := slices.Concat(base, head)
	if slices.ContainsFunc(all, func(v float64) bool { return !finite(v) }) || !haveRatio(all, all) {
		return results.Noise{}, false
	}
	noise := results.Noise{
		Rounds: len(pairs), CV: variation(all), Spread: spread(pairs), Drift: drift(pairs) / median(all),
		Autocorrelation: (autocorrelation(base) + autocorrelation(head)) / 2,
	}
	relabelled := newRelabelling(pairs)
	noise.Floor = relabelled.floor()
	for _, figure := range []float64{noise.CV, noise.Spread, noise.Drift, noise.Autocorrelation, noise.Floor} {
		if !finite(figure) { // sums of values near the end of the range
			return results.Noise{}, false
		}
	}
	rule := rules.of(len(pairs))
	noise.FalseAlarms = relabelled.falseAlarms(rule, minEffect)
	noise.Visible = relabelled.visible(rule, max(minEffect, noise.Floor), better)
	return noise, true
}

// variation is the sample standard deviation over the mean.
func variation(values []float64) float64 {
	mean, _ := stats.Mean(values)
	deviation, _ := stats.StandardDeviationSample(values)
	return deviation / mean
}

// spread is the variation between rounds: of the means of both sides in each.
func spread(pairs []pair) float64 {
	means := make([]float64, len(pairs))
	for i, p := range pairs {
		means[i] = p.mean()
	}
	return variation(means)
}

func (p pair) mean() float64 { return p.base/2 + p.head/2 } // halves first: the sum may overflow

// autocorrelation is r1 = sum (x[i]-mean)(x[i-1]-mean) / sum (x[i]-mean)^2
// (Box and Jenkins, "Time Series Analysis", 1970, section 2.1.5); 0 of a constant.
func autocorrelation(values []float64) float64 {
	r, _ := stats.AutoCorrelation(values, 1)
	return r
}

// drift is how far the means of rounds move from the first round to the last, in
// the metric's unit, along the line whose slope is the median of the slopes
// between all pairs of rounds (Theil 1950; Sen, "Estimates of the Regression
// Coefficient Based on Kendall's Tau", JASA 63, 1968). Up to 29 % of the rounds may
// be disturbed without moving it much.
func drift(pairs []pair) float64 {
	rounds, means := points(pairs)
	var slopes []float64
	for i := range rounds {
		for j := range i {
			if rounds[i] != rounds[j] {
				slopes = append(slopes, (means[i]-means[j])/(rounds[i]-rounds[j]))
			}
		}
	}
	if len(slopes) == 0 {
		return 0
	}
	return median(slopes) * float64(pairs[len(pairs)-1].round-pairs[0].round)
}

// points are rounds and their means. Of very many rounds, neighbours are put
// together: the number of slopes grows with the square.
func points(pairs []pair) (rounds, means []float64) {
	size := (len(pairs) + mostPoints - 1) / mostPoints
	for block := range slices.Chunk(pairs, size) {
		var x, y []float64
		for _, p := range block {
			x, y = append(x, float64(p.round)), append(y, p.mean())
		}
		rounds, means = append(rounds, median(x)), append(means, median(y))
	}
	return rounds, means
}

// noiseOn looks up what a run knows of a metric's noise on its host; false if
// nothing, or nothing that can be used.
func noiseOn(run *results.Run, benchmark string, metric results.Metric) (results.Noise, bool) {
	i := slices.IndexFunc(run.Noise, func(n results.Noise) bool {
		return n.Benchmark == benchmark && n.Metric.Key() == metric.Key()
	})
	if i < 0 || !(run.Noise[i].Floor > 0) || math.IsInf(run.Noise[i].Floor, 1) {
		return results.Noise{}, false
	}
	return run.Noise[i], true
}
