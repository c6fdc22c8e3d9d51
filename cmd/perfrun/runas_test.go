package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results/verdict"
)

// TestRunAsSomebodyElse: what strangers order runs as nobody, builds and benchmarks
// and what is counted under callgrind, and can write where it should.
func TestRunAsSomebodyElse(t *testing.T) {
	w := newWorld(t)
	suite := "suite: test\nimage: {ref: \"" + valgrindImage + "\"}\nbuild: {run: 'test $(id -u):$(id -g) = 12345:12346 && grep -q ^CapBnd:.0000000000000000$ /proc/self/status && grep -q ^NoNewPrivs:.1$ /proc/self/status && mkdir -p out && echo built >out/log && touch ~/cache'}\n" +
		"policy: {rounds: 6, warmups: 0, instructions: callgrind}\nbenchmarks:\n  - {name: who, run: 'test $(id -u) = 12345 && echo more >>out/log && true'}\n"
	w.commit("first", "perf.yml", suite)
	for _, round := range []string{"a fresh tree", "a tree that is theirs already"} {
		w.ok(anyVerdict, "run", "--base", "HEAD", "--run-as", "12345:12346")
		for name, c := range w.comparisons() {
			if c.Verdict == verdict.Broken {
				t.Errorf("%s: %s is broken: %s %v", round, name, c.Reason, c.Evidence)
			}
		}
		if _, counted := w.comparisons()["who instructions"]; !counted {
			t.Errorf("%s: no instructions were counted", round)
		}
	}
	logs, err := filepath.Glob(filepath.Join(w.dir, "cache/*/head/out/log"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("logs %q, %v", logs, err)
	}
	var made syscall.Stat_t
	if err := syscall.Stat(logs[0], &made); err != nil || made.Uid != 12345 || made.Gid != 12346 {
		t.Errorf("the build's file belongs to %d:%d, %v", made.Uid, made.Gid, err)
	}
	for _, bad := range []string{"0:0", "12345", "a:b", "-1:1", "12345:0"} {
		if r := w.perfrun("run", "--base", "HEAD", "--run-as", bad); r.code != exitBadInput {
			t.Errorf("--run-as %s: %d, %s", bad, r.code, r.stderr)
		}
	}
	if got := (engine.As{}).String(); os.Getuid() != 0 || got != "0:0" {
		t.Errorf("the zero value is user %s", got)
	}
}
