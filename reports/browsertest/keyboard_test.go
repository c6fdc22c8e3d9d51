package browsertest

import (
	"path/filepath"
	"slices"
	"testing"
)

// stops marks, in the order of the page, everything that a keyboard must reach, and
// returns how many there are. What is folded away is reached when it is opened.
const stops = `(() => {
	let n = 0;
	for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')) {
		if (e.tabIndex < 0 || e.disabled || !e.checkVisibility() || e.closest('details:not([open])') && e.tagName !== 'SUMMARY') continue;
		e.setAttribute('data-stop', n++);
	}
	return n;
})()`

// focused tells which of them has the focus, -1 for none, and whether an eye sees that.
const focused = `(() => {
	const e = document.activeElement, s = getComputedStyle(e), inner = e.querySelector && e.querySelector('.symbol');
	const seen = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none'
		|| inner && parseFloat(getComputedStyle(inner).strokeWidth) > 2;
	return {stop: Number(e.getAttribute('data-stop') ?? -1), seen: Boolean(seen), html: e.outerHTML.slice(0, 120)};
})()`

type stop struct {
	Stop int    `json:"stop"`
	Seen bool   `json:"seen"`
	HTML string `json:"html"`
}

// TestSiteByKeyboard goes through every kind of page with Tab alone: it comes to
// everything, once, in the order of the page, and sees where it is.
func TestSiteByKeyboard(t *testing.T) {
	dir := folder(t, filled(t))
	everyPage(t, dir, func(file string) {
		p := Open(t, file, Options{})
		all := Eval[int](p, stops)
		name, _ := filepath.Rel(dir, file)
		var visited []int
		for range all + 2 {
			p.Keys("Tab")
			at := Eval[stop](p, focused)
			if at.Stop < 0 {
				break
			}
			visited = append(visited, at.Stop)
			if !at.Seen {
				t.Errorf("%s: nobody sees that the focus is on %s", name, at.HTML)
			}
		}
		want := make([]int, all)
		for i := range want {
			want[i] = i
		}
		if !slices.Equal(visited, want) {
			t.Errorf("%s: Tab goes to %v of %d", name, visited, all)
		}
	})
}

// TestSkipLink: the first key and Enter lead past the navigation.
func TestSkipLink(t *testing.T) {
	p := Open(t, filepath.Join(folder(t, filled(t)), "index.html"), Options{})
	p.Keys("Tab", "Enter")
	p.Until("document.activeElement.id === 'main'")
}

// TestSiteHistoryByKeyboard explores a history of the site without a pointer.
func TestSiteHistoryByKeyboard(t *testing.T) {
	dir := folder(t, filled(t))
	files, err := filepath.Glob(filepath.Join(dir, "history", "dataflow-join*.html"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no history: %v", err)
	}
	p := Open(t, files[0], Options{})
	for range 60 {
		if p.Keys("Tab"); Eval[bool](p, "document.activeElement.matches('svg.history')") {
			break
		}
	}
	const view = "document.querySelector('svg.view').getAttribute('viewBox')"
	whole := Eval[string](p, view)
	p.Keys("ArrowLeft", "+")
	p.Until(view + " !== " + quote(whole))
	p.Until("document.querySelector('.history-read[aria-live]').textContent.match(/ ms, [0-9a-f]{7}/)") // value and commit
	p.Until("location.hash.startsWith('#h=')")
	p.Keys("Escape")
	p.Until(view + " === " + quote(whole))
	p.Until("document.querySelector('.history-read').textContent === ''")
}
