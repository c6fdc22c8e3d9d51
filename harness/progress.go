package harness

import (
	"fmt"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Progress hears how a run goes, for people. Its methods are called from one
// goroutine, never while a benchmark executes: what they draw must not be
// measured.
type Progress interface {
	// Say passes on one line: a phase that begins, a wait, a warning, what a look
	// shows. A line that begins with blanks belongs to the one before.
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
	Block     int // 0, or 1 while alarms are confirmed
	Round     int // 0-based
	Rounds    int // of this kind in this block, at most
	Warmup    bool
	Counting  bool          // under callgrind, apart from the rounds of all benchmarks
	Done      int           // executions made, warm-ups included
	Total     int           // executions in all, as far as they can be estimated now
	Left      time.Duration // estimate; 0 while there is none
}

// Roughly words a duration as coarsely as an estimate deserves.
func Roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds())+1)
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes())+1)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}
