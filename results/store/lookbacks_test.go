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
		look := results.LookBack{Series: one, Points: "digest", Places: places}
		if err := s.KeepLookBacks(t.Context(), []results.LookBack{look}); err != nil {
			t.Fatal(err)
		}
		check(look)
	}
	s.writer.MustExec("UPDATE lookbacks SET places = '{\"a\": 1}'")
	check(results.LookBack{})
}
