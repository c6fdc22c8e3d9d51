package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results/verdict"
)

// change commits a benchmark that counts so much, and compares it with the commit
// before.
func (w *world) change(allocs int) {
	w.t.Helper()
	w.commit(fmt.Sprint("Count ", allocs), "perf.yml",
		"suite: tour\npolicy: {rounds: 6}\nbenchmarks:\n  - {name: join, run: cat count, format: values}\n",
		"count", fmt.Sprintf("load:allocs %d allocs/op\n", allocs))
}

// timeline reads the history of the only series.
func (w *world) timeline() verdict.Timeline {
	w.t.Helper()
	var t verdict.Timeline
	w.must(json.Unmarshal([]byte(w.ok([]int{exitOK}, "history", "allocs", "--json").stdout), &t))
	return t
}

func TestHistoryOfRuns(t *testing.T) {
	w := newWorld(t)
	run := func(code int, base string) {
		t.Helper()
		w.ok([]int{code}, "run", "--engine", "host", "--base", base)
	}
	check := func(what string, points int, states ...verdict.StepState) {
		t.Helper()
		got := w.timeline()
		var have []verdict.StepState
		for _, s := range got.Steps {
			have = append(have, s.State)
		}
		if len(got.Moments) != points || fmt.Sprint(have) != fmt.Sprint(states) || len(got.Segments) != 1 {
			t.Errorf("%s: %d points, states %q in %d segments; want %d, %q", what, len(got.Moments), have, len(got.Segments), points, states)
		}
	}
	if r := w.perfrun("history"); r.code != exitFailed && r.code != exitBadInput {
		t.Errorf("history without a database: %d, %s", r.code, r.stderr)
	}
	w.change(100)
	w.change(100)
	run(exitOK, "HEAD~1")
	check("two commits", 2)
	w.git("checkout", "--quiet", "-b", "feature")
	w.change(150)
	run(exitRegression, "main")
	check("a branch", 2)
	w.git("checkout", "--quiet", "main")
	w.change(120)
	run(exitRegression, "HEAD~1")
	check("slower", 3, verdict.StateOpen)
	if r := w.ok([]int{exitOK}, "history"); !strings.Contains(r.stdout, "+20.0 %") || !strings.Contains(r.stdout, "1 series: 1 open regression.") {
		t.Errorf("overview:\n%s", r.stdout)
	}
	if r := w.perfrun("accept", "latest", "join"); r.code != exitBadInput || !strings.Contains(r.stderr, "--reason") {
		t.Errorf("accepted without a reason: %d, %s", r.code, r.stderr)
	}
	if r := w.perfrun("accept", "latest", "joni", "--reason", "x"); r.code != exitBadInput || !strings.Contains(r.stderr, `it has "join"`) {
		t.Errorf("accepted what is not there: %d, %s", r.code, r.stderr)
	}
	w.ok([]int{exitOK}, "accept", "latest", "join", "--reason", "checks\x1b[31m every page")
	check("accepted", 3, verdict.StateAccepted)
	if r := w.ok([]int{exitOK}, "history"); !strings.Contains(r.stdout, "0 open regressions.") {
		t.Errorf("an accepted one alarms:\n%s", r.stdout)
	}
	if r := w.ok([]int{exitOK}, "history", "join"); !strings.Contains(r.stdout, `checks\x1b[31m every page`) {
		t.Errorf("no reason:\n%s", r.stdout)
	}
	if r := w.ok([]int{exitOK}, "accept"); !strings.Contains(r.stdout, `checks\x1b[31m every page`) {
		t.Errorf("list:\n%s", r.stdout)
	}
	w.ok([]int{exitOK}, "accept", "latest", "join", "--undo")
	check("taken back", 3, verdict.StateOpen)
	w.change(100)
	run(exitOK, "HEAD~1")
	check("mended", 4, verdict.StateRecovered, "")
	before := w.ok([]int{exitOK}, "history", "allocs", "--json").stdout
	w.ok([]int{exitOK}, "history", "--add", "latest")
	if again := w.ok([]int{exitOK}, "history", "allocs", "--json").stdout; again != before {
		t.Errorf("adding a run again changed the history from\n%s\nto\n%s", before, again)
	}
}

func TestHistoryOfWhat(t *testing.T) {
	w := newWorld(t)
	w.change(100)
	w.ok([]int{exitOK}, "run", "--engine", "host", "--base", "HEAD")
	check := func(want string, args ...string) {
		t.Helper()
		if r := w.perfrun(append([]string{"history"}, args...)...); r.code == exitOK || !strings.Contains(r.stderr, want) || r.stdout != "" {
			t.Errorf("history %q: %d, want %q in\n%s", args, r.code, want, r.stderr)
		}
	}
	check("only one of them", "--csv", "x", "join")
	check("only one of them", "--add", "latest", "join")
	check("--better is for --csv", "--better", "higher")
	check(`series "nothing": there is none`, "nothing")
	check(`suite "x": it has no history yet`, "--suite", "x")
	check("there is no such run", "--add", "deadbeef")
}
