package results

import "time"

// State is where a run is on its way.
type State string

// The states of a run. Preparing, Measuring and Analysing have an owner that
// must be alive; the others are final.
const (
	Preparing State = "preparing" // commits found, image resolved, sides being built
	Measuring State = "measuring" // rounds are being executed
	Analysing State = "analysing" // all rounds are stored, verdicts are being computed
	Done      State = "done"      // measured to the end of its plan
	Failed    State = "failed"    // could not measure; Run.Error says why
	Cancelled State = "cancelled" // ended by a person; what was measured is kept
	// Quarantined: measured, but it cannot prove that the machine was as quiet as
	// was asked. It is kept, and gives no verdict; Run.Error says why.
	Quarantined State = "quarantined"
)

// Final reports whether a run in this state will never change again.
func (s State) Final() bool {
	return s == Done || s == Failed || s == Cancelled || s == Quarantined
}

// Kind says what a run is for.
type Kind string

// The kinds of run.
const (
	Comparison  Kind = "comparison"  // head against base
	Calibration Kind = "calibration" // base against itself: what this machine's noise is
	Elsewhere   Kind = "elsewhere"   // what another tool measured of head: values for the history, no executions and no verdict
)

// Side is one of the two commits of a run.
type Side string

// The two sides of a run: head is judged against base.
const (
	Base Side = "base"
	Head Side = "head"
)

// Sides lists both sides, base first.
func Sides() [2]Side { return [2]Side{Base, Head} }

// Other returns the opposite side.
func (s Side) Other() Side {
	if s == Base {
		return Head
	}
	return Base
}

// Commit is the source that one side was built from.
type Commit struct {
	Rev     string    `json:"rev"`     // full object name
	Asked   string    `json:"asked"`   // the revision as the user wrote it
	Subject string    `json:"subject"` // first line of the message, as written by whoever made the commit
	Author  string    `json:"author"`  // name, as written by whoever made the commit
	When    time.Time `json:"when"`    // committer date
	Dirty   bool      `json:"dirty"`   // a working tree with changes that are in no commit
	Branch  string    `json:"branch"`  // the main branch, where it holds this commit: then the commit has a place in its history
}

// Image is the container image that a side was built and measured in.
type Image struct {
	Ref      string `json:"ref"`                // as the suite or the pipeline names it
	Digest   string `json:"digest"`             // registry digest, or the local image id where it never was in a registry
	Pipeline string `json:"pipeline,omitempty"` // the pipeline file that named it, if one did
	Step     string `json:"step,omitempty"`     // the step in that file
}

// Guard is one thing that could disturb or falsify a measurement, and whether
// this run was protected from it.
type Guard struct {
	Aspect string `json:"aspect"` // short noun: "cpus", "network", "filesystem"
	Held   bool   `json:"held"`
	Detail string `json:"detail"` // one plain sentence
}

// Fact is one property of the machine or of the software that measured.
type Fact struct {
	Name  string `json:"name"` // for example "cpu.model" or "kernel.release"
	Value string `json:"value"`
}

// FactOf returns the value of the fact of this name; empty if there is none.
func FactOf(facts []Fact, name string) string {
	for _, f := range facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// CloudTypeFact names the fact of a run's environment that is the type of a rented machine:
// those of one type are one kind of machine.
const CloudTypeFact = "cloud.type"

// MethodFact names the fact of a run's environment that says how the sides were
// executed where it was not one after the other.
const MethodFact = "method"

// MethodDuet: both sides at the same time, each on CPUs of its own.
const MethodDuet = "duet"

// Run is one request to measure a head commit against a base commit on one host.
type Run struct {
	ID        string      `json:"id"`
	Kind      Kind        `json:"kind"`
	State     State       `json:"state"`
	Error     string      `json:"error,omitempty"` // why a Failed or Quarantined run is
	Owner     string      `json:"owner,omitempty"` // the process that drives the run; see lock.Owner
	User      string      `json:"user"`            // who asked for it
	Repo      string      `json:"repo"`            // the repository as the user named it
	Class     string      `json:"class"`           // of the host: "office", "cloud", a label, or the host's own name
	Base      Commit      `json:"base"`
	Head      Commit      `json:"head"`
	BaseImage Image       `json:"base_image"` // equals HeadImage unless the image itself is under test
	HeadImage Image       `json:"head_image"`
	Suite     string      `json:"suite"`      // the suite's name
	SuitePath string      `json:"suite_path"` // where it was read, relative to the repository where it lies in it
	SuiteText string      `json:"suite_text"` // the file, byte for byte
	Plan      Plan        `json:"plan"`
	Bench     []Benchmark `json:"benchmarks"`  // in suite order, after --only
	Env       []Fact      `json:"environment"` // sorted by name
	Guards    []Guard     `json:"guards"`
	Quiet     Quiet       `json:"quiet"`
	Noise     []Noise     `json:"noise,omitempty"`  // of the host's latest calibration that fits
	Alarms    []Alarm     `json:"alarms,omitempty"` // what became of the changes that the first block found
	Judged    string      `json:"judged,omitempty"` // digest of the verdicts when the run ended; see verdict.Digest
	Notes     []Fact      `json:"notes,omitempty"`  // of how the run came about: no number depends on them
	Versions  []Fact      `json:"versions"`         // perfrun and the libraries that numbers depend on
	Command   []string    `json:"command"`          // the arguments that repeat this run
	Created   time.Time   `json:"created"`
	Finished  time.Time   `json:"finished"` // zero until the state is final
	// Counts says how many outcomes have each verdict; nil where that is not known.
	Counts map[string]int `json:"counts,omitempty"`
}

// Plan is what a run set out to do. With Seed it determines the order of every
// execution and the size of each one's environment.
type Plan struct {
	Engine  string `json:"engine"` // "docker" or "host"
	Seed    int64  `json:"seed"`   // never negative
	Rounds  int    `json:"rounds"` // measured rounds; warm-ups come on top
	Warmups int    `json:"warmups"`
	CPUs    string `json:"cpus"`    // the benchmark's CPUs as a kernel list, "2-3"
	Harness string `json:"harness"` // the CPUs perfrun itself keeps to
	// Looks are the numbers of measured rounds after which verdicts are looked at and
	// what is settled is measured no more; the last is Rounds. Empty: judged once, at
	// the end.
	Looks   []int         `json:"looks,omitempty"`
	MaxTime time.Duration `json:"max_time_ns,omitempty"` // what the rounds of both blocks may take; 0: not recorded
}

// Benchmark is one named command of a suite.
type Benchmark struct {
	Name      string  `json:"name"`
	Command   string  `json:"command"` // as the suite has it, for people
	Format    string  `json:"format"`
	CPUs      int     `json:"cpus"`       // how many of Plan.CPUs it uses, from the first on
	MinEffect float64 `json:"min_effect"` // fraction: 0.02 is 2 %
	Precision float64 `json:"precision"`  // wanted half-width of the interval, fraction; 0: none asked for
}

// Record is a whole run as it was kept: the request and every execution in the
// order taken.
type Record struct {
	Run        Run         `json:"run"`
	Executions []Execution `json:"executions"`
}
