package browsertest

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/results"
)

// number is one as a page shows it: its value, and what its last digit is worth.
type number struct{ value, digit float64 }

// shown are the numbers in the texts of elements, with their units taken into account:
// "+8.0 %" is 0.08, "20.00 ms" is 0.02. It knows nothing of how pages word them.
func shown(p *Page, selector string) (numbers []number) {
	p.t.Helper()
	for _, text := range Eval[[]string](p, "[...document.querySelectorAll("+quote(selector)+")].map((e) => e.textContent)") {
		fields := strings.Fields(strings.NewReplacer("−", "-", "(", " ", ")", " ").Replace(text))
		for i, field := range fields {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				continue
			}
			_, decimals, _ := strings.Cut(field, ".")
			n := number{v, math.Pow10(-len(decimals))}
			for _, unit := range fields[i+1:] { // of a range, behind its end
				if scale := map[string]float64{"%": 0.01, "ms": 1e-3, "µs": 1e-6, "s": 1}[unit]; scale != 0 {
					n = number{v * scale, n.digit * scale}
					break
				}
			}
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// agree wants a page to show these numbers in this order, each to its last digit.
func agree(p *Page, what, selector string, want []float64) {
	p.t.Helper()
	got := shown(p, selector)
	same := func(n number, v float64) bool { return math.Abs(n.value-v) <= 0.501*n.digit }
	if len(got) == 0 || !slices.EqualFunc(got, want, same) {
		p.t.Errorf("%s: the page shows %v, its data say %v", what, got, want)
	}
}

// data reads what a written page's JSON holds.
func data[T any](t *testing.T, file string) (model T) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &model)
	}
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// found is the one file of a written site that a pattern means.
func found(t *testing.T, dir, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	return files[0]
}

// TestEveryPageAgreesWithItsData: the numbers of comparisons, machines, certainty, suites and
// histories are those of the JSON.
func TestEveryPageAgreesWithItsData(t *testing.T) {
	s := filled(t)
	dir := folder(t, s)
	open := func(file string) *Page { return Open(t, file, Options{NoScript: true}) }
	var want []float64
	take := func(all ...float64) { want = append(want, all...) }
	say := func(p *Page, what, selector string) {
		t.Helper()
		agree(p, what, selector, want)
		want = nil
	}

	file := found(t, dir, "compare/*.html")
	for _, r := range data[site.CompareModel](t, strings.TrimSuffix(file, "html")+"json").Rows {
		scale := 1.0
		if r.Metric.Unit == "ms" {
			scale = 1e-3
		}
		for side, v := range []float64{r.A, r.B} {
			if r.Has[side] {
				take(v * scale)
			}
		}
		if r.Has[0] && r.Has[1] {
			take(r.Change)
		}
		if r.Verdict != "" {
			take(r.Low, r.High)
		}
	}
	say(open(file), "compare", "table.changes td.number")

	file = found(t, dir, "machines/office-*.html")
	m := data[site.MachineModel](t, strings.TrimSuffix(file, "html")+"json")
	for _, n := range m.Noise {
		take(n.Floor, n.Visible, n.CV, n.Drift, n.FalseAlarms)
	}
	say(open(file), "noise", "section[aria-labelledby=noise-title] td.number")
	for _, r := range m.Disturbed.Reasons {
		take(float64(r.Executions), r.Share)
	}
	say(open(file), "disturbances", "section[aria-labelledby=disturbed-title] td.number")

	for _, v := range data[site.SureModel](t, filepath.Join(dir, "sure.json")).Visible {
		if take(float64(v.Benchmarks)); v.Benchmarks > 0 {
			take(v.Floor, v.Visible, v.FalseAlarms)
		}
	}
	say(open(filepath.Join(dir, "sure.html")), "visible", "section[aria-labelledby=visible-title] td.number")

	file = found(t, dir, "suites/dataflow-*.html")
	changes(data[site.SuiteModel](t, strings.TrimSuffix(file, "html")+"json").Open, take)
	say(open(file), "suite", "table.changes td.number")

	file = found(t, dir, "history/dataflow-join-*.html")
	answer, err := pagesOf(s, nil).Document(t.Context(), "history/"+strings.TrimSuffix(filepath.Base(file), ".html")+".json", nil)
	if err != nil {
		t.Fatal(err)
	}
	var h site.HistoryModel
	if err := json.Unmarshal(answer.Body, &h); err != nil {
		t.Fatal(err)
	}
	changes(h.Changes, take)
	say(open(file), "steps", "table.changes td.number")
	for i := range 30 { // the hosts take turns
		for _, l := range h.Lines {
			p := l.Points[len(l.Points)-1-i]
			take(p.Value/1e3, p.Low/1e3, p.High/1e3)
		}
	}
	say(open(file), "points", "section[aria-labelledby=points-title] td.number")
}

// changes takes the numbers of a table of steps, whose values are in milliseconds.
func changes(list []site.Change, take func(...float64)) {
	for _, c := range list {
		take(c.Change, c.Low, c.High, c.Before/1e3, c.After/1e3)
	}
}

// TestRunAgreesWithItsData: the medians of a run's page follow from the samples of its JSON.
func TestRunAgreesWithItsData(t *testing.T) {
	dir := folder(t, filled(t))
	record := data[results.Record](t, filepath.Join(dir, "runs", "measured-1.json"))
	values := map[string][]float64{}
	for _, e := range record.Executions {
		key := e.Benchmark + " " + string(e.Side)
		values[key] = append(values[key], e.Samples[0].Value)
	}
	p := Open(t, filepath.Join(dir, "runs", "measured-1.html"), Options{NoScript: true})
	var want []float64
	for _, name := range strings.Fields(rows(p)) {
		for _, side := range results.Sides() {
			sorted := slices.Sorted(slices.Values(values[name+" "+string(side)]))
			want = append(want, (sorted[len(sorted)/2]+sorted[len(sorted)/2-1])/2)
		}
		change := want[len(want)-1]/want[len(want)-2] - 1
		want = append(want, change)
	}
	agree(p, "verdicts", ".verdicts tbody td:nth-child(4), .verdicts tbody td:nth-child(5), .verdicts tbody td:nth-child(6)", want)
}
