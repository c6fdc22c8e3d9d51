package files_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
	"mtrlz.dev/perfrun/results/formats/files"
)

// tree writes files below a new folder, and returns it.
func tree(t testing.TB, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range contents {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// recorded returns a tool's real file.
func recorded(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "jsonfile", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// text shows a set: its format, its groups, what is broken.
func text(set *files.Set) string {
	var b strings.Builder
	b.WriteString(set.Format)
	if set.SharedProcess {
		b.WriteString(", one process")
	}
	for _, r := range set.Results {
		fmt.Fprintf(&b, "\n%s | %s | %s %s: %v", r.Benchmark, r.Metric, r.Metric.Unit, r.Metric.Better, r.Groups)
	}
	for _, broken := range set.Broken {
		fmt.Fprintf(&b, "\nbroken %q", broken.Benchmark)
	}
	return b.String()
}

// checkText reads a file with a content.
func checkText(t *testing.T, content, want string) {
	t.Helper()
	set, err := files.Read(t.Context(), filepath.Join(tree(t, map[string]string{"any.name": content}), "any.name"))
	if err != nil {
		t.Errorf("%.60q: %v", content, err)
		return
	}
	if diff := cmp.Diff(want, text(set)); diff != "" {
		t.Errorf("%.60q (-want +got):\n%s", content, diff)
	}
}

// TestTools: the groups that each tool's file holds.
func TestTools(t *testing.T) {
	check := func(name, format, benchmark, metric string, groups ...int) {
		t.Helper()
		set, err := files.Read(t.Context(), filepath.Join("..", "jsonfile", "testdata", name))
		if err != nil || set.Format != format || set.SharedProcess {
			t.Errorf("%s: %v, %+v", name, err, set)
			return
		}
		for _, r := range set.Results {
			if r.Benchmark != benchmark || r.Metric.String() != metric {
				continue
			}
			var sizes []int
			for _, group := range r.Groups {
				sizes = append(sizes, len(group))
			}
			if diff := cmp.Diff(groups, sizes); diff != "" {
				t.Errorf("%s: sizes of groups (-want +got):\n%s", name, diff)
			}
			return
		}
		t.Errorf("%s has no %s %s: %s", name, benchmark, metric, text(set))
	}
	check("google-benchmark/repetitions.json", "google-benchmark", "BM_Sum/1024", "real_time", 3)
	check("hyperfine/parameters.json", "hyperfine", "sleep 0.001 [n=1]", "time", 1, 1, 1, 1)
	check("pytest-benchmark/rounds.json", "pytest-benchmark", "test_x.py::test_sum[5]", "time", 8)
	check("pytest-benchmark/old.json", "pytest-benchmark", "tests/test_normal.py::test_xfast_parametrized[0]", "median time", 1)
	check("jmh/forks.json", "jmh", "example.Sort.sort [n=1000, kind=asc]", "time", 3, 3)
	check("jmh/forks.json", "jmh", "example.Sort.sort [n=1000, kind=asc]", "single-shot time", 1, 1, 1)
	check("github-action-benchmark/smaller.json", "github-action-benchmark", "No logging", "value", 1)
}

func TestGo(t *testing.T) {
	line := func(name string, bytes int) string {
		return fmt.Sprintf("Benchmark%s-8 \t100 \t%d B/op\n", name, bytes)
	}
	const header = "goos: linux\npkg: p\ncpu: x\n"
	one := line("A", 1) + line("A", 2) + line("B", 3)
	checkText(t, header+one, "go, one process\nA | B/op | B/op lower: [[1] [2]]\nB | B/op | B/op lower: [[3]]")
	checkText(t, "\ufeff"+line("A", 1)+line("B", 3), "go\nA | B/op | B/op lower: [[1]]\nB | B/op | B/op lower: [[3]]")
	checkText(t, header+one+header+one, "go, one process\nA | B/op | B/op lower: [[1] [2] [1] [2]]\nB | B/op | B/op lower: [[3] [3]]")
	checkText(t, strings.Repeat(header+one, 5), "go\nA | B/op | B/op lower: "+fmt.Sprint(repeated([]float64{1, 2}, 5))+"\nB | B/op | B/op lower: "+fmt.Sprint(repeated([]float64{3}, 5)))
	checkText(t, strings.Repeat(one, 5), "go\nA | B/op | B/op lower: "+fmt.Sprint(repeated([]float64{1, 2}, 5))+"\nB | B/op | B/op lower: "+fmt.Sprint(repeated([]float64{3}, 5))) // told by the order alone
	checkText(t, strings.Repeat(header+line("A", 1)+line("A", 1), 4)+"pkg: p\n\npkg: p\n", "go, one process\nA | B/op | B/op lower: "+fmt.Sprint(repeated([]float64{1}, 8)))
	checkText(t, "pkg: a\n"+line("X", 1)+"pkg: b\n"+line("X", 2)+"pkg: b\n"+line("X", 3), "go\na.X | B/op | B/op lower: [[1]]\nb.X | B/op | B/op lower: [[2] [3]]")
	checkText(t, line("A", 1)+"BenchmarkB-8 \tlog: x\n--- FAIL: BenchmarkC-8\n    x_test.go:5: no\nFAIL\nFAIL\tp\t0.1s\nBenchmarkD-8 1 NaN ns/op\n",
		"go\nA | B/op | B/op lower: [[1]]\nbroken \"C-8\"\nbroken \"\"\nbroken \"p\"\nbroken \"B-8\"\nbroken \"D\"")
}

func repeated(group []float64, n int) (groups [][]float64) {
	for range n {
		groups = append(groups, group)
	}
	return groups
}

// TestGoFiles reads real files: one process with ten lines of each benchmark, and
// 25 processes, each below headers of its own.
func TestGoFiles(t *testing.T) {
	for name, want := range map[string]struct {
		groups, results int
		shared          bool
	}{"old.txt": {10, 2, true}, "bent.txt": {25, 4, false}} {
		set, err := files.Read(t.Context(), filepath.Join("testdata", "go", name))
		if err != nil || set.SharedProcess != want.shared || len(set.Results) != want.results || len(set.Notes) > 0 {
			t.Errorf("%s: %v, %+v", name, err, set)
			continue
		}
		for _, r := range set.Results {
			if len(r.Groups) != want.groups || len(r.Groups[0]) != 1 || r.Package == "" {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

func TestValues(t *testing.T) {
	checkText(t, "# c\nlat 5 ms\n\"a b\" 7\nlat 6 ms\n", "values, one process\nlat | value | ms lower: [[5] [6]]\na b | value |  lower: [[7]]")
	checkText(t, "rate 5 ops/s\n", "values\nrate | value | ops/s higher: [[5]]")
}

func TestFolder(t *testing.T) {
	gtest := recorded(t, "google-benchmark/test1_run1.json")
	dir := tree(t, map[string]string{"1.json": gtest, "2/x": recorded(t, "google-benchmark/test1_run2.json"), "LICENSE": "Permission is granted", "a.bin": "\x00", ".x/pack.json": "{}"})
	set, err := files.Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if r := set.Results[2]; r.Benchmark != "BM_2xFaster" || fmt.Sprint(r.Groups) != "[[5e-08] [2.5e-08]]" {
		t.Errorf("%+v", r)
	}
	if want := []string{dir + `: 3 files of no known format passed over, such as ".x/pack.json".`}; !cmp.Equal(want, set.Notes) {
		t.Errorf("notes %q", set.Notes)
	}
	lines := tree(t, map[string]string{})
	for i := range 5 {
		if err := os.WriteFile(filepath.Join(lines, fmt.Sprint(i)), []byte("BenchmarkA 1 1 ns/op\nBenchmarkA 1 2 ns/op\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if set, err := files.Read(t.Context(), lines); err != nil || set.SharedProcess || len(set.Results[0].Groups) != 5 {
		t.Errorf("five processes: %v, %+v", err, set)
	}
}

func TestCriterion(t *testing.T) {
	source := os.DirFS(filepath.Join("..", "testdata", "criterion", "0.3"))
	dir := t.TempDir()
	for _, run := range []string{"1", "2"} {
		if err := os.CopyFS(filepath.Join(dir, run), source); err != nil {
			t.Fatal(err)
		}
	}
	check := func(path string, groups int) {
		t.Helper()
		set, err := files.Read(t.Context(), filepath.Join(dir, path))
		if err != nil || set.Format != files.Criterion || len(set.Results) == 0 || len(set.Results[0].Groups) != groups || len(set.Results[0].Groups[0]) < 10 {
			t.Errorf("%s: %v, %+v", path, err, set)
		}
	}
	check("", 2)
	check("1", 1)
	check("1/plain/base", 1)
	if err := os.WriteFile(filepath.Join(dir, "old.txt"), []byte("BenchmarkA 1 1 ns/op\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, dir, "it is of go, and "+dir+" is of criterion")
}

// wantProblem reads a path that must be refused.
func wantProblem(t *testing.T, path, want string) {
	t.Helper()
	_, err := files.Read(t.Context(), path)
	problem, ok := errors.AsType[*results.Problem](err)
	if !ok || problem.Kind != results.BadInput || !strings.Contains(problem.Error(), want) {
		t.Errorf("%s: %v, want %s", path, err, want)
	}
}

func TestRefused(t *testing.T) {
	check := func(content, want string) {
		t.Helper()
		wantProblem(t, filepath.Join(tree(t, map[string]string{"f": content}), "f"), want)
	}
	check("", "/f: it is empty; it may be output of")
	check("\x1f\x8b\x08", "it is compressed; unpack it")
	check("\xff\xfeB\x00", "it is text in UTF-16")
	check("\x7fELF\x00", "it is no text")
	check("hello\n", "nothing in it is recognised; it may be")
	check("lat 5 ms\nlat\n", "/f:2: there is no value")
	check(`{"command": "a", "times": [1]}`, `/f:1:1: it looks like hyperfine (it has "command"), but "results" is missing`)
	check("{\"results\": [\n{\"command\": \"a\", \"times\": [1,]}]}", "/f:2:30: there is no JSON value")
	check(recorded(t, "hyperfine/two.json")[:1500], "it ends in the middle of the JSON")
	check(`{"context": {}, "benchmarks": []}`, "it is of google-benchmark, and holds no result")
	check(recorded(t, "foreign/julia.json"), "it is a file of Julia's BenchmarkTools, which is not read")
	check("side: base\nBenchmarkA 1 1 ns/op\nside: head\nBenchmarkA 1 1 ns/op\n", `it holds both sides of a run`)
	check("benchmark,side,group,value\n", "it is a table of comparisons; give it to --csv")
	check("goos: linux\npkg: p\nPASS\nok\tp 0.1s\n", "holds no result line; check that -bench matches")
	check("x    time:   [320.62 ps 323.90 ps 327.55 ps]\n", "name the folder that it writes, such as target/criterion")
	check("running 1 test\ntest a ... bench: 3 ns/iter (+/- 1)\n", "it is output of Rust's libtest")
	check("Benchmark 1: sleep 0.1\n  Time (mean ± σ): 1 ms\n", "write them with --export-json FILE")
	check("# JMH version: 1.36\n", "-rf json")
	check("Benchmark      Time       CPU   Iterations\nBM_A  1 ns  1 ns  5\n", "--benchmark_format=json")
	check(`{"run": {"state": "done"}, "executions": [{"seq": "x"}]}`, `/f:1:53: it looks like a perfrun export, but "executions.seq" is string`)
	check(`{"run": {"state": "quarantined", "error": "noise"}, "executions": []}`, "the run is quarantined and gives no verdict: noise")
	wantProblem(t, filepath.Join(t.TempDir(), "none\x1b"), `none\x1b": it cannot be read: no such file`)
	wantProblem(t, t.TempDir(), "there is no result in it (0 files)")
	wantProblem(t, tree(t, map[string]string{"f": "x,y\n"}), "there is no result in it (1 file)")
	wantProblem(t, tree(t, map[string]string{"data/main/measurement_1.cbor": "\xa1"}), "cargo-criterion are not read")
	wantProblem(t, tree(t, map[string]string{"a": "BenchmarkA 1 1 ns/op\n", "b": "x 1\n"}), "/b: it is of values, and ")
	wantProblem(t, tree(t, map[string]string{"a": "BenchmarkA 1 1 ns/op\n", "b.json": "{\"results\":"}), "/b.json:1:12: it ends in the middle")
	wantProblem(t, tree(t, map[string]string{strings.Repeat("d/", 13) + "f": "x 1\n"}), "more than 12 folders deep")
	wantProblem(t, tree(t, map[string]string{"a": "Unit x better=higher\nBenchmarkA 1 1 x\n", "b": "BenchmarkA 1 1 x\n"}), `benchmark "A": lower x is better here, higher elsewhere`)
	wantProblem(t, tree(t, map[string]string{"g/new/sample.json": "{}"}), `"g/new/sample.json": it is no result of Criterion`)
}

func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(path, []byte("BenchmarkA 1 1 ns/op\n"), 0o600) }()
	if set, err := files.Read(t.Context(), path); err != nil || set.Format != files.Go {
		t.Errorf("%v, %+v", err, set)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	wantProblem(t, filepath.Dir(path), "there is no result in it (0 files)") // in a folder, a pipe is not waited for
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := files.Read(ctx, tree(t, map[string]string{"a": "x 1\n"})); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestExport reads back what perfrun exports: the head side, what counts of it.
func TestExport(t *testing.T) {
	wall := results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}
	batch := results.Metric{Case: "Encode", Name: "time", Unit: "sec/op", Better: results.Lower}
	execution := func(side results.Side, value float64) results.Execution {
		return results.Execution{Benchmark: "b", Side: side, Samples: []results.Sample{{Metric: wall, Value: value}, {Metric: batch, Value: value}, {Metric: batch, Value: value + 1}}}
	}
	record := &results.Record{Run: results.Run{ID: "r", State: results.Cancelled}, Executions: []results.Execution{
		execution(results.Base, 1), execution(results.Head, 2), execution(results.Head, 3), execution(results.Head, 5), execution(results.Head, 6), execution(results.Head, 7),
		{Benchmark: "f", Side: results.Head, Fault: &results.Fault{Kind: results.FaultExit, Detail: "it ended with status 1"}},
	}}
	record.Executions[3].Warmup, record.Executions[4].Block, record.Executions[5].Contaminated = true, 1, []string{"steal"}
	var b strings.Builder
	if err := export.Write(&b, "json", record); err != nil {
		t.Fatal(err)
	}
	checkText(t, b.String(), "perfrun\nb | wall | sec lower: [[2] [3]]\nb | Encode time | sec/op lower: [[2 3] [3 4]]\nbroken \"f\"")
	set, err := files.Read(t.Context(), tree(t, map[string]string{"x": b.String()}))
	if err != nil || len(set.Notes) != 1 || !strings.Contains(set.Notes[0], `the run ended as "cancelled"`) || !strings.Contains(set.Broken[0].Why, "execution 0: it ended with status 1") {
		t.Errorf("%v, %+v", err, set)
	}
}

func TestNotes(t *testing.T) {
	check := func(name string, want ...string) {
		t.Helper()
		set, err := files.Read(t.Context(), filepath.Join("..", "jsonfile", "testdata", name))
		if err != nil || len(set.Notes) != len(want) {
			t.Errorf("%s: %v, %+v", name, err, set)
			return
		}
		for i := range want {
			if !strings.Contains(set.Notes[i], want[i]) {
				t.Errorf("%s: %q, want %q", name, set.Notes[i], want[i])
			}
		}
	}
	check("pytest-benchmark/four.json", `3 metrics kept only as a summary, such as the median of 68536 rounds of "bench.py::test_fib_1". --benchmark-save-data keeps all rounds.`, "all values of a benchmark are of one process, and a comparison needs several. Run it several times")
	check("jmh/six.json", "Ask for more forks (-f).")
	check("hyperfine/two.json")
}

func TestJoin(t *testing.T) {
	read := func(content string) *files.Set {
		t.Helper()
		set, err := files.Read(t.Context(), filepath.Join(tree(t, map[string]string{"f": content}), "f"))
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	check := func(base, head, want string) {
		t.Helper()
		pairs, err := files.Join(read(base), read(head))
		var got []string
		for _, p := range pairs {
			got = append(got, fmt.Sprintf("%s %s: %v, %v", p.Benchmark, p.Metric, p.Base, p.Head))
		}
		if joined := strings.Join(got, "\n"); err != nil || joined != want {
			t.Errorf("%v, got\n%s\nwant\n%s", err, joined, want)
		}
	}
	check("pkg: p\nBenchmarkA-2 1 1 B/op\nBenchmarkB-2 1 2 B/op\n", "pkg: p\nBenchmarkC-8 1 3 B/op\nBenchmarkA-8 1 4 B/op 5 x\n",
		"A B/op: [[1]], [[4]]\nB B/op: [[2]], []\nC B/op: [], [[3]]\nA x: [], [[5]]")
	check("pkg: p\nBenchmarkA 1 1 B/op\n", "pkg: p\nBenchmarkA 1 2 B/op\npkg: q\nBenchmarkA 1 3 B/op\n", "p.A B/op: [[1]], [[2]]\nq.A B/op: [], [[3]]")
	check("a 1\n", "a 2\n", "a value: [[1]], [[2]]")
	_, err := files.Join(read("a 1\n"), read("BenchmarkA 1 1 B/op\n"))
	if err == nil || !strings.Contains(err.Error(), "it is of go, and ") {
		t.Error(err)
	}
	_, err = files.Join(read("Unit x better=higher\nBenchmarkA 1 1 x\n"), read("BenchmarkA 1 1 x\n"))
	if err == nil || !strings.Contains(err.Error(), `benchmark "A": lower x is better here, higher elsewhere`) {
		t.Error(err)
	}
}

// TestFolderIsItsFiles: the groups of a folder are those of its files, one file
// after the other.
func TestFolderIsItsFiles(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		runs := rapid.SliceOfN(rapid.SliceOfN(rapid.Float64Range(1e-6, 1e6), 1, 5), 1, 8).Draw(r, "runs")
		contents := map[string]string{}
		for i, values := range runs {
			contents[fmt.Sprint(i)] = fmt.Sprintf(`{"machine_info": {}, "benchmarks": [{"name": "a", "stats": {"data": [%s]}}]}`, strings.Trim(strings.ReplaceAll(fmt.Sprint(values), " ", ", "), "[]"))
		}
		set, err := files.Read(t.Context(), tree(t, contents))
		if err != nil || len(set.Results) != 1 {
			r.Fatalf("%v, %+v", err, set)
		}
		if diff := cmp.Diff(runs, set.Results[0].Groups); diff != "" {
			r.Fatalf("-want +got:\n%s", diff)
		}
	})
}
