package results

// Outcome is what a run concluded of one metric of one benchmark, kept so that
// pages need not judge samples again. Numbers are those of the comparison that it
// was taken from.
type Outcome struct {
	Benchmark string  `json:"benchmark"`
	Metric    Metric  `json:"metric"` // zero when the benchmark broke before it named any
	Verdict   string  `json:"verdict"`
	Reason    string  `json:"reason"` // one plain sentence with its numbers
	Change    float64 `json:"change"` // as a fraction of Base
	Low       float64 `json:"low"`    // 95 % interval of Change
	High      float64 `json:"high"`
	Measured  bool    `json:"measured"` // whether Change, Low and High mean anything
	Base      float64 `json:"base"`     // medians, in the metric's unit
	Head      float64 `json:"head"`
	BaseN     int     `json:"base_n"` // executions that count
	HeadN     int     `json:"head_n"`
	MinEffect float64 `json:"min_effect"`
	// NoiseFloor is what chance alone makes of this metric; 0 where no calibration tells.
	NoiseFloor float64 `json:"noise_floor,omitempty"`
}

// CountVerdicts says how many outcomes have each verdict.
func CountVerdicts(list []Outcome) map[string]int {
	counts := map[string]int{}
	for _, o := range list {
		counts[o.Verdict]++
	}
	return counts
}

// Disturbances says how often the machine disturbed what a run measured: its
// executions that are no warm-ups and were watched.
type Disturbances struct {
	Watched   int            `json:"watched"`
	Disturbed int            `json:"disturbed"`
	Reasons   map[string]int `json:"reasons,omitempty"` // quantity -> executions that broke its limit; one may break several
}

// Add adds what befell another run.
func (d *Disturbances) Add(o Disturbances) {
	d.Watched, d.Disturbed = d.Watched+o.Watched, d.Disturbed+o.Disturbed
	for quantity, n := range o.Reasons {
		if d.Reasons == nil {
			d.Reasons = map[string]int{}
		}
		d.Reasons[quantity] += n
	}
}
