package browsertest

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"mtrlz.dev/perfrun/cmd/perfrun/web"
	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/results/store"
)

// serve answers with the pages of a store, as a box does, and returns their root; live is
// what only its daemon knows.
func serve(t *testing.T, s *store.Store, live site.Live) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := web.New(pagesOf(s, live), web.Options{})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := server.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// TestLiveSite opens every kind of page from a server as every kind of reader does. Each
// must say what the written page says. What the server's policy forbids would stand on
// the console.
func TestLiveSite(t *testing.T) {
	s := filled(t)
	dir, root := folder(t, s), serve(t, s, nil)
	written := map[string]string{}
	const words = "document.body.textContent"
	everyPage(t, dir, func(file string) { written[file] = Eval[string](Open(t, file, Options{NoScript: true}), words) })
	everyReader(t, func(t *testing.T, o Options) {
		everyPage(t, dir, func(file string) {
			address, err := filepath.Rel(dir, file)
			if err != nil {
				t.Fatal(err)
			}
			p := Open(t, root+"/"+filepath.ToSlash(address), o)
			p.linked(root)
			if o.NoScript {
				if said := Eval[string](p, words); said != written[file] {
					t.Errorf("%s says live:\n%s\nand written:\n%s", address, said, written[file])
				}
			}
		})
	})
}

// TestLiveLinks follows every link of every kind of page within the site.
func TestLiveLinks(t *testing.T) {
	s := filled(t)
	dir, root := folder(t, s), serve(t, s, nil)
	known := map[string]bool{}
	everyPage(t, dir, func(file string) {
		address, _ := filepath.Rel(dir, file)
		p := Open(t, root+"/"+filepath.ToSlash(address), Options{})
		links := Eval[[]string](p, `[...document.querySelectorAll('a')].filter((a) => a.hasAttribute('href'))
			.map((a) => new URL(a.getAttribute('href'), location).href.split('#')[0]).filter((h) => h.startsWith(location.origin))`)
		for _, link := range links {
			if known[link] {
				continue
			}
			known[link] = true
			answer, err := http.Get(link)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("%s links to %s, which answers %s", address, link, answer.Status)
			}
		}
	})
	if len(known) < 15 {
		t.Errorf("only %d links were followed", len(known))
	}
}
