package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

var csvHeader = []string{
	"run", "seq", "round", "warmup", "benchmark", "side",
	"case", "metric", "unit", "better", "value", "started", "fault",
}

// writeCSV writes one row a sample (RFC 4180). An execution that yielded none has
// one row without a value, so that it cannot be overlooked.
func writeCSV(w io.Writer, record *results.Record) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHeader); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for _, e := range record.Executions {
		samples := e.Samples
		if len(samples) == 0 {
			samples = []results.Sample{{}}
		}
		for _, sample := range samples {
			if err := out.Write(csvRow(record.Run.ID, e, sample, len(e.Samples) > 0)); err != nil {
				return fmt.Errorf("write CSV: %w", err)
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func csvRow(run string, e results.Execution, s results.Sample, hasValue bool) []string {
	value, fault := "", ""
	if hasValue {
		value = number(s.Value)
	}
	if e.Fault != nil {
		fault = string(e.Fault.Kind) + ": " + e.Fault.Detail
	}
	return []string{
		run, strconv.Itoa(e.Seq), strconv.Itoa(e.Round), strconv.FormatBool(e.Warmup), cell(e.Benchmark), string(e.Side),
		cell(s.Metric.Case), cell(s.Metric.Name), cell(s.Metric.Unit), string(s.Metric.Better), value,
		e.Started.UTC().Format(time.RFC3339Nano), cell(fault),
	}
}

// cell makes text harmless for spreadsheets, which take a field that begins like
// a formula for one: such text gets an apostrophe before it, as a person would
// type it.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// number keeps every bit.
func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
