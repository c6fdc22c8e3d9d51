package browsertest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

const golden = "../testdata/page.html"

// explorable opens a page and waits until its script has made its controls.
func explorable(t *testing.T, file string, o Options) *Page {
	t.Helper()
	p := Open(t, file, o)
	p.Until("document.querySelector('.tools')")
	return p
}

// rows returns the benchmarks of the rows that can be seen, in their order.
func rows(p *Page) string {
	return Eval[string](p, `[...document.querySelectorAll('.verdicts tbody tr:not(.why):not(.other)')]
		.filter((r) => r.checkVisibility()).map((r) => r.cells[1].textContent).join(' ')`)
}

// focus moves the focus by Tab alone until it is on an element, which must be reached.
func focus(p *Page, selector string) {
	p.t.Helper()
	Eval[bool](p, "document.activeElement.blur() || true")
	for range 80 {
		p.Keys("Tab")
		if Eval[bool](p, "document.activeElement.matches("+quote(selector)+")") {
			return
		}
	}
	p.t.Fatalf("Tab never comes to %s", selector)
}

func wantRows(p *Page, want string) {
	p.t.Helper()
	if got := rows(p); got != want {
		p.t.Errorf("rows %q, want %q", got, want)
	}
}

// TestRunFilters: by keyboard alone, every filter, and what the address then says.
func TestRunFilters(t *testing.T) {
	for _, o := range []Options{{Width: 360}, {Dark: true}} {
		p := explorable(t, golden, o)
		hash := func(want string) {
			t.Helper()
			if got := Eval[string](p, "location.hash"); got != want {
				t.Errorf("address %q, want %q", got, want)
			}
		}
		hash("")
		focus(p, ".tools input")
		p.Keys("l", "o", "a", "d")
		p.Until("document.querySelector('.count').textContent === '2 of 7 rows'")
		wantRows(p, "load-tpch load-tpch")
		hash("#f=text=load")
		focus(p, ".tools button:nth-of-type(4)") // cannot tell
		p.Keys("Space")
		p.Until("document.activeElement.getAttribute('aria-pressed') === 'true'")
		wantRows(p, "load-tpch")
		if n := Eval[int](p, "[...document.querySelectorAll('.verdicts tbody tr')].filter((r) => r.checkVisibility()).length"); n != 4 {
			t.Errorf("%d lines are shown, want the row, its reason, another host and what it needed", n)
		}
		hash("#f=text=load&verdict=cannot+tell")
		p.Sound()
		p.Keys("Space")
		focus(p, ".tools select")
		p.Keys("m")
		p.Until("document.querySelector('.tools select').value === 'max-rss'")
		hash("#f=text=load&metric=max-rss")
		focus(p, ".tools select:nth-of-type(2)")
		p.Keys("w")
		p.Until("document.querySelector('.tools select:nth-of-type(2)').value === 'differ'")
		hash("#f=text=load&metric=max-rss&host=differ")
		wantRows(p, "")
		focus(p, ".tools > button:last-of-type") // show all
		p.Keys("Enter")
		p.Until("document.querySelector('.count').textContent === '7 rows'")
		hash("")
		if !Eval[bool](p, "document.activeElement.matches('.tools input')") {
			t.Error("the focus is lost with the button")
		}
	}
}

// TestRunSorting: by the buttons of the heads, which say the order.
func TestRunSorting(t *testing.T) {
	for _, o := range []Options{{Width: 360}, {}} {
		p := explorable(t, golden, o)
		head := func(n int, order, want string) {
			t.Helper()
			focus(p, fmt.Sprintf(".verdicts th:nth-child(%d) button", n))
			p.Keys("Enter")
			p.Until(fmt.Sprintf("document.querySelector('.verdicts th:nth-child(%d)').getAttribute('aria-sort') === '%s'", n, order))
			wantRows(p, want)
			if n := Eval[int](p, "document.querySelectorAll('.verdicts th[aria-sort]').length"); n != 1 {
				t.Errorf("%d columns say that they are sorted", n)
			}
		}
		head(2, "ascending", "compact filter group-by join load-tpch load-tpch scan")
		head(2, "descending", "scan load-tpch load-tpch join group-by filter compact")
		head(6, "descending", "join scan group-by filter load-tpch load-tpch compact")
		head(6, "ascending", "load-tpch load-tpch filter group-by scan join compact")
		head(3, "ascending", "compact join load-tpch scan load-tpch group-by filter")
		head(1, "ascending", "compact join scan load-tpch load-tpch group-by filter")
		if why := Eval[string](p, "document.querySelector('.verdicts tr.regression').nextElementSibling.textContent"); !strings.Contains(why, "confirmed in a second block") {
			t.Errorf("under the row stands %q", why)
		}
		if host := Eval[string](p, "document.querySelector('.verdicts tr.other').previousElementSibling.previousElementSibling.cells[1].textContent"); host != "join" {
			t.Errorf("the first line of another host stands under %q", host)
		}
		p.Sound()
		p.Screenshot(t.Name())
	}
}

// TestRunStateFromAddress: a link to a state of the page gives that state; nonsense
// gives the page as it is.
func TestRunStateFromAddress(t *testing.T) {
	check := func(hash, want string) {
		t.Helper()
		p := explorable(t, golden, Options{})
		Eval[bool](p, "new Promise((done) => { addEventListener('hashchange', () => done(true)); location.hash = "+quote(hash)+"; })")
		wantRows(p, want)
		if console := p.Console(); len(console) != 0 {
			t.Errorf("%s: console %q", hash, console)
		}
	}
	const all = "compact join scan load-tpch load-tpch group-by filter"
	check("#f=verdict=no+change&verdict=broken&sort=-name", "load-tpch group-by filter compact")
	check("#f=metric=max-rss", "load-tpch")
	check("#f=text=WALL%20LOAD", "load-tpch")
	check("#f=host=differ", "filter")
	check("#f=host=on+cloud", "join load-tpch filter")
	check("#f=host=constructor&text=alone", "filter")
	check("#f=text=%3Cimg%20src%3Dx%3E", "")
	check("#f=sort=constructor&verdict=&verdict=odd&metric=odd", all)
	check("#f=%E0%A4%A&x=y", all)
	check("#c2", all)
	p := Open(t, golden+"#f=text=scan", Options{})
	p.Until("document.querySelector('.tools')")
	wantRows(p, "scan")
	if got := Eval[string](p, "document.querySelector('.tools input').value"); got != "scan" {
		t.Errorf("the box says %q", got)
	}
}

// TestRunReadOut: charts say their values to pointer and keys, and times are the reader's.
func TestRunReadOut(t *testing.T) {
	p := explorable(t, golden, Options{})
	const chart = "details[open] figure.readable svg"
	focus(p, chart)
	read := func(want string) {
		t.Helper()
		p.Until("document.querySelector('details[open] figure.readable .read').textContent.startsWith(" + quote(want) + ")")
	}
	p.Keys("ArrowRight")
	read("1 of ")
	p.Keys("ArrowRight", "ArrowRight", "ArrowLeft")
	read("2 of ")
	p.Keys("End")
	last := p.Text("details[open] figure.readable .read")
	p.Keys("ArrowRight")
	read(last)
	p.Hover(p.At(chart, 0.5, 0.5))
	p.Until("document.querySelector('details[open] figure.readable .read').textContent !== " + quote(last))
	p.Sound()
	if title := Eval[string](p, "document.querySelector('header time').title"); title != "2026-11-19 03:30 UTC" {
		t.Errorf("the time's title is %q", title)
	}
}

// TestRunWithoutScript: no control is dead, and every row is there.
func TestRunWithoutScript(t *testing.T) {
	p := Open(t, golden, Options{NoScript: true})
	if n := Eval[int](p, "document.querySelectorAll('button, input, select').length"); n != 0 {
		t.Errorf("%d controls that do nothing", n)
	}
	wantRows(p, "compact join scan load-tpch load-tpch group-by filter")
}

// folding is a run of many comparisons without a change, kept as verdicts alone.
func folding(t *testing.T) string {
	t.Helper()
	page := reports.Page{Record: &results.Record{Run: results.Run{State: results.Done, Suite: "many"}}}
	for i := range 30 {
		side := verdict.Summary{N: 9, Median: float64(30 - i)}
		c := verdict.Comparison{
			Benchmark: fmt.Sprintf("b%02d", i), Metric: results.Metric{Name: "wall", Unit: "sec"}, Verdict: verdict.NoChange,
			Change: float64(i) / 1000, Low: -0.01, High: 0.05, MinEffect: 0.06, Base: side, Head: side,
		}
		if i%10 == 9 {
			c.Verdict = verdict.Regression
		}
		page.Comparisons = append(page.Comparisons, c)
	}
	var b bytes.Buffer
	if err := reports.HTML(&b, page); err != nil {
		t.Fatal(err)
	}
	return write(t, b.String())
}

// TestRunFilterUnfolds: a filter looks into what is folded, and folds it again.
func TestRunFilterUnfolds(t *testing.T) {
	p := explorable(t, folding(t), Options{})
	wantRows(p, "b29 b19 b09")
	focus(p, ".tools input")
	p.Keys("b", "1")
	p.Until("document.querySelector('.count').textContent === '10 of 30 rows'")
	if got := rows(p); !strings.HasPrefix(got, "b19 b18") || len(strings.Fields(got)) != 10 {
		t.Errorf("rows %q", got)
	}
	p.Sound()
	Eval[bool](p, "(location.hash = '#f=') !== null")
	p.Until("document.querySelector('.count').textContent === '30 rows'")
	wantRows(p, "b29 b19 b09")
	p = Open(t, folding(t), Options{NoScript: true, Width: 360})
	wantRows(p, "b29 b19 b09")
	p.Sound()
}
