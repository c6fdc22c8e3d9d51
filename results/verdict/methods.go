package verdict

import "mtrlz.dev/perfrun/results"

// Versions of what numbers depend on. A test holds them equal to go.mod.
const (
	statsVersion = "v0.14.0"
	perfVersion  = "v0.0.0-20260908200009-22c9c6c9d4da"
)

// MethodFact is the name under which a run keeps the rule behind its verdicts.
const MethodFact = "verdict.method"

// method names the rule and counts its versions: another number where the same
// samples may give other verdicts.
const method = "bootstrap-ratio-of-medians/6"

// Methods names the rule and the libraries behind every verdict, to be kept with
// each run: their numbers change between versions.
func Methods() []results.Fact {
	return []results.Fact{
		{Name: MethodFact, Value: method},
		{Name: "github.com/montanaflynn/stats", Value: statsVersion},
		{Name: "golang.org/x/perf", Value: perfVersion},
	}
}
