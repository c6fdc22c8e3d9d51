package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/results"
)

// TestProgressInALog: one line a round, of either block, and what is said between.
func TestProgressInALog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := newProgress(out)
	step := harness.Step{Benchmark: "join", Side: results.Base, Rounds: 2, Warmup: true}
	p.Step(step)
	step.Side = results.Head
	p.Step(step)
	step.Warmup, step.Rounds, step.Left = false, 40, 90*time.Second
	p.Step(step)
	p.Say("after 6 rounds 1 of 1 benchmark is settled\n")
	p.Say("  join: regression\x1b[31m \r\n")
	step.Block, step.Rounds, step.Left = 1, 10, 3*time.Second
	p.Step(step)
	step.Counting, step.Rounds, step.Left = true, 3, 0
	p.Step(step)
	text, err := os.ReadFile(path)
	want := "warm-up 1 of 2\nround 1 of 40, about 2 min left\nafter 6 rounds 1 of 1 benchmark is settled\n" +
		"  join: regression\\x1b[31m\nsecond block, round 1 of 10, about 4 s left\nsecond block, counting join, 1 of 3\n"
	if diff := cmp.Diff(want, string(text)); diff != "" || err != nil {
		t.Errorf("(-want +got), %v:\n%s", err, diff)
	}
}
