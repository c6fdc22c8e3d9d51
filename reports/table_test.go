package reports

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

func TestTableOfNothing(t *testing.T) {
	if got, want := renderTable(t, nil, TableStyle{}), "Nothing was compared.\n"; got != want {
		t.Errorf("table is %q, want %q", got, want)
	}
	var b bytes.Buffer
	if err := RunList(&b, nil, TableStyle{}, fixtureStart); err != nil || b.String() != "No runs yet.\n" {
		t.Errorf("list is %q, %v", b.String(), err)
	}
}

func TestHostileTextInTerminal(t *testing.T) {
	page := hostilePage()
	var b bytes.Buffer
	for _, width := range []int{0, 30, 80} {
		b.WriteString(renderTable(t, page.Comparisons, TableStyle{Width: width}))
		if err := RunList(&b, []results.Run{page.Record.Run}, TableStyle{Width: width}, fixtureStart); err != nil {
			t.Fatal(err)
		}
		if err := RunSummary(&b, page, TableStyle{Width: width}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range b.String() {
		if c < ' ' && c != '\n' || c == '\x7f' || c == '\u202e' || c == '\ufffd' {
			t.Fatalf("character %U reaches the terminal", c)
		}
	}
}

func TestWideNamesKeepColumns(t *testing.T) {
	comparisons := []verdict.Comparison{
		{Benchmark: "結合の性能", Metric: wall, Verdict: verdict.NoChange},
		{Benchmark: "e\u0301te\u0301 🚀", Metric: wall, Verdict: verdict.NoChange},
		{Benchmark: "plain", Metric: wall, Verdict: verdict.NoChange},
	}
	at := -1
	for line := range strings.Lines(renderTable(t, comparisons, TableStyle{})) {
		before, _, found := strings.Cut(line, " wall ")
		if !found {
			continue
		}
		if at < 0 {
			at = words.Cells(before)
		}
		if n := words.Cells(before); n != at {
			t.Errorf("metric starts at cell %d in %q, at %d above", n, line, at)
		}
	}
	if at < 0 {
		t.Error("no row was found")
	}
}

func TestTableFitsAnyTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(24, 200).Draw(t, "width")
		var comparisons []verdict.Comparison
		for i := range rapid.IntRange(1, 4).Draw(t, "n") {
			comparisons = append(comparisons, verdict.Comparison{
				Benchmark: rapid.StringN(0, 60, -1).Draw(t, fmt.Sprint("name", i)), Reason: rapid.String().Draw(t, fmt.Sprint("reason", i)),
				Metric:  results.Metric{Name: rapid.String().Draw(t, fmt.Sprint("metric", i)), Unit: rapid.String().Draw(t, fmt.Sprint("unit", i))},
				Verdict: rapid.SampledFrom(order).Draw(t, fmt.Sprint("verdict", i)),
				Base:    verdict.Summary{N: 1, Median: rapid.Float64().Draw(t, fmt.Sprint("base", i))},
				Head:    verdict.Summary{N: 1, Median: rapid.Float64().Draw(t, fmt.Sprint("head", i))},
			})
		}
		var b bytes.Buffer
		if err := Table(&b, comparisons, TableStyle{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := words.Cells(strings.TrimSuffix(line, "\n")); n > width {
				t.Fatalf("a line takes %d of %d cells: %q", n, width, line)
			}
		}
	})
}

// TestIntervalChart wants of any intervals that they lie as their numbers do.
func TestIntervalChart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := make([]RowModel, rapid.IntRange(1, 5).Draw(t, "rows"))
		for i := range rows {
			v := rapid.SliceOfN(rapid.Float64Range(-1, 1e6), 3, 3).Draw(t, "change")
			slices.Sort(v)
			rows[i].Measured = &Measured{Low: v[0], Change: v[1], High: v[2], MinEffect: rapid.Float64Range(0, 0.5).Draw(t, "effect")}
		}
		chart := newIntervalChart(rows)
		for _, r := range rows {
			m, low, at, high := r.Measured, chart.cell(r.Measured.Low), chart.cell(r.Measured.Change), chart.cell(r.Measured.High)
			if low > at || at > high || low < 0 || high >= chartCells {
				t.Fatalf("%v is drawn at %d, %d, %d", *m, low, at, high)
			}
			if half := chartCells / 2; (m.Low > 0) && low < half || (m.High < 0) && high > half {
				t.Fatalf("%v is drawn beyond zero: %d to %d", *m, low, high)
			}
			if drawn := []rune(chart.draw(r)); len(drawn) != chartCells || drawn[at] != '●' {
				t.Fatalf("%v is drawn %q", *m, string(drawn))
			}
		}
	})
	wild := RowModel{Measured: &Measured{Change: math.NaN(), Low: math.Inf(-1), High: math.Inf(1)}}
	if got := []rune(newIntervalChart([]RowModel{wild}).draw(wild)); len(got) != chartCells {
		t.Errorf("what is no number is drawn %q", string(got))
	}
	if got := newIntervalChart([]RowModel{{}}).draw(RowModel{}); strings.TrimSpace(got) != "│" {
		t.Errorf("nothing is drawn %q", got)
	}
}
