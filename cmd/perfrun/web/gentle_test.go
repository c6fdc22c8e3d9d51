package web

import (
	"context"
	"net/url"
	"testing"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/results"
)

// niced notes the niceness of the thread that makes a page.
type niced struct{ was int }

func (n *niced) Document(_ context.Context, address string, _ url.Values) (site.Document, error) {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	n.was = kernelNice - raw
	if address == "panic.html" {
		panic("a bad row")
	}
	return site.Document{Type: address}, err
}

func (n *niced) Edition(context.Context) (results.Edition, error) { return results.Edition{}, nil }

// TestPagesYield: the thread that makes a page yields to everybody, and only that one.
func TestPagesYield(t *testing.T) {
	pages := &niced{}
	if _, err := pages.Document(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	own := pages.was
	d, err := New(pages, Options{}).Document(t.Context(), "index.html", nil)
	if err != nil || d.Type != "index.html" || pages.was != max(own, niceness) {
		t.Errorf("%+v, %v, made at niceness %d", d, err, pages.was)
	}
	if r := get(New(pages, Options{Errors: silent()}), "/index.html"); r.StatusCode != 200 || pages.was != max(own, niceness) {
		t.Errorf("a browser's page is made at niceness %d, %s", pages.was, r.Status)
	}
	for range 50 { // on whatever threads
		if _, err := pages.Document(t.Context(), "", nil); err != nil || pages.was != own {
			t.Fatalf("another thread has niceness %d, %v", pages.was, err)
		}
	}
	defer func() {
		if recover() != "a bad row" {
			t.Error("the panic of a page is lost")
		}
	}()
	gently(func() { _, _ = pages.Document(t.Context(), "panic.html", nil) })
}
