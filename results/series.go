package results

import (
	"cmp"
	"time"
)

// Series is one metric of one benchmark on hosts of one class, over the commits of
// a branch.
type Series struct {
	Suite     string `json:"suite"`
	Branch    string `json:"branch"`
	Class     string `json:"class"` // of hosts
	Benchmark string `json:"benchmark"`
	Metric    Metric `json:"metric"`
}

// String returns the series as people name it: "dataflow/join:wall@office", and of
// a case "dataflow/join/Encode:sec/op@office".
func (s Series) String() string {
	name := s.Suite + "/" + s.Benchmark
	if s.Metric.Case != "" {
		name += "/" + s.Metric.Case
	}
	return name + ":" + s.Metric.Name + "@" + s.Class
}

// Compare orders series by suite, benchmark, case, metric, class and branch.
func (s Series) Compare(o Series) int {
	return cmp.Or(cmp.Compare(s.Suite, o.Suite), cmp.Compare(s.Benchmark, o.Benchmark), cmp.Compare(s.Metric.Case, o.Metric.Case),
		cmp.Compare(s.Metric.Name, o.Metric.Name), cmp.Compare(s.Metric.Unit, o.Metric.Unit),
		cmp.Compare(s.Class, o.Class), cmp.Compare(s.Branch, o.Branch))
}

// Point is what one run measured of one commit for one series.
type Point struct {
	Series      Series  `json:"-"`
	Run         string  `json:"run"`
	Side        Side    `json:"side"` // as which the run measured the commit
	Commit      Commit  `json:"commit"`
	Environment string  `json:"environment"` // what numbers depend on besides the commit, as a digest: values of two environments are not compared
	Value       float64 `json:"value"`       // median of the executions that count
	Low         float64 `json:"low"`         // their quartiles
	High        float64 `json:"high"`
	N           int     `json:"n"` // how many they are
}

// StepSource says what found a step.
type StepSource string

// The sources of steps.
const (
	FromRun     StepSource = "run"     // a run compared the commits around it, and confirmed it
	FromHistory StepSource = "history" // the series changed its level for good
)

// Step is an announced change point: from commit Bad on, or from one between Good
// and Bad on, a series has another level. What was announced is never taken back
// or moved.
type Step struct {
	Series      Series     `json:"-"`
	Environment string     `json:"environment"`          // in which it was seen
	Good        string     `json:"good"`                 // the last commit known to have the old level
	Bad         string     `json:"bad"`                  // the first known to have the new one
	Commit      Commit     `json:"commit,omitzero"`      // Bad, as a run that measured it knows it; zero where none does
	GoodCommit  Commit     `json:"good_commit,omitzero"` // Good, in the same way
	Change      float64    `json:"change"`               // as a fraction of the level before
	Low         float64    `json:"low"`                  // 95 % interval of Change
	High        float64    `json:"high"`
	Before      float64    `json:"before"` // the levels
	After       float64    `json:"after"`
	Source      StepSource `json:"source"`
	Run         string     `json:"run"` // the run whose results announced it
	Announced   time.Time  `json:"announced"`
}

// Worse reports whether the new level is the worse one.
func (s Step) Worse() bool {
	return s.After != s.Before && (s.After > s.Before) == (s.Series.Metric.Better != Higher)
}

// Acceptance says that a person wants a benchmark's level as it is from a commit
// on: what stepped there alarms no more.
type Acceptance struct {
	Suite     string    `json:"suite"`
	Benchmark string    `json:"benchmark"`
	Commit    string    `json:"commit"` // head of the run that was accepted
	Run       string    `json:"run"`
	Reason    string    `json:"reason"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
}
