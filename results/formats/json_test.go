package formats_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
	"mtrlz.dev/perfrun/results/formats/jsonfile"
)

// toolFile reads a recorded file of a tool.
func toolFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("jsonfile", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestJSON(t *testing.T) {
	check := func(format, name, want string) {
		t.Helper()
		samples, err := formats.Read(format, formats.Output{Stdout: toolFile(t, name)})
		if got := text(samples); err != nil || got != want {
			t.Errorf("%s: %v, got\n%swant\n%s", name, err, got, want)
		}
	}
	check("hyperfine", "hyperfine/parameters.json", "\"sleep 0.001 [n=1]\" \"time\" \"sec\" lower: 0.00304905 0.002575803 0.002438398 0.002470486\n"+
		"\"sleep 0.002 [n=2]\" \"time\" \"sec\" lower: 0.003596938 0.005106861000000001 0.0038405310000000003 0.003769025\n")
	check("google-benchmark", "google-benchmark/context.json", "\"fib_10\" \"real_time\" \"sec/op\" lower: 2.1498980114547954e-07\n\"fib_10\" \"cpu_time\" \"sec/op\" lower: 2.1365507206163296e-07\n"+
		"\"fib_20\" \"real_time\" \"sec/op\" lower: 2.7455600415007054e-05\n\"fib_20\" \"cpu_time\" \"sec/op\" lower: 2.736490320427236e-05\n")
	check("pytest-benchmark", "pytest-benchmark/old.json", "\"tests/test_normal.py::test_xfast_parametrized[0]\" \"median time\" \"sec/op\" lower: 2.2016643907464864e-07\n")
	check("jmh", "jmh/params.json", "\"org.openjdk.jmh.samples.JMHSample_01_HelloWorld.wellHelloThere [paramA=17, paramB=33]\" \"throughput\" \"ops/s\" higher: 3.376842765688582e+09 3.37651988895058e+09 3.375353964729294e+09\n")
}

func TestJSONRefused(t *testing.T) {
	check := func(format string, out formats.Output, none bool, what string) {
		t.Helper()
		_, err := formats.Read(format, out)
		wantError(t, err, none, what)
	}
	stdout := func(text string) formats.Output { return formats.Output{Stdout: []byte(text)} }
	check("jmh", stdout(" \n"), true, "stdout: it is empty, so there is no result in it; let the tool write JSON")
	check("google-benchmark", stdout(`{"benchmarks": []}`), true, "there is no result in this file of google-benchmark")
	check("hyperfine", stdout("Benchmark 1: x\n{}"), false, "stdout:1:1: there is no JSON value; let the tool write JSON and nothing else to standard output")
	check("hyperfine", stdout("{}\nWarning"), false, "stdout:2:1: there is more after the end of the JSON")
	check("pytest-benchmark", stdout(`[]`), false, "stdout:1:1: a file of pytest-benchmark is a list instead of an object")
	check("jmh", formats.Output{Stdout: []byte("[]"), Truncated: true}, false, "only the first 2 bytes were kept")
	check("hyperfine", formats.Output{Stdout: toolFile(t, "hyperfine/failing.json")}, false, `stdout:17:21: 3 of 3 launches of "false" ended with status 1`)
	check("google-benchmark", formats.Output{Stdout: toolFile(t, "google-benchmark/repetitions.json")}, false, "bad is NaN, which is not finite")
}

// TestOutputFile reads results from a file that the execution wrote.
func TestOutputFile(t *testing.T) {
	tree := fstest.MapFS{
		"out/new.json": {Data: toolFile(t, "hyperfine/two.json"), ModTime: since.Add(time.Second)},
		"out/old.json": {Data: toolFile(t, "hyperfine/two.json"), ModTime: since.Add(-time.Second)},
		"out/lines":    {Data: []byte("a 1 ms\n"), ModTime: since},
		"out/wrong":    {Data: []byte("a\n"), ModTime: since},
		"out/pipe":     {Mode: fs.ModeNamedPipe, ModTime: since},
		"out/large":    {Data: make([]byte, 64<<20+1), ModTime: since},
	}
	check := func(format, file string, none bool, want string) {
		t.Helper()
		samples, err := formats.Read(format, formats.Output{Stdout: []byte("noise"), Truncated: true, Dir: tree, Since: since, File: file})
		if want == "" {
			if err != nil || len(samples) == 0 {
				t.Errorf("%s: %v, %v", file, err, samples)
			}
			return
		}
		wantError(t, err, none, want)
	}
	check("hyperfine", "out/new.json", false, "")
	check("values", "out/lines", false, "")
	check("values", "out/wrong", false, `"out/wrong":1: there is no value`)
	check("go", "out/lines", true, `"out/lines": there is no line of a Go benchmark result`)
	check("hyperfine", "out/old.json", true, `"out/old.json": an earlier execution wrote it`)
	check("hyperfine", "out/none.json", true, `"out/none.json": there is no such file`)
	check("hyperfine", "out/pipe", false, "it is not a regular file")
	check("hyperfine", "out/large", false, "it is larger than 67108864 bytes")
	check("hyperfine", "../x", false, "it is not a path inside the working tree")
	check("wall", "out/lines", false, "output: the format wall reads no text")
	check("criterion", "out/lines", false, "output: the format criterion reads no text")
}

func FuzzJSON(f *testing.F) {
	for _, name := range []string{"google-benchmark/old.json", "hyperfine/parameters.json", "pytest-benchmark/four.json", "jmh/forks.json"} {
		f.Add(toolFile(f, name))
	}
	f.Fuzz(func(t *testing.T, stdout []byte) {
		for _, format := range jsonfile.Names()[:4] {
			samples, err := formats.Read(format, formats.Output{Stdout: stdout})
			if _, ok := errors.AsType[*results.Problem](err); (err == nil) != (len(samples) > 0) || err != nil && !ok {
				t.Fatalf("%d samples and error %v", len(samples), err)
			}
			for _, s := range samples {
				if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
					t.Error(fmt.Sprint(s))
				}
			}
		}
	})
}
