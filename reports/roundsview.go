package reports

import (
	"fmt"
	"html/template"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// roundsView are the paired rounds: drawn, said, and as a table.
type roundsView struct {
	Picture template.HTML
	Said    string
	Rows    []roundView
	Left    int // rounds that the table leaves out
}

type roundView struct {
	Round              int
	Base, Head, Change string
}

// mostRoundRows is how many rounds stand in a table; all are in the raw data.
const mostRoundRows = 60

// pairedRound is what both sides had in one round.
type pairedRound struct {
	round      int // from 0
	base, head float64
}

func (p pairedRound) change() float64 { return p.head/p.base - 1 }

// pairedRounds matches the executions of each round that count, in the order taken. A
// second block has rounds of its own, and is judged apart.
func pairedRounds(executions []results.Execution, metric results.Metric) (pairs []pairedRound) {
	waiting := map[int][]float64{}
	for _, side := range []results.Side{results.Head, results.Base} {
		for _, e := range executions {
			values := valuesOf(e, metric)
			if e.Side != side || e.Block != 0 || e.Warmup || e.Fault != nil || len(e.Contaminated) > 0 || len(values) == 0 {
				continue
			}
			value := median(values)
			if side == results.Head {
				waiting[e.Round] = append(waiting[e.Round], value)
			} else if heads := waiting[e.Round]; len(heads) > 0 {
				pairs = append(pairs, pairedRound{e.Round, value, heads[0]})
				waiting[e.Round] = heads[1:]
			}
		}
	}
	return pairs
}

// newRounds shows the paired rounds of a comparison; nothing where rounds have no ratio.
func newRounds(executions []results.Execution, c verdict.Comparison) (view roundsView) {
	var drawn []chart.Paired
	var changes []float64
	more, less := 0, 0
	for _, p := range pairedRounds(executions, c.Metric) {
		change := p.change()
		if !(p.base > 0) || !finite(100*change) {
			continue
		}
		if change > 0 {
			more++
		} else if change < 0 {
			less++
		}
		base, head := words.Pair(p.base, p.head, c.Metric.Unit)
		row := roundView{p.round + 1, words.Minus(base), words.Minus(head), words.Minus(words.Change(change))}
		drawn = append(drawn, chart.Paired{Change: 100 * change, Title: fmt.Sprintf("round %d: %s", row.Round, row.Change)})
		changes = append(changes, change)
		view.Rows = append(view.Rows, row)
	}
	if len(changes) < 2 {
		return roundsView{}
	}
	middle := median(changes)
	view.Said = fmt.Sprintf("Head was larger than base in %d of %d rounds, smaller in %d; the median of the rounds is %s.",
		more, len(changes), less, words.Minus(words.Change(middle)))
	view.Picture = chart.Rounds{Rounds: drawn, Median: 100 * middle, Label: view.Said}.SVG()
	if view.Left = len(view.Rows) - mostRoundRows; view.Left > 0 {
		view.Rows = view.Rows[:mostRoundRows]
	}
	return view
}
