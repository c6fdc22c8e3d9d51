package reports

import (
	"fmt"
	"html/template"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/results/verdict"
)

// mostUnchanged is how many rows without a change the table shows before it
// folds them away.
const mostUnchanged = 12

// mostOpenBroken is how many broken benchmarks show their evidence at once;
// from more on, the rest waits for a click.
const mostOpenBroken = 8

// tableView is the table of verdicts, worst first, on one axis.
type tableView struct {
	Axis   template.HTML
	Rows   []rowView
	Folded []rowView // no change
	Fold   string
}

// rowsView is one table of rows, as its template wants it.
type rowsView struct {
	Label string
	Axis  template.HTML
	Rows  []rowView
}

// Shown returns the rows in plain sight.
func (t tableView) Shown() rowsView { return rowsView{"Verdicts", t.Axis, t.Rows} }

// Unchanged returns the rows folded away.
func (t tableView) Unchanged() rowsView { return rowsView{"Without a change", t.Axis, t.Folded} }

// rowView is one row: a comparison and its bar.
type rowView struct {
	metricView
	Bar  template.HTML
	Why  string // shown under the row where the verdict wants a reason
	Note string
}

func newTableView(benches []benchView, comparisons []verdict.Comparison) tableView {
	metrics := make([]metricView, len(comparisons))
	for _, b := range benches {
		for _, m := range b.Metrics {
			metrics[m.row] = m
		}
	}
	axis := chart.NewIntervalAxis(intervals(comparisons))
	view := tableView{Axis: axis.Head(tickChange)}
	fold := counts(comparisons)[verdict.NoChange] > mostUnchanged
	for i, c := range comparisons {
		row := newRow(axis, c, metrics[i])
		if fold && c.Verdict == verdict.NoChange {
			view.Folded = append(view.Folded, row)
			continue
		}
		view.Rows = append(view.Rows, row)
	}
	view.Fold = fmt.Sprintf("%d without a change", len(view.Folded))
	return view
}

func newRow(axis chart.IntervalAxis, c verdict.Comparison, m metricView) rowView {
	row := rowView{metricView: m}
	if c.Verdict != verdict.NoChange {
		row.Why = m.Reason
	}
	if n := len(c.Warnings); n > 0 {
		row.Note = fmt.Sprintf("%d %s", n, several(n, "warning"))
	}
	row.Bar = axis.Empty("no interval")
	if c.HasInterval() {
		row.Bar = axis.Row(chartInterval(c, m))
	}
	return row
}

func chartInterval(c verdict.Comparison, m metricView) chart.Interval {
	return chart.Interval{
		Change: c.Change, Low: c.Low, High: c.High, MinEffect: c.MinEffect, Class: m.Mark.Class,
		Label: fmt.Sprintf("%s: change %s, 95 %% interval %s", m.Mark.Word, m.Change, m.Interval),
	}
}

func intervals(comparisons []verdict.Comparison) []chart.Interval {
	var all []chart.Interval
	for _, c := range comparisons {
		if c.HasInterval() {
			all = append(all, chart.Interval{Change: c.Change, Low: c.Low, High: c.High, MinEffect: c.MinEffect})
		}
	}
	return all
}

// brokenOnes picks the broken rows, of which only so many are open.
func brokenOnes(rows []rowView) []metricView {
	var broken []metricView
	for _, r := range rows {
		if r.Mark.Class == "broken" {
			r.Open = len(broken) < mostOpenBroken
			broken = append(broken, r.metricView)
		}
	}
	return broken
}
