package verdict

import "mtrlz.dev/perfrun/results"

// Versions of what numbers depend on. A test holds them equal to go.mod.
const (
	statsVersion = "v0.14.0"
	perfVersion  = "v0.0.0-20260908200009-22c9c6c9d4da"
)

// Methods names the rule and the libraries behind every verdict, to be kept with
// each run: their numbers change between versions.
func Methods() []results.Fact {
	return []results.Fact{
		{Name: "verdict.method", Value: "bootstrap-ratio-of-medians/2"},
		{Name: "github.com/montanaflynn/stats", Value: statsVersion},
		{Name: "golang.org/x/perf", Value: perfVersion},
	}
}
