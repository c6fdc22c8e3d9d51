package verdict

import (
	"cmp"
	"slices"

	"mtrlz.dev/perfrun/results"
)

// Round is what both sides of a benchmark had in one round.
type Round struct{ Base, Head results.Execution }

// Rounds are, by benchmark, the rounds of the first block in which both sides have
// an execution that counts, in their order: what a calibration can be drawn from
// again. Which executions count is decided as for verdicts.
func Rounds(record *results.Record) map[string][]Round {
	counted := record.Counted()
	restless := neverQuiet(record, counted)
	type place struct {
		benchmark string
		round     int
	}
	first := map[place]map[results.Side]results.Execution{}
	for _, e := range record.Executions {
		if counted(&e) || !measuredIn(firstBlock, e) || len(e.Contaminated) > 0 && !restless[e.Benchmark] {
			continue
		}
		at := place{e.Benchmark, e.Round}
		if first[at] == nil {
			first[at] = map[results.Side]results.Execution{}
		}
		if _, taken := first[at][e.Side]; !taken {
			first[at][e.Side] = e
		}
	}
	rounds := map[string][]Round{}
	for at, sides := range first {
		if len(sides) == 2 {
			rounds[at.benchmark] = append(rounds[at.benchmark], Round{sides[results.Base], sides[results.Head]})
		}
	}
	for _, list := range rounds {
		slices.SortFunc(list, func(a, b Round) int { return cmp.Compare(a.Base.Round, b.Base.Round) })
	}
	return rounds
}
