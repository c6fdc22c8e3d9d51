package suite

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/strict"
	"mtrlz.dev/perfrun/results"
)

const full = `suite: dataflow
require: isolate
image: {pipeline: ci/test/pipeline.yml, step: cargo-test, per_side: true}
build:
  run: |
    make
    make install
  cache: [target, ~/.cargo]
  env: {A: 1}
  network: none
policy: {min_effect: 0.5 %, precision: 1%, max_time: 1h30m, rounds: 5, stop: fixed, instructions: callgrind, warmups: 0, retakes: 0, max_contaminated: 100%}
cpus: 2-3
env: &env {DEBUG: true, EMPTY: ''}
network: host
timeout: 90s
benchmarks:
  - name: join
    run: cargo bench --bench join -- --noplot
    format: criterion
    metrics: [max-rss, {name: rate, better: higher}]
    cpus: 2
    page_cache: cold
    dir: src/flow
    env: *env
    timeout: 5s
    min_effect: 3%
    precision: 2%
    criterion_dir: out
  - name: 'load 日本'
    run: [a, b c, 1]
`

func TestParse(t *testing.T) {
	env := map[string]string{"DEBUG": "true", "EMPTY": ""}
	want := &Suite{
		Name: "dataflow", Require: results.LevelIsolate,
		Image:  Image{Pipeline: "ci/test/pipeline.yml", Step: "cargo-test", PerSide: true},
		Build:  Build{Run: "make\nmake install\n", Cache: []string{"target", "~/.cargo"}, Env: map[string]string{"A": "1"}, Network: "none"},
		Policy: Policy{MinEffect: 0.005, Precision: 0.01, MaxTime: 90 * time.Minute, Rounds: 5, Fixed: true, Instructions: InstructionsCallgrind, MaxContaminated: 1},
		CPUs:   cpuset.Of(2, 3), Env: env, Network: "host", Timeout: 90 * time.Second,
		Benchmarks: []Benchmark{
			{
				Name: "join", Run: "cargo bench --bench join -- --noplot", Format: "criterion",
				Metrics: []Metric{{Name: "max-rss"}, {Name: "rate", Better: results.Higher}}, CPUs: 2, Cold: true, Dir: "src/flow", Env: env,
				Timeout: 5 * time.Second, MinEffect: 0.03, Precision: 0.02, CriterionDir: "out",
			},
			{Name: "load 日本", Words: []string{"a", "b c", "1"}, Format: "wall", CPUs: 1, CriterionDir: "target/criterion"},
		},
	}
	got, err := Parse("perf.yml", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if err := obeys([]byte(full)); err != nil {
		t.Errorf("against the schema: %v", err)
	}
}

func TestDefaults(t *testing.T) {
	got, err := Parse("p", []byte("suite: s\nbenchmarks: [{name: a, run: b}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := &Suite{
		Name: "s", Build: Build{Network: "bridge"}, Network: "none", Timeout: 5 * time.Minute,
		Policy:     Policy{MinEffect: 0.02, MaxTime: 10 * time.Minute, Rounds: 40, Warmups: 1, Retakes: 2, MaxContaminated: 0.25},
		Benchmarks: []Benchmark{{Name: "a", Run: "b", Format: "wall", CPUs: 1, CriterionDir: "target/criterion"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// rest makes a whole suite of a first part.
const rest = "\nsuite: s\nbenchmarks: [{name: a, run: b}]\n"

func TestParseProblems(t *testing.T) {
	check := func(text, where, what, next string) {
		t.Helper()
		_, err := Parse("p", []byte(text))
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok {
			t.Errorf("%q: error %v, want a problem", text, err)
			return
		}
		if where != "" && problem.Where != "p:"+where || !strings.Contains(problem.What, what) || !strings.Contains(problem.Next, next) {
			t.Errorf("%q:\n got %s | %s | %s\nwant p:%s | %s | %s", text, problem.Where, problem.What, problem.Next, where, what, next)
		}
		if strings.Contains(problem.What, "\n") || strings.Contains(problem.Error(), "suite.") {
			t.Errorf("%q: %q is more than a line, or of Go", text, problem.Error())
		}
	}
	check("", "1:1", "empty", "suite: NAME")
	check("# nothing\n", "", "", "")
	check("suite: \xff\n", "1:8", "not UTF-8", "UTF-8")
	check(strings.Repeat("#", strict.MaxSize+1), "1:1", "larger than", "")
	check("suite: s\n---\nsuite: t\n", "", "second document", "one suite")
	check("a:\n\tb: 1\n", "2:1", "", "")
	check("- a\n", "", "must be a mapping", "KEY: VALUE")
	check("polcy: {}"+rest, "1:1", `no key "polcy"`, "did you mean policy?")
	check("policy: {round: 1}"+rest, "1:10", `no key "round"`, "did you mean rounds?")
	check("env: {}\nenv: {}"+rest, "2:1", "first is on line 1", "keep one")
	check("timeout: 5"+rest, "1:10", "no duration", "90s")
	check("timeout: -5s"+rest, "1:10", "timeout is -5s", "above zero")
	check("timeout: 0s"+rest, "1:10", "timeout is 0s", "above zero")
	check("timeout: [1]"+rest, "1:10", "not a list", "")
	check("policy: {min_effect: 2}"+rest, "1:22", "without a percent sign", "2%")
	check("policy: {min_effect: -2%}"+rest, "1:22", "-2%", "below 100")
	check("policy: {min_effect: 100%}"+rest, "1:22", "100%", "below 100")
	check("policy: {rounds: 0}"+rest, "1:18", "rounds", "from 1")
	check("policy: {stop: erly}"+rest, "1:16", "stop is \"erly\"", "did you mean early?")
	check("policy: {instructions: calgrind}"+rest, "1:24", "instructions is \"calgrind\"", "did you mean callgrind?")
	check("policy: {instructions: none}"+rest, "1:24", "instructions is \"none\"", "perf")
	check("policy: {rounds: many}"+rest, "1:18", "rounds", "whole number")
	check("policy: {retakes: 11}"+rest, "1:19", "retakes is \"11\"", "from 0 to 10")
	check("policy: {retakes: -1}"+rest, "1:19", "retakes is \"-1\"", "from 0 to 10")
	check("policy: {max_contaminated: 0.2}"+rest, "1:28", "without a percent sign", "25%")
	check("policy: {max_contaminated: 101%}"+rest, "1:28", "max_contaminated is \"101%\"", "from 0 % to 100 %")
	check("policy: {max_contaminated: -1%}"+rest, "1:28", "max_contaminated is \"-1%\"", "from 0 % to 100 %")
	check("require: isolated"+rest, "1:10", "require is \"isolated\"", "did you mean isolate?")
	check("require: "+rest, "1:9", "not nothing", "one line")
	check("requires: pin"+rest, "1:1", `no key "requires"`, "did you mean require?")
	check("cpus: 3-1"+rest, "1:7", "backwards", "2-3")
	check("cpus: ''"+rest, "1:7", "empty", "2-3")
	check("network: brigde"+rest, "1:10", "brigde", "did you mean bridge?")
	check("env: {'A=B': 1}"+rest, "1:7", "name of a variable", "letters")
	check("env: {A: [1]}"+rest, "1:10", "not a list", "")
	check("env: *gone"+rest, "1:6", "no anchor before", "")
	check("env: &e {A: *e}"+rest, "1:13", "part of what it stands for", "cycle")
	check("suite: 1", "1:8", "must be text, not a number", "quotes")
	check("suite: !!str s", "1:8", "tags", "remove")
	check("<<: {}"+rest, "1:1", "merge keys", "alias")
	check("image: {ref: a, pipeline: b, step: c}"+rest, "", "ref together with pipeline", "keep ref")
	check("image: {pipeline: b}"+rest, "", "no step", "add step")
	check("image: {step: b}"+rest, "", "no pipeline", "add pipeline")
	check("image: {}"+rest, "", "says nothing", "ref:")
	check("image: {pipeline: ../b, step: c}"+rest, "1:19", "leads out", "from the top")
	check("build: {cache: [/tmp]}"+rest, "1:17", "neither in", "~/.cargo")
	check("build: {cache: [~/../x]}"+rest, "1:17", "neither in", "~/.cargo")
	check("suite: s\n", "", "no benchmarks", "add benchmarks")
	check("benchmarks: [{name: a, run: b}]\n", "", "no name", "suite: NAME")
	bench := func(entries string) string { return "suite: s\nbenchmarks:\n- " + entries + "\n" }
	check(bench("run: b"), "", "no name", "add name")
	check(bench("name: a"), "", "nothing to run", "add run")
	check(bench("{name: a, run: b}\n- {name: a, run: c}"), "4:10", "on line 3", "of its own")
	check(bench(`{name: "a\u001b[1m", run: b}`), "3:10", "", "")
	check(bench("{name: "+strings.Repeat("a", 201)+", run: b}"), "3:10", "200 bytes", "shorten")
	check(bench("{name: a, run: []}"), "", "empty list", "")
	check(bench("{name: a, run: b, format: gp}"), "3:29", "gp", "did you mean go?")
	check(bench("{name: a, run: b, metrics: [wal]}"), "", `no metric "wal"`, "format: values")
	check(bench("{name: a, run: b, metrics: [{better: lower}]}"), "", "no name", "name:")
	check(bench("{name: a, run: b, metrics: [{name: wall, better: more}]}"), "3:52", "more", "lower, higher")
	check(bench("{name: a, run: b, dir: /x}"), "3:26", "leads out", "")
	check(bench("{name: a, run: b, cpus: 0}"), "3:27", "cpus", "from 1")
	check(bench("{name: a, run: b, page_cache: hot}"), "3:33", "page_cache is \"hot\"", "warm, cold")
	check(bench("{name: a, run: b, page_cache: [cold]}"), "3:33", "not a list", "")
	check("retakes: 1"+rest, "1:1", `no key "retakes"`, "it may have")
	check(strings.Repeat("[", 20_000), "", "nested too deeply", "")
}

func TestExcerpt(t *testing.T) {
	_, err := Parse("p", []byte("suite: s\ntimeout: never\n"))
	problem, _ := errors.AsType[*results.Problem](err)
	if want := "  timeout: never\n           ^"; problem == nil || problem.Excerpt != want {
		t.Errorf("%#v, want the excerpt %q", problem, want)
	}
}

func TestArgv(t *testing.T) {
	check := func(b Benchmark, shell bool, want ...string) {
		t.Helper()
		if got, isShell := b.Argv(); isShell != shell || !slices.Equal(got, want) {
			t.Errorf("%+v: %q, shell %v; want %q", b, got, isShell, want)
		}
	}
	for _, line := range []string{"a | b", "a $B", "echo 'x'", "cd x", "exit 1", "ulimit -n 9", "A=1 b", "a > b", "a\nb", ". x", ": x", "a *"} {
		check(Benchmark{Run: line}, true, "/bin/sh", "-c", line)
	}
	check(Benchmark{Run: "  sort -o /dev/null  a_b.txt "}, false, "sort", "-o", "/dev/null", "a_b.txt")
	check(Benchmark{Words: []string{"a", "$b | c"}}, false, "a", "$b | c")
}

func TestBenchmark(t *testing.T) {
	p := Policy{MinEffect: 0.02, Precision: 0.01}
	if got := (Benchmark{Name: "a", Run: "b", Format: "go", CPUs: 2, MinEffect: 0.1}).Result(p); got != (results.Benchmark{Name: "a", Command: "b", Format: "go", CPUs: 2, MinEffect: 0.1, Precision: 0.01}) {
		t.Errorf("%+v", got)
	}
	s := &Suite{Timeout: time.Minute}
	if a, b := s.TimeoutOf(Benchmark{}), s.TimeoutOf(Benchmark{Timeout: time.Second}); a != time.Minute || b != time.Second {
		t.Errorf("timeouts %v and %v", a, b)
	}
	accounts := func(format string, want []string, listed ...Metric) {
		t.Helper()
		if got := (Benchmark{Format: format, Metrics: listed}).Accounts(); !slices.Equal(got, want) {
			t.Errorf("%s %v: %q, want %q", format, listed, got, want)
		}
	}
	accounts("wall", []string{"wall"})
	accounts("wall", []string{"cpu", "max-rss"}, Metric{Name: "cpu"}, Metric{Name: "max-rss"})
	accounts("go", nil)
	accounts("go", []string{"user"}, Metric{Name: "sec/op"}, Metric{Name: "user"})
}

func TestOverride(t *testing.T) {
	sample := func(name string, better results.Direction) results.Sample {
		return results.Sample{Metric: results.Metric{Case: "Big", Name: name, Better: better}}
	}
	b := Benchmark{Metrics: []Metric{{Name: "rate", Better: results.Higher}, {Name: "Big hits", Better: results.Higher}, {Name: "size"}}}
	got := b.Override([]results.Sample{sample("rate", "lower"), sample("hits", "lower"), sample("size", "lower")})
	want := []results.Sample{sample("rate", "higher"), sample("hits", "higher"), sample("size", "lower")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestFilter(t *testing.T) {
	s := &Suite{Benchmarks: []Benchmark{{Name: "join"}, {Name: "load"}}}
	err := s.Filter(regexp.MustCompile("sort"))
	problem, ok := errors.AsType[*results.Problem](err)
	if !ok || problem.Where != "--only" || !strings.Contains(problem.Next, `"join", "load"`) || len(s.Benchmarks) != 2 {
		t.Errorf("%v, left %v", err, s.Benchmarks)
	}
	if err := s.Filter(nil); err != nil || len(s.Benchmarks) != 2 {
		t.Errorf("nil: %v, left %v", err, s.Benchmarks)
	}
	if err := s.Filter(regexp.MustCompile("^lo")); err != nil || len(s.Benchmarks) != 1 || s.Benchmarks[0].Name != "load" {
		t.Errorf("%v, left %v", err, s.Benchmarks)
	}
}

// object is a part of the schema.
type object struct {
	Properties map[string]object `json:"properties"`
	Items      *object           `json:"items"`
	OneOf      []object          `json:"oneOf"`
}

// TestSchemaKeys holds the schema's keys and the decoder's against each other.
func TestSchemaKeys(t *testing.T) {
	var top object
	if err := json.Unmarshal(Schema, &top); err != nil {
		t.Fatal(err)
	}
	check := func(what string, schema object, table fields) {
		t.Helper()
		if diff := cmp.Diff(slices.Sorted(maps.Keys(table)), slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
			t.Errorf("%s: -decoder +schema\n%s", what, diff)
		}
	}
	d := &decoder{}
	benchmark := *top.Properties["benchmarks"].Items
	check("suite", top, d.suiteFields(&Suite{}))
	check("image", top.Properties["image"], d.imageFields(&Image{}))
	check("build", top.Properties["build"], d.buildFields(&Build{}))
	check("policy", top.Properties["policy"], d.policyFields(&Policy{}))
	check("benchmark", benchmark, d.benchmarkFields(&Benchmark{}, nil))
	check("metric", benchmark.Properties["metrics"].Items.OneOf[1], d.metricFields(&Metric{}))
}

func TestSchemaRefuses(t *testing.T) {
	for _, text := range []string{
		"suite: s\n", "polcy: {}" + rest, "suite: 1\nbenchmarks: [{name: a, run: b}]\n", "image: {ref: a, pipeline: b, step: c}" + rest,
		"image: {pipeline: b}" + rest, "timeout: 5" + rest, "policy: {min_effect: 2}" + rest, "policy: {rounds: 0}" + rest,
		"policy: {retakes: 11}" + rest, "policy: {stop: never}" + rest, "policy: {max_contaminated: 0.2}" + rest, "require: isolated" + rest,
		"suite: s\nbenchmarks: [{name: a, run: b, page_cache: hot}]\n",
		"network: lan" + rest, "env: {'A=B': x}" + rest, "suite: s\nbenchmarks: []\n", "suite: s\nbenchmarks: [{name: a}]\n",
		"suite: s\nbenchmarks: [{name: a, run: []}]\n", "suite: s\nbenchmarks: [{name: a, run: b, format: gp}]\n",
		"suite: s\nbenchmarks: [{name: a, run: b, metrics: [{better: lower}]}]\n",
	} {
		if obeys([]byte(text)) == nil {
			t.Errorf("the schema accepts %q", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{full, "a: &a [*a]\n", "a: 1\n---\nb: 2\n", "? a\n: b\n", "a: |\n\tb\n", "a: \"\\u001b\"\n", "\xff", "<<: *x\n", "!t a: [}\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse("p", text)
		if _, ok := errors.AsType[*results.Problem](err); err != nil && !ok {
			t.Errorf("%v is no problem", err)
		}
		if err == nil && (s.Name == "" || len(s.Benchmarks) == 0) {
			t.Errorf("%+v is no suite", s)
		}
	})
}
