package rehearse

import (
	"sort"

	"mtrlz.dev/perfrun/results"
)

const (
	// step is the ratio of slow-downs that are tried: what is found is known to a
	// tenth of itself, as closely as a few hundred runs can tell.
	step = 1.1
	// leastRung is the smallest slow-down that is tried, mostSlower the largest:
	// eleven times as slow; of what is better when higher nearly all can be lost.
	leastRung  = 1e-4
	mostSlower = 10.0
	nearlyAll  = 0.99
)

// ladder lists the slow-downs to try, from the least that counts on.
func (m *metric) ladder() (rungs []float64) {
	top := mostSlower
	if m.Better == results.Higher {
		top = nearlyAll
	}
	for rung := max(m.least, leastRung); rung < top; rung *= step {
		rungs = append(rungs, rung)
	}
	return append(rungs, top)
}

// start is where on a ladder to begin: at what the calibration makes visible.
func (m *metric) start(ladder []float64) int {
	return min(sort.SearchFloat64s(ladder, m.guess), len(ladder)-1)
}

// firstFound returns the first of n rungs that is found, n if none is, asking as few
// as it can: what is found stays found when it gets larger. It goes from start in
// growing steps, and halves the last one.
func firstFound(n, start int, found func(rung int) bool) int {
	low, high := 0, n // the first that is found is in [low, high]
	for stride, at := 1, start; ; stride *= 2 {
		if found(at) {
			high = at
			at -= stride
		} else {
			low = at + 1
			at += stride
		}
		if at < low || at >= high {
			break
		}
		if low > 0 && high < n { // it lies between two that were asked
			break
		}
	}
	return low + sort.Search(high-low, func(i int) bool { return found(low + i) })
}
