package export

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// csvHeader names the columns.
var csvHeader = []string{
	"run", "seq", "round", "warmup", "benchmark", "side", "case", "metric",
	"unit", "better", "value", "started", "fault",
	"contaminated", "block",
}

// writeCSV writes one row a sample, in the order taken, quoted as RFC 4180 says;
// lines end in a bare line feed. An execution without samples has one row whose
// value is empty. "started" is UTC as RFC 3339 has it; "fault" is empty for a
// usable execution, "contaminated" for one that nothing disturbed; "block" is 1 for
// what confirms an alarm, and rounds count from 0 in each block. Text from outside
// that a spreadsheet might take for a formula has an apostrophe before it (see
// harmless).
func writeCSV(w io.Writer, rec *results.Record) error {
	rows := csv.NewWriter(w)
	if err := rows.Write(csvHeader); err != nil {
		return err
	}
	for i := range rec.Executions {
		execution := &rec.Executions[i]
		for _, sample := range execution.Samples {
			value := strconv.FormatFloat(sample.Value, 'g', -1, 64)
			if err := rows.Write(csvRow(rec.Run.ID, execution, sample.Metric, value)); err != nil {
				return err
			}
		}
		if len(execution.Samples) > 0 {
			continue
		}
		if err := rows.Write(csvRow(rec.Run.ID, execution, results.Metric{}, "")); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

func csvRow(run string, e *results.Execution, m results.Metric, value string) []string {
	fault := ""
	if e.Fault != nil {
		fault = string(e.Fault.Kind) + ": " + e.Fault.Detail
	}
	return []string{
		run, strconv.Itoa(e.Seq), strconv.Itoa(e.Round), strconv.FormatBool(e.Warmup),
		harmless(e.Benchmark), string(e.Side), harmless(m.Case), harmless(m.Name),
		harmless(m.Unit), string(m.Better), value, e.Started.UTC().Format(time.RFC3339Nano), harmless(fault),
		harmless(strings.Join(e.Contaminated, "; ")), strconv.Itoa(e.Block),
	}
}

// harmless returns text that a spreadsheet takes for text: an apostrophe goes
// before what could begin a formula. One goes before an apostrophe too, so that
// a program gets the text back by cutting one leading apostrophe. Numbers are
// written as they are.
func harmless(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if text != "" && strings.ContainsRune("=+-@\t\r\n'", rune(text[0])) {
		return "'" + text
	}
	return text
}
