package results

// Grade says how good or bad a finding is.
type Grade string

// The grades of a finding.
const (
	GradeFact Grade = "fact" // so it is
	GradeGood Grade = "good" // as it should be
	GradePoor Grade = "poor" // costs something, and can be lived with
	GradeBad  Grade = "bad"  // runs as this machine is configured will fail or be quarantined
)

// Finding is one thing that is so on a machine, what it costs, and how to mend it.
type Finding struct {
	Topic string `json:"topic"` // "machine", "knobs", "isolation", "now", "self-test"
	Name  string `json:"name"`
	Grade Grade  `json:"grade"`
	Is    string `json:"is"`
	Want  string `json:"want,omitempty"`
	Cost  string `json:"cost,omitempty"`
	Mend  string `json:"mend,omitempty"`
}
