package reports

import (
	"slices"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/beside"
	"mtrlz.dev/perfrun/results/verdict"
)

// OtherHost is what a host of another kind says of the same metric and commits.
type OtherHost struct {
	Class     string           `json:"class"` // "cloud"
	Verdict   verdict.Verdict  `json:"verdict"`
	Measured  *Measured        `json:"measured,omitempty"`
	Base      string           `json:"base,omitempty"`
	Head      string           `json:"head,omitempty"`
	Change    string           `json:"change,omitempty"`
	Interval  string           `json:"interval,omitempty"`
	Agreement beside.Agreement `json:"agreement"` // with the host of the row
	Why       string           `json:"why,omitempty"`
	Effort    string           `json:"effort,omitempty"` // what either host needed for it
}

// rowKey tells rows apart.
type rowKey struct {
	benchmark string
	metric    results.Key
}

// addOtherHosts sets beside each row what other hosts say, and says what each is worth.
func (m *RunModel) addOtherHosts(sorted []verdict.Comparison, p Page) {
	if len(p.Beside) == 0 {
		return
	}
	all := besideOf(slices.Concat([]Hosted{{Class: p.Record.Run.Class, Record: p.Record, Comparisons: p.Comparisons}}, p.Beside))
	m.Hosts = worthOf(all, beside.Rows(all), p.Prices)
	for _, other := range all[1:] {
		said := map[rowKey]OtherHost{}
		for _, row := range beside.Rows([]beside.Host{all[0], other}) {
			if row.Cells[0] != nil && row.Cells[1] != nil {
				said[rowKey{row.Benchmark, row.Metric.Key()}] = newOtherHost(row, p.Prices)
			}
		}
		for i, c := range sorted {
			if o, known := said[rowKey{c.Benchmark, c.Metric.Key()}]; known {
				m.Rows[i].Beside = append(m.Rows[i].Beside, o)
			}
		}
	}
}

func newOtherHost(row beside.Row, prices Prices) OtherHost {
	cell := row.Cells[1]
	r := newRowModel(cell.Comparison)
	return OtherHost{
		Class: words.Shortened(words.Plain(cell.Class), words.MostWord), Verdict: r.Verdict, Measured: r.Measured,
		Base: r.Base, Head: r.Head, Change: r.Change, Interval: r.Interval,
		Agreement: row.Agreement, Why: words.Sentence(words.Plain(row.Why)), Effort: effort(row.Cells, prices),
	}
}

// shows reports whether a host has a line of its own under a row: always where rows are
// few, else where it does not agree.
func (o OtherHost) shows(few, why bool) bool {
	return few || why && o.Agreement != beside.Agree
}
