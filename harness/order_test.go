package harness

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

func all(int) bool { return true }

func TestOrderHasEverySideOnceAndAdjacent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64Min(0).Draw(t, "seed")
		round := rapid.IntRange(0, 1000).Draw(t, "round")
		count := rapid.IntRange(1, 30).Draw(t, "benchmarks")
		slots := order(seed, 0, round, false, count, all)
		if len(slots) != 2*count {
			t.Fatalf("%d slots for %d benchmarks", len(slots), count)
		}
		seen := map[int]bool{}
		for i := 0; i < len(slots); i += 2 {
			a, b := slots[i], slots[i+1]
			if a.benchmark != b.benchmark || a.side == b.side || seen[a.benchmark] {
				t.Fatalf("slots %d and %d are %+v and %+v", i, i+1, a, b)
			}
			seen[a.benchmark] = true
		}
	})
}

func TestSidesGoFirstEquallyOften(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64Min(0).Draw(t, "seed")
		pair := 2 * rapid.IntRange(0, 500).Draw(t, "pair")
		for benchmark := range 5 {
			if firstSide(seed, 1, pair, benchmark) == firstSide(seed, 1, pair+1, benchmark) {
				t.Fatalf("benchmark %d has one side first in both rounds %d and %d", benchmark, pair, pair+1)
			}
		}
	})
	first := map[results.Side]int{}
	for seed := range int64(200) {
		first[firstSide(seed, 0, 0, 0)]++
	}
	if first[results.Base] < 60 || first[results.Head] < 60 {
		t.Errorf("over 200 seeds the first side is %v", first)
	}
}

func TestOrderRepeatsFromItsSeed(t *testing.T) {
	if diff := cmp.Diff(order(7, 0, 3, false, 9, all), order(7, 0, 3, false, 9, all), cmp.AllowUnexported(slot{})); diff != "" {
		t.Errorf("same seed, other order:\n%s", diff)
	}
	same := func(a, b []slot) bool { return cmp.Equal(a, b, cmp.AllowUnexported(slot{})) }
	if same(order(7, 0, 3, false, 9, all), order(8, 0, 3, false, 9, all)) ||
		same(order(7, 0, 3, false, 9, all), order(7, 0, 4, false, 9, all)) ||
		same(order(7, 0, 3, false, 9, all), order(7, 0, 3, true, 9, all)) ||
		same(order(7, 0, 3, false, 9, all), order(7, 1, 3, false, 9, all)) ||
		same(order(7, 0, 3, true, 9, all), order(7, 1, 3, true, 9, all)) {
		t.Error("another seed, block, round or warm-up has the same order")
	}
}

func TestBrokenBenchmarkLeavesTheOthersWhereTheyWere(t *testing.T) {
	var without []slot
	for _, s := range order(7, 0, 3, false, 9, all) {
		if s.benchmark != 4 {
			without = append(without, s)
		}
	}
	got := order(7, 0, 3, false, 9, func(b int) bool { return b != 4 })
	if diff := cmp.Diff(without, got, cmp.AllowUnexported(slot{})); diff != "" {
		t.Errorf("dropping a benchmark moved others (-want +got):\n%s", diff)
	}
}

// TestOrderStaysWhatItWas: the seed of a run that was kept long ago still repeats
// it.
func TestOrderStaysWhatItWas(t *testing.T) {
	want := []slot{
		{1, results.Base, 3084},
		{1, results.Head, 3595},
		{0, results.Head, 598},
		{0, results.Base, 874},
		{2, results.Base, 1492},
		{2, results.Head, 275},
	}
	if diff := cmp.Diff(want, order(7, 0, 3, false, 3, all), cmp.AllowUnexported(slot{})); diff != "" {
		t.Errorf("another order (-want +got):\n%s", diff)
	}
}
