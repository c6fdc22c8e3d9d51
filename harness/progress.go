package harness

import (
	"time"

	"mtrlz.dev/perfrun/results"
)

// Progress hears how a run goes, for people. Its methods are called from one
// goroutine, never while a benchmark executes: what they draw must not be
// measured.
type Progress interface {
	// Say passes on one line: a phase that begins, a wait, a warning.
	Say(line string)
	// Step is called before each execution.
	Step(Step)
	// Broken is called when a benchmark is given up.
	Broken(benchmark string, side results.Side, fault results.Fault)
}

// Step says how far the rounds are.
type Step struct {
	Benchmark string
	Side      results.Side
	Round     int // 0-based
	Rounds    int // of this kind
	Warmup    bool
	Done      int           // executions made, warm-ups included
	Total     int           // executions in all, as far as known now
	Left      time.Duration // estimate; 0 while there is none
}
