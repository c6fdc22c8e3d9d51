package rehearse

import (
	"time"

	"mtrlz.dev/perfrun/results"
)

// Forecast is what a policy would find on a host, and what it would cost. Shares are
// of simulated runs.
type Forecast struct {
	Suite       string        `json:"suite"`
	Calibration string        `json:"calibration"` // the run whose values were drawn
	Rounds      int           `json:"rounds"`      // a run's, at most
	Looks       []int         `json:"looks"`
	MaxTime     time.Duration `json:"max_time_ns"`
	Effect      float64       `json:"effect"` // that a metric's head is worse by
	Runs        int           `json:"runs"`   // simulated
	// Uncertainty is the half-width of the 95 % interval of a share near one half;
	// of those near 0 or 1 it is less.
	Uncertainty float64 `json:"uncertainty"`
	// Time is what a run takes on average while nothing changes, builds and the
	// start of containers left out, and Long what 9 of 10 do not exceed.
	Time        time.Duration `json:"time_ns"`
	Long        time.Duration `json:"long_time_ns"`
	OutOfTime   float64       `json:"out_of_time"`  // runs whose first block the time ends
	FalseAlarms float64       `json:"false_alarms"` // runs with an alarm while nothing changes
	Confirmed   float64       `json:"confirmed"`    // of all runs, those with one that a second block confirms
	Metrics     []Metric      `json:"metrics"`      // in the suite's order
	Missing     []Missing     `json:"missing,omitempty"`
}

// Metric is what a policy would find of one metric. Where it is slowed down, nothing
// else is.
type Metric struct {
	Benchmark string         `json:"benchmark"`
	Metric    results.Metric `json:"metric"`
	// LeastEffect is the least change that counts, as a fraction: MinEffect, or the
	// noise floor where that is larger.
	LeastEffect float64 `json:"least_effect"`
	MinEffect   float64 `json:"min_effect"`
	Power       float64 `json:"power"`        // runs that call the slow-down a regression
	FalseAlarms float64 `json:"false_alarms"` // runs with an alarm while nothing changes
	Confirmed   float64 `json:"confirmed"`    // of all runs, those with one that a second block confirms
	// Smallest is the smallest slow-down that 9 of 10 runs call a regression; 0 where
	// none of up to +1000 % is.
	Smallest float64 `json:"smallest"`
	// Rounds are those of the first block while nothing changes, on average, Slower
	// those while it is slower, Reached the most that any run had.
	Rounds  float64       `json:"rounds"`
	Slower  float64       `json:"rounds_slower"`
	Reached int           `json:"rounds_reached"`
	Price   time.Duration `json:"round_ns"` // what one round of the benchmark takes
	// Limit says why Power is below 0.9.
	Limit Limit `json:"limit,omitempty"`
	// Need is about how many rounds would find the effect in at least 8 of 10 runs,
	// and NeedTime the max_time for as many; 0 where that is not what it takes.
	Need     int           `json:"rounds_needed,omitempty"`
	NeedTime time.Duration `json:"max_time_needed_ns,omitempty"`
	// NeedLeast is about the largest least effect with which rounds would do, where
	// LeastEffect is too near to the effect. NeedCalibration is about how many rounds
	// of calibration bring the noise floor there.
	NeedLeast       float64 `json:"least_effect_needed,omitempty"`
	NeedCalibration int     `json:"calibration_rounds_needed,omitempty"`
}

// Limit is what keeps an effect from being found.
type Limit string

// The limits.
const (
	Enough      Limit = ""           // 9 of 10 runs find it
	ByMinEffect Limit = "min_effect" // smaller changes are no news
	ByFloor     Limit = "floor"      // the calibration cannot tell smaller ones from chance
	ByNoise     Limit = "noise"      // it takes more rounds
	ByRatio     Limit = "ratio"      // its values have no ratio
	ByTooFew    Limit = "rounds"     // fewer rounds than any verdict needs
)

// Missing is a benchmark that cannot be simulated, and why.
type Missing struct {
	Benchmark string `json:"benchmark"`
	Why       string `json:"why"`
}
