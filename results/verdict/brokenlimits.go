package verdict

import (
	"slices"

	"mtrlz.dev/perfrun/results"
)

// BrokenLimits names the quantities whose limits an execution breaks: what
// Contamination says in sentences.
func BrokenLimits(e results.Execution, limits []results.Limit, unseen []string) (names []string) {
	for _, limit := range limits {
		if slices.Contains(names, limit.Quantity) {
			continue
		}
		if len(Contamination(e, []results.Limit{limit}, unseen)) > 0 {
			names = append(names, limit.Quantity)
		}
	}
	return names
}
