package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Images that .ci/images makes.
const (
	rustImage = "perfrun-test/rust:20260901-120000"
	goImage   = "perfrun-test/go:20260901-120000"
)

// program is the static perfrun that all tests here run.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		// Programs that we start must not inherit that signals are ignored, as nohup
		// has it: perfrun would respect it.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
		dir, err := os.MkdirTemp("", "perfrun-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "perfrun")
		build := exec.Command("go", "build", "-tags", "sqlite_omit_load_extension,osusergo,netgo", "-ldflags", `-s -w -X main.version=test -linkmode external -extldflags "-static"`, "-o", program, ".")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// world is one user's machine: a repository, a database, a cache and a lock of
// their own.
type world struct {
	t    *testing.T
	dir  string
	repo string
	env  []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, dir: dir, repo: filepath.Join(dir, "repo")}
	w.env = append(os.Environ(),
		"PERFRUN_DB="+filepath.Join(dir, "perfrun.db"), "PERFRUN_CACHE="+filepath.Join(dir, "cache"),
		"PERFRUN_LOCK="+filepath.Join(dir, "lock"), "NO_COLOR=1",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
	w.must(os.MkdirAll(w.repo, 0o755))
	w.git("init", "--quiet", "--initial-branch=main")
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) git(args ...string) {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = w.repo, w.env
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

// commit writes files (name, text, ...) and commits everything.
func (w *world) commit(message string, files ...string) {
	w.t.Helper()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(w.repo, files[i])
		w.must(os.MkdirAll(filepath.Dir(path), 0o755))
		w.must(os.WriteFile(path, []byte(files[i+1]), 0o644))
	}
	w.git("add", "--all")
	w.git("commit", "--quiet", "--allow-empty", "-m", message)
}

// result is what one call of perfrun left behind.
type result struct {
	code           int
	stdout, stderr string
}

// perfrun runs the program in the repository.
func (w *world) perfrun(args ...string) result {
	w.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := w.command(args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		w.t.Fatal(exit, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func (w *world) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	w.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = w.repo, w.env
	return cmd
}

// ok runs perfrun and wants one of the exit codes.
func (w *world) ok(codes []int, args ...string) result {
	w.t.Helper()
	r := w.perfrun(args...)
	for _, code := range codes {
		if r.code == code {
			return r
		}
	}
	w.t.Fatalf("perfrun %q ended with %d, want %v\n%s%s", args, r.code, codes, r.stdout, r.stderr)
	return r
}

// Exit codes of a run whose verdicts are not the point.
var (
	anyVerdict = []int{exitOK, exitRegression}
	broken     = []int{exitFailed}
)

// record reads the latest run.
func (w *world) record() *results.Record {
	w.t.Helper()
	var record results.Record
	w.must(json.Unmarshal([]byte(w.ok([]int{0}, "export", "latest", "--format", "json").stdout), &record))
	return &record
}

// comparisons reads the latest run's verdicts by "benchmark metric".
func (w *world) comparisons() map[string]verdict.Comparison {
	w.t.Helper()
	var out comparisonsJSON
	w.must(json.Unmarshal([]byte(w.perfrun("compare", "latest", "--json").stdout), &out))
	found := map[string]verdict.Comparison{}
	for _, c := range out.Comparisons {
		found[strings.TrimSpace(c.Benchmark+" "+c.Metric.String())] = c
	}
	return found
}

// containers lists what perfrun has left in Docker for this world's runs.
func (w *world) containers() string {
	w.t.Helper()
	out, err := exec.Command("docker", "ps", "--all", "--filter", "label=dev.mtrlz.perfrun.owner", "--format", "{{.Names}} {{.Status}}").Output()
	w.must(err)
	return strings.TrimSpace(string(out))
}

// suiteOf writes a suite in the Rust image.
func suiteOf(policy string, benchmarks ...string) string {
	return fmt.Sprintf("suite: test\nimage: {ref: %q}\npolicy: {%s}\nbenchmarks:\n  - %s\n", rustImage, policy, strings.Join(benchmarks, "\n  - "))
}

// interrupt sends SIGINT once the command has printed text.
func interruptWhen(t *testing.T, cmd *exec.Cmd, text string, signal syscall.Signal) string {
	t.Helper()
	said := &awaited{text: text, found: make(chan struct{})}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	select {
	case <-said.found:
	case <-ended:
		t.Errorf("perfrun ended before it said %q", text)
	case <-time.After(2 * time.Minute):
		t.Errorf("perfrun never said %q", text)
	}
	_ = cmd.Process.Signal(signal)
	<-ended
	if !said.done {
		t.Errorf("it said:\n%s", said.seen.String())
	}
	return said.seen.String()
}

// awaited is a writer that notices a text.
type awaited struct {
	text  string
	seen  bytes.Buffer
	found chan struct{}
	done  bool
}

func (a *awaited) Write(b []byte) (int, error) {
	a.seen.Write(b)
	if !a.done && strings.Contains(a.seen.String(), a.text) {
		a.done = true
		close(a.found)
	}
	return len(b), nil
}
