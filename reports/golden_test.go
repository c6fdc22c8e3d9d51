package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

func TestHTMLGolden(t *testing.T) {
	page := renderPage(t, fixturePage())
	checkGolden(t, "page.html", []byte(page))
	if again := renderPage(t, fixturePage()); again != page {
		t.Error("the same page gave other bytes the second time")
	}
}

func TestTableGolden(t *testing.T) {
	comparisons := fixturePage().Comparisons
	for _, style := range []TableStyle{{0, false}, {120, false}, {120, true}, {150, false}, {80, false}, {60, false}, {40, true}} {
		name := fmt.Sprintf("table-%d.txt", style.Width)
		if style.Color {
			name = fmt.Sprintf("table-%d-color.txt", style.Width)
		}
		got := renderTable(t, comparisons, style)
		checkGolden(t, name, []byte(got))
		checkWidth(t, name, got, style.Width)
	}
}

// checkWidth holds that no line is wider than the terminal.
func checkWidth(t *testing.T, name, text string, width int) {
	t.Helper()
	for line := range strings.Lines(words.TerminalSequence.ReplaceAllString(text, "")) {
		if n := words.Cells(strings.TrimSuffix(line, "\n")); width > 0 && n > width {
			t.Errorf("%s: a line takes %d cells: %q", name, n, line)
		}
	}
}

func TestRunListGolden(t *testing.T) {
	done := fixtureRun()
	failed := fixtureRun()
	failed.ID, failed.State, failed.Head.Dirty = "20261119-220000-a2xm", results.Failed, false
	failed.Created = fixtureStart.Add(-11 * 3600e9)
	failed.Head.Subject = "a subject\x1b[2J that 消す everything, and goes on for longer than any terminal is wide"
	var b bytes.Buffer
	for _, width := range []int{0, 100, 60} {
		fmt.Fprintf(&b, "width %d\n", width)
		if err := RunList(&b, []results.Run{done, failed}, TableStyle{Width: width}, fixtureStart.Add(20*60e9)); err != nil {
			t.Fatal(err)
		}
	}
	checkGolden(t, "list.txt", b.Bytes())
	checkWidth(t, "list at 60", b.String()[strings.Index(b.String(), "width 60"):], 60)
}

func TestRunSummaryGolden(t *testing.T) {
	page := fixturePage()
	var b bytes.Buffer
	if err := RunSummary(&b, page, TableStyle{Width: 90}); err != nil {
		t.Fatal(err)
	}
	page.Record.Run.State, page.Record.Run.Error = results.Failed, "the disk is full"
	b.WriteString("---\n")
	if err := RunSummary(&b, page, TableStyle{Color: true}); err != nil {
		t.Fatal(err)
	}
	b.WriteString("---\n")
	if err := RunSummary(&b, page, TableStyle{Width: 150}); err != nil { // room for drawn intervals
		t.Fatal(err)
	}
	checkGolden(t, "summary.txt", b.Bytes())
}
