package reports

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/montanaflynn/stats"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// mostRawSamples is how many samples of a benchmark a page carries as text. Beyond it
// the page would be mostly numbers, and says how to get them instead.
const mostRawSamples = 5000

// sampleIndex finds a benchmark's executions in the order taken.
type sampleIndex struct {
	byBenchmark map[string][]results.Execution
	samples     map[string]int // by benchmark
	counted     func(*results.Execution) bool
}

func newSampleIndex(record *results.Record) sampleIndex {
	index := sampleIndex{byBenchmark: map[string][]results.Execution{}, samples: map[string]int{}, counted: record.Counted()}
	for _, e := range record.Executions {
		index.byBenchmark[e.Benchmark] = append(index.byBenchmark[e.Benchmark], e)
		index.samples[e.Benchmark] += len(e.Samples)
	}
	for _, executions := range index.byBenchmark {
		slices.SortStableFunc(executions, func(a, b results.Execution) int { return a.Seq - b.Seq })
	}
	return index
}

// rawNote says where the samples of a benchmark are that has too many for a page.
func (x sampleIndex) rawNote(run results.Run, benchmark string) string {
	if x.samples[benchmark] <= mostRawSamples {
		return ""
	}
	return fmt.Sprintf("This benchmark has %d samples, too many for a page. Get them with: perfrun export %s --format csv",
		x.samples[benchmark], words.ShellCommand([]string{run.ID}))
}

// executions returns those that a metric's chart shows, in the order taken. What was
// executed to count instructions is in the chart of that count, and nothing else is.
func (x sampleIndex) executions(benchmark string, metric results.Metric) []results.Execution {
	return x.chosen(benchmark, metric.Key() == results.Instructions().Key())
}

// timed returns the executions that were watched: not those that only count.
func (x sampleIndex) timed(benchmark string) []results.Execution { return x.chosen(benchmark, false) }

func (x sampleIndex) chosen(benchmark string, counted bool) []results.Execution {
	all := x.byBenchmark[benchmark]
	if !slices.ContainsFunc(all, func(e results.Execution) bool { return x.counted(&e) }) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(e results.Execution) bool { return x.counted(&e) != counted })
}

// points returns one metric's executions as points of a chart. An execution without a
// fault that lacks the metric has no value either.
func (x sampleIndex) points(benchmark string, metric results.Metric) []chart.Point {
	var points []chart.Point
	for _, e := range x.executions(benchmark, metric) {
		points = append(points, newPoint(e, metric))
	}
	return points
}

func newPoint(e results.Execution, metric results.Metric) chart.Point {
	p := chart.Point{Head: e.Side == results.Head}
	if e.Warmup {
		p.Kind = chart.Warmup
	}
	if len(e.Contaminated) > 0 {
		p.Kind = chart.Contaminated
	}
	values := valuesOf(e, metric)
	if e.Fault != nil || len(values) == 0 {
		p.Kind = chart.Faulty
		p.Title = pointPlace(e) + ": " + faultWords(e.Fault)
		return p
	}
	p.Value, p.Low, p.High = median(values), slices.Min(values), slices.Max(values)
	p.Title = pointPlace(e) + ": " + words.Minus(words.Value(p.Value, metric.Unit))
	if len(values) > 1 {
		p.Title += fmt.Sprintf(", median of %d samples", len(values))
	}
	for _, reason := range e.Contaminated {
		p.Title += "; not counted: " + words.Shortened(words.Plain(reason), 200)
	}
	return p
}

func pointPlace(e results.Execution) string {
	if e.Warmup {
		return fmt.Sprintf("%s, warm-up %d", e.Side, e.Round+1)
	}
	return fmt.Sprintf("%s, round %d", e.Side, e.Round+1)
}

func faultWords(f *results.Fault) string {
	if f == nil {
		return "no value of this metric"
	}
	return fmt.Sprintf("no value, fault %s: %s", words.Plain(string(f.Kind)), words.Shortened(words.Plain(f.Detail), 200))
}

func valuesOf(e results.Execution, metric results.Metric) []float64 {
	var values []float64
	for _, s := range e.Samples {
		if s.Metric.Key() == metric.Key() && finite(s.Value) {
			values = append(values, s.Value)
		}
	}
	return values
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// median of a set that is not empty.
func median(values []float64) float64 {
	m, err := stats.Median(values)
	if err != nil {
		return math.NaN()
	}
	return m
}

// where says on which side and in which round a fault befell the benchmark;
// empty when the record does not hold it.
func (x sampleIndex) where(benchmark string, f results.Fault) string {
	for _, e := range x.byBenchmark[benchmark] {
		if e.Fault != nil && *e.Fault == f {
			return pointPlace(e)
		}
	}
	return ""
}

// raw returns every sample of a benchmark as CSV, faults included; empty when
// the page has no room for it.
func (x sampleIndex) raw(benchmark string) string {
	executions := x.byBenchmark[benchmark]
	if len(executions) == 0 || x.samples[benchmark] > mostRawSamples {
		return ""
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"seq", "side", "round", "warmup", "case", "metric", "unit", "value", "fault", "contaminated"}}
	for _, e := range executions {
		rows = append(rows, rawRows(e)...)
	}
	if err := w.WriteAll(rows); err != nil {
		return ""
	}
	return words.Block(b.String())
}

func rawRows(e results.Execution) [][]string {
	place := []string{
		strconv.Itoa(e.Seq), string(e.Side), strconv.Itoa(e.Round), strconv.FormatBool(e.Warmup),
	}
	reasons := words.Plain(strings.Join(e.Contaminated, "; "))
	var rows [][]string
	for _, s := range e.Samples {
		m, fault := s.Metric, ""
		if e.Fault != nil {
			fault = string(e.Fault.Kind)
		}
		value := "n/a" // a value is finite, but what was stored is not to be trusted
		if finite(s.Value) {
			value = strconv.FormatFloat(s.Value, 'g', -1, 64)
		}
		rows = append(rows, append(slices.Clone(place), words.Plain(m.Case), words.Plain(m.Name), words.Plain(m.Unit), value, fault, reasons))
	}
	if len(rows) == 0 && e.Fault != nil {
		rows = append(rows, append(place, "", "", "", "", string(e.Fault.Kind), reasons))
	}
	return rows
}
