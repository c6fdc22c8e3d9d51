package harness

import (
	"math/rand/v2"

	"mtrlz.dev/perfrun/results"
)

// maxEnvBytes bounds the padding of the environment: one page moves the stack
// through every alignment that matters.
const maxEnvBytes = 4096

// slot is one execution to be made: which benchmark, which side, and how large
// its environment is.
type slot struct {
	benchmark int
	side      results.Side
	envBytes  int
}

// Streams of random numbers, apart from those of the first block's rounds: far
// more than there can be rounds.
const (
	warmupStream = 1 << 32
	sideStream   = 1 << 33
	blockStream  = 1 << 34
)

// order lays out one round of the benchmarks named by their index in the suite.
// It depends on seed, block and round alone, not on which benchmarks still run, so
// that it can be repeated.
//
// Benchmarks come in random order. The two sides of one benchmark are executed
// one after the other, so that what drifts slowly hits both, and which comes
// first is drawn for every pair of rounds and reversed in the second of the two:
// going second is an advantage or a handicap of its own (warm caches, a warmer
// processor), and each side has it equally often.
func order(seed int64, block, round int, warmup bool, benchmarks int, runs func(int) bool) []slot {
	stream := uint64(block)*blockStream + uint64(round)
	if warmup {
		stream += warmupStream
	}
	draw := rand.New(rand.NewPCG(uint64(seed), stream))
	var slots []slot
	for _, benchmark := range draw.Perm(benchmarks) {
		first := firstSide(seed, block, round, benchmark)
		pair := [2]slot{
			{benchmark, first, draw.IntN(maxEnvBytes)},
			{benchmark, first.Other(), draw.IntN(maxEnvBytes)},
		}
		if runs(benchmark) {
			slots = append(slots, pair[:]...)
		}
	}
	return slots
}

func firstSide(seed int64, block, round, benchmark int) results.Side {
	pair := uint64(block)*blockStream + uint64(round/2)
	draw := rand.New(rand.NewPCG(uint64(seed)+uint64(benchmark), sideStream+pair))
	side := results.Sides()[draw.IntN(2)]
	if round%2 == 1 {
		return side.Other()
	}
	return side
}
