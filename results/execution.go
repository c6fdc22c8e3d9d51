package results

import "time"

// Execution is one launch of a benchmark's command in a fresh process.
type Execution struct {
	Seq int `json:"seq"` // 0-based position in the order taken, over the whole run
	// Block is what it was measured for: 0 the comparison itself, 1 the confirmation
	// of an alarm, in new containers. Rounds count from 0 in each.
	Block     int       `json:"block,omitempty"`
	Round     int       `json:"round"` // 0-based; warm-ups count from 0 on their own
	Warmup    bool      `json:"warmup"`
	Benchmark string    `json:"benchmark"`
	Side      Side      `json:"side"`
	Started   time.Time `json:"started"`
	EnvBytes  int       `json:"env_bytes"` // size of the padding variable added to the environment
	Accounts  Accounts  `json:"accounts"`
	Fault     *Fault    `json:"fault,omitempty"`   // nil when the execution is usable
	Witness   *Witness  `json:"witness,omitempty"` // nil where nothing was watched
	// Contaminated says which limits the witness breaks, one sentence each. Such
	// an execution is kept, counts in no verdict, and was taken again.
	Contaminated []string `json:"contaminated,omitempty"`
	Samples      []Sample `json:"samples"`
}

// Accounts is what the kernel charged to a process and to every descendant it
// waited for (getrusage(2), RUSAGE_CHILDREN semantics), and how it ended.
type Accounts struct {
	Wall           time.Duration `json:"wall_ns"` // monotonic, from just before the spawn to just after the wait
	User           time.Duration `json:"user_ns"`
	System         time.Duration `json:"system_ns"`
	MaxRSS         int64         `json:"max_rss_bytes"` // the largest single process of the tree
	MinorFaults    int64         `json:"minor_faults"`
	MajorFaults    int64         `json:"major_faults"`
	VoluntaryCtx   int64         `json:"voluntary_ctx"`
	InvoluntaryCtx int64         `json:"involuntary_ctx"`
	ExitCode       int           `json:"exit_code"` // -1 when a signal ended it
	Signal         int           `json:"signal"`    // 0 when none did
}

// FaultKind names why an execution is not usable.
type FaultKind string

// The kinds of fault. All but FaultHarness are the benchmark's own doing.
const (
	FaultStart    FaultKind = "start"     // the command could not be started
	FaultExit     FaultKind = "exit"      // it ended with a non-zero status
	FaultSignal   FaultKind = "signal"    // a signal ended it
	FaultTimeout  FaultKind = "timeout"   // it ran past its limit and was killed
	FaultLeftover FaultKind = "leftover"  // it ended but left processes running, which were killed
	FaultOutput   FaultKind = "output"    // its output could not be read in the declared format
	FaultNoResult FaultKind = "no-result" // its output holds no result at all
	FaultHarness  FaultKind = "harness"   // perfrun could not carry the execution out
)

// Fault is why an execution yields no samples, with the evidence.
type Fault struct {
	Kind   FaultKind `json:"kind"`
	Detail string    `json:"detail"`           // one sentence
	Stderr string    `json:"stderr,omitempty"` // the end of what it wrote there; any bytes
	Stdout string    `json:"stdout,omitempty"` // the end of what it wrote there; any bytes
}

// Sample is one value of one metric in one execution. An execution may hold
// several samples of one metric (Criterion measures in batches); they share
// whatever befell that process, so they are one group, not independent values.
type Sample struct {
	Metric Metric  `json:"metric"`
	Value  float64 `json:"value"` // finite, in Metric.Unit
}
