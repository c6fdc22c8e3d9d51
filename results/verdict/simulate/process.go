package simulate

import (
	"math"
	"math/rand/v2"
)

// Process is a kind of program whose executions yield many samples each, one after
// the other, and which may need a while until they are what they will be.
type Process struct {
	Name  string
	About string // one sentence
	// Settles says whether all executions reach a level and stay there.
	Settles bool

	// path returns the level at a moment, 0 the first sample and 1 just after the
	// last, relative to where it settles. It is asked for once an execution, so that
	// executions may differ.
	path func(draw *rand.Rand) func(at float64, i int) float64
	// course is the noise around the path, in units of scatter.
	course func(draw *rand.Rand, z []float64)
}

const (
	scatter = 0.01 // standard deviation of samples around the path
	spread  = 0.02 // standard deviation of executions around each other
	near    = 0.01 // a path this close to its end has settled
)

// Run executes the program so often. Settled is the number of the first sample from
// which on every execution's level is within 1 % of where it stays; -1 if it does
// not settle.
func (p Process) Run(seed uint64, executions, samples int) (values [][]float64, settled int) {
	draw := randomOf(p.Name, seed)
	for range executions {
		path := p.path(draw)
		z := make([]float64, samples)
		p.course(draw, z)
		own := level * factor(spread*draw.NormFloat64())
		for i := range z {
			value := path(float64(i)/float64(samples), i)
			if math.Abs(value-1) > near {
				settled = max(settled, i+1)
			}
			z[i] = own * value * factor(scatter*z[i])
		}
		values = append(values, z)
	}
	if !p.Settles {
		settled = -1
	}
	return values, settled
}

// Processes returns all kinds, in a fixed order. The kinds are those that Barrett,
// Bolz-Tereick, Killick, Mount and Tratt found in virtual machines ("Virtual Machine
// Warmup Blows Hot and Cold", OOPSLA 2017): flat, warmup, slowdown, no steady state,
// and executions of one program that do not agree.
func Processes() []Process {
	return []Process{
		{"flat", "nothing happens", true, always(flat), normal},
		{"flat-skewed", "nothing happens, but some samples take longer", true, always(flat), logNormal},
		{"flat-spikes", "one sample in twenty meets a collection of garbage", true, always(flat), outliers},
		{"flat-correlated", "a sample resembles the one before, correlation 0.6", true, always(flat), autocorrelated(0.6)},
		{"flat-alternating", "every other sample is 4 % slower", true, always(flat), alternating},
		{"first", "the first sample takes twice as long", true, always(firstOf(1, 1)), normal},
		{"first-three", "the first three samples take a quarter longer", true, always(firstOf(3, 0.25)), normal},
		{"caches", "half slower at first, fading", true, always(fading(0.5, 0.04)), normal},
		{"compiled", "interpreted for 4 %, half compiled until 15 % of the samples", true, always(compiled), normal},
		{"compiled-spikes", "the same, and collections of garbage", true, always(compiled), outliers},
		{"compiled-correlated", "the same, and a sample resembles the one before", true, always(compiled), autocorrelated(0.6)},
		{"throttled", "a tenth faster for the first fifth, until the processor is warm", true, always(throttled), normal},
		{"growing", "slower by a tenth from the first sample to the last", false, always(growing), normal},
		{"late", "a step of 8 % when nine tenths are over", false, always(late), normal},
		{"cycles", "four cycles of 5 % up and down", false, always(cycles), normal},
		{"odd-ones", "four executions in ten become slower by a tenth at some time", false, oddOnes, normal},
	}
}

func always(path func(float64, int) float64) func(*rand.Rand) func(float64, int) float64 {
	return func(*rand.Rand) func(float64, int) float64 { return path }
}

func flat(float64, int) float64 { return 1 }

func firstOf(n int, slower float64) func(float64, int) float64 {
	return func(_ float64, i int) float64 {
		if i < n {
			return 1 + slower
		}
		return 1
	}
}

func fading(slower, half float64) func(float64, int) float64 {
	return func(at float64, _ int) float64 { return 1 + slower*math.Exp2(-at/half) }
}

func compiled(at float64, _ int) float64 {
	switch {
	case at < 0.04:
		return 3
	case at < 0.15:
		return 1.4
	}
	return 1
}

func throttled(at float64, _ int) float64 {
	if at < 0.2 {
		return 0.9
	}
	return 1
}

func growing(at float64, _ int) float64 { return 1 + 0.1*at }

func late(at float64, _ int) float64 {
	if at < 0.9 {
		return 1
	}
	return 1.08
}

func cycles(at float64, _ int) float64 { return 1 + 0.05*math.Sin(2*math.Pi*4*at) }

// oddOnes draws for each execution whether it steps, and when.
func oddOnes(draw *rand.Rand) func(float64, int) float64 {
	when := 0.3 + 0.6*draw.Float64()
	if draw.Float64() >= 0.4 {
		return flat
	}
	return func(at float64, _ int) float64 {
		if at < when {
			return 1
		}
		return 1.1
	}
}

// alternating samples are four deviations apart.
func alternating(draw *rand.Rand, z []float64) {
	normal(draw, z)
	for i := range z {
		z[i] += 4 * float64(i%2)
	}
}
