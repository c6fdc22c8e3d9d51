package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

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
			at = cells(before)
		}
		if n := cells(before); n != at {
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
			if n := cells(strings.TrimSuffix(line, "\n")); n > width {
				t.Fatalf("a line takes %d of %d cells: %q", n, width, line)
			}
		}
	})
}
