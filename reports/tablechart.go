package reports

import (
	"math"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
)

// chartCells is how wide a terminal draws an interval; the middle cell is no change.
const chartCells = 25

// intervalChart draws the intervals of a table on one axis. The axis is logarithmic on both
// sides of zero beyond the unit, so that a change of a hundredfold leaves one of a hundredth
// to be seen.
type intervalChart struct {
	unit, most float64 // fractions: where the axis begins to shrink, and its end
}

func newIntervalChart(rows []RowModel) intervalChart {
	c := intervalChart{unit: math.Inf(1)}
	for _, r := range rows {
		if m := r.Measured; m != nil {
			c.most = max(c.most, math.Abs(m.Low), math.Abs(m.High))
			if m.MinEffect > 0 {
				c.unit = min(c.unit, m.MinEffect)
			}
		}
	}
	c.unit = max(min(c.unit, 0.05), 0.001)
	c.most = max(min(c.most, 1e9), 2*c.unit)
	return c
}

// cell is where a change is drawn.
func (c intervalChart) cell(change float64) int {
	if math.IsNaN(change) {
		return chartCells / 2
	}
	share := math.Log1p(math.Abs(change)/c.unit) / math.Log1p(c.most/c.unit)
	half := chartCells / 2
	return half + int(math.Round(math.Copysign(min(share, 1), change)*float64(half)))
}

// head is the axis in words: its ends, and zero in the middle.
func (c intervalChart) head() string {
	left, right := words.Change(-c.most), words.Change(c.most)
	half := chartCells / 2
	pad := func(n int) string { return strings.Repeat(" ", max(n, 1)) }
	return left + pad(half-words.Cells(left)) + "0" + pad(half-words.Cells(right)) + right
}

// draw is the interval of a row, with its middle, across the line of no change.
func (c intervalChart) draw(r RowModel) string {
	line := []rune(strings.Repeat(" ", chartCells))
	line[chartCells/2] = '│'
	if m := r.Measured; m != nil {
		low, high := c.cell(m.Low), c.cell(m.High)
		for i := low; i <= high; i++ {
			line[i] = '─'
		}
		if low <= chartCells/2 && chartCells/2 <= high {
			line[chartCells/2] = '┼'
		}
		line[low], line[high], line[c.cell(m.Change)] = '├', '┤', '●'
	}
	return string(line)
}
