package store

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// TestLookBacksComeBack: the newest of each series, and nothing of what is damaged.
func TestLookBacksComeBack(t *testing.T) {
	s := reopen(t, filepath.Join(t.TempDir(), "perf.db"))
	one := results.Series{Suite: "s", Branch: hostile, Class: hostile, Benchmark: hostile, Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}}
	check := func(want results.LookBack) {
		t.Helper()
		got, err := s.LookBack(t.Context(), one)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	check(results.LookBack{})
	for _, places := range [][]int{{3, 70}, {}, {5}} {
		look := results.LookBack{Series: one, Points: "digest", Places: places, Sizes: make([]results.Size, len(places))}
		for i := range places {
			look.Sizes[i] = results.Size{Change: 0.1, Low: -1e-300, High: 1e300}
		}
		if err := s.KeepLookBacks(t.Context(), []results.LookBack{look}); err != nil {
			t.Fatal(err)
		}
		check(look)
	}
	for _, damaged := range []string{"places", "sizes"} {
		s.writer.MustExec("UPDATE lookbacks SET places = '[]', sizes = '[]'")
		s.writer.MustExec("UPDATE lookbacks SET " + damaged + " = '{\"a\": 1}'")
		check(results.LookBack{})
	}
}
