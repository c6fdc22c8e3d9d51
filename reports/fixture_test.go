package reports

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

var update = flag.Bool("update", false, "write the golden files")

// checkGolden compares got with a golden file, or writes it with -update.
func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

var fixtureStart = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

var (
	wall    = results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}
	maxRSS  = results.Metric{Name: "max-rss", Unit: "B", Better: results.Lower}
	perIter = results.Metric{Case: "join/inner", Name: "sec/iter", Unit: "sec/iter", Better: results.Lower}
	rate    = results.Metric{Name: "throughput", Unit: "B/s", Better: results.Higher}
)

// effect says what one metric of the fixture does.
type effect struct {
	benchmark string
	metric    results.Metric
	base      float64
	change    float64
	noise     float64
	batch     int
	verdict   verdict.Verdict
	half      float64
	reason    string
}

var fixtureEffects = []effect{
	{"filter", wall, 0.8421, 0.001, 0.004, 1, verdict.NoChange, 0.006, "the interval -0.50 % to +0.70 % lies within 2.0 % on both sides"},
	{"join", perIter, 0.00312, 0.114, 0.012, 5, verdict.Regression, 0.012, "the interval +10.2 % to +12.6 % excludes zero, and the change is at least 2.0 %"},
	{"load-tpch", wall, 4.21, 0.004, 0.03, 1, verdict.CannotTell, 0.029, "the interval -2.5 % to +3.3 % reaches beyond 2.0 %"},
	{"load-tpch", maxRSS, 734003200, -0.002, 0.002, 1, verdict.NoChange, 0.004, "the interval -0.60 % to +0.20 % lies within 2.0 % on both sides"},
	{"scan", rate, 1.9e9, 0.071, 0.01, 1, verdict.Improvement, 0.011, "the interval +6.0 % to +8.2 % excludes zero, and the change is at least 2.0 %"},
	{"group-by", wall, 0.2214, -0.003, 0.005, 1, verdict.NoChange, 0.008, "the interval -1.1 % to +0.50 % lies within 2.0 % on both sides"},
}

// fixtureRecord builds a finished run of 15 rounds in which compact breaks on
// head. It is the same on every call.
func fixtureRecord() *results.Record {
	record := &results.Record{Run: fixtureRun()}
	random := rand.New(rand.NewPCG(7, 11))
	for round := -2; round < 15; round++ {
		for _, at := range random.Perm(len(record.Run.Bench) * 2) {
			e := results.Execution{
				Seq: len(record.Executions), Round: round, Benchmark: record.Run.Bench[at/2].Name, Side: results.Sides()[at%2],
			}
			if round < 0 {
				e.Warmup, e.Round = true, round+2
			}
			fillExecution(&e, random)
			e.Witness = fixtureWitness(len(record.Executions))
			if e.Benchmark == "scan" && e.Round%6 == 5 && !e.Warmup {
				e.Witness.Foreign = 9 * time.Millisecond
				e.Contaminated = []string{"other programs ran 9 ms on the benchmark's cpus (limit 1 ms)"}
			}
			record.Executions = append(record.Executions, e)
		}
	}
	return record
}

// fixtureWitness warms up and slows down over the run; what is seen of every 23rd
// execution was lost.
func fixtureWitness(at int) *results.Witness {
	if at%23 == 22 {
		return &results.Witness{Foreign: 40 * time.Microsecond}
	}
	return &results.Witness{
		Foreign: 40 * time.Microsecond, Interrupts: int64(at * at % 7), Frequency: 3_600_000 - int64(at)*1500, Temperature: 52_000 + int64(at)*90,
	}
}

func fillExecution(e *results.Execution, random *rand.Rand) {
	if e.Benchmark == "compact" && e.Side == results.Head {
		e.Fault = fixtureFault()
		return
	}
	if e.Benchmark == "group-by" && e.Side == results.Base && !e.Warmup && e.Round == 6 {
		e.Fault = &results.Fault{Kind: results.FaultTimeout, Detail: "it ran past its limit of 10 s"}
		return
	}
	for _, f := range fixtureEffects {
		if f.benchmark != e.Benchmark {
			continue
		}
		centre := f.base
		if e.Side == results.Head {
			centre *= 1 + f.change
		}
		if e.Warmup {
			centre *= 1.08
		}
		for range f.batch {
			value := centre * (1 + f.noise*random.NormFloat64())
			e.Samples = append(e.Samples, results.Sample{Metric: f.metric, Value: value})
		}
	}
}

func fixtureFault() *results.Fault {
	return &results.Fault{
		Kind: results.FaultExit, Detail: "it ended with status 101",
		Stderr: "\x1b[31mthread 'main' panicked\x1b[0m at src/compact.rs:88:9:\nassertion failed: self.since <= frontier\n" +
			"note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
	}
}

func fixtureRun() results.Run {
	image := results.Image{
		Ref: "materialize/ci-test:20191120-163201", Digest: "sha256:9f2c1e0d7b6a5948372615049f2c1e0d7b6a5948372615049f2c1e0d7b6a5948",
		Pipeline: "ci/test/pipeline.yml", Step: "cargo-test",
	}
	run := results.Run{
		ID: "20261120-093000-4k7q", State: results.Done, User: "nikhil", Repo: "/home/nikhil/src/dataflow",
		Base: results.Commit{
			Rev: "5b1f0f3c9d8e7a6b5c4d3e2f1a0b9c8d7e6f5a4b", Asked: "main", Subject: "Merge pull request 812 from batching",
			Author: "Frank M", When: fixtureStart.Add(-30 * time.Hour),
		},
		Head: results.Commit{
			Rev: "c0ffee11d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7", Asked: ".", Subject: "join: index arrangements lazily",
			Author: "Jamie B", When: fixtureStart.Add(-2 * time.Hour), Dirty: true,
		},
		BaseImage: image, HeadImage: image, Suite: "dataflow", SuitePath: "perf.yml",
		SuiteText: "suite: dataflow\nimage:\n  pipeline: ci/test/pipeline.yml\n  step: cargo-test\nbenchmarks:\n  - name: join\n    run: cargo bench --bench join -- --noplot\n    format: criterion\n",
		Plan:      results.Plan{Engine: "docker", Seed: 8472619305, Rounds: 15, Warmups: 2, CPUs: "6-7", Harness: "0-5"},
		Env: []results.Fact{
			{Name: "cpu.microcode", Value: "0xf0"},
			{Name: "cpu.model", Value: "Intel(R) Core(TM) i7-9700K CPU @ 3.60GHz"},
			{Name: "host.name", Value: "quietbox"},
			{Name: "kernel.cmdline", Value: "BOOT_IMAGE=/boot/vmlinuz-5.10.0-30-amd64 root=/dev/mapper/vg-root ro quiet isolcpus=6,7 nohz_full=6,7"},
			{Name: "kernel.release", Value: "5.10.0-30-amd64"},
			{Name: "memory.total", Value: "31.3 GiB"},
		},
		Guards: []results.Guard{
			{Aspect: "cpus", Held: true, Detail: "Every process in the container was seen on CPUs 6-7 only."},
			{Aspect: "network", Held: true, Detail: "The container had no network while measuring."},
			{Aspect: "frequency", Held: false, Detail: "The governor is powersave and turbo is on, so the clock moves with the temperature."},
			{Aspect: "other processes", Held: false, Detail: "CPUs 6-7 are not taken from the rest of the system: anything may run there."},
		},
		Notes:    []results.Fact{{Name: "build of base", Value: "40 s, with what earlier builds left in target"}},
		Versions: []results.Fact{{Name: "perfrun", Value: "0.1.0"}, {Name: "montanaflynn/stats", Value: "v0.14.0"}},
		Command: []string{
			"perfrun", "run", "--repo", "/home/nikhil/src/dataflow", "--base", "5b1f0f3c9d", "--head", ".",
			"--only", "^(join|scan)$", "--seed=8472619305", "--rounds", "15",
		},
		Created: fixtureStart, Finished: fixtureStart.Add(7*time.Minute + 41*time.Second),
	}
	run.Quiet = results.Quiet{
		Asked: results.LevelIsolate, Reached: results.LevelIsolate, Shield: results.ShieldRoot, Why: "no isolated partition: refused",
		Knobs: []results.Knob{
			{Name: "governor", Outcome: results.KnobApplied, Was: "powersave", Is: "performance"},
			{Name: "turbo", Outcome: results.KnobFailed, Was: "0", Is: "0", Detail: "not permitted: run as root"},
			{Name: "interrupts", Outcome: results.KnobApplied, Was: "0-7", Is: "0-5", Detail: "2 cannot be moved"},
			{Name: "ksm", Outcome: results.KnobUnsupported, Detail: "this machine does not have it"},
		},
		Unseen: []string{results.QuantitySteal},
		Limits: []results.Limit{{Quantity: results.QuantityForeign, Floor: 1e6, Source: "default"}},
	}
	run.Noise = []results.Noise{
		{Benchmark: "filter", Metric: wall, Run: "ca11b8", Rounds: 60, CV: 0.004, Spread: 0.003, Drift: -0.001, Autocorrelation: 0.2, Floor: 0.006, Visible: 0.012, FalseAlarms: 0.0042},
		{Benchmark: "load-tpch", Metric: wall, Run: "ca11b8", Rounds: 60, CV: 0.03, Spread: 0.02, Drift: 0.004, Autocorrelation: -0.1, Floor: 0.021, Visible: 0.055, FalseAlarms: 0.013},
	}
	for _, b := range []string{"filter", "join", "load-tpch", "scan", "compact", "group-by"} {
		run.Bench = append(run.Bench, results.Benchmark{
			Name: b, Command: fmt.Sprintf("target/release/%s --rows 1000000", b), Format: "wall", CPUs: 2, MinEffect: 0.02,
		})
	}
	return run
}

// fixturePage is the fixture with its verdicts.
func fixturePage() Page {
	record := fixtureRecord()
	page := Page{Record: record, Tally: &results.AlarmTally{Suite: "s", Host: "h", Runs: 12, Confirmed: 3, Refuted: 1, Open: 1}, Generator: "perfrun 0.1.0"}
	for _, f := range fixtureEffects {
		c := verdict.Comparison{
			Benchmark: f.benchmark, Metric: f.metric, Verdict: f.verdict, Reason: f.reason, MinEffect: 0.02, P: 0.4, Q: 0.5,
			Base: summaryOf(record, results.Base, f), Head: summaryOf(record, results.Head, f),
		}
		for _, n := range record.Run.Noise {
			if n.Benchmark == f.benchmark && n.Metric.Key() == f.metric.Key() {
				c.NoiseFloor, c.Calibration = n.Floor, n.Run
			}
		}
		c.Change = c.Head.Median/c.Base.Median - 1
		c.Low, c.High, c.Shift = c.Change-f.half, c.Change+f.half*1.1, c.Change*0.98
		if f.verdict == verdict.Regression || f.verdict == verdict.Improvement {
			c.P, c.Q = 0.00002, 0.0001
		}
		if f.verdict == verdict.Regression {
			c.Reason += ", confirmed in a second block"
			c.Second = &verdict.Block{Outcome: results.Confirmed, Change: c.Change, Low: c.Low, High: c.High, P: 0.0004, Base: c.Base, Head: c.Head}
		}
		if f.verdict == verdict.CannotTell {
			c.MoreRounds = 24
			c.Warnings = []string{"the values of head drift upwards during the run"}
		}
		page.Comparisons = append(page.Comparisons, c)
	}
	page.Comparisons = append(page.Comparisons, verdict.Comparison{
		Benchmark: "compact", Verdict: verdict.Broken, MinEffect: 0.02,
		Reason: "head failed in 17 of 17 executions: it ended with status 101", Evidence: []results.Fault{*fixtureFault()},
	})
	page.Beside, page.Prices = []Hosted{fixtureCloud(page.Comparisons)}, Prices{"cloud": 0.34}
	return page
}

// fixtureCloud is a noisier host that sees half of each change of three benchmarks.
func fixtureCloud(comparisons []verdict.Comparison) Hosted {
	cloud := Hosted{Class: "cloud", Record: &results.Record{Run: fixtureRun()}}
	for i, v := range []verdict.Verdict{verdict.Regression, verdict.Regression, verdict.CannotTell} {
		c := comparisons[i]
		c.Verdict, c.Change = v, c.Change/2
		if i == 0 {
			c.Change = 0.08
		}
		c.Low, c.High = c.Change-0.018, c.Change+0.018
		cloud.Comparisons = append(cloud.Comparisons, c)
		cloud.Record.Executions = append(cloud.Record.Executions, results.Execution{Benchmark: c.Benchmark, Accounts: results.Accounts{Wall: 150 * time.Second}})
	}
	return cloud
}

func summaryOf(record *results.Record, side results.Side, f effect) verdict.Summary {
	var s verdict.Summary
	for _, e := range record.Executions {
		if e.Benchmark == f.benchmark && e.Side == side && !e.Warmup && e.Fault == nil {
			s.Values = append(s.Values, median(valuesOf(e, f.metric)))
		}
	}
	s.N, s.CV = len(s.Values), f.noise
	if s.N > 0 {
		s.Median = median(slices.Clone(s.Values))
	}
	return s
}

// renderPage writes a page and returns it.
func renderPage(t *testing.T, p Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func renderTable(t *testing.T, comparisons []verdict.Comparison, style TableStyle) string {
	t.Helper()
	var b bytes.Buffer
	if err := Table(&b, comparisons, style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
