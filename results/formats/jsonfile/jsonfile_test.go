package jsonfile_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsonfile"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

var update = flag.Bool("update", false, "write the golden files anew")

// text shows what a file holds, one metric or failure a line.
func text(file *jsonfile.File) string {
	var b strings.Builder
	for _, e := range file.Entries {
		fmt.Fprintf(&b, "%q %q %q %s: %v", e.Metric.Case, e.Metric.Name, e.Metric.Unit, e.Metric.Better, e.Groups)
		if e.Summary != "" {
			b.WriteString(" is " + e.Summary)
		}
		b.WriteByte('\n')
	}
	for _, f := range file.Failures {
		fmt.Fprintf(&b, "failed %q: %v\n", f.Case, f.Problem)
	}
	return b.String()
}

// read recognises and reads a text.
func read(name string, data []byte) (*jsonfile.File, error) {
	top, err := jsontext.Parse(name, data)
	if err != nil {
		return nil, err
	}
	format, err := jsonfile.Recognise(top)
	if err != nil {
		return nil, err
	}
	return jsonfile.Parse(format, top)
}

// TestRealFiles recognises and reads every file that a tool wrote.
func TestRealFiles(t *testing.T) {
	for _, format := range jsonfile.Names() {
		files, err := filepath.Glob(filepath.Join("testdata", format, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files of %s: %v", format, err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			file, err := read(filepath.Base(name), data)
			if err != nil || file.Format != format {
				t.Errorf("%s: %v, %+v", name, err, file)
				continue
			}
			golden(t, format+"-"+strings.TrimSuffix(filepath.Base(name), ".json")+".txt", text(file))
		}
	}
}

// golden compares with testdata/golden/name, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// entries reads a real file and returns its metrics by full name.
func entries(t *testing.T, name string) map[string]jsonfile.Entry {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	file, err := read(name, data)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]jsonfile.Entry{}
	for _, e := range file.Entries {
		list[e.Metric.String()] = e
	}
	return list
}

// TestCompare holds the change of every benchmark against what Google
// Benchmark's own compare.py says of the two files.
func TestCompare(t *testing.T) {
	base, head := entries(t, "google-benchmark/test1_run1.json"), entries(t, "google-benchmark/test1_run2.json")
	for name, want := range map[string][2]float64{
		"BM_SameTimes": {0, 0}, "BM_2xFaster": {-0.5, -0.5}, "BM_2xSlower": {1, 1}, "BM_1PercentFaster": {-0.01, -0.01}, "BM_1PercentSlower": {0.01, 0.01},
		"BM_10PercentFaster": {-0.1, -0.1}, "BM_10PercentSlower": {0.1, 0.1}, "BM_100xSlower": {99, 99}, "BM_100xFaster": {-0.99, -0.99},
		"BM_10PercentCPUToTime": {0.1, -0.1}, "BM_ThirdFaster": {-0.3333, -0.3334}, "BM_NotBadTimeUnit": {-0.9, 0.2}, "BM_DifferentTimeUnit": {-1, -1}, "BM_hasLabel": {0, 0},
	} {
		for i, metric := range []string{" real_time", " cpu_time"} {
			before, after := base[name+metric], head[name+metric]
			if len(before.Groups) != 1 || len(after.Groups) != 1 {
				t.Fatalf("%s: %v and %v", name+metric, before, after)
			}
			if got := after.Groups[0][0]/before.Groups[0][0] - 1; math.Abs(got-want[i]) > 1e-4 {
				t.Errorf("%s changed by %v, want %v", name+metric, got, want[i])
			}
		}
	}
}

// TestJMHScores: the score of a real file is the mean of what is read of it.
func TestJMHScores(t *testing.T) {
	var got []float64
	for _, e := range entries(t, "jmh/six.json") {
		sum, n := 0.0, 0
		for _, v := range slices.Concat(e.Groups...) {
			sum, n = sum+v, n+1
		}
		got = append(got, sum/float64(n))
	}
	slices.Sort(got)
	want := []float64{7828944.229254693, 2.994571861137783e7, 3.271053019185061e7, 7.581321876066568e7, 1.1360965837134637e8, 1.5252013234402195e8}
	for i := range want {
		if len(got) != len(want) || math.Abs(got[i]/want[i]-1) > 1e-3 {
			t.Errorf("scores %v, want %v", got, want)
			break
		}
	}
}

func TestRecognise(t *testing.T) {
	check := func(text, want string) {
		t.Helper()
		_, err := read("f", []byte(text))
		if problem, ok := errors.AsType[*results.Problem](err); !ok || !strings.HasPrefix(problem.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	check(`{"command": "a", "times": [1]}`, `f:1:1: it looks like hyperfine (it has "command"), but "results" is missing, or no list`)
	check(`{"results": {"command": "a"}}`, "f:1:1: it is JSON of no known kind")
	check(`{"context": {}}`, `f:1:1: it looks like google-benchmark (it has "context"), but "benchmarks" is missing`)
	check(`{"machine_info": {}, "benchmarks": 1}`, `f:1:1: it looks like pytest-benchmark (it has "machine_info"), but "benchmarks" is missing, or no list`)
	check(`{"context": {}, "benchmarks": [{"name": "a", "stats": {}}]}`, "f:1:1: it looks like google-benchmark and like pytest-benchmark at once")
	check(`{"jmhVersion": "1", "primaryMetric": {}}`, `f:1:1: it looks like jmh (it has "jmhVersion"), but it is an object instead of a list`)
	check(`[{"name": "a", "value": 1}]`, `f:1:1: it looks like github-action-benchmark (it has "value"), but "unit" is missing`)
	check(`{"executions": []}`, `f:1:1: it looks like perfrun (it has "executions"), but "run" is missing`)
	check(`{"iters": [], "times": []}`, "f:1:1: it is one sample.json of Criterion; name the folder")
	check(`[]`, "f:1:1: it is JSON of no known kind")
	check(`1`, "f:1:1: it is JSON of no known kind")
	foreign, err := filepath.Glob("testdata/foreign/*.json")
	if err != nil || len(foreign) == 0 {
		t.Fatal("no files")
	}
	for _, name := range foreign {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		check(string(data), map[bool]string{true: "f:1:1: it is JSON of no known kind", false: "f:1:1: it is a file of "}[strings.HasSuffix(name, "bmf.json")])
	}
	top, err := jsontext.Parse("f", []byte(`{"run": {}, "executions": []}`))
	if format, unknown := jsonfile.Recognise(top); err != nil || unknown != nil || format != jsonfile.Export {
		t.Errorf("%v, %v, %s", err, unknown, format)
	}
}

// parse reads a text as a format, and shows it.
func parse(format, data string) (string, error) {
	top, err := jsontext.Parse("f", []byte(data))
	if err != nil {
		return "", err
	}
	file, err := jsonfile.Parse(format, top)
	if err != nil {
		return "", err
	}
	return text(file), nil
}

func TestParse(t *testing.T) {
	check := func(format, data, want string) {
		t.Helper()
		if got, err := parse(format, data); err != nil || got != want {
			t.Errorf("%s: %v, got\n%swant\n%s", data, err, got, want)
		}
	}
	check(jsonfile.Google, `{"benchmarks": []}`, "")
	check(jsonfile.Google, `{"benchmarks": [{"name": "a", "real_time": NaN, "cpu_time": 2}]}`,
		"\"a\" \"cpu_time\" \"sec/op\" lower: [[2e-09]]\nfailed \"a\": f:1:44: real_time is NaN, which is not finite; correct what the benchmark reports\n")
	check(jsonfile.Hyperfine, `{"results": [{"command": "a", "median": 2.5, "times": null}]}`, "\"a\" \"median time\" \"sec\" lower: [[2.5]] is the median of its launches\n")
	check(jsonfile.Hyperfine, `{"results": [{"command": "a", "times": [1, 2], "memory_usage_byte": [3, 4], "user_times": [5, 6], "exit_codes": []}]}`,
		"\"a\" \"time\" \"sec\" lower: [[1] [2]]\n\"a\" \"user\" \"sec\" lower: [[5] [6]]\n\"a\" \"memory\" \"B\" lower: [[3] [4]]\n")
	check(jsonfile.Hyperfine, `{"results": [{"command": "a", "times": [1, 2], "exit_codes": [0, null], "parameters": {"t": 2, "n": "x"}}]}`,
		"failed \"a [t=2, n=x]\": f:1:62: 1 of 2 launches of \"a [t=2, n=x]\" were ended by a signal; correct the command, or let a shell turn the status into 0\n")
	check(jsonfile.Hyperfine, `{"results": [{"command": "a", "times": []}]}`, "failed \"a\": f:1:40: \"times\" of \"a\" is empty; write it with --export-json FILE\n")
	check(jsonfile.Pytest, `{"benchmarks": [{"name": "a", "stats": {"data": [1, 2]}}, {"name": "b", "stats": {"mean": 3}, "data": [1]}, {"name": "c", "stats": {"rounds": 3, "mean": 3, "data": [3]}}]}`,
		"\"a\" \"time\" \"sec/op\" lower: [[1 2]]\n\"b\" \"time\" \"sec/op\" lower: [[1]]\n\"c\" \"mean time\" \"sec/op\" lower: [[3]] is the mean of 3 rounds\n")
	check(jsonfile.Pytest, `{"benchmarks": [{"name": "a", "stats": {"data": [1, Infinity]}}]}`, "failed \"a\": f:1:17: time is +Inf, which is not finite; correct what the benchmark reports\n")
	check(jsonfile.JMH, `[{"benchmark": "a", "mode": "thrpt", "primaryMetric": {"score": 2, "scoreUnit": "ops/us", "rawData": [[], []]}}]`, "\"a\" \"mean throughput\" \"ops/s\" higher: [[2e+06]] is the mean of its iterations\n")
	check(jsonfile.JMH, `[{"benchmark": "a", "mode": "sample", "primaryMetric": {"score": "NaN", "scoreUnit": "s/op", "rawDataHistogram": [[[]]]}}]`, "failed \"a\": f:1:56: mean sampled time is NaN, which is not finite; correct what the benchmark reports\n")
	check(jsonfile.Action, `[{"name": "a", "unit": "ns", "value": 2e9, "range": "x"}]`, "\"a\" \"value\" \"sec\" lower: [[2]]\n")
}

func TestParseRefused(t *testing.T) {
	check := func(format, data, want string) {
		t.Helper()
		_, err := parse(format, data)
		if problem, ok := errors.AsType[*results.Problem](err); !ok || !strings.HasPrefix(problem.Error(), want) {
			t.Errorf("%s: %v, want %s", data, err, want)
		}
	}
	for _, format := range []string{jsonfile.Google, jsonfile.Hyperfine, jsonfile.Pytest} {
		check(format, `[]`, "f:1:1: a file of ")
	}
	check(jsonfile.Google, `{}`, `f:1:1: a file of Google Benchmark has no "benchmarks"; write it with --benchmark_format=json`)
	check(jsonfile.Google, `{"benchmarks": {}}`, `f:1:16: "benchmarks" of a file of Google Benchmark is an object instead of a list`)
	check(jsonfile.Google, `{"benchmarks": [1]}`, "f:1:17: a benchmark is a number instead of an object")
	check(jsonfile.Google, `{"benchmarks": [{}]}`, `f:1:17: a benchmark has no "name"`)
	check(jsonfile.Google, `{"benchmarks": [{"name": "a", "real_time": 1}]}`, `f:1:17: a benchmark has no "cpu_time"`)
	check(jsonfile.Google, `{"benchmarks": [{"name": "a", "real_time": 1, "cpu_time": "1"}]}`, `f:1:59: "cpu_time" of a benchmark is text instead of a number`)
	check(jsonfile.Google, `{"benchmarks": [{"name": "a", "real_time": 1, "cpu_time": 1, "time_unit": "fortnight"}]}`, `f:1:75: "fortnight" is no unit of time`)
	check(jsonfile.Hyperfine, `{"results": [{"command": "a"}]}`, `f:1:14: a result has no "times"`)
	check(jsonfile.Hyperfine, `{"results": [{"command": "a", "times": [1]}, {"command": "a", "times": [1]}]}`, `f:1:46: benchmark "a" has another result above; give every benchmark a name of its own`)
	check(jsonfile.Hyperfine, `{"results": [{"command": "a", "times": [1, "2"]}]}`, `f:1:44: "times" holds text instead of a number`)
	check(jsonfile.Hyperfine, `{"results": [{"command": "a", "times": 1}]}`, `f:1:40: "times" of a result is a number instead of a list`)
	check(jsonfile.Pytest, `{"benchmarks": [{"stats": {}}]}`, `f:1:17: a benchmark has no "name"`)
	check(jsonfile.Pytest, `{"benchmarks": [{"name": "a"}]}`, `f:1:17: a benchmark has no "stats"`)
	check(jsonfile.Pytest, `{"benchmarks": [{"name": "a", "stats": {}}]}`, "f:1:40: there is neither data nor a median nor a mean")
	check(jsonfile.JMH, `{}`, "f:1:1: a file of JMH is an object instead of a list")
	check(jsonfile.JMH, `[{"benchmark": "a"}]`, `f:1:2: a benchmark has no "mode"`)
	check(jsonfile.JMH, `[{"benchmark": "a", "mode": "all"}]`, `f:1:29: there is no mode "all"`)
	check(jsonfile.JMH, `[{"benchmark": "a", "mode": "ss"}]`, `f:1:2: a benchmark has no "primaryMetric"`)
	jmh := func(metric string) string {
		return `[{"benchmark": "a", "mode": "sample", "primaryMetric": {"scoreUnit": "ms/op"` + metric + `}}]`
	}
	check(jsonfile.JMH, jmh(``), `f:1:56: "primaryMetric" has no "rawData"`)
	check(jsonfile.JMH, jmh(`, "rawData": [1]`), "f:1:91: a fork is a number instead of a list")
	check(jsonfile.JMH, jmh(`, "rawData": [["x"]]`), "f:1:92: there is text instead of a number")
	for _, bin := range []string{"[1]", "[1, 0]", "[NaN, 1]", "[1, 1e300]", "1"} {
		check(jsonfile.JMH, jmh(`, "rawDataHistogram": [[[`+bin+`]]]`), "f:1:102: a bin is no pair")
	}
	check(jsonfile.Action, `{}`, "f:1:1: the results are an object instead of a list")
	check(jsonfile.Action, `[{"name": "a", "unit": "ns", "value": "2"}]`, `f:1:39: "value" of a result is text instead of a number`)
	check("x", `[]`, `f:1:1: there is no JSON format "x"`)
}

// TestPercentiles: in mode sample, a histogram and the list of its samples have
// the same percentiles, between their least and their largest, and in order.
func TestPercentiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(1, 20), 1, 200).Draw(t, "values")
		file := func(bins string) map[string]float64 {
			top, err := jsontext.Parse("f", fmt.Appendf(nil, `[{"benchmark": "a", "mode": "sample", "primaryMetric": {"scoreUnit": "s/op", "rawDataHistogram": [[[%s]]]}}]`, bins))
			if err != nil {
				t.Fatal(err)
			}
			file, err := jsonfile.Parse(jsonfile.JMH, top)
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]float64{}
			for _, e := range file.Entries {
				found[e.Metric.Name] = e.Groups[0][0]
			}
			return found
		}
		var single, counted []string
		counts := map[int]int{}
		for _, v := range values {
			single = append(single, fmt.Sprintf("[%d, 1]", v))
			counts[v]++
		}
		for v, n := range counts {
			counted = append(counted, fmt.Sprintf("[%d, %d]", v, n))
		}
		a, b := file(strings.Join(single, ",")), file(strings.Join(counted, ","))
		slices.Sort(values)
		last := float64(values[0])
		for _, p := range []string{"p50", "p90", "p99", "p99.9"} {
			got := a[p+" sampled time"]
			if got != b[p+" sampled time"] || got < last || got > float64(values[len(values)-1]) {
				t.Fatalf("%s of %v is %v and %v", p, values, got, b)
			}
			last = got
		}
		if n := len(values); n%2 == 1 && a["p50 sampled time"] != float64(values[n/2]) {
			t.Fatalf("the median of %v is %v", values, a)
		}
	})
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds")
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		top, err := jsontext.Parse("f", data)
		if err != nil {
			return
		}
		_, _ = jsonfile.Recognise(top)
		for _, format := range jsonfile.Names() {
			file, err := jsonfile.Parse(format, top)
			if _, ok := errors.AsType[*results.Problem](err); err != nil && !ok {
				t.Fatalf("%v is no problem", err)
			}
			if err == nil {
				sound(t, file)
			}
		}
	})
}

// sound holds what is promised of any file.
func sound(t *testing.T, file *jsonfile.File) {
	seen := map[results.Key]bool{}
	for _, e := range file.Entries {
		if seen[e.Metric.Key()] || len(e.Groups) == 0 {
			t.Errorf("%+v comes twice, or is empty", e)
		}
		seen[e.Metric.Key()] = true
		for _, group := range e.Groups {
			if len(group) == 0 {
				t.Errorf("%+v has an empty group", e)
			}
			for _, v := range group {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("value %v of %+v", v, e.Metric)
				}
			}
		}
	}
}
