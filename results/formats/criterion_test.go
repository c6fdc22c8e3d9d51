package formats_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
)

// median is the middle of the values, or the mean of the middle two.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// TestCriterionTrees reads real trees, and holds each case's median against the
// one that Criterion computed.
func TestCriterionTrees(t *testing.T) {
	for _, version := range []string{"0.3.0", "0.3", "0.5"} {
		tree := os.DirFS(filepath.Join("testdata", "criterion", version))
		samples, err := formats.Read("criterion", formats.Output{Dir: tree, CriterionDir: "."})
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "criterion-"+version+".txt", text(samples))
		values := map[string][]float64{}
		for _, s := range samples {
			values[s.Metric.Case] = append(values[s.Metric.Case], s.Value)
		}
		if estimates := estimatedMedians(t, tree); version != "0.3.0" && len(estimates) != len(values) {
			t.Errorf("%s: %d cases, want %d", version, len(values), len(estimates))
		} else {
			for id, want := range estimates {
				if got := median(values[id]) * 1e9; got < want*(1-1e-12) || got > want*(1+1e-12) {
					t.Errorf("%s: median of %s is %v ns, Criterion says %v", version, id, got, want)
				}
			}
		}
	}
}

// estimatedMedians reads Criterion's own medians by full id.
func estimatedMedians(t *testing.T, tree fs.FS) map[string]float64 {
	t.Helper()
	medians := map[string]float64{}
	err := fs.WalkDir(tree, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Base(name) != "estimates.json" || path.Base(path.Dir(name)) != "new" {
			return err
		}
		var id struct {
			FullID string `json:"full_id"`
		}
		var estimates struct {
			Median struct {
				Point float64 `json:"point_estimate"`
			} `json:"median"`
		}
		for file, into := range map[string]any{"benchmark.json": &id, "estimates.json": &estimates} {
			text, err := fs.ReadFile(tree, path.Join(path.Dir(name), file))
			if err != nil {
				return err
			}
			if err := json.Unmarshal(text, into); err != nil {
				return err
			}
		}
		medians[id.FullID] = estimates.Median.Point
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return medians
}

// since is when the execution of the tests below starts.
var since = time.Date(2026, 11, 23, 12, 0, 0, 500_000_000, time.UTC)

// result makes the two files of one result.
func result(tree fstest.MapFS, dir, id, sample string, modified time.Time) {
	name, _ := json.Marshal(id)
	tree[dir+"/new/sample.json"] = &fstest.MapFile{Data: []byte(sample), ModTime: modified}
	tree[dir+"/new/benchmark.json"] = &fstest.MapFile{Data: fmt.Appendf(nil, `{"full_id":%s}`, name), ModTime: modified}
}

// batch is a sample.json of one batch of one iteration.
func batch(nanoseconds int64) string {
	return fmt.Sprintf(`{"iters":[1.0],"times":[%d.0]}`, nanoseconds)
}

func TestCriterionFresh(t *testing.T) {
	check := func(modified time.Time, measured time.Duration, fresh bool) {
		t.Helper()
		tree := fstest.MapFS{}
		result(tree, "target/criterion/a", "a", batch(int64(measured)), modified)
		_, err := formats.Read("criterion", formats.Output{Dir: tree, Since: since})
		if fresh && err != nil {
			t.Error(err)
		}
		if !fresh {
			wantError(t, err, true, `"target/criterion": Criterion wrote no result there in this execution (1 older ones were found)`)
		}
	}
	second := since.Truncate(time.Second)
	check(since, time.Hour, true)
	check(since.Add(time.Second), time.Hour, true)
	check(since.Add(-time.Minute), 0, false)
	check(since.Add(-11*time.Millisecond), 0, false)
	check(since.Add(-2*time.Millisecond), time.Millisecond, true) // the kernel's clock lags by a tick
	check(since.Add(-2*time.Millisecond), time.Second, false)     // the benchmark before this one ended just now
	check(second, 100*time.Millisecond, true)                     // whole seconds only
	check(second, 5*time.Second, false)
	check(second.Add(-time.Second), 0, false)
}

func TestCriterionMixed(t *testing.T) {
	tree := fstest.MapFS{}
	result(tree, "out/new", "new", batch(1000), since)                      // a case called new
	result(tree, "out/g/new", "g/new", batch(2000), since)                  // a function called new
	result(tree, "out/g/f/v", "g/f/\x1b\u202e;", batch(3000), since)        // full depth
	result(tree, "out/old", "old", `torn`, since.Add(-time.Hour))           // not read at all
	result(tree, "out/g/f/v/x/5/6/7/8/9/10/11", "deep", batch(4000), since) // twelve folders with its new
	tree["out/g/f/v/base/sample.json"] = &fstest.MapFile{ModTime: since}    // a baseline
	tree["out/g/report/index.html"] = &fstest.MapFile{Data: []byte("<p>")}  // a report
	samples, err := formats.Read("criterion", formats.Output{Dir: tree, Since: since, CriterionDir: "./out/"})
	if err != nil {
		t.Fatal(err)
	}
	want := "\"g/f/\\x1b\\u202e;\" \"time\" \"sec/op\" lower: 3e-06\n\"deep\" \"time\" \"sec/op\" lower: 4e-06\n\"g/new\" \"time\" \"sec/op\" lower: 2e-06\n\"new\" \"time\" \"sec/op\" lower: 1e-06\n"
	if got := text(samples); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCriterionOldest reads a tree without benchmark.json.
func TestCriterionOldest(t *testing.T) {
	tree := fstest.MapFS{"out/g/f/new/sample.json": {Data: []byte("[[1.0],[5.0]]")}, "out/g.x/new/sample.json": {Data: []byte("[[1.0],[6.0]]")}}
	samples, err := formats.Read("criterion", formats.Output{Dir: tree, CriterionDir: "out"})
	if want := "\"g/f\" \"time\" \"sec/op\" lower: 5e-09\n\"g.x\" \"time\" \"sec/op\" lower: 6e-09\n"; err != nil || text(samples) != want {
		t.Errorf("%v, got %s", err, text(samples))
	}
}

// TestCriterionTreesOfSeveralRuns finds the trees below one folder.
func TestCriterionTreesOfSeveralRuns(t *testing.T) {
	tree := fstest.MapFS{}
	for _, run := range []string{"1", "2/target/criterion"} {
		result(tree, run+"/plain", "plain", batch(1), since)
		result(tree, run+"/g/f_g/v", "g/f?g/v", batch(2), since)
		tree[run+"/g/f_g/v/new/benchmark.json"].Data = []byte(`{"group_id":"g","function_id":"f?g","value_str":"v","full_id":"g/f?g/v"}`)
		result(tree, run+"/h/i_j/k", "h/i?j/k", batch(3), since)
		tree[run+"/h/i_j/k/new/benchmark.json"].Data = []byte(`{"group_id":"h","full_id":"h/i?j/k","directory_name":"h/i_j/k"}`)
		tree[run+"/plain/new/benchmark.json"].Data = []byte(`{"group_id":"plain","full_id":"plain","directory_name":"plain"}`)
	}
	check := func(fsys fs.FS, want ...string) {
		t.Helper()
		list, err := formats.ReadCriterionTrees(fsys)
		var got []string
		for _, r := range list {
			got = append(got, r.Root+" "+r.Samples[0].Metric.Case)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, got %q, want %q", err, got, want)
		}
	}
	check(tree, "1 g/f?g/v", "1 h/i?j/k", "1 plain", "2/target/criterion g/f?g/v", "2/target/criterion h/i?j/k", "2/target/criterion plain")
	one, err := fs.Sub(tree, "1/g/f_g/v/new")
	if err != nil {
		t.Fatal(err)
	}
	check(one, ". g/f?g/v")
	check(fstest.MapFS{})
	result(tree, "1/copy", "plain", batch(1), since)
	tree["1/copy/new/benchmark.json"].Data = tree["1/plain/new/benchmark.json"].Data
	if _, err := formats.ReadCriterionTrees(tree); err == nil || !strings.Contains(err.Error(), `benchmark "plain" has another result in "1/copy/new"`) {
		t.Error(err)
	}
}

// TestCriterionEstimates: what Criterion computed of each baseline follows from
// what is read of it.
func TestCriterionEstimates(t *testing.T) {
	folders := 0
	err := fs.WalkDir(os.DirFS("testdata/criterion"), ".", func(name string, _ fs.DirEntry, err error) error {
		dir := "testdata/criterion/" + path.Dir(name)
		text, missing := os.ReadFile(dir + "/estimates.json")
		if err != nil || path.Base(name) != "sample.json" || missing != nil {
			return err
		}
		folders++
		list, err := formats.ReadCriterionTrees(os.DirFS(dir))
		if err != nil {
			return err
		}
		var want map[string]*struct {
			Point float64 `json:"point_estimate"`
		}
		if err := json.Unmarshal(text, &want); err != nil {
			return err
		}
		for estimate, got := range estimates(list[0].Samples) {
			if got *= 1e9; math.Abs(got/want[estimate].Point-1) > 1e-9 {
				t.Errorf("%s: %s is %v ns, Criterion says %v", dir, estimate, got, want[estimate].Point)
			}
		}
		return nil
	})
	if err != nil || folders < 8 {
		t.Errorf("%v, %d folders", err, folders)
	}
}

// estimates computes what Criterion estimates, in seconds.
func estimates(samples []results.Sample) map[string]float64 {
	mean, squares := 0.0, 0.0
	var values []float64
	for _, s := range samples {
		values = append(values, s.Value)
		mean += s.Value / float64(len(samples))
	}
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return map[string]float64{"mean": mean, "std_dev": math.Sqrt(squares / float64(len(values)-1)), "median": median(values)}
}

func TestCriterionRefused(t *testing.T) {
	check := func(sample, benchmark, what string) {
		t.Helper()
		tree := fstest.MapFS{"target/criterion/a/new/sample.json": {Data: []byte(sample)}}
		if benchmark != "" {
			tree["target/criterion/a/new/benchmark.json"] = &fstest.MapFile{Data: []byte(benchmark)}
		}
		_, err := formats.Read("criterion", formats.Output{Dir: tree})
		wantError(t, err, false, what)
	}
	const named = `{"full_id":"a"}`
	pipe := fstest.MapFS{"target/criterion/a/new/sample.json": {Data: []byte(batch(1))}, "target/criterion/a/new/benchmark.json": {Mode: fs.ModeNamedPipe}}
	_, err := formats.Read("criterion", formats.Output{Dir: pipe})
	wantError(t, err, false, `"target/criterion/a/new/benchmark.json": it cannot be read`)
	check(`{"iters":[1`, named, `"target/criterion/a/new/sample.json": it is no result of Criterion`)
	check(`{"iters":[1,2],"times":[1]}`, named, "1 times of 2 batches")
	check(`{}`, named, "0 times of 0 batches")
	check(`[[1]]`, named, "1 lists instead of")
	check(`[[1],"x"]`, named, "cannot unmarshal string")
	check(`{"iters":[0],"times":[1]}`, named, "batch 0 is 1 ns for 0 iterations")
	check(`{"iters":[1],"times":[-1]}`, named, "batch 0 is -1 ns")
	check(`{"iters":[1e-300],"times":[1e300]}`, named, "batch 0 is 1e+300 ns")
	check(`{"iters":[1],"times":[1e999]}`, named, "cannot unmarshal number 1e999")
	check(`{"iters":[1],"times":[null]}`, named, "null instead of a number")
	check(batch(1), `{}`, "it names no benchmark")
	check(batch(1), `[]`, "it is no result of Criterion")
	check(batch(1)+strings.Repeat(" ", 65<<20), named, "larger than 67108864 bytes")
	check(`{"iters":[1,1],"times":[1,-1]}`, named, "batch 1 is -1 ns for 1 iterations")
}

func TestCriterionBounds(t *testing.T) {
	check := func(tree fstest.MapFS, what string) {
		t.Helper()
		_, err := formats.Read("criterion", formats.Output{Dir: tree, Since: since})
		wantError(t, err, false, what)
	}
	deep := fstest.MapFS{}
	result(deep, "target/criterion"+strings.Repeat("/d", 12), "deep", batch(1), since)
	check(deep, "more than 12 folders below Criterion's")
	many := fstest.MapFS{}
	for i := range 10_001 {
		result(many, fmt.Sprintf("target/criterion/%d", i), "many", batch(1), since.Add(-time.Hour))
	}
	check(many, "more than 10000 results")
}

func TestCriterionNames(t *testing.T) {
	tree := fstest.MapFS{}
	result(tree, "target/criterion/a", "same", batch(1), since)
	result(tree, "target/criterion/a_2", "same", batch(2), since)
	_, err := formats.Read("criterion", formats.Output{Dir: tree})
	wantError(t, err, false, `"target/criterion/a_2/new": benchmark "same" has another result in "target/criterion/a/new"`)

	delete(tree, "target/criterion/a_2/new/sample.json")
	tree["target/criterion/a/new/benchmark.json"].Data = []byte(`{"group_id":"g","function_id":null,"value_str":"7"}`)
	samples, err := formats.Read("criterion", formats.Output{Dir: tree})
	if err != nil || samples[0].Metric.Case != "g/7" {
		t.Errorf("got %v, %v, want case g/7", samples, err)
	}
}

// TestCriterionRoot reads through os.Root what a hostile working tree may hold.
func TestCriterionRoot(t *testing.T) {
	check := func(none bool, what, dir string, prepare func(top string) error) {
		t.Helper()
		top := t.TempDir()
		if err := prepare(top); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(top)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		_, err = formats.Read("criterion", formats.Output{Dir: root.FS(), CriterionDir: dir})
		wantError(t, err, none, what)
	}
	outside := t.TempDir()
	if err := os.MkdirAll(filepath.Join(outside, "a", "new"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "a", "new", "sample.json"), []byte(batch(1)), 0o644); err != nil {
		t.Fatal(err)
	}
	inNew := func(make func(name string) error) func(string) error {
		return func(top string) error {
			dir := filepath.Join(top, "target", "criterion", "a", "new")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			return make(filepath.Join(dir, "sample.json"))
		}
	}
	check(true, "there is no such folder", "", func(string) error { return nil })
	check(false, "not a path inside the working tree", "/etc", func(string) error { return nil })
	check(false, "not a path inside the working tree", "../x", func(string) error { return nil })
	check(false, "it is not a folder", "file", func(top string) error { return os.WriteFile(filepath.Join(top, "file"), nil, 0o644) })
	check(false, "it cannot be read", "link", func(top string) error { return os.Symlink(outside, filepath.Join(top, "link")) })
	check(true, "(0 older ones", "dir", func(top string) error {
		return os.Mkdir(filepath.Join(top, "dir"), 0o755)
	})
	check(true, "(0 older ones", "dir", func(top string) error {
		if err := os.Mkdir(filepath.Join(top, "dir"), 0o755); err != nil {
			return err
		}
		return os.Symlink(filepath.Join(outside, "a"), filepath.Join(top, "dir", "a"))
	})
	check(true, "(0 older ones", "", inNew(func(name string) error { return syscall.Mkfifo(name, 0o644) }))
	check(true, "(0 older ones", "", inNew(func(name string) error { return os.Symlink("/dev/zero", name) }))
	check(false, "is not a regular file", "", inNew(func(name string) error {
		if err := os.WriteFile(name, []byte(batch(1)), 0o644); err != nil {
			return err
		}
		return syscall.Mkfifo(filepath.Join(filepath.Dir(name), "benchmark.json"), 0o644)
	}))
}

func FuzzCriterion(f *testing.F) {
	f.Add("a", []byte(`{"full_id":"a"}`), []byte(`{"sampling_mode":"Flat","iters":[1.0,2.0],"times":[1.0,2.0]}`))
	f.Add("a/b", []byte(`{"group_id":"\ud800","value_str":"1"}`), []byte(`[[1],[2]]`))
	f.Add("..", []byte(`{`), []byte(`{"iters":[null],"times":[1e308]}`))
	f.Fuzz(func(t *testing.T, dir string, benchmark, sample []byte) {
		dir = path.Join("target/criterion", path.Clean("/"+dir), "new")
		if !fs.ValidPath(dir) {
			return
		}
		sound(t, "criterion", formats.Output{Since: since, Dir: fstest.MapFS{
			dir + "/benchmark.json": {Data: benchmark, ModTime: since},
			dir + "/sample.json":    {Data: sample, ModTime: since},
		}})
	})
}

// BenchmarkGo reads 2,000 result lines.
func BenchmarkGo(b *testing.B) {
	stdout := []byte(strings.Repeat("BenchmarkEncode/small-8 \t 1000 \t 1234.5 ns/op \t 12 B/op \t 1 allocs/op\n", 2000))
	var samples []results.Sample
	for b.Loop() {
		samples, _ = formats.Read("go", formats.Output{Stdout: stdout})
	}
	if len(samples) != 6000 {
		b.Fatalf("%d samples", len(samples))
	}
}
