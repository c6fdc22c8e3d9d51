package files

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsonfile"
)

// FuzzParse reads any text as a whole file, but for the disk.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"google-benchmark/old.json", "hyperfine/parameters.json", "pytest-benchmark/four.json", "jmh/forks.json", "github-action-benchmark/bigger.json"} {
		text, err := os.ReadFile(filepath.Join("..", "jsonfile", "testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, seed := range []string{
		"goos: x\npkg: p\nBenchmarkA-8 1 1 ns/op\nBenchmarkB 1 x\nBenchmarkA-8 1 1 ns/op\nFAIL\tp\n", "a 1 ms\n\"b\" 2\n",
		`{"run": {"state": "done"}, "executions": [{"side": "head", "benchmark": "b", "samples": [{"metric": {"name": "x"}, "value": 1}]}]}`, "benchmark,side,group,value\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := parse("f", text)
		if _, ok := errors.AsType[*results.Problem](err); err != nil && !ok && !errors.Is(err, jsonfile.ErrUnknown) {
			t.Fatalf("%v is no problem", err)
		}
		if err != nil {
			return
		}
		g := newGatherer()
		if err := g.add("f", read); err != nil {
			t.Fatal(err)
		}
		set, err := g.set("f")
		if err != nil {
			return
		}
		for _, r := range set.Results {
			if len(r.Groups) == 0 {
				t.Errorf("%+v has no group", r)
			}
			for _, group := range r.Groups {
				for _, v := range group {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("value %v of %+v", v, r.Metric)
					}
				}
			}
		}
		if pairs, err := Join(set, set); err != nil || len(pairs) > len(set.Results) {
			t.Errorf("%v, %d pairs of %d results", err, len(pairs), len(set.Results))
		}
	})
}
