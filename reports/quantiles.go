package reports

import (
	"fmt"
	"math"
	"slices"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results/verdict"
)

// quantileView is one quantile of both sides: a change of the slow end alone is seen
// here and not in the median.
type quantileView struct{ Name, Base, Head, Change string }

// shownQuantiles are what is shown of executions' values, as shares.
var shownQuantiles = []float64{0.10, 0.25, 0.50, 0.75, 0.90}

// fewestQuantiles is how many executions a side must have: of fewer, the outer
// quantiles are only the smallest and the largest.
const fewestQuantiles = 4

// newQuantiles sets the quantiles of both sides beside each other; none where a side
// has too few executions for them.
func newQuantiles(c verdict.Comparison) []quantileView {
	base, head := slices.Sorted(slices.Values(c.Base.Values)), slices.Sorted(slices.Values(c.Head.Values))
	if min(len(base), len(head)) < fewestQuantiles {
		return nil
	}
	views := make([]quantileView, len(shownQuantiles))
	for i, share := range shownQuantiles {
		b, h := quantile(base, share), quantile(head, share)
		from, to := words.Pair(b, h, c.Metric.Unit)
		views[i] = quantileView{Name: fmt.Sprintf("p%.0f", 100*share), Change: "–", Base: words.Minus(from), Head: words.Minus(to)}
		if change := h/b - 1; b > 0 && finite(change) {
			views[i].Change = words.Minus(words.Change(change))
		}
	}
	return views
}

// quantile lies between the two neighbouring values, as spreadsheets have it, so that
// the middle one is the median. The values are sorted, and there is one at least.
func quantile(sorted []float64, share float64) float64 {
	place := share * float64(len(sorted)-1)
	below := int(math.Floor(place))
	above := min(below+1, len(sorted)-1)
	part := place - float64(below)
	return sorted[below]*(1-part) + sorted[above]*part // each part first: the difference may overflow
}
