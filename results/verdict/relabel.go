package verdict

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"mtrlz.dev/perfrun/results"
)

// How a calibration is turned into many comparisons of equal sides.
const (
	// relabellings is how often the two executions of every round are dealt anew.
	// The 99th percentile of 2,000 normal values has a standard error of 3 %.
	relabellings = 2000
	// chanceBelow is the share of comparisons whose change stays below the floor.
	chanceBelow = 0.99
	// injections is how many deals, both ways round, are slowed down. The 90th
	// percentile of 300 is off by a tenth of the standard error of one change.
	injections = 150
	// seenIn is the share of slowed comparisons in which a visible slow-down is
	// found.
	seenIn = 0.90
	// step is the ratio of the rungs of the ladder on which slow-downs are tried,
	// leastRung the lowest of all and mostSlower the highest.
	step       = 1.05
	leastRung  = 1e-4
	mostSlower = 10.0
)

// relabelling deals the executions of a calibration to two sides anew: in each
// round one to each, at random. Had nothing but chance decided which was which,
// every deal was as likely as the one that took place (Fisher, "The Design of
// Experiments", 1935, section 21; Good, "Permutation Tests", 2000, section 2.3 for
// blocks), and what hits a round as a whole hits both sides as it did. Two builds
// of one source may differ by their layout, so the sides as they were are looked
// at too.
type relabelling struct {
	pool       []float64 // all values, sorted
	rounds     [][2]int  // positions in pool of each round's two, the smaller first
	seed       uint64
	base, head []float64 // of the present deal, sorted
	taken      []uint8   // by position in pool: 1 for head
	real       [2][]float64
}

// newRelabelling ranks the values. Randomness is seeded by which ranks met in a
// round: neither the unit, nor the order of rounds, nor which side was called
// head has a part in it.
func newRelabelling(pairs []pair) *relabelling {
	n := len(pairs)
	r := &relabelling{rounds: make([][2]int, n), base: make([]float64, n), head: make([]float64, n), taken: make([]uint8, 2*n)}
	type place struct {
		value float64
		round int
	}
	var places []place
	canonical := slices.SortedFunc(slices.Values(pairs), func(a, b pair) int {
		return cmp.Or(cmp.Compare(min(a.base, a.head), min(b.base, b.head)), cmp.Compare(max(a.base, a.head), max(b.base, b.head)))
	})
	for i, p := range canonical {
		r.real[0], r.real[1] = append(r.real[0], p.base), append(r.real[1], p.head)
		places = append(places, place{min(p.base, p.head), i}, place{max(p.base, p.head), i})
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.value, b.value) })
	met := make([]int, n)
	for at, p := range places {
		r.pool = append(r.pool, p.value)
		r.rounds[p.round][met[p.round]] = at
		met[p.round]++
	}
	ranks := make([]float64, n)
	for i, round := range r.rounds {
		ranks[i] = float64(round[0])*float64(2*n) + float64(round[1])
	}
	r.seed = hash(ranks)
	slices.Sort(r.real[0])
	slices.Sort(r.real[1])
	return r
}

// random returns the random numbers of one purpose, from the first on.
func (r *relabelling) random(purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(r.seed, purpose))
}

// What random numbers are drawn for.
const (
	forDeals uint64 = iota
	forResamples
)

// deal fills base and head.
func (r *relabelling) deal(draw *rand.Rand) {
	for _, round := range r.rounds {
		bit := uint8(draw.Uint64() & 1)
		r.taken[round[0]], r.taken[round[1]] = bit, 1-bit
	}
	sides, filled := [2][]float64{r.base, r.head}, [2]int{}
	for at, value := range r.pool {
		side := r.taken[at]
		sides[side][filled[side]] = value
		filled[side]++
	}
}

// floor returns the change that chance stays below in 99 of 100 comparisons.
//
// Rounds are drawn with replacement before they are dealt. Dealing alone answers
// for the very values of this calibration, and whether medians of so few take
// large steps is luck: of fresh comparisons of 20 rounds 6 % changed by more than
// 99 % of the deals did, and 2.5 % of those of 100 rounds. With rounds drawn anew
// it is 2.3 % and 1.6 % (TestFloorHoldsFreshComparisons).
func (r *relabelling) floor() float64 {
	n := len(r.rounds)
	draw := r.random(forResamples)
	changes := make([]float64, relabellings)
	var sides [2]counted
	for side := range sides {
		sides[side] = counted{r.pool, make([]int32, len(r.pool))}
	}
	for i := range changes {
		clear(sides[0].counts)
		clear(sides[1].counts)
		for range n {
			bits := draw.Uint64N(2 * uint64(n))
			round, bit := r.rounds[bits/2], bits%2
			sides[bit].counts[round[0]]++
			sides[1-bit].counts[round[1]]++
		}
		changes[i] = rise(sides[0].median(n), sides[1].median(n))
	}
	slices.Sort(changes)
	rank := int(math.Ceil(chanceBelow * float64(len(changes)))) // nearest rank
	observed := rise(middleOf(r.real[0]), middleOf(r.real[1]))
	// What was observed must stay below as well, or the calibration itself would be
	// a regression.
	return max(changes[rank-1], math.Nextafter(observed, math.Inf(1)))
}

// rise is the change from the smaller to the larger of two medians. The other way
// round the change is smaller, so that a floor for one serves both.
func rise(a, b float64) float64 { return max(a/b, b/a) - 1 }

// counted is a sample as how often each of some sorted values is in it.
type counted struct {
	sorted []float64
	counts []int32
}

// median of the n values of the sample.
func (c counted) median(n int) float64 {
	seen, at := 0, -1
	for seen <= (n-1)/2 {
		at++
		seen += int(c.counts[at])
	}
	lower := c.sorted[at]
	for seen <= n/2 {
		at++
		seen += int(c.counts[at])
	}
	return (lower + c.sorted[at]) / 2
}

// falseAlarms returns the share of comparisons that the rule calls regression or
// improvement where there is none: of all deals and of the sides as they were,
// either way round.
func (r *relabelling) falseAlarms(rule *rule, minEffect float64) float64 {
	alarms, all := 0, 0
	look := func(small, large []float64) {
		if middleOf(small) > middleOf(large) {
			small, large = large, small
		}
		ratio, shift := middleOf(large)/middleOf(small), ratioMedian(small, large)
		all += 2
		if !(Comparison{Change: ratio - 1, Shift: shift - 1}).reaches(minEffect) || !rule.tells(small, large) {
			return
		}
		alarms++
		if (Comparison{Change: 1/ratio - 1, Shift: 1/shift - 1}).reaches(minEffect) {
			alarms++
		}
	}
	draw := r.random(forDeals)
	for range relabellings {
		r.deal(draw)
		look(r.base, r.head)
	}
	look(r.real[0], r.real[1])
	return float64(alarms) / float64(all)
}

// visible returns the smallest slow-down, on a ladder that starts at what counts
// at all, that the rule finds in 9 of 10 deals. What is found stays found when
// head gets slower still, so each deal is searched by bisection.
func (r *relabelling) visible(rule *rule, effect float64, better results.Direction) float64 {
	ladder := rungs(effect, better)
	draw := r.random(forDeals)
	var firsts []int
	look := func(base, head []float64) {
		firsts = append(firsts, sort.Search(len(ladder), func(i int) bool {
			return rule.finds(base, head, ladder[i], effect, better)
		}))
	}
	for range injections {
		r.deal(draw)
		look(r.base, r.head)
		look(r.head, r.base)
	}
	slices.Sort(firsts)
	first := firsts[int(math.Ceil(seenIn*float64(len(firsts))))-1]
	return ladder[min(first, len(ladder)-1)]
}

// rungs lists the slow-downs to try. A metric that is better when higher cannot
// lose more than all of it.
func rungs(effect float64, better results.Direction) (ladder []float64) {
	top := max(mostSlower, effect)
	if better == results.Higher {
		top = 1
	}
	for rung := max(effect, leastRung); rung < top; rung *= step {
		ladder = append(ladder, rung)
	}
	return append(ladder, top)
}

// middleOf is the median of sorted values.
func middleOf(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
