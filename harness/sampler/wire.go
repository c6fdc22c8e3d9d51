package sampler

import (
	"time"

	"mtrlz.dev/perfrun/results"
)

// Protocol is the version of the wire format between the two halves. They are
// the same binary, so it differs only when something is mounted wrongly.
const Protocol = 2

// Setup is the first message, from the outer half.
type Setup struct {
	Protocol int    `json:"protocol"`
	CPUs     string `json:"cpus"`    // the benchmark's CPUs as a kernel list; empty: leave affinity alone
	Harness  string `json:"harness"` // the CPUs of everything else
}

// Ready answers Setup, from the inner half.
type Ready struct {
	Protocol    int    `json:"protocol"`
	SpawnThread int    `json:"spawn_thread"` // the thread that forks benchmarks, as its own PID namespace numbers it
	Home        string `json:"home"`
	Error       string `json:"error,omitempty"`
}

// Order asks for one execution.
type Order struct {
	Argv     []string `json:"argv"`
	Dir      string   `json:"dir"`
	Env      []string `json:"env"`       // added to the sampler's own environment
	EnvBytes int      `json:"env_bytes"` // size of the padding variable to add
	CPUs     string   `json:"cpus"`      // a subset of Setup.CPUs; empty: all of them
	// At is when it is to be launched, so that two samplers launch at one moment; the
	// zero time, or one that has passed: at once.
	At      time.Time     `json:"at,omitzero"`
	Timeout time.Duration `json:"timeout"`
	MaxOut  int           `json:"max_out"` // bytes of standard output to keep; the rest is read and dropped
	MaxErr  int           `json:"max_err"` // bytes of standard error to keep, from its end
}

// Outcome answers an Order.
type Outcome struct {
	Accounts  results.Accounts `json:"accounts"`
	Started   time.Time        `json:"started"`
	Stdout    []byte           `json:"stdout"`     // at most Order.MaxOut bytes, from its beginning
	StdoutLen int64            `json:"stdout_len"` // how much it wrote in all
	Stderr    []byte           `json:"stderr"`     // at most Order.MaxErr bytes, from its end
	TimedOut  bool             `json:"timed_out"`
	Leftover  []string         `json:"leftover,omitempty"` // names of processes it left running; they have been killed
	RSSFloor  int64            `json:"rss_floor"`          // bytes; a MaxRSS not above it is the sampler's own, see settle
	Rehearsal time.Duration    `json:"rehearsal_ns"`       // CPU time of the rehearsed launch, which the benchmark's CPUs spent as well
	Error     string           `json:"error,omitempty"`    // it could not be started
}
