package results

import "slices"

// Level is how much of the machine a run takes for itself.
type Level string

// The levels of quiet, from least to most.
const (
	LevelNone    Level = "none"    // nothing is pinned
	LevelPin     Level = "pin"     // benchmarks have CPUs of their own among ours; nothing outside the run is changed
	LevelIsolate Level = "isolate" // knobs are set, and the benchmark's CPUs are taken from everybody else
)

// Levels lists all levels, from least to most.
func Levels() []Level { return []Level{LevelNone, LevelPin, LevelIsolate} }

// Reaches reports whether l is at least as quiet as wanted. An unknown level
// reaches nothing and is reached by nothing.
func (l Level) Reaches(wanted Level) bool {
	have, want := slices.Index(Levels(), l), slices.Index(Levels(), wanted)
	return have >= want && want >= 0
}

// Shield is what keeps other programs off the benchmark's CPUs.
type Shield string

// The shields, from strongest to weakest.
const (
	ShieldIsolated  Shield = "isolated partition" // cgroup v2: nobody else, and no load balancing inside
	ShieldRoot      Shield = "root partition"     // cgroup v2: nobody else, balanced inside
	ShieldExclusive Shield = "exclusive cpuset"   // cgroup v1: all movable tasks moved aside
	ShieldSlices    Shield = "allowed cpus"       // systemd keeps its slices off; other programs could still come
	ShieldNone      Shield = ""                   // others are free to use them
)

// KnobOutcome is what became of one knob.
type KnobOutcome string

// The outcomes of a knob.
const (
	KnobApplied     KnobOutcome = "applied"     // changed, and read back
	KnobAlready     KnobOutcome = "already"     // it was as it should be
	KnobUnsupported KnobOutcome = "unsupported" // this machine has no such knob
	KnobFailed      KnobOutcome = "failed"      // it could not be set, or did not stay
)

// Knob is one setting of the machine, as a run found and left it.
type Knob struct {
	Name    string      `json:"name"` // "governor"
	Outcome KnobOutcome `json:"outcome"`
	Was     string      `json:"was,omitempty"`    // what was found; several values where places differ
	Is      string      `json:"is,omitempty"`     // what benchmarks were measured under
	Detail  string      `json:"detail,omitempty"` // why it is unsupported or failed; what could not be moved
}

// Quiet is how quiet the machine was made for a run, and what proves it.
type Quiet struct {
	Asked   Level  `json:"asked"`
	Reached Level  `json:"reached"`
	Shield  Shield `json:"shield,omitempty"`
	Why     string `json:"why,omitempty"` // why nothing stronger was reached
	Knobs   []Knob `json:"knobs,omitempty"`
	// Limits are what an execution's witness was held to.
	Limits []Limit `json:"limits,omitempty"`
	// Derived are, of a calibration, the limits that it yields for later runs.
	Derived []Limit `json:"derived_limits,omitempty"`
	// Unseen names the witness quantities that this machine does not show.
	Unseen []string `json:"unseen,omitempty"`
}
