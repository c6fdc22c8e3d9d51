package verdict

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// TestFloorHoldsFreshComparisons is what a floor promises: comparisons of equal
// sides that it has never seen stay below it in 99 of 100 cases. A floor that is
// itself known to some 10 % holds a little less; noise that hits whole rounds, or
// spreads widely, must make no difference.
func TestFloorHoldsFreshComparisons(t *testing.T) {
	check := func(what string, rounds int, shared, own, low, high float64) {
		t.Helper()
		above, all := 0, 0
		for seed := range uint64(40) {
			floor := onlyNoise(t, sameTwice(seed, rounds, shared, own)).Floor
			for fresh := range uint64(250) {
				base, head := sameSides(1000+250*seed+fresh, rounds, shared, own)
				if all++; math.Abs(median(head)/median(base)-1) >= floor {
					above++
				}
			}
		}
		t.Logf("%s: %.2f %% above the floor", what, 100*float64(above)/float64(all))
		within(t, what+": share above the floor", float64(above)/float64(all), low, high)
	}
	// Of 10,000 comparisons of 40 calibrations.
	check("own noise", 100, 0, 0.02, 0.003, 0.018)
	check("few rounds", 20, 0, 0.02, 0.003, 0.025)
	check("noise of rounds", 60, 0.03, 0.01, 0.001, 0.018)
	check("wide", 40, 0, 0.5, 0.003, 0.022)
}

// TestFastRuleIsTheRule: over pairs of all sizes, near the border and far from it,
// with ties and without, the fast rule decides as Judge does, but for 2 %: of sides that happen to look paired or
// dependent.
func TestFastRuleIsTheRule(t *testing.T) {
	rate := results.Metric{Name: "rate", Unit: "B/s", Better: results.Higher}
	draw := rand.New(rand.NewPCG(1, 2))
	all, differ, found := 0, 0, 0
	known := rules{}
	for range 1000 {
		n := 4 + draw.IntN(30)
		cv, grain := math.Exp(-6*draw.Float64()), math.Pow(10, -3+2.5*draw.Float64())
		sides := [2][]float64{noisy(draw.Uint64(), n, 1, cv), noisy(draw.Uint64(), n, 1, cv)}
		if draw.IntN(2) == 0 {
			for _, values := range sides {
				for i := range values {
					values[i] = grain * math.Ceil(values[i]/grain)
				}
			}
		}
		slices.Sort(sides[0])
		slices.Sort(sides[1])
		slower := min(0.99, 3*cv*draw.Float64()) // from nothing to obvious
		metric, factor := wall, 1+slower
		if draw.IntN(2) == 0 {
			metric, factor = rate, 1-slower
		}
		c := Judge(recordOf(metric, shuffled(draw, sides[0]), scaled(shuffled(draw, sides[1]), factor)))[0]
		fast := known.of(n).finds(sides[0], sides[1], slower, 0.02, metric.Better)
		all++
		if c.Verdict == Regression {
			found++
		}
		if fast != (c.Verdict == Regression) {
			differ++
		}
	}
	if found < all/5 || found > 4*all/5 || differ > all/50 {
		t.Errorf("of %d pairs %d are regressions, and %d decided otherwise", all, found, differ)
	}
}

// TestFalseAlarms holds what counts as one to what Judge says of the very same
// deals. The record is one of those with many: of equal sides they are few.
func TestFalseAlarms(t *testing.T) {
	r := newRelabelling(collect(sameTwice(49, 12, 0, 0.1), firstBlock)[0].series[0].pairs())
	known := rules{}
	alarms, told, differ := 0, 0, 0
	draw := r.random(forDeals)
	for range 400 {
		r.deal(draw)
		c := Judge(recordOf(wall, shuffled(draw, r.base), shuffled(draw, r.head)))[0]
		alarm := c.Verdict == Regression || c.Verdict == Improvement
		small, large := r.base, r.head
		if c.Change < 0 {
			small, large = large, small
		}
		tells := known.of(12).tells(small, large) && math.Abs(c.Change) >= 0.02
		alarms, told, differ = alarms+count(alarm), told+count(tells), differ+count(alarm != tells)
	}
	if alarms < 8 || told < 8 || differ > 4 {
		t.Errorf("%d alarms by Judge, %d by the fast rule, %d decided otherwise", alarms, told, differ)
	}
	within(t, "false alarms", r.falseAlarms(known.of(12), 0.02), float64(told)/400-0.02, float64(told)/400+0.02)
	within(t, "with a large minimum effect", r.falseAlarms(known.of(12), 0.5), 0, 0)
	apart := func(n int) *relabelling { // the deal that keeps the sides alarms, 1 of 2^(n-1)
		base := noisy(1, n, 1, 0.01)
		return newRelabelling(collect(calibrationOf(wall, base, scaled(base, 9)), firstBlock)[0].series[0].pairs())
	}
	within(t, "false alarms of sides apart", apart(6).falseAlarms(known.of(6), 0.02), 0.02, 0.05)
	within(t, "where no verdict is given", apart(5).falseAlarms(known.of(5), 0.02), 0, 0)
	mean := 0.0
	for seed := range uint64(60) {
		mean += newRelabelling(collect(sameTwice(seed, 20, 0, 0.1), firstBlock)[0].series[0].pairs()).falseAlarms(known.of(20), 0) / 60
	}
	within(t, "false alarms of many calibrations", mean, 0.002, 0.01) // the rank test alone has 1 %
}

// shuffled takes the order away, that a verdict would see: sorted sides rise
// together.
func shuffled(draw *rand.Rand, values []float64) []float64 {
	values = slices.Clone(values)
	draw.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	return values
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestRankStatistic(t *testing.T) {
	check := func(what string, base, head []float64, factor float64, twiceU int, ties float64) {
		t.Helper()
		if u, tied := rankStatistic(base, head, factor); u != twiceU || tied != ties {
			t.Errorf("%s: twice U is %d, ties %g; want %d, %g", what, u, tied, twiceU, ties)
		}
	}
	check("apart", []float64{1, 2, 3}, []float64{4, 5, 6}, 1, 0, 0)
	check("the other way", []float64{4, 5, 6}, []float64{1, 2, 3}, 1, 0, 0)
	check("mixed", []float64{1, 3, 5}, []float64{2, 4, 6}, 1, 6, 0) // 0 + 1 + 2 of base above
	check("scaled apart", []float64{1, 3, 5}, []float64{2, 4, 6}, 3, 0, 0)
	check("scaled to nothing", []float64{1, 3, 5}, []float64{2, 4, 6}, 0, 0, 24)
	check("equal", []float64{1, 2, 3}, []float64{1, 2, 3}, 1, 9, 18)
	check("all the same", []float64{1, 1, 1}, []float64{1, 1, 1}, 1, 9, 210)
	if p := normalTest(3, 9, 210); p != 1 {
		t.Errorf("of equal values p is %g", p)
	}
	draw := rand.New(rand.NewPCG(3, 3))
	for range 200 { // as the library for more than 25 a side with ties
		n := 26 + draw.IntN(40)
		base, head := make([]float64, n), make([]float64, n)
		for i := range n {
			base[i], head[i] = float64(draw.IntN(9)), float64(draw.IntN(10))
		}
		slices.Sort(base)
		slices.Sort(head)
		twiceU, ties := rankStatistic(base, head, 1)
		if got, want := normalTest(n, twiceU, ties), rankTest(base, head); math.Abs(got-want) > 1e-9 {
			t.Fatalf("p is %g, want %g", got, want)
		}
	}
}

// TestFloorOfNoiseThatHitsWholeRounds is nothing, however large that noise is.
func TestFloorOfNoiseThatHitsWholeRounds(t *testing.T) {
	n := onlyNoise(t, sameTwice(1, 30, 0.5, 0))
	within(t, "cv", n.CV, 0.3, 0.7)
	within(t, "floor", n.Floor, 0, 1e-9)
}

// TestDeal: one execution of each round on either side, each as often.
func TestDeal(t *testing.T) {
	pairs := collect(sameTwice(3, 40, 0.3, 0.01), firstBlock)[0].series[0].pairs()
	r := newRelabelling(pairs)
	draw := r.random(forDeals)
	heads := 0
	for range 200 {
		r.deal(draw)
		if !slices.IsSorted(r.base) || !slices.IsSorted(r.head) || len(r.base) != 40 || len(r.head) != 40 {
			t.Fatal("a deal is not two sorted sides")
		}
		if diff := cmp.Diff(r.pool, slices.Sorted(slices.Values(slices.Concat(r.base, r.head)))); diff != "" {
			t.Fatalf("a deal lost values:\n%s", diff)
		}
		for _, p := range pairs {
			_, a := slices.BinarySearch(r.head, p.base)
			_, b := slices.BinarySearch(r.head, p.head)
			if a == b {
				t.Fatal("both executions of a round are on one side")
			}
			if a {
				heads++
			}
		}
	}
	within(t, "share swapped", float64(heads)/8000, 0.48, 0.52)
}
