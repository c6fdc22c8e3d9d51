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

// AlarmTally counts what became of the alarms of one suite on one host. Refuted
// over all is this installation's own share of false alarms, before they are
// confirmed: none of the refuted ones is in a verdict.
type AlarmTally struct {
	Suite     string `json:"suite"`
	Host      string `json:"host"` // its name; empty where a run did not know it
	Runs      int    `json:"runs"` // whose first block was complete
	Confirmed int    `json:"confirmed"`
	Refuted   int    `json:"refuted"`
	Open      int    `json:"open"`
}

// Add counts the alarms of one more run.
func (t *AlarmTally) Add(alarms []Alarm) {
	t.Runs++
	for _, a := range alarms {
		switch a.Outcome {
		case Confirmed:
			t.Confirmed++
		case Refuted:
			t.Refuted++
		default:
			t.Open++
		}
	}
}
