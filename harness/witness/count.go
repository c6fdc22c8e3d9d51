package witness

import (
	"math"
	"time"
)

// count is one counter of the kernel at one moment.
type count struct {
	n    uint64
	seen bool // whether it was there to be read
}

// add counts n more.
func (c *count) add(n uint64) { *c = count{saturate(c.n, n), true} }

// since returns how much a counter moved, and 0 where that cannot be known: it
// was absent at either moment, or went backwards, because it wrapped or because
// its CPU or device came back as new.
func since(before, after count) int64 {
	if !before.seen || !after.seen || after.n < before.n {
		return 0
	}
	return int64(min(after.n-before.n, math.MaxInt64))
}

func saturate(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// times multiplies without wrapping around.
func times(n, unit uint64) uint64 {
	if n > math.MaxUint64/unit {
		return math.MaxUint64
	}
	return n * unit
}

func duration(ns uint64) time.Duration { return time.Duration(min(ns, math.MaxInt64)) }

// sum adds two numbers that are not below zero.
func sum[N ~int64](a, b N) N {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
