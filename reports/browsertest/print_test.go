package browsertest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// onPaper shows a page as a printer does.
func onPaper(p *Page) {
	p.t.Helper()
	p.do("print", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	}))
}

// TestRunOnPaper: what is folded cannot be opened there, and no control can be used.
func TestRunOnPaper(t *testing.T) {
	p := explorable(t, folding(t), Options{Width: 800})
	wantRows(p, "b29 b19 b09")
	onPaper(p)
	if n := Eval[int](p, "[...document.querySelectorAll('.verdicts tbody tr')].filter((r) => r.checkVisibility() && r.getBoundingClientRect().height > 0).length"); n != 30 {
		t.Errorf("%d rows are printed, want all 30", n)
	}
	if Eval[bool](p, "document.querySelector('.tools').checkVisibility()") {
		t.Error("the controls are printed")
	}
	p = explorable(t, golden, Options{Width: 800})
	onPaper(p)
	if width := Eval[int](p, "document.scrollingElement.scrollWidth"); width > 800 {
		t.Errorf("it is %d px wide", width)
	}
	p.Screenshot(t.Name())
}

// TestSiteOnPaper: nothing is wider than the paper, and no control or way to other pages
// takes room.
func TestSiteOnPaper(t *testing.T) {
	dir := folder(t, filled(t))
	everyPage(t, dir, func(file string) {
		p := Open(t, file, Options{Width: 760})
		onPaper(p)
		if width := Eval[int](p, "document.scrollingElement.scrollWidth"); width > 760 {
			t.Errorf("%s: it is %d px wide: %s", file, width, Eval[string](p, widest))
		}
		if n := Eval[int](p, "[...document.querySelectorAll('nav, form, .tools, .history-tools, .history-help')].filter((e) => e.checkVisibility()).length"); n > 0 {
			t.Errorf("%s: %d controls are printed", file, n)
		}
		p.Screenshot(t.Name() + "-" + filepath.Base(file))
	})
}
