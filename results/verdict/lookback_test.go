package verdict

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// TestLookBackByWhatWasSeen says the same as without, whatever was kept: of the same
// points, of others, and of a damaged database.
func TestLookBackByWhatWasSeen(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	points := slices.Concat(commits(0, "a", slices.Concat(level(random, 80, 100), level(random, 70, 110))...), commits(150, "b", slices.Concat(level(random, 25, 110), level(random, 25, 90))...))
	timeline := func() *Timeline { return NewTimeline(points[0].Series, points, nil, nil) }
	want := timeline()
	want.LookBack()
	seen := timeline().Search()
	if len(want.Steps) != 2 || len(seen.Places) != 2 {
		t.Fatalf("%d steps at %v", len(want.Steps), seen.Places)
	}
	older := NewTimeline(points[0].Series, points[:190], nil, nil).Search()
	for name, known := range map[string]results.LookBack{
		"the same": seen, "nothing": {}, "older": older, "backwards": {Points: seen.Points, Places: []int{seen.Places[1], seen.Places[0]}, Sizes: seen.Sizes},
		"twice":         {Points: seen.Points, Places: []int{seen.Places[0], seen.Places[0]}, Sizes: seen.Sizes},
		"without sizes": {Points: seen.Points, Places: seen.Places}, "one size too many": {Points: seen.Points, Places: seen.Places, Sizes: make([]results.Size, 3)},
	} {
		got := timeline()
		got.LookBackBy(known)
		if diff := cmp.Diff(want.Steps, got.Steps); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	wrong := timeline()
	wrong.LookBackBy(results.LookBack{Points: seen.Points, Places: []int{-1, 0, 80, 149, 150, 5000}, Sizes: make([]results.Size, 6)})
	if len(wrong.Steps) != 2 {
		t.Errorf("%d steps of two places that lie in a segment", len(wrong.Steps))
	}
	for _, s := range wrong.Steps {
		if s.Index <= 0 || s.Index >= 200 {
			t.Errorf("a step at %d", s.Index)
		}
	}
}
