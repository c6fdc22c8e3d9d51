package browsertest

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Options say who looks at a page.
type Options struct {
	Width    int    // of the window in CSS pixels; 0: 1600
	Height   int    // 0: 900
	Dark     bool   // the reader prefers a dark scheme
	NoScript bool   // scripts are off
	Touch    bool   // the screen can be touched
	Zone     string // that the reader's clock is set to; empty: this machine's
}

// Page is a page in the browser. Its methods fail the test that opened it where
// the browser cannot do what is asked.
type Page struct {
	URL     string
	t       testing.TB
	ctx     context.Context
	options Options

	mu       sync.Mutex // guards what the browser's events add to
	requests []string
	console  []string
}

// Open opens a file or an address and waits until it is loaded. The page is
// closed when the test ends.
func Open(t testing.TB, fileOrURL string, options Options) *Page {
	t.Helper()
	parent, err := browser()
	if err != nil {
		t.Fatalf("no browser: %v", err)
	}
	if !strings.Contains(fileOrURL, "://") {
		file, err := filepath.Abs(fileOrURL)
		if err != nil {
			t.Fatal(err)
		}
		fileOrURL = "file://" + file
	}
	if options.Width == 0 {
		options.Width = 1600
	}
	if options.Height == 0 {
		options.Height = 900
	}
	p := &Page{URL: fileOrURL, t: t, options: options}
	var end context.CancelFunc
	p.ctx, end = chromedp.NewContext(parent, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.see))
	t.Cleanup(end)
	if err := chromedp.Do(p.ctx); err != nil { // the page lives as long as the context of its first step
		t.Fatalf("new page: %v", err)
	}
	p.do("open "+fileOrURL, p.prepare(), chromedp.Navigate(fileOrURL))
	return p
}

// prepare makes the browser that of the reader in question.
func (p *Page) prepare() chromedp.Action[chromedp.Void] {
	scheme := "light"
	if p.options.Dark {
		scheme = "dark"
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		viewport := chromedp.EmulateViewport(int64(p.options.Width), int64(p.options.Height))
		if p.options.Touch {
			viewport = chromedp.EmulateViewport(int64(p.options.Width), int64(p.options.Height), chromedp.EmulateTouch)
		}
		if _, err := viewport(ctx, t); err != nil {
			return err
		}
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		if _, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media); err != nil {
			return err
		}
		if p.options.Zone != "" {
			if _, err := cdp.Call(ctx, t, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: p.options.Zone}); err != nil {
				return err
			}
		}
		return p.scripts(ctx, t, !p.options.NoScript)
	})
}

func (p *Page) scripts(ctx context.Context, t *chromedp.Target, on bool) error {
	_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	return err
}

// see notes what the browser tells of the page. An event comes before the answer
// to whatever caused it.
func (p *Page) see(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			p.console = append(p.console, consoleWords(e))
		}
	case *runtime.EventExceptionThrown:
		words := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			words += " " + e.ExceptionDetails.Exception.Description
		}
		p.console = append(p.console, words)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			p.console = append(p.console, e.Entry.Text)
		}
	}
}

func consoleWords(e *runtime.EventConsoleAPICalled) string {
	var words []string
	for _, arg := range e.Args {
		words = append(words, string(arg.Value)+arg.Description)
	}
	return strings.Join(words, " ")
}

// Requests returns the address of every request so far, the page's own first.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Console returns the errors and warnings so far: those that the page wrote,
// exceptions, and what the browser refused it.
func (p *Page) Console() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.console)
}

// Sound holds what is true of every page of ours: nothing on the console, no
// request but the page itself, no broken rule of accessibility, and nothing that
// makes the page wider than the window.
func (p *Page) Sound() {
	p.t.Helper()
	p.Axe()
	if width := Eval[int](p, "document.scrollingElement.scrollWidth"); width > p.options.Width {
		p.t.Errorf("%s: it is %d px wide in a window of %d: %s", p.URL, width, p.options.Width, Eval[string](p, widest))
	}
	for _, words := range p.Console() {
		p.t.Errorf("%s: console: %s", p.URL, words)
	}
	if requests := p.Requests(); len(requests) != 1 || requests[0] != p.URL {
		p.t.Errorf("%s: requests %q, want the page alone", p.URL, requests)
	}
}

// widest names what reaches farthest beyond the window and cannot be scrolled by
// itself.
const widest = `[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
	.map((e) => e.outerHTML.slice(0, 120)).slice(0, 5).join(' | ')`
