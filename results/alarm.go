package results

// AlarmOutcome is what the second block of a run says of a change that the first
// one found.
type AlarmOutcome string

// The outcomes.
const (
	Confirmed AlarmOutcome = "confirmed" // it is there again
	Refuted   AlarmOutcome = "refuted"   // it is not: the alarm was false
	Open      AlarmOutcome = "open"      // the second block could not be finished, or cannot tell either
)

// Alarm is a regression or improvement that the first block of a run found.
type Alarm struct {
	Benchmark string       `json:"benchmark"`
	Metric    Metric       `json:"metric"`
	Outcome   AlarmOutcome `json:"outcome"`
}
