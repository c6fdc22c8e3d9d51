package table

import "io"

// seriesColumns are those of a table of histories.
var (
	seriesColumns  = []string{"series", "value"}
	historyColumns = []string{"commit", "environment"}
)

// Series is one history, in time order. Commits and Environments are empty where
// the table has no such column, else as long as Values; a missing value is NaN.
type Series struct {
	Name         string
	Values       []float64
	Commits      []string
	Environments []string
}

// ReadSeries reads a table with the header series,value, and perhaps commit and
// environment. Rows of one series are in time order and need not stand together;
// series come in the order in which they first appear.
func ReadSeries(r io.Reader, name string) ([]Series, error) {
	t, err := open(r, name, seriesColumns, historyColumns)
	if err != nil {
		return nil, err
	}
	var list []Series
	index := map[string]int{}
	err = t.each(func() error {
		value, err := t.number("value")
		if err != nil {
			return err
		}
		series := t.text("series")
		at, known := index[series]
		if !known {
			at = len(list)
			index[series], list = at, append(list, Series{Name: series})
		}
		s := &list[at]
		s.Values = append(s.Values, value)
		s.Commits = t.appendText(s.Commits, "commit")
		s.Environments = t.appendText(s.Environments, "environment")
		return nil
	})
	if err == nil && len(list) == 0 {
		err = t.problem(2, 1, "it has no row below the header", "give a row for each value")
	}
	return list, err
}

func (t *reader) appendText(list []string, column string) []string {
	for _, c := range t.columns {
		if c == column {
			return append(list, t.text(column))
		}
	}
	return list
}
