package reports

import (
	"fmt"
	"html/template"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results/verdict"
)

// mostUnchanged is how many rows without a change the table shows before it
// folds them away.
const mostUnchanged = 12

// mostWhys is how many rows have their reason under them; of more, the rest have it
// with their benchmark.
const mostWhys = 300

// mostRoles is how many rows name the role of each cell, for readers' programs that take
// a table for none where a narrow screen stacks its cells; of more, it is too much text.
const mostRoles = 400

// mostName is how many cells a name takes in a row; whole, it stands with its benchmark.
const mostName = 120

// tableView is the table of verdicts, worst first, on one axis. It is made of rows
// alone, whatever is known of the samples.
type tableView struct {
	Ground template.HTML
	Axis   template.HTML
	Rows   []rowView
	Folded []rowView // no change
	Fold   string
	Floor  bool // some row has a noise floor
	Shared bool // some row has other hosts beside it
	folded []bool
	places []int // of the row at each place worst first, in Rows or in Folded
}

// rowsView is one table of rows, as its template wants it.
type rowsView struct {
	Label string
	Axis  template.HTML
	Rows  []rowView
	Roles bool
}

// Shown returns the rows in plain sight.
func (t tableView) Shown() rowsView {
	return rowsView{"Verdicts, worst first", t.Axis, t.Rows, len(t.places) <= mostRoles}
}

// Unchanged returns the rows folded away.
func (t tableView) Unchanged() rowsView {
	return rowsView{"Without a change", t.Axis, t.Folded, len(t.places) <= mostRoles}
}

// rowView is one row: a comparison in words, and its bar.
type rowView struct {
	Class, Word                   string
	Href                          string // where the benchmark is shown whole; empty: nowhere
	Benchmark, Metric, Base, Head string
	Change, Interval              template.HTML
	Size                          string // of the change, for a script that sorts
	Bar                           template.HTML
	Why, More, Note               string    // under the row where the verdict wants a reason
	Others                        []rowView // what other hosts say; of one, Benchmark is its class
}

func newTableView(rows []RowModel) tableView {
	axis := chart.NewIntervalAxis(intervals(rows))
	view := tableView{Ground: axis.Ground(), Axis: axis.Head(words.TickChange)}
	unchanged := 0
	for _, r := range rows {
		view.Floor = view.Floor || r.Measured != nil && r.Measured.NoiseFloor > 0
		view.Shared = view.Shared || len(r.Beside) > 0
		if r.Verdict == verdict.NoChange {
			unchanged++
		}
	}
	for i, r := range rows {
		list, fold := &view.Rows, unchanged > mostUnchanged && r.Verdict == verdict.NoChange
		if fold {
			list = &view.Folded
		}
		view.folded, view.places = append(view.folded, fold), append(view.places, len(*list))
		*list = append(*list, newRow(axis, r, i < mostWhys, len(rows) <= mostRoles))
	}
	view.Fold = fmt.Sprintf("%d without a change", len(view.Folded))
	return view
}

// row is the row of the comparison at a place in the order worst first.
func (t *tableView) row(at int) *rowView {
	if t.folded[at] {
		return &t.Folded[t.places[at]]
	}
	return &t.Rows[t.places[at]]
}

func newRow(axis chart.IntervalAxis, r RowModel, why, few bool) rowView {
	mark := r.Mark()
	row := rowView{
		Class: mark.Class, Word: mark.Word,
		Benchmark: words.Shortened(r.Benchmark, mostName), Metric: words.Shortened(r.Metric, mostName),
		Base: words.Minus(r.Base), Head: words.Minus(r.Head), Change: signed(r.Change), Interval: signed(r.Interval),
		Bar: axis.Empty("no interval"),
	}
	if why && r.Verdict != verdict.NoChange {
		row.Why, row.More = words.Minus(words.Shortened(r.Reason, 600)), r.More
	}
	if n := len(r.Warnings); n > 0 && why {
		row.Note = fmt.Sprintf("%d %s", n, several(n, "warning"))
	}
	if r.Measured != nil {
		row.Bar = axis.Row(chartInterval(r))
		row.Size = fmt.Sprintf("%.4g", r.Measured.Change)
	}
	for _, o := range r.Beside {
		if o.shows(few, why) {
			row.Others = append(row.Others, newOtherRow(axis, o))
		}
	}
	return row
}

// newOtherRow is what another host says, as a row under the one that it belongs to.
func newOtherRow(axis chart.IntervalAxis, o OtherHost) rowView {
	row := newRow(axis, RowModel{
		Benchmark: "on " + o.Class, Metric: string(o.Agreement), Verdict: o.Verdict, Measured: o.Measured,
		Base: o.Base, Head: o.Head, Change: o.Change, Interval: o.Interval,
	}, false, false)
	row.Why, row.More = words.Minus(words.Shortened(o.Why, 600)), words.Minus(o.Effort)
	return row
}

// signed escapes what holds plus signs, of which the template would write each as five
// bytes: here they are many.
func signed(s string) template.HTML {
	return template.HTML(template.HTMLEscapeString(words.Minus(s)))
}

func chartInterval(r RowModel) chart.Interval {
	m := r.Measured
	return chart.Interval{
		Change: m.Change, Low: m.Low, High: m.High, MinEffect: m.MinEffect, Floor: m.NoiseFloor,
		Label: words.Minus(fmt.Sprintf("%s, %s", r.Change, r.Interval)),
	}
}

func intervals(rows []RowModel) []chart.Interval {
	var all []chart.Interval
	for _, r := range rows {
		if r.Measured != nil {
			all = append(all, chartInterval(r))
		}
		for _, o := range r.Beside {
			if o.Measured != nil {
				all = append(all, chartInterval(RowModel{Measured: o.Measured}))
			}
		}
	}
	return all
}
