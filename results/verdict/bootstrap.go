package verdict

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// The bootstrap of the ratio of medians: both sides are resampled with
// replacement, and the interval is the central part of the ratios (the percentile
// method: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter
// 13). It asks nothing of the distribution. Where a group holds several values the
// groups are drawn first and then the values within each (Davison and Hinkley,
// "Bootstrap Methods and their Application", 1997, section 3.8); where rounds hit
// both sides alike, rounds are drawn. The median of a small sample takes few
// values, so the interval comes in steps; rather than smooth them, a verdict needs
// the rank test as well.
const (
	resamples = 10_000
	tail      = 0.025
)

// interval returns the central part, 1-level, of median(head)/median(base) - 1
// over the resamples. Its random numbers are seeded by the values.
func (e *evidence) interval(level float64) (low, high float64) {
	base, head := e.medians()
	ratios := make([]float64, resamples)
	for i := range ratios {
		ratios[i] = head[i] / base[i]
	}
	cut := int(level / 2 * resamples)
	part(ratios, cut)
	part(ratios[cut:], resamples-1-2*cut)
	return ratios[cut] - 1, ratios[resamples-1-cut] - 1
}

// part puts the k-th smallest value at k, smaller ones before it and larger ones
// after (Hoare, "Algorithm 65: Find", CACM 4, 1961): a tenth of the work of sorting.
func part(values []float64, k int) {
	for low, high := 0, len(values)-1; low < high; {
		i, j, pivot := low, high, values[(low+high)/2]
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return
		}
	}
}

// medians draws the medians of both sides' resamples.
func (e *evidence) medians() (base, head []float64) {
	draw := rand.New(rand.NewPCG(hash(e.base), hash(e.head)))
	switch {
	case e.paired:
		return resamplePairs(e.base, e.head, draw)
	case e.nested():
		return resampleGroups(e.baseGroups, draw), resampleGroups(e.headGroups, draw)
	}
	return resampleValues(e.base, 0, draw), resampleValues(e.head, 1, draw)
}

// hash depends on the values, not on their order.
func hash(values []float64) uint64 {
	sum := fnv.New64a()
	var bytes [8]byte
	for _, value := range slices.Sorted(slices.Values(values)) {
		binary.LittleEndian.PutUint64(bytes[:], math.Float64bits(value))
		_, _ = sum.Write(bytes[:])
	}
	return sum.Sum64()
}

// resampleValues returns medians of resamples. In sorted values the positions that
// make a median depend on how many there are alone, so they are drawn once for
// each size and side, and the values only say at which of them to begin.
func resampleValues(values []float64, stream uint64, draw *rand.Rand) []float64 {
	sorted := slices.Sorted(slices.Values(values))
	table := middles(len(sorted), stream)
	begin := draw.IntN(resamples)
	medians := make([]float64, resamples)
	for i := range medians {
		m := table[(begin+i)%resamples]
		medians[i] = m.of(sorted)
	}
	return medians
}

// resampleGroups returns medians of the medians of groups, both resampled.
func resampleGroups(groups [][]float64, draw *rand.Rand) []float64 {
	type group struct {
		sorted []float64
		table  []middle
	}
	all := make([]group, len(groups))
	for i, values := range groups {
		all[i] = group{slices.Sorted(slices.Values(values)), middles(len(values), 0)}
	}
	slices.SortFunc(all, func(a, b group) int { return slices.Compare(a.sorted, b.sorted) }) // their order decides nothing
	medians, drawn := make([]float64, resamples), make([]float64, len(groups))
	for i := range medians {
		for j := range drawn {
			g := all[draw.IntN(len(all))]
			drawn[j] = g.table[draw.IntN(resamples)].of(g.sorted)
		}
		slices.Sort(drawn)
		medians[i] = middleOf(drawn)
	}
	return medians
}

// resamplePairs draws rounds, with what both sides had in them.
func resamplePairs(base, head []float64, draw *rand.Rand) (baseMedians, headMedians []float64) {
	b, h := newResampler(base), newResampler(head)
	rounds := sortedOrder(base) // the order in which they were taken decides nothing
	slices.SortStableFunc(rounds, func(i, j int) int {
		return cmp.Or(cmp.Compare(base[i], base[j]), cmp.Compare(head[i], head[j]))
	})
	for range resamples {
		clear(b.counts)
		clear(h.counts)
		for range base {
			round := rounds[draw.IntN(len(base))]
			b.counts[b.place[round]]++
			h.counts[h.place[round]]++
		}
		baseMedians = append(baseMedians, b.counted().of(b.sorted))
		headMedians = append(headMedians, h.counted().of(h.sorted))
	}
	return baseMedians, headMedians
}

// middle is the one or two positions in sorted values that make a median.
type middle struct{ lower, upper int32 }

func (m middle) of(sorted []float64) float64 {
	if m.lower == m.upper {
		return sorted[m.upper]
	}
	return sorted[m.lower]/2 + sorted[m.upper]/2
}

// tables keeps what middles drew, for samples of a size that comes often.
var tables sync.Map

// mostDrawn is up to how many values positions are drawn, and kept: a table takes
// 80 kB. Beyond it they are normal to within one position.
const mostDrawn = 128

// middles returns, for each resample of n values, the positions of its middle.
func middles(n int, stream uint64) []middle {
	type key struct {
		n      int
		stream uint64
	}
	if known, ok := tables.Load(key{n, stream}); ok {
		return known.([]middle)
	}
	table := make([]middle, resamples)
	if n > mostDrawn {
		normalMiddles(table, n, normals[stream]())
		return table
	}
	draw := rand.New(rand.NewPCG(uint64(n), stream))
	positions := newResampler(make([]float64, n))
	for i := range table {
		table[i] = positions.middle(draw)
	}
	tables.Store(key{n, stream}, table)
	return table
}

// normalMiddles are the positions of a large resample's median as the normal distribution
// has them that they then have: around the middle, with a standard deviation of half the
// root of n (David and Nagaraja, "Order Statistics", 2003, section 10.2).
func normalMiddles(table []middle, n int, draws []float64) {
	centre, deviation, last := float64(n-1)/2, math.Sqrt(float64(n))/2, float64(n-1)
	for i, z := range draws {
		position := int32(min(max(math.Round(centre+z*deviation), 0), last))
		table[i] = middle{position, position}
	}
}

// normals are the standard normal distribution in as many equal parts as there are resamples,
// shuffled for either side: to draw anew for each size would take most of the time of an
// interval, and its ends would be less exact.
var normals = [2]func() []float64{
	sync.OnceValue(func() []float64 { return shuffledNormals(0) }),
	sync.OnceValue(func() []float64 { return shuffledNormals(1) }),
}

func shuffledNormals(stream uint64) []float64 {
	draws := make([]float64, resamples)
	for i := range draws {
		draws[i] = math.Sqrt2 * math.Erfinv((2*float64(i)+1)/resamples-1)
	}
	shuffle := rand.New(rand.NewPCG(mostDrawn, stream))
	shuffle.Shuffle(resamples, func(i, j int) { draws[i], draws[j] = draws[j], draws[i] })
	return draws
}

// resampler finds medians of resamples without sorting each: in a sorted sample
// a resample is how often each position was drawn, and its median is found by
// counting.
type resampler struct {
	sorted []float64
	place  []int // where each value went
	counts []int
}

func newResampler(values []float64) *resampler {
	n := len(values)
	r := &resampler{make([]float64, n), make([]int, n), make([]int, n)}
	for at, from := range sortedOrder(values) {
		r.sorted[at], r.place[from] = values[from], at
	}
	return r
}

// middle draws a resample and returns where in sorted the values lie that make
// its median.
func (r *resampler) middle(draw *rand.Rand) middle {
	clear(r.counts)
	for range r.sorted {
		r.counts[draw.IntN(len(r.sorted))]++
	}
	return r.counted()
}

func (r *resampler) counted() middle {
	n := len(r.sorted)
	upper := r.at(n / 2)
	if n%2 == 1 {
		return middle{upper, upper}
	}
	return middle{r.at(n/2 - 1), upper}
}

// at returns the position in sorted of the k-th smallest drawn value.
func (r *resampler) at(k int) int32 {
	seen := 0
	for i, count := range r.counts {
		if seen += count; seen > k {
			return int32(i)
		}
	}
	return int32(len(r.sorted) - 1)
}
