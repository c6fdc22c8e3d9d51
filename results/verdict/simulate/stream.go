package simulate

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

const (
	// level is the median of base.
	level = 1.0
	// usual is the noise of a stream until somebody sets another: the median
	// coefficient of variation of elapsed times of one version in a database vendor's
	// laboratory (8,913 pairs of ten from SAP/performance-regression-data-set).
	usual = 0.025
)

// Stream is a kind of measurement: executions of two sides, one after the other on
// one machine. It can be copied; a copy may have other noise.
type Stream struct {
	Name  string
	About string // one sentence
	// Noise is the standard deviation of an execution relative to its level; of
	// streams that have rare large values, of the others alone.
	Noise float64

	// course fills in the executions of rounds in order of time, two a round, as
	// deviations from the level in units of Noise.
	course func(draw *rand.Rand, z []float64)
	tick   float64 // the clock's, in units of Noise; 0: fine
	apart  float64 // how far sides are apart by accident, in units of Noise
}

// Run measures so many rounds. Values are positive, in order of rounds, and the
// same for the same seed. Head is slower by effect, a share (0.05 is 5 %): but for
// the clock, each value is what it would be without, times 1 + effect.
//
// Which side goes first is drawn for every two rounds and reversed in the second of
// them, as the harness does it, so that a straight drift cancels.
func (s Stream) Run(seed uint64, rounds int, effect float64) (base, head []float64) {
	draw := s.random(seed)
	z := make([]float64, 2*max(0, rounds))
	s.course(draw, z)
	offset := 0.0
	if s.apart > 0 {
		offset = s.apart * draw.NormFloat64()
	}
	values := make([]float64, len(z))
	base, head = values[:len(z)/2], values[len(z)/2:]
	late := 0 // 1: head goes first
	for r := range base {
		if r%2 == 0 {
			late = int(draw.Uint64() >> 63)
		} else {
			late = 1 - late
		}
		base[r] = s.value(z[2*r+late], 0)
		head[r] = s.value(z[2*r+1-late]+offset, effect)
	}
	return base, head
}

// Samples is Run with several samples in each execution, which share its luck: they
// scatter around the execution's level with the stream's noise.
func (s Stream) Samples(seed uint64, rounds, samples int, effect float64) (base, head [][]float64) {
	levels, slower := s.Run(seed, rounds, effect)
	draw := s.random(^seed)
	scatter := func(levels []float64) (groups [][]float64) {
		for _, v := range levels {
			group := make([]float64, samples)
			for i := range group {
				group[i] = v * factor(s.Noise*draw.NormFloat64())
			}
			groups = append(groups, group)
		}
		return groups
	}
	return scatter(levels), scatter(slower)
}

// random numbers of different streams are different ones.
func (s Stream) random(seed uint64) *rand.Rand { return randomOf(s.Name, seed) }

func randomOf(name string, seed uint64) *rand.Rand {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, sum.Sum64()))
}

func (s Stream) value(z, effect float64) float64 {
	v := level * factor(s.Noise*z) * (1 + effect)
	if s.tick > 0 {
		unit := level * s.Noise * s.tick
		v = unit * max(1, math.Round(v/unit))
	}
	return v
}

// factor is 1 plus a deviation upwards and the reciprocal of that downwards: a time
// cannot fall below zero, however heavy the tail, and the median stays.
func factor(deviation float64) float64 {
	if deviation < 0 {
		return 1 / (1 - deviation)
	}
	return 1 + deviation
}
