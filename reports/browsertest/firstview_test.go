package browsertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// thousand is the page of a run of 1,000 benchmarks, each measured 20 times a side.
func thousand(t testing.TB) string {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	wall := results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}
	record := &results.Record{Run: results.Run{ID: "thousand", State: results.Done, Suite: "many", Class: "office"}}
	for round := range 20 {
		for b := range 1000 {
			for _, side := range results.Sides() {
				value := (1 + float64(b)/1000) * (1 + 0.01*random.NormFloat64())
				if side == results.Head && b%100 == 0 {
					value *= 1.1
				}
				record.Executions = append(record.Executions, results.Execution{
					Seq: len(record.Executions), Round: round, Benchmark: fmt.Sprintf("storage/level-%04d", b), Side: side,
					Samples: []results.Sample{{Metric: wall, Value: value}},
				})
			}
		}
	}
	for b := range 1000 {
		record.Run.Bench = append(record.Run.Bench, results.Benchmark{Name: fmt.Sprintf("storage/level-%04d", b)})
	}
	var b bytes.Buffer
	if err := reports.HTML(&b, reports.Page{Record: record, Comparisons: verdict.Judge(record)}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// firstPaint is when the first content was on the screen, in ms after the page was asked for.
const firstPaint = `new Promise((done) => {
	const now = () => performance.getEntriesByName('first-contentful-paint')[0];
	if (now()) { done(now().startTime); return; }
	new PerformanceObserver(() => now() && done(now().startTime)).observe({type: 'paint', buffered: true});
})`

// BenchmarkFirstView tells how soon somebody sees the page of a run of 1,000
// benchmarks, with scripts and without, and how large it is.
func BenchmarkFirstView(b *testing.B) {
	page := thousand(b)
	file := write(b, page)
	for _, noScript := range []bool{false, true} {
		b.Run(fmt.Sprintf("noscript=%t", noScript), func(b *testing.B) {
			sum := 0.0
			for b.Loop() {
				sum += Eval[float64](Open(b, file, Options{NoScript: noScript}), firstPaint)
			}
			b.ReportMetric(sum/float64(b.N), "ms/first-view")
			b.ReportMetric(float64(len(page))/1e6, "MB")
		})
	}
}
