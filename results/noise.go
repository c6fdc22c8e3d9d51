package results

import "time"

// CalibrationAge is how old a calibration may be before people are told: noise
// follows kernels, BIOS settings and dust, over weeks.
const CalibrationAge = 30 * 24 * time.Hour

// Noise is what one metric of one benchmark does on one host while nothing
// changes: figures of a calibration, in which base was measured against itself.
type Noise struct {
	Benchmark string `json:"benchmark"`
	Metric    Metric `json:"metric"`
	Run       string `json:"run"`    // the calibration
	Rounds    int    `json:"rounds"` // of the calibration, a side
	// At is when the calibration ended; zero in runs from before this was kept.
	At time.Time `json:"at,omitzero"`
	// CV is the standard deviation of executions over their mean.
	CV float64 `json:"cv"`
	// Spread is the standard deviation between rounds (the mean of both sides'
	// executions in each) over the mean: what hits both sides together.
	Spread float64 `json:"spread"`
	// Drift is the change from the first to the last round along a robust line
	// (Theil-Sen), as a fraction of the median.
	Drift float64 `json:"drift"`
	// Autocorrelation is that of successive executions of a side at lag 1.
	Autocorrelation float64 `json:"autocorrelation"`
	// Floor is the change, as a fraction, that chance alone stays below in 99 of
	// 100 comparisons of this many rounds; no verdict calls less a regression.
	Floor float64 `json:"floor"`
	// Visible is the smallest slow-down, as a fraction, that a comparison of this
	// many rounds finds in 9 of 10 cases.
	Visible float64 `json:"visible"`
	// FalseAlarms is the share of comparisons of equal sides, drawn from this
	// calibration, that end as regression or improvement.
	FalseAlarms float64 `json:"false_alarms"`
}
