package formats_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results/formats"
)

// TestGoFailing reads real output of benchmarks that went wrong.
func TestGoFailing(t *testing.T) {
	check := func(file string, none bool, what string) {
		t.Helper()
		stdout, err := os.ReadFile(filepath.Join("testdata", "go-failing", file))
		if err != nil {
			t.Fatal(err)
		}
		_, err = formats.Read("go", formats.Output{Stdout: stdout})
		wantError(t, err, none, what)
	}
	check("fatal.txt", false, `stdout:6: the output reports a failure: "--- FAIL: BenchmarkFail"`)
	check("late.txt", false, `stdout:6: the output reports a failure: "BenchmarkQLate-2   \t--- FAIL: BenchmarkQLate-2"`)
	check("panic.txt", false, `stdout:6: the output reports a failure: "panic: pow"`)
	check("none.txt", true, "no line of a Go benchmark result")
	check("nan.txt", false, `stdout:5: benchmark "Log-2" reports the value NaN "x/op"`)
	check("prints.txt", false, `stdout:9: the result line cannot be read (parsing iteration count: invalid syntax): "BenchmarkPrint-2   \tprinted"`)
	check("split.txt", false, `stdout:6: the result line cannot be read (parsing iteration count: invalid syntax): "BenchmarkPrint-2   \tprinted"`)
}

func TestGo(t *testing.T) {
	check := func(stdout, want string) {
		t.Helper()
		samples, err := formats.Read("go", formats.Output{Stdout: []byte(stdout)})
		if err != nil {
			t.Errorf("%q: %v", stdout, err)
		}
		if got := text(samples); got != want {
			t.Errorf("%q:\ngot  %swant %s", stdout, got, want)
		}
	}
	long := strings.Repeat("x", 1<<20) + "\n"
	check("BenchmarkA-8 1 5 ns/op\nBenchmarkA-8 1 8 ns/op\r\n", "\"A\" \"sec/op\" \"sec/op\" lower: 5e-09 8e-09\n")
	check("BenchmarkA 1 0 ns/op 0 MB/s\n", "\"A\" \"sec/op\" \"sec/op\" lower: 0\n\"A\" \"B/s\" \"B/s\" higher: 0\n") // a zero is tidied too
	check("BenchmarkA 1 5 score\nUnit score better=higher\n", "\"A\" \"score\" \"score\" higher: 5\n")
	check("Unit ns/op better=higher\nBenchmarkA 1 5 ns/op 3 qps\n", "\"A\" \"sec/op\" \"sec/op\" higher: 5e-09\n\"A\" \"qps\" \"qps\" higher: 3\n")
	check("BenchmarkA\nBenchmarkA-8 1 5 B/op\n", "\"A\" \"B/op\" \"B/op\" lower: 5\n") // go test -v
	check("printed\n--- BENCH: BenchmarkA-8\n    x_test.go:6: Benchmark log\nBenchmarkA-8 1 5 B/op\nPASS\nok\tx\t0.1s\n", "\"A\" \"B/op\" \"B/op\" lower: 5\n")
	check("Unit x better\nUnit\nBenchmarkA 1 5 B/op\n", "\"A\" \"B/op\" \"B/op\" lower: 5\n")
	check("BenchmarkH/sha-256 1 5 B\n", "\"H/sha\" \"B\" \"B\" lower: 5\n")
	check("BenchmarkH/sha-1 1 5 B\nBenchmarkH/sha-256 1 6 B\nBenchmarkI-2 1 7 B\n",
		"\"H/sha-1\" \"B\" \"B\" lower: 5\n\"H/sha-256\" \"B\" \"B\" lower: 6\n\"I\" \"B\" \"B\" lower: 7\n")
	check("BenchmarkA 1 5 B\nBenchmarkA-2 1 6 B\n", "\"A\" \"B\" \"B\" lower: 5\n\"A-2\" \"B\" \"B\" lower: 6\n") // -cpu 1,2
	check("Benchmark-2 1 5 B\nBenchmarkA-x 1 6 B\n", "\"-2\" \"B\" \"B\" lower: 5\n\"A-x\" \"B\" \"B\" lower: 6\n")
	check("pkg: a\nBenchmarkX-2 1 1 B\npkg: a\nBenchmarkY-2 1 2 B\n", "\"X\" \"B\" \"B\" lower: 1\n\"Y\" \"B\" \"B\" lower: 2\n")
	check("pkg: a\nBenchmarkX-2 1 1 B\npkg: b\nPASS\n", "\"a.X\" \"B\" \"B\" lower: 1\n")
	check("BenchmarkX-2 1 1 B\npkg: a\nBenchmarkX-2 1 2 B\npkg: b\nBenchmarkX-2 1 3 B\n",
		"\"X\" \"B\" \"B\" lower: 1\n\"a.X\" \"B\" \"B\" lower: 2\n\"b.X\" \"B\" \"B\" lower: 3\n")
	check(long+"BenchmarkA 1 5 B/op\n"+long, "\"A\" \"B/op\" \"B/op\" lower: 5\n")
	check("Benchmark\xff<script> 1 5 \xfe\n", "\"�<script>\" \"�\" \"�\" lower: 5\n")
	check("    panic: told by a log\nBenchmarkFAIL 1 5 B/op\n", "\"FAIL\" \"B/op\" \"B/op\" lower: 5\n")
	check("pkg: a\nBenchmarkX 1 1 B\nBenchmarkY 1 2 B\npkg: b\nBenchmarkX 1 3 B\n",
		"\"a.X\" \"B\" \"B\" lower: 1\n\"a.Y\" \"B\" \"B\" lower: 2\n\"b.X\" \"B\" \"B\" lower: 3\n")
}

func TestGoRefused(t *testing.T) {
	check := func(out formats.Output, none bool, what string) {
		t.Helper()
		_, err := formats.Read("go", out)
		wantError(t, err, none, what)
	}
	check(formats.Output{}, true, "check that -bench matches")
	check(formats.Output{Stdout: []byte("BenchmarkA 1 5 ns/op\n"), Truncated: true}, false, "only the first 21 bytes")
	check(formats.Output{Stdout: []byte("Benchmark" + strings.Repeat("\xff", 40<<10) + " 1 5 ns/op\n")}, false, "stdout:1: the result line is 40980 bytes long")
	check(formats.Output{Stdout: []byte("BenchmarkA 1 5 ns/op\nFAIL\tx [build failed]\n")}, false, "stdout:2: the output reports a failure")
	check(formats.Output{Stdout: []byte("BenchmarkA 1 5 ns/op\nfatal error: \x1b[0m\n")}, false, "stdout:2: the output reports a failure")
	check(formats.Output{Stdout: []byte("BenchmarkA 1 5 ns/op\nBenchmarkBad 1 x ns/op\n")}, false, `stdout:2: the result line cannot be read (parsing measurement: invalid syntax): "BenchmarkBad 1 x ns/op"`)
	check(formats.Output{Stdout: []byte("BenchmarkA 1 5 ns/op\npanic:\n")}, false, "stdout:2: the output reports a failure")
	check(formats.Output{Stdout: []byte("BenchmarkA 1 1e308 MB/s\n")}, false, "which is not finite")
}

func FuzzGo(f *testing.F) {
	files, err := filepath.Glob("testdata/go*/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		stdout, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(stdout)
	}
	f.Add([]byte("Benchmark 1 1e400 ns*MB\nUnit x better=\nBenchmarkA\xff-2 1 0 \xff\n"))
	f.Fuzz(func(t *testing.T, stdout []byte) { sound(t, "go", formats.Output{Stdout: stdout}) })
}
