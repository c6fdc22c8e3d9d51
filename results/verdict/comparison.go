package verdict

import "mtrlz.dev/perfrun/results"

// Verdict is what a comparison concludes about one metric of one benchmark.
type Verdict string

// The verdicts, in the order in which they are shown.
const (
	Broken      Verdict = "broken"      // failed, or lost a result: there is nothing to compare
	Regression  Verdict = "regression"  // the interval excludes zero on the worse side, and the change is at least Comparison.LeastEffect
	Improvement Verdict = "improvement" // the same on the better side
	CannotTell  Verdict = "cannot tell" // none of the others can be said from these samples
	NoChange    Verdict = "no change"   // the interval lies within that effect on both sides
)

// Summary describes one side of a comparison. An execution's value is the
// median of its samples: samples of one process share its luck, so the process
// is the unit that is counted.
type Summary struct {
	N      int       `json:"n"`      // executions, warm-ups and contaminated ones left out
	Median float64   `json:"median"` // in the metric's unit
	CV     float64   `json:"cv"`     // sample standard deviation over mean; 0 where n < 2 or the mean is 0
	Values []float64 `json:"values"` // one an execution, in the order taken; none if one is not finite
}

// Comparison is the outcome for one metric of one benchmark. Changes are
// fractions of the base's median: +0.03 says that head's value is 3 % larger,
// whichever way is better. Every number is finite.
type Comparison struct {
	Benchmark string         `json:"benchmark"`
	Metric    results.Metric `json:"metric"` // zero when the benchmark broke before it named any
	Verdict   Verdict        `json:"verdict"`
	Reason    string         `json:"reason"` // one plain sentence with its numbers
	Change    float64        `json:"change"` // median(head)/median(base) - 1
	Low       float64        `json:"low"`    // 95 % interval of Change
	High      float64        `json:"high"`
	// P is that of a two-sided rank test, after all looks at the run and all
	// resemblance of successive values are paid for; 1 where it cannot be computed.
	P float64 `json:"p"`
	// Q is what P is worth among all comparisons of the suite: the least share of
	// false discoveries at which this would be one. 0 where nothing was tested.
	Q float64 `json:"q"`
	// Shift is the change by another estimate, from all values instead of the middle
	// ones (Hodges and Lehmann); a change must show in both.
	Shift     float64 `json:"shift"`
	Paired    bool    `json:"paired,omitempty"`  // compared round by round, because rounds hit both sides alike
	Widened   float64 `json:"widened,omitempty"` // by how much the interval is wider because values resemble their predecessors; 1: not
	Exact     bool    `json:"exact,omitempty"`   // both sides are counts without spread; nothing was tested
	MinEffect float64 `json:"min_effect"`
	// NoiseFloor is what chance alone makes of this metric on the run's host, as
	// results.Noise has it; 0 where no calibration tells.
	NoiseFloor  float64 `json:"noise_floor,omitempty"`
	Calibration string  `json:"calibration,omitempty"` // the run that NoiseFloor comes from
	// Contaminated is how many executions of both sides do not count because
	// something disturbed them.
	Contaminated int             `json:"contaminated,omitempty"`
	Warmup       *Warmup         `json:"warmup,omitempty"`      // what is left out because it was not settled; nil: nothing
	MoreRounds   int             `json:"more_rounds,omitempty"` // cannot tell: about how many more rounds would settle it; 0: no estimate
	Base         Summary         `json:"base"`
	Head         Summary         `json:"head"`
	Second       *Block          `json:"second_block,omitempty"` // what a second block says of an alarm of the first; nil where there was none
	Warnings     []string        `json:"warnings,omitempty"`
	Evidence     []results.Fault `json:"evidence,omitempty"` // broken: the first fault of each side
}

// LeastEffect is the least change that counts, as a fraction: the minimum effect,
// or the noise floor where that is larger.
func (c Comparison) LeastEffect() float64 { return max(c.MinEffect, c.NoiseFloor) }

// HasInterval reports whether Change, Low and High mean anything: nothing broke,
// both sides have the executions that an interval needs or are exact counts, and
// their values have a ratio.
func (c Comparison) HasInterval() bool {
	return c.Verdict != Broken && (c.Exact || min(c.Base.N, c.Head.N) >= minExecutions) && haveRatio(c.Base.Values, c.Head.Values)
}
