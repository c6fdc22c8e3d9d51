package suite

import (
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// Schema is the JSON schema of perf.yml (draft 2020-12), for editors.
//
//go:embed perf.schema.json
var Schema []byte

// Suite is one perf.yml, with defaults filled in.
type Suite struct {
	Name       string
	Require    results.Level // what the run must reach, or it fails; empty: nothing is demanded
	Image      Image
	Build      Build
	Policy     Policy
	CPUs       cpuset.Set // the CPUs to measure on; empty: chosen on the machine
	Env        map[string]string
	Network    string    // while measuring: none, bridge or host
	Services   *Services // what benchmarks need beside themselves; nil: nothing
	Timeout    time.Duration
	Benchmarks []Benchmark
}

// Image says which image to build and measure in: Ref, or what the Step of a
// Pipeline file runs in. Both may be empty on a machine without Docker.
type Image struct {
	Ref      string
	Pipeline string // path in the repository
	Step     string // key or label
	PerSide  bool   // each side has its own commit's image: the image is what is tested
}

// Services are brought up for each side by Docker Compose while it is measured.
type Services struct {
	Compose  string   // path of the compose file in the repository
	Only     []string // services to bring up, with what they depend on; empty: all but Run
	Run      string   // the service whose environment benchmarks get; empty: none
	Measured []string // services that are under test: they are on the benchmark's CPUs
}

// Build makes a side ready. It is never timed.
type Build struct {
	Run     string   // shell script
	Cache   []string // folders to keep between runs: in the tree, or ~/ in HOME
	Env     map[string]string
	Network string
}

// Policy says how much to measure and what matters.
type Policy struct {
	MinEffect float64       // fraction; smaller changes are no news
	Precision float64       // wanted half-width of the interval, fraction; 0: none
	MaxTime   time.Duration // that the rounds may take, those that confirm alarms among them
	Rounds    int           // measured at most
	Fixed     bool          // all rounds are measured, however sure the verdicts are before
	// Instructions is how they are counted; empty: not at all.
	Instructions Instructions
	Warmups      int
	Retakes      int // how often a contaminated execution is taken again
	// MaxContaminated is the fraction of contaminated executions above which a run
	// that promised isolation is quarantined; 0 allows none, 1 any.
	MaxContaminated float64
}

// Benchmark is one named command.
type Benchmark struct {
	Name         string
	Run          string   // as written, when it is one string
	Words        []string // when it is a list
	Format       string
	Output       string // file in the repository that the results are in; empty: standard output
	Metrics      []Metric
	CPUs         int
	Cold         bool   // the page cache is dropped before each execution, which takes root
	Dir          string // working folder in the repository
	Env          map[string]string
	Timeout      time.Duration // 0: the suite's
	MinEffect    float64       // 0: the policy's
	Precision    float64       // 0: the policy's
	CriterionDir string
}

// Metric selects an account of the process, or says which way a metric of the
// output is better.
type Metric struct {
	Name   string
	Better results.Direction // empty: as its unit suggests
}

// TimeoutOf returns the time limit of one execution.
func (s *Suite) TimeoutOf(b Benchmark) time.Duration {
	if b.Timeout > 0 {
		return b.Timeout
	}
	return s.Timeout
}

// Filter keeps the benchmarks whose name matches; nil keeps all. None left is an
// error that lists them.
func (s *Suite) Filter(only *regexp.Regexp) error {
	if only == nil {
		return nil
	}
	var kept []Benchmark
	var names []string
	for _, b := range s.Benchmarks {
		names = append(names, strconv.Quote(b.Name))
		if only.MatchString(b.Name) {
			kept = append(kept, b)
		}
	}
	if len(kept) == 0 {
		return &results.Problem{
			Kind: results.BadInput, Where: "--only", What: fmt.Sprintf("no benchmark matches %q", only),
			Next: "the suite has " + strings.Join(names, ", "),
		}
	}
	s.Benchmarks = kept
	return nil
}

// Result is the benchmark as it is recorded with a run.
func (b Benchmark) Result(p Policy) results.Benchmark {
	r := results.Benchmark{
		Name: b.Name, Command: b.Command(), Format: b.Format, CPUs: b.CPUs,
		MinEffect: p.MinEffect, Precision: p.Precision,
	}
	if b.MinEffect > 0 {
		r.MinEffect = b.MinEffect
	}
	if b.Precision > 0 {
		r.Precision = b.Precision
	}
	return r
}

// Accounts lists the accounts of the process that are metrics of the benchmark.
func (b Benchmark) Accounts() (names []string) {
	for _, m := range b.Metrics {
		if isAccount(m.Name) {
			names = append(names, m.Name)
		}
	}
	if len(names) == 0 && b.Format == defaultFormat {
		return []string{results.MetricWall}
	}
	return names
}

// Override gives samples the direction that the suite says. A metric is named as
// the output names it, or in full with its case before it.
func (b Benchmark) Override(samples []results.Sample) []results.Sample {
	for _, m := range b.Metrics {
		for i := range samples {
			metric := &samples[i].Metric
			if m.Better != "" && (metric.Name == m.Name || metric.String() == m.Name) {
				metric.Better = m.Better
			}
		}
	}
	return samples
}
