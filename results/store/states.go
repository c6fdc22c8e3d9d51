package store

import (
	"fmt"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// moves lists where a run may go from each state. Whatever is not final may fail
// or be cancelled; what is final stays.
var moves = map[results.State][]results.State{
	results.Preparing:   {results.Measuring, results.Failed, results.Cancelled},
	results.Measuring:   {results.Analysing, results.Failed, results.Cancelled, results.Quarantined},
	results.Analysing:   {results.Done, results.Failed, results.Cancelled, results.Quarantined},
	results.Done:        nil,
	results.Failed:      nil,
	results.Cancelled:   nil,
	results.Quarantined: nil,
}

// known reports whether this is one of the states.
func known(s results.State) bool {
	_, ok := moves[s]
	return ok
}

// quoted returns the states that fit as a SQL list.
func quoted(fits func(results.State) bool) string {
	var list []string
	for s := range moves {
		if fits(s) {
			list = append(list, "'"+string(s)+"'")
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// checkMove refuses a move that the table does not list.
func checkMove(id string, from, to results.State) error {
	if slices.Contains(moves[from], to) {
		return nil
	}
	p := &results.Problem{
		Kind: results.CannotRun, Where: "run " + id,
		What: fmt.Sprintf("it is %s and cannot become %s", from, to),
	}
	if from.Final() {
		p.Next = "start a new run"
	}
	return p
}
