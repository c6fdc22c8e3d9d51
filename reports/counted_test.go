package reports

import (
	"strings"
	"testing"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// countedRecord is a run of four rounds, with three executions a side under callgrind.
func countedRecord() *results.Record {
	wall := results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}
	record := &results.Record{Run: results.Run{ID: "a1", State: results.Done, Bench: []results.Benchmark{{Name: "join", MinEffect: 0.02}}}}
	add := func(rounds int, watched *results.Witness, metric results.Metric, base, head float64) {
		for i := range 2 * rounds {
			record.Executions = append(record.Executions, results.Execution{
				Seq: len(record.Executions), Round: i / 2, Benchmark: "join", Side: results.Sides()[i%2], Witness: watched,
				Samples: []results.Sample{{Metric: metric, Value: []float64{base, head}[i%2]}},
			})
		}
	}
	add(4, &results.Witness{}, wall, 1, 1.5)
	add(5, nil, results.Instructions(), 21604814, 23757854)
	return record
}

// TestCountsOnAPage: the chart of a metric has the executions that were made for it,
// and no other looks as if it had failed.
func TestCountsOnAPage(t *testing.T) {
	record := countedRecord()
	index := newSampleIndex(record)
	for _, c := range verdict.Judge(record) {
		want := map[string]int{"wall": 8, "instructions": 10}[c.Metric.Name]
		points := index.points("join", c.Metric)
		if len(points) != want {
			t.Errorf("%s has %d points, want %d", c.Metric, len(points), want)
		}
		for _, p := range points {
			if p.Kind == chart.Faulty {
				t.Errorf("%s: %s", c.Metric, p.Title)
			}
		}
	}
	if n := roundsDone(record); n != 4 {
		t.Errorf("%d rounds, want 4: counts are none", n)
	}
	page := parsePage(t, renderPage(t, Page{Record: record, Comparisons: verdict.Judge(record)}))
	for _, text := range []string{"21.60M instructions", "+10.0 %", "Counts without spread: no test is needed.", "every execution gave exactly 21604814 on base and 23757854 on head"} {
		if !strings.Contains(strings.ToLower(page.text), strings.ToLower(text)) {
			t.Errorf("the page does not say %q", text)
		}
	}
	table := renderTable(t, verdict.Judge(record), TableStyle{Width: 120})
	if !strings.Contains(table, "+10.0 % to +10.0 %") {
		t.Errorf("the table:\n%s", table)
	}
}
