package export_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/perf/benchfmt"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
)

// value is one value of a result line as a reader of the format has it.
type value struct {
	side, name, unit string
	value            float64
}

// failer is what a test and a rapid check have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// parse reads the format back with Go's own reader, which must have nothing to
// complain of.
func parse(t failer, text string) (values []value, config map[string]string, units benchfmt.UnitMetadataMap) {
	t.Helper()
	reader := benchfmt.NewReader(strings.NewReader(text), "export")
	config = map[string]string{}
	for reader.Scan() {
		switch rec := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Fatalf("syntax error: %v\n%s", rec, text)
		case *benchfmt.Result:
			if rec.Iters != 1 {
				t.Fatalf("%d iterations", rec.Iters)
			}
			for _, v := range rec.Values {
				values = append(values, value{rec.GetConfig("side"), rec.Name.String(), v.Unit, v.Value})
			}
			for _, c := range rec.Config {
				if old, seen := config[c.Key]; seen && old != string(c.Value) && c.Key != "side" {
					t.Fatalf("%s is %q, then %q: benchstat would make two tables", c.Key, old, c.Value)
				}
				config[c.Key] = string(c.Value)
			}
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatalf("read back: %v", err)
	}
	return values, config, reader.Units()
}

func TestBenchfmt(t *testing.T) {
	values, config, units := parse(t, written(t, "benchfmt", record()))
	want := []value{
		{"base", "enc%2Fode", "sec/op", 1},
		{"base", "enc%2Fode", "max-RSS-bytes", 2048},
		{"base", "enc%2Fode/a%20b/c", "sec/op", 0.30000000000000004},
		{"base", "enc%2Fode/a%20b/c", "B/op", 0},
		{"base", "enc%2Fode", "sec/op", 1.5},
		{"base", "enc%2Fode/p99", "ms", 12},
		{"base", "enc%2Fode/score", "value", -5},
		{"head", "enc%2Fode", "sec/op", 2},
		{"head", "enc%2Fode", "max-RSS-bytes", 4096},
		{"head", "enc%2Fode/a%20b/c", "sec/op", 3e-9},
	}
	if diff := cmp.Diff(want, values, cmp.AllowUnexported(value{})); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	wantConfig := map[string]string{
		"suite": "data flow", "run": "r1", "base": "aaaa", "head": "bbbb with changes", "host": "box [31m", "cpu": "Xeon",
		"kernel": "6.1", "image": "ci:1 sha256:11", "engine": "docker", "side": "head",
	}
	if diff := cmp.Diff(wantConfig, config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	if units.GetBetter("ms") != -1 || units.GetBetter("max-RSS-bytes") != -1 {
		t.Errorf("directions are not there: %v", units)
	}
}

func TestBenchfmtImages(t *testing.T) {
	rec := record()
	rec.Run.HeadImage.Digest = "sha256:22"
	_, config, _ := parse(t, written(t, "benchfmt", rec))
	if config["image"] != "" || config["base-image"] != "ci:1 sha256:11" || config["head-image"] != "ci:1 sha256:22" {
		t.Errorf("got %v", config)
	}
}

func TestBenchfmtNothing(t *testing.T) {
	if got := written(t, "benchfmt", &results.Record{}); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestBenchfmtDirections(t *testing.T) {
	metric := func(benchmark, unit string, better results.Direction) results.Execution {
		return results.Execution{Benchmark: benchmark, Side: results.Base, Samples: []results.Sample{{Metric: results.Metric{Name: unit, Unit: unit, Better: better}, Value: 1}}}
	}
	rec := &results.Record{Executions: []results.Execution{
		metric("a", "qps", results.Higher), metric("a", "score", results.Higher), metric("b", "score", results.Lower), metric("c", "score", results.Higher),
		metric("d", "MB/x", results.Higher),
	}}
	_, _, units := parse(t, written(t, "benchfmt", rec))
	for unit, want := range map[string]int{"qps": 1, "score": 0, "B/x": 1} {
		if got := units.GetBetter(unit); got != want {
			t.Errorf("direction of %s is %d, want %d", unit, got, want)
		}
	}
}

// TestBenchfmtDistinct: whatever metrics are called, each keeps a place of its
// own, on one line, with its value.
func TestBenchfmtDistinct(t *testing.T) {
	text := rapid.OneOf(rapid.SampledFrom([]string{
		"", "a", "b", "a/b", "a b", "a%20b", "a\nb", "side: head", "time", "sec/op", "wall", "sec", "ns", "ns/op", "MB", "B", "value", "a#01", "-8",
		"\xff", "\xfe", "\u2028", "\x1b[0m", "'; DROP TABLE", "<script>",
	}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		benchmarks := rapid.SliceOfNDistinct(text, 1, 3, rapid.ID).Draw(t, "benchmarks")
		keys := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) results.Key {
			return results.Key{Case: text.Draw(t, "case"), Name: text.Draw(t, "name"), Unit: text.Draw(t, "unit")}
		}), 1, 6, rapid.ID).Draw(t, "keys")
		rec := &results.Record{Run: results.Run{Suite: text.Draw(t, "suite")}}
		for _, side := range []results.Side{results.Head, results.Base} {
			for _, benchmark := range benchmarks {
				e := results.Execution{Benchmark: benchmark, Side: side}
				for _, k := range keys {
					e.Samples = append(e.Samples, sample(k.Case, k.Name, k.Unit, 1))
				}
				rec.Executions = append(rec.Executions, e)
			}
		}
		var b strings.Builder
		if err := write(&b, rec); err != nil {
			t.Fatal(err)
		}
		values, _, _ := parse(t, b.String())
		seen := map[string]int{}
		for _, v := range values {
			seen[fmt.Sprintf("%q %q", v.name, v.unit)]++
		}
		if len(seen) != len(benchmarks)*len(keys) {
			t.Fatalf("%d places for %d metrics:\n%s", len(seen), len(benchmarks)*len(keys), b.String())
		}
		for at, n := range seen {
			if n != 2 {
				t.Fatalf("%s has %d values, want one a side", at, n)
			}
		}
		if values[0].side != string(results.Base) {
			t.Fatalf("the first side is %s", values[0].side)
		}
	})
}

// write exports as benchfmt.
func write(b *strings.Builder, rec *results.Record) error {
	return export.Write(b, "benchfmt", rec)
}

// TestBenchfmtCollisions names metrics that look alike in the format.
func TestBenchfmtCollisions(t *testing.T) {
	check := func(samples []results.Sample, want ...string) {
		t.Helper()
		rec := &results.Record{Executions: []results.Execution{{Benchmark: "x", Side: results.Base, Samples: samples}}}
		values, _, _ := parse(t, written(t, "benchfmt", rec))
		var got []string
		for _, v := range values {
			got = append(got, fmt.Sprintf("%s %v %s", v.name, v.value, v.unit))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	check([]results.Sample{sample("a b", "B", "B", 1), sample("a%20b", "B", "B", 2)}, "x/a%20b 1 B", "x/a%2520b 2 B")
	check([]results.Sample{sample("a", "b", "B", 1), sample("a/b", "B", "B", 2)}, "x/a/b 1 B", "x/a/b#01 2 B")
	check([]results.Sample{sample("", "lat", "sec", 1), sample("", "lat", "ns", 2e9)}, "x/lat 1 sec", "x/lat#01 2 sec")
	check([]results.Sample{sample("", "wall", "sec", 1), sample("", "time", "sec/op", 2)}, "x 1 sec/op", "x#01 2 sec/op")
}
