package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/counters"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// valgrindImage is made by .ci/images.
const valgrindImage = "perfrun-test/valgrind:20260901-120000"

// loops is a repository with three benchmarks: one that does the same on both sides,
// one that does a tenth more on head, and one that callgrind cannot count.
func loops(t *testing.T, image string) *world {
	w := newWorld(t)
	suite := "suite: loops\nimage: {ref: \"" + image + "\"}\npolicy: {rounds: 6, warmups: 0, stop: fixed, instructions: callgrind}\nbenchmarks:\n" +
		"  - {name: same, run: sh loop 2000}\n  - {name: more, run: sh loop}\n  - {name: hides, run: rm -rf .perfrun-callgrind}\n"
	loop := "read -r n <n; n=${1:-$n}; while [ $n -gt 0 ]; do n=$((n-1)); done\n"
	w.commit("base", "perf.yml", suite, "loop", loop, "n", "2000\n")
	w.commit("head", "n", "2200\n")
	return w
}

// counted holds what a run of loops must say of instructions, and that its times are as
// they would be without them.
func (w *world) counted() {
	w.t.Helper()
	all := w.comparisons()
	same, more := all["same instructions"], all["more instructions"]
	if same.Verdict != verdict.NoChange || !same.Exact || same.Base.N != 3 || same.Head.N != 3 || same.Change != 0 || same.Base.Median < 100_000 {
		w.t.Errorf("the same work: %+v", same)
	}
	if more.Verdict != verdict.Regression || !more.Exact || more.Change < 0.02 || more.Change > 0.10 {
		w.t.Errorf("more work: %+v", more)
	}
	if _, counted := all["hides instructions"]; counted {
		w.t.Error("what cannot be counted has a count")
	}
	for _, name := range []string{"same", "more", "hides"} {
		if c := all[name+" wall"]; c.Verdict == verdict.Broken || c.Base.N != 6 || c.Head.N != 6 {
			w.t.Errorf("the time of %s: %s: %s (%d and %d executions)", name, c.Verdict, c.Reason, c.Base.N, c.Head.N)
		}
	}
	if c := all["same wall"]; c.Verdict == verdict.CannotTell && !strings.Contains(c.Reason, "; instructions: +0.00 %, exact") {
		w.t.Errorf("beside a time that cannot tell: %s", c.Reason)
	}
	w.ok([]int{0}, "replay", "latest")
	if table := w.perfrun("compare", "latest").stdout; !strings.Contains(table, "instructions") {
		w.t.Errorf("the table:\n%s", table)
	}
	page := filepath.Join(w.dir, "page.html")
	w.ok([]int{0}, "report", "latest", "-o", page)
	text, err := os.ReadFile(page)
	w.must(err)
	if !strings.Contains(string(text), "instructions") || !strings.Contains(string(text), "Counts without spread") || strings.Contains(string(text), "0 of 6 rounds") {
		w.t.Error("the page does not show the counts")
	}
	if found, _ := filepath.Glob(filepath.Join(w.dir, "cache", "*", "*", ".perfrun-callgrind")); len(found) > 0 {
		w.t.Errorf("left behind: %v", found)
	}
}

// TestCallgrindInAContainer and on the host: the counts are exact in both, and their
// repetition by the recorded command is the same.
func TestCallgrindInAContainer(t *testing.T) {
	w := loops(t, valgrindImage)
	r := w.ok([]int{exitRegression}, "run", "--base", "HEAD~1", "--quiet", "none")
	for _, text := range []string{"counting instructions with callgrind: 3 benchmarks", "hides: not counted: ", "callgrind (valgrind-"} {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("nobody said %q:\n%s", text, r.stderr)
		}
	}
	w.counted()
	first := w.comparisons()["more instructions"].Head.Values
	command := w.record().Run.Command
	if !slices.Contains(command, "--instructions=callgrind") {
		t.Fatalf("the command that repeats it: %q", command)
	}
	w.ok([]int{exitRegression}, command[1:]...)
	if again := w.comparisons()["more instructions"].Head.Values; !slices.Equal(first, again) {
		t.Errorf("counted %v, and again %v", first, again)
	}
	if left := w.containers(); strings.Contains(left, w.record().Run.ID) {
		t.Errorf("containers: %s", left)
	}
}

func TestCallgrindOnTheHost(t *testing.T) {
	w := loops(t, "")
	w.commit("no image", "perf.yml", strings.Replace(w.read("perf.yml"), "image: {ref: \"\"}\n", "", 1))
	w.ok([]int{exitRegression}, "run", "--base", "HEAD~2", "--engine", "host", "--quiet", "none")
	w.counted()
	w.ok(anyVerdict, "run", "--base", "HEAD~2", "--engine", "host", "--quiet", "none", "--instructions=none")
	if _, counted := w.comparisons()["same instructions"]; counted {
		t.Error("counted, though nobody wants it")
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.repo, name))
	w.must(err)
	return string(text)
}

// TestNoValgrindInTheImage is one plain problem, and nothing is measured.
func TestNoValgrindInTheImage(t *testing.T) {
	w := loops(t, rustImage)
	r := w.ok(broken, "run", "--base", "HEAD~1", "--quiet", "none")
	want := "image " + rustImage + `: it has no valgrind that runs: "valgrind" is not in PATH; install valgrind there`
	if !strings.Contains(r.stderr, want) || len(w.record().Executions) > 0 {
		t.Errorf("%s", r.stderr)
	}
	r = w.ok([]int{exitBadInput}, "calibrate", "--instructions=callgrind")
	if !strings.Contains(r.stderr, "a calibration measures noise") {
		t.Errorf("%s", r.stderr)
	}
	r = w.ok([]int{exitBadInput}, "run", "--base", "HEAD", "--instructions", "callgrind")
	if !strings.Contains(r.stderr, "write it in one word: --instructions=callgrind") {
		t.Errorf("%s", r.stderr)
	}
	r = w.ok([]int{exitBadInput}, "run", "--base", "HEAD", "--instructions=Perf")
	if !strings.Contains(r.stderr, `there is no way "Perf" to count instructions; say perf, callgrind, or none`) {
		t.Errorf("%s", r.stderr)
	}
}

// TestPerfOrNothing counts by the processor where it can be had. Elsewhere the run says
// why not, and measures on.
func TestPerfOrNothing(t *testing.T) {
	w := loops(t, rustImage)
	r := w.ok(anyVerdict, "run", "--base", "HEAD~1", "--quiet", "none", "--instructions")
	c, counted := w.comparisons()["same instructions"]
	run := w.record().Run
	i := slices.IndexFunc(run.Env, func(f results.Fact) bool { return f.Name == results.InstructionsFact })
	if counters.Probe(counters.Instructions) == nil {
		if !counted || c.Base.N != 6 || i < 0 || run.Env[i].Value != "perf" {
			t.Errorf("counted %+v, environment %v", c, run.Env)
		}
		return
	}
	if counted || i < 0 || !strings.HasPrefix(run.Env[i].Value, "absent: ") {
		t.Errorf("counted %v, environment %v", counted, run.Env)
	}
	if strings.Count(r.stderr, "instructions are not counted: there is no counter of instructions: ") != 1 || !slices.Contains(run.Command, "--instructions=perf") {
		t.Errorf("%q\n%s", run.Command, r.stderr)
	}
	if wall := w.comparisons()["same wall"]; wall.Base.N != 6 {
		t.Errorf("the time: %+v", wall)
	}
}
