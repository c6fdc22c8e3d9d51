package main

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

const rustPipeline = `env:
  CI_TAG: "20260901-120000"
steps:
  - label: ":rustfmt: lint"
    command: ci/lint.sh
  - label: ":cargo: bench"
    key: cargo-bench
    command: cargo bench
    plugins:
      - docker#v5.9.0:
          image: "perfrun-test/rust:$CI_TAG"
          propagate-environment: true
`

// The vendored sources are where Debian's packages put them.
const rustConfig = `[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "/usr/share/cargo/registry"
`

const rustSuite = `suite: template
image: {pipeline: ci/test/pipeline.yml, step: cargo-bench}
# What is compiled matters less here than how long it takes: most of the time of
# this test is a hundred crates of Criterion's, twice.
env: {CARGO_PROFILE_BENCH_OPT_LEVEL: 1}
build:
  run: cargo bench --no-run --offline --bench benchmarks
  cache: [target, ~/.cargo]
policy: {rounds: 6, warmups: 1}
benchmarks:
  - name: template
    run: cargo bench --offline --bench benchmarks -- --noplot --warm-up-time 1 --measurement-time 1 --sample-size 10 table/50
    format: criterion
    metrics: [max-rss]
`

// TestRealRustProjectWithCriterion measures a released crate with its own
// Criterion 0.3 benchmarks against itself made slower, in an image made from
// Debian's packages that the pipeline names.
func TestRealRustProjectWithCriterion(t *testing.T) {
	w := newWorld(t)
	// The crate comes out of the image: Debian's source of tinytemplate 1.2.1.
	out, err := exec.Command("docker", "run", "--rm", "--volume", w.repo+":/out", rustImage, "/bin/sh", "-c",
		"cp -r /usr/share/cargo/registry/tinytemplate-*/. /out/ && chmod -R u+w /out && chown -R "+strconv.Itoa(os.Getuid())+" /out").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.must(os.RemoveAll(filepath.Join(w.repo, ".cargo-checksum.json")))
	w.commit("tinytemplate as released", ".gitignore", "target/\n", ".cargo/config.toml", rustConfig,
		"ci/test/pipeline.yml", rustPipeline, "perf.yml", rustSuite)
	slower(t, filepath.Join(w.repo, "src/template.rs"))
	w.commit("render every template twice")

	// With nothing pinned nothing is contaminated, and what is twice the work takes
	// longer on any machine: what else this one does must not decide the test, so
	// neither does how sure the verdict is.
	w.ok(anyVerdict, "run", "--base", "HEAD~1", "--quiet", "none")
	for _, c := range w.comparisons() {
		for _, fault := range c.Evidence {
			t.Logf("%s\n%s\n%s", fault.Detail, fault.Stderr, fault.Stdout)
		}
	}
	run := w.record().Run
	if run.HeadImage.Ref != rustImage || run.HeadImage.Step != "cargo-bench" || run.HeadImage.Digest == "" {
		t.Errorf("measured in %+v", run.HeadImage)
	}
	slowed := 0
	for name, c := range w.comparisons() {
		t.Logf("%s: %s, %s", name, c.Verdict, c.Reason)
		if c.Verdict == verdict.Broken || c.Base.N < 6 || c.Head.N < 6 {
			t.Errorf("%s is %s with %d and %d executions: %s", name, c.Verdict, c.Base.N, c.Head.N, c.Reason)
		}
		if strings.HasSuffix(name, " time") && c.Change > 0.3 {
			slowed++
		}
	}
	if slowed == 0 {
		t.Error("rendering twice does not take longer")
	}
}

// slower makes tinytemplate's render do its work twice.
func slower(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`(?s)(pub fn render\(.*?\) -> Result<String> \{\n)`)
	changed := head.ReplaceAllString(string(text), "$1        {\n            let mut twice = String::new();\n"+
		"            self.render_into(context, template_registry, formatter_registry, default_formatter, &mut twice)?;\n        }\n")
	if changed == string(text) {
		t.Fatal("the crate's render function is not where it was")
	}
	if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}

const goSuite = `suite: uuid
image: {ref: "perfrun-test/go:20260901-120000"}
build:
  run: go test -c -o bench.test .
  cache: [~/.cache/go-build]
  env: {GOFLAGS: -mod=mod, GOPROXY: "off", GOTOOLCHAIN: local}
policy: {rounds: 8, warmups: 1}
benchmarks:
  - name: uuid
    run: ["./bench.test", "-test.run=^$", "-test.bench=.", "-test.benchtime=5ms", "-test.benchmem"]
    format: go
`

// TestTwoReleasesOfAGoLibraryAgreeWithBenchstat measures two released versions
// with their own benchmarks. What benchstat makes of the export must agree with
// perfrun's own figures.
func TestTwoReleasesOfAGoLibraryAgreeWithBenchstat(t *testing.T) {
	w := newWorld(t)
	for _, version := range []string{"v1.3.0", "v1.6.0"} {
		w.replaceTree(moduleDir(t, "github.com/google/uuid@"+version))
		w.commit("uuid "+version, ".gitignore", "*.test\n", "perf.yml", goSuite)
	}
	w.ok(anyVerdict, "run", "--base", "HEAD~1", "--quiet", "none") // a busy machine must not decide
	export := filepath.Join(w.dir, "uuid.bench")
	w.ok([]int{0}, "export", "latest", "--format", "benchfmt", "-o", export)

	benchstat := filepath.Join(w.dir, "benchstat")
	install := exec.Command("go", "build", "-o", benchstat, "golang.org/x/perf/cmd/benchstat")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(benchstat, "-format", "csv", "-col", "side", export).Output()
	w.must(err)
	theirs := readBenchstat(t, string(out))
	checked := 0
	for _, c := range w.comparisons() {
		if c.Verdict == verdict.Broken || c.Base.N == 0 {
			continue
		}
		if c.Warmup != nil { // found unsettled, as a busy machine makes some: left out here, and by benchstat not
			continue
		}
		row, ok := theirs[c.Metric.Unit+" uuid/"+c.Metric.Case]
		if !ok {
			t.Errorf("benchstat does not know %s %s", c.Metric.Case, c.Metric.Unit)
			continue
		}
		same := func(what string, ours, theirs float64) {
			t.Helper()
			if math.Abs(ours-theirs) > 1e-6*math.Abs(theirs) {
				t.Errorf("%s %s: %s is %v, benchstat says %v", c.Metric.Case, c.Metric.Unit, what, ours, theirs)
			}
		}
		same("base", c.Base.Median, row[0])
		same("head", c.Head.Median, row[1])
		if ours, theirs := c.Head.Median-c.Base.Median, row[1]-row[0]; ours*theirs < 0 {
			t.Errorf("%s: directions differ", c.Metric.Case)
		}
		checked++
	}
	if checked < 10 {
		t.Errorf("only %d comparisons were checked", checked)
	}
}

// readBenchstat reads benchstat's CSV: tables under a line with the unit, rows of
// name, base, interval, head, interval, change and p. The second block has tables of
// its own, after those of the first, which are the ones to compare with.
func readBenchstat(t *testing.T, text string) map[string][2]float64 {
	t.Helper()
	rows, unit := map[string][2]float64{}, ""
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if strings.HasPrefix(line, "block: 1") {
			break
		}
		if len(fields) > 1 && fields[0] == "" && fields[1] != "base" {
			unit = fields[1]
		}
		if len(fields) < 4 || fields[0] == "" {
			continue
		}
		base, err := strconv.ParseFloat(fields[1], 64)
		head, headErr := strconv.ParseFloat(fields[3], 64)
		if err == nil && headErr == nil {
			rows[unit+" "+regexp.MustCompile(`-\d+$`).ReplaceAllString(fields[0], "")] = [2]float64{base, head}
		}
	}
	return rows
}

func moduleDir(t *testing.T, module string) string {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Dir = t.TempDir() // outside this module
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("download %s: %v\n%s", module, err, out)
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return found.Dir
}

// replaceTree makes the repository's files those of dir.
func (w *world) replaceTree(dir string) {
	w.t.Helper()
	script := `find . -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} + && cp -r "$1"/. . && chmod -R u+w .`
	cmd := exec.Command("/bin/sh", "-ec", script, "sh", dir)
	cmd.Dir = w.repo
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
}

// TestPlainCommandsAgreeWithHyperfine measures commands that everybody has, and
// then the same ones with hyperfine. The bound is wide: it is about right
// figures, not about speed, on a machine that others use as well.
func TestPlainCommandsAgreeWithHyperfine(t *testing.T) {
	w := newWorld(t)
	commands := map[string]string{
		"gzip": "gzip -9 -k -c data.txt",
		"xz":   "xz -1 -k -c -T1 data.txt",
		"sort": "sort -n data.txt",
	}
	suite := "suite: plain\nbuild: {run: \"seq 1 200000 | awk '{print ($1*7919)%100003}' > data.txt\"}\npolicy: {rounds: 10}\nbenchmarks:\n"
	for name, command := range commands {
		suite += "  - {name: " + name + ", run: " + command + "}\n"
	}
	w.commit("plain", "perf.yml", suite, ".gitignore", "data.txt\n")
	w.ok(anyVerdict, "run", "--base", "HEAD", "--engine", "host", "--quiet", "none") // a busy machine must not decide
	run := w.record().Run
	tree := worktree(t, w)
	for name, c := range w.comparisons() {
		name = strings.TrimSuffix(name, " wall")
		theirs := hyperfine(t, tree, run.Plan.CPUs, commands[name])
		ratio := c.Base.Median / theirs
		t.Logf("%s: perfrun %.3f ms, hyperfine %.3f ms, ratio %.2f", name, 1e3*c.Base.Median, 1e3*theirs, ratio)
		if ratio < 0.5 || ratio > 2 {
			t.Errorf("%s: perfrun says %v s, hyperfine %v s", name, c.Base.Median, theirs)
		}
	}
}

// worktree finds the folder that base was measured in.
func worktree(t *testing.T, w *world) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(w.dir, "cache", "*", string(results.Base)))
	if err != nil || len(found) != 1 {
		t.Fatalf("worktrees %v, %v", found, err)
	}
	return found[0]
}

// hyperfine returns the median of a command in seconds, without a shell.
func hyperfine(t *testing.T, dir, cpus, command string) float64 {
	t.Helper()
	export := filepath.Join(t.TempDir(), "hyperfine.json")
	cmd := exec.Command("taskset", "--cpu-list", cpus, "hyperfine", "-N", "--warmup", "1", "--runs", "10", "--export-json", export, command)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(export)
	if err != nil {
		t.Fatal(err)
	}
	var report struct{ Results []struct{ Median float64 } }
	if err := json.Unmarshal(text, &report); err != nil || len(report.Results) != 1 {
		t.Fatalf("%v in %s", err, text)
	}
	return report.Results[0].Median
}
