package site

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// sheet is the main table of a page as CSV: its columns, separated by blanks, and its
// rows. Texts that a spreadsheet might take for a formula have an apostrophe before them;
// numbers that are not finite are empty.
func sheet(columns string, rows [][]any) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(strings.Fields(columns)) // to memory it cannot fail
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = cell(v)
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.Bytes()
}

func cell(v any) string {
	switch v := v.(type) {
	case float64:
		if !finite(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case int:
		return strconv.Itoa(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.RFC3339)
	case string:
		return harmless(v)
	}
	return ""
}

// metricColumns are those of a metric, as metricCells fills them.
const metricColumns = "case metric unit better"

func metricCells(m results.Metric) []any { return []any{m.Case, m.Name, m.Unit, string(m.Better)} }

// csv is every step that the page lists.
func (m OverviewModel) csv() []byte {
	var rows [][]any
	for _, list := range [][]Change{m.Open, m.News} {
		for _, c := range list {
			row := append([]any{stateMark(c.TimedStep).Word, c.Suite, c.Benchmark}, metricCells(c.Metric)...)
			rows = append(rows, append(row, c.Class, c.Change, c.Low, c.High, c.Before, c.After, c.Good, c.Bad, c.Commit.Author, c.Announced, c.Run))
		}
	}
	return sheet("state suite benchmark "+metricColumns+" class change low high before after good bad author announced run", rows)
}

// csv is the newest value of every history of the page, on every class of hosts.
func (m SuiteModel) csv() []byte {
	var rows [][]any
	for _, h := range m.Histories {
		for _, p := range h.newest {
			row := append([]any{h.Benchmark}, metricCells(h.Metric)...)
			rows = append(rows, append(row, p.class, h.State, p.commit, p.value, p.low, p.high, p.scatter))
		}
	}
	return sheet("benchmark "+metricColumns+" class state commit value low high scatter", rows)
}

// csv is every row of the comparison.
func (m CompareModel) csv() []byte {
	var rows [][]any
	for _, r := range m.Rows {
		row := append([]any{r.Suite, r.Benchmark}, metricCells(r.Metric)...)
		row = append(row, r.Classes[0], r.Classes[1], only(r.Has[0], r.A), only(r.Has[1], r.B), only(r.Ratio, r.Change), only(r.Verdict != "", r.Low), only(r.Verdict != "", r.High))
		rows = append(rows, append(row, string(r.Strength), string(r.Verdict), r.Reason, strings.Join(r.Differs, " "), r.Run))
	}
	return sheet("suite benchmark "+metricColumns+" class_a class_b a b change low high strength verdict reason differs run", rows)
}

// only is a number that means something under a condition.
func only(is bool, v float64) any {
	if !is {
		return nil
	}
	return v
}

// csv is the noise of every benchmark.
func (m MachineModel) csv() []byte {
	var rows [][]any
	for _, n := range m.Noise {
		row := append([]any{n.Benchmark}, metricCells(n.Metric)...)
		rows = append(rows, append(row, n.Floor, n.Visible, n.CV, n.Spread, n.Drift, n.Autocorrelation, n.FalseAlarms, n.Rounds, n.Run))
	}
	return sheet("benchmark "+metricColumns+" floor visible cv spread drift autocorrelation false_alarms rounds calibration", rows)
}

// csv is what each class of hosts can see.
func (m SureModel) csv() []byte {
	var rows [][]any
	for _, v := range m.Visible {
		rows = append(rows, []any{v.Class, v.Benchmarks, only(v.Benchmarks > 0, v.Floor), only(v.Benchmarks > 0, v.Visible), only(v.Benchmarks > 0, v.FalseAlarms)})
	}
	return sheet("class benchmarks floor visible false_alarms", rows)
}
