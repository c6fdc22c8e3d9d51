package web

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/results"
)

// some are pages of every kind, and count how often they are made.
type some struct {
	made    atomic.Int64
	edition atomic.Int64  // of the runs; every tenth is one of what they found
	hold    chan struct{} // a page waits for it, unless it is nil

	unnumbered atomic.Bool // editions cannot be read
}

func (p *some) Edition(context.Context) (results.Edition, error) {
	n := p.edition.Load()
	if p.unnumbered.Load() {
		return results.Edition{}, errors.New("no editions")
	}
	return results.Edition{Runs: 1 + n, Findings: 1 + n/10}, nil
}

func (p *some) Document(ctx context.Context, address string, query url.Values) (site.Document, error) {
	p.made.Add(1)
	if p.hold != nil {
		<-p.hold
	}
	if ctx.Err() != nil {
		return site.Document{}, ctx.Err()
	}
	switch address {
	case "index.html":
		return site.Document{Type: "text/html; charset=utf-8", Body: []byte(strings.Repeat("<p>overview</p>", 200)), At: time.Unix(1e9, 0)}, nil
	case "runs/1.html":
		return site.Document{Type: "text/html; charset=utf-8", Body: []byte("small"), Holds: site.HoldsRuns}, nil
	case "history/1.html":
		return site.Document{Type: "text/html; charset=utf-8", Body: []byte("findings"), Holds: site.HoldsFindings}, nil
	case "slow.html":
		time.Sleep(time.Second)
		return site.Document{Type: "text/html; charset=utf-8", Body: []byte("slow")}, nil
	case "compare.html":
		return site.Document{}, &results.Problem{Kind: results.BadInput, Where: "a", What: fmt.Sprintf("%q is no commit", query.Get("a")), Next: "give one"}
	case "panic.html":
		panic("a bad row")
	case "error.html":
		return site.Document{}, errors.New("secret: the disk at /var/lib is gone")
	}
	return site.Document{}, fs.ErrNotExist
}

// get asks a server of pages, as a browser on this machine.
func get(s *Server, target string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:7878/", nil)
	if u, err := url.Parse(target); err == nil {
		r.URL.Path, r.URL.RawQuery = u.Path, u.RawQuery
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		if header[i] == "Method" {
			r.Method = header[i+1]
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCodes(t *testing.T) {
	s := New(&some{}, Options{Errors: silent()})
	check := func(code int, want, target string, header ...string) {
		t.Helper()
		r := get(s, target, header...)
		text := body(t, r)
		if r.StatusCode != code || !strings.Contains(text, want) || strings.Contains(text, "secret") || strings.Contains(text, "<script>") {
			t.Errorf("%s %q: %d, want %d with %q\n%s", target, header, r.StatusCode, code, want, text)
		}
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy"} {
			if r.Header.Get(name) == "" {
				t.Errorf("%s: no %s", target, name)
			}
		}
		if r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", target)
		}
	}
	check(200, "overview", "/")
	check(200, "overview", "/index.html")
	check(200, "small", "/runs/1.html")
	check(404, "no such page", "/nothing.html")
	for _, path := range []string{"//", "/../etc/passwd", "/a//b", "/a/./b", "/a/../index.html", "/%00", `/a%5cb`, "/runs/"} {
		check(404, "no such page", path)
	}
	check(414, "too long", "/"+strings.Repeat("a", longestPath))
	check(414, "too long", "/?a="+strings.Repeat("a", longestQuery))
	check(400, "is no commit", "/compare.html?a=%3Cscript%3E")
	check(400, "cannot be read", "/compare.html?a=%zz")
	check(500, "could not be made", "/error.html")
	check(500, "could not be made", "/panic.html")
	check(200, "overview", "/")
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE"} {
		check(405, "only be read", "/", "Method", method)
	}
	if r := get(s, "/", "Method", "HEAD"); r.StatusCode != 200 || body(t, r) != "" || r.Header.Get("Content-Length") != "3000" {
		t.Errorf("HEAD: %d, %q", r.StatusCode, r.Header)
	}
}

// TestNames: a page of a stranger cannot make a browser read these under its own name.
func TestNames(t *testing.T) {
	s := New(&some{}, Options{Hosts: []string{"box.example.com"}})
	check := func(host string, want int) {
		t.Helper()
		if r := get(s, "/", "Host", host); r.StatusCode != want {
			t.Errorf("%q: %d, want %d", host, r.StatusCode, want)
		}
	}
	for _, host := range []string{"localhost", "localhost:80", "127.0.0.1:7878", "127.9.9.9", "[::1]:7878", "LOCALHOST:1", "box.example.com", "BOX.example.com:443"} {
		check(host, 200)
	}
	for _, host := range []string{"", "evil.example.com", "localhost.evil.example.com:7878", "10.0.0.1", "169.254.169.254", "[fe80::1]", "box.example.com.evil", "0.0.0.0"} {
		check(host, 421)
	}
}

// TestPrefix: who does not know the first part of the addresses finds nothing.
func TestPrefix(t *testing.T) {
	s := New(&some{}, Options{Prefix: "secret9"})
	for target, want := range map[string]int{"/secret9/": 200, "/secret9/index.html": 200, "/secret9": 404, "/": 404, "/index.html": 404, "/secret8/index.html": 404, "/secret9x/index.html": 404, "/secret9/../index.html": 404} {
		r := get(s, target)
		if text := body(t, r); r.StatusCode != want || want == 404 && strings.Contains(text, "secret9") != strings.HasPrefix(target, "/secret9/") {
			t.Errorf("%s: %d, want %d\n%s", target, r.StatusCode, want, text)
		}
	}
}

func TestTagsAndCompression(t *testing.T) {
	s := New(&some{}, Options{})
	plain, zipped := get(s, "/"), get(s, "/", "Accept-Encoding", "br, gzip;q=0.5")
	reader, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if want := body(t, plain); err != nil || string(text) != want || zipped.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" {
		t.Errorf("compressed it is another: %v, %q", err, zipped.Header)
	}
	if plain.Header.Get("ETag") == zipped.Header.Get("ETag") || plain.Header.Get("Vary") != "Accept-Encoding" || plain.Header.Get("Last-Modified") != "Sun, 09 Sep 2001 01:46:40 GMT" {
		t.Errorf("%q, %q", plain.Header, zipped.Header)
	}
	for _, tag := range []string{plain.Header.Get("ETag"), zipped.Header.Get("ETag"), "W/" + plain.Header.Get("ETag"), `"x", ` + plain.Header.Get("ETag"), "*"} {
		if r := get(s, "/", "If-None-Match", tag); r.StatusCode != 304 || body(t, r) != "" {
			t.Errorf("If-None-Match %s: %d", tag, r.StatusCode)
		}
	}
	if r := get(s, "/", "If-None-Match", `"x"`); r.StatusCode != 200 {
		t.Errorf("another tag: %d", r.StatusCode)
	}
	for value, want := range map[string]bool{"": false, "gzip": true, "gzip;q=0": false, "gzip; q=0.0": false, "*": true, "*;q=0": false, "*, gzip;q=0": false, "deflate": false, "GZIP;Q=1": true, "gzip;q=x": false} {
		if got := takesGzip([]string{value}); got != want {
			t.Errorf("Accept-Encoding %q: %t", value, got)
		}
	}
	if plain.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("%q", plain.Header)
	}
}

// TestOneForAll: what fifty readers ask for at once is made once, and again when it is no
// longer fresh and what it shows may be another.
func TestOneForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pages := &some{hold: make(chan struct{})}
		s := New(pages, Options{})
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if r := get(s, "/"); r.StatusCode != 200 {
					t.Errorf("%d", r.StatusCode)
				}
			})
		}
		synctest.Wait()
		close(pages.hold)
		group.Wait()
		check := func(what string, want int64) {
			t.Helper()
			if got := pages.made.Load(); got != want {
				t.Errorf("%s: made %d times, want %d", what, got, want)
			}
		}
		check("fifty at once", 1)
		get(s, "/")
		check("while it is fresh", 1)
		time.Sleep(time.Second)
		get(s, "/")
		check("later", 2)
		ask := func(what, page string, after time.Duration, want int64) {
			t.Helper()
			time.Sleep(after)
			get(s, page)
			check(what, want)
		}
		ask("a history", "/history/1.html", 0, 3)
		ask("the same edition", "/history/1.html", longest/2, 3)
		pages.edition.Add(1)
		ask("another edition of the runs alone", "/history/1.html", 0, 3)
		pages.edition.Add(10)
		ask("another edition of what they found", "/history/1.html", 0, 4)
		pages.edition.Add(10)
		ask("another, but it is fresh", "/history/1.html", time.Second/2, 4)
		ask("another", "/history/1.html", time.Second/2, 5)
		ask("somebody may have changed it by hand", "/history/1.html", longest, 6)
		ask("a run", "/runs/1.html", 0, 7)
		pages.edition.Add(1)
		ask("another edition of the runs", "/runs/1.html", time.Second, 8)
		pages.unnumbered.Store(true)
		ask("no edition, but fresh", "/runs/1.html", time.Second/2, 8)
		ask("no edition", "/runs/1.html", time.Second/2, 9)
		pages.unnumbered.Store(false)
		get(s, "/error.html")
		get(s, "/error.html")
		check("errors are not kept", 11)
		ask("what takes long", "/slow.html", 0, 12)
		ask("is kept for longer", "/slow.html", 9*time.Second, 12)
		ask("but not for good", "/slow.html", 2*time.Second, 13)
		pages.edition.Add(1)
		ask("for less when something changed", "/slow.html", freshest-time.Second/10, 13)
		ask("and not for longer", "/slow.html", time.Second/5, 14)
	})
}

// TestBusy: who has no turn is told so, and a reader who leaves takes the page from
// nobody.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pages := &some{hold: make(chan struct{})}
		s := New(pages, Options{AtOnce: 1})
		codes := make(chan int, 2)
		go func() { codes <- get(s, "/").StatusCode }()
		time.Sleep(2 * slowest) // then it is in the heavy lane
		go func() { codes <- get(s, "/history/1.html").StatusCode }()
		synctest.Wait()
		if r := get(s, "/runs/1.html"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
			t.Errorf("a third page: %d", r.StatusCode)
		}
		gone, leave := context.WithCancel(t.Context())
		go func() {
			_, err := s.answer(gone, asked{address: "index.html"})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("who leaves: %v", err)
			}
		}()
		synctest.Wait()
		leave()
		synctest.Wait()
		close(pages.hold)
		for range cap(codes) {
			if code := <-codes; code != 200 {
				t.Errorf("who stays: %d", code)
			}
		}
	})
}

// TestHeavyLane: nobody waits for a page of which it is known that it takes long, and for
// others no longer than it takes to see that.
func TestHeavyLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(new(some), Options{AtOnce: 1})
		waited := func() time.Duration { // who asks for little while the slow page is made
			var group sync.WaitGroup
			defer group.Wait()
			group.Go(func() { get(s, "/slow.html") })
			synctest.Wait()
			begun := time.Now()
			get(s, "/history/1.html")
			return time.Since(begun)
		}
		if got := waited(); got != slowest {
			t.Errorf("while nobody knew: %v", got)
		}
		if len(s.lanes.light)+len(s.lanes.heavy) > 0 {
			t.Error("somebody who has left holds a turn")
		}
		time.Sleep(longest)
		if got := waited(); got != 0 {
			t.Errorf("later: %v", got)
		}
		for i := range 2 * mostSlow {
			s.lanes.took(fmt.Sprint(i), slowest)
		}
		if n := len(s.lanes.slow); n > mostSlow {
			t.Errorf("%d pages are remembered", n)
		}
		s.lanes.took("slow", slowest)
		s.lanes.took("fast", slowest)
		s.lanes.took("fast", slowest-1)
		if s.lanes.of("fast") == s.lanes.heavy || s.lanes.of("slow") != s.lanes.heavy {
			t.Error("what became fast is in the heavy lane, or what is slow is not")
		}
	})
}

func TestRoom(t *testing.T) {
	k := newKept(4000)
	add := func(key string, size int) {
		text := make([]byte, size) // that does not get smaller
		for i := range text {
			text[i] = byte(rand.Uint32())
		}
		k.keep(key, newAnswer(site.Document{Body: text, Holds: site.HoldsFindings}), results.Edition{Findings: 1}, life{end: time.Now().Add(longest)})
	}
	find := func(key string) *answer { return k.find(key, results.Edition{Findings: 1}) }
	for i := range 20 {
		add(fmt.Sprint(i), 700)
		find("0")
	}
	if k.used > k.room || find("0") == nil || find("19") == nil || find("5") != nil {
		t.Errorf("%d of %d bytes, %d answers", k.used, k.room, len(k.at))
	}
	add("large", 3000)
	if find("large") != nil {
		t.Error("one answer took the room of all")
	}
	if k.order.Len() != len(k.at) {
		t.Errorf("%d in order, %d in the map", k.order.Len(), len(k.at))
	}
}

// TestSocket serves on a unix socket, under any name, and stops.
func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := New(&some{}, Options{Errors: silent()})
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	r, err := client.Get("http://anything/")
	if err != nil || r.StatusCode != 200 {
		t.Fatalf("%v", err)
	}
	_ = r.Body.Close()
	client.CloseIdleConnections()
	if err := errors.Join(s.Shutdown(t.Context()), <-ended); err != nil {
		t.Error(err)
	}
}

// FuzzRequest: whatever is asked, there is an answer, and only a page's own address
// reaches the pages.
func FuzzRequest(f *testing.F) {
	for _, path := range []string{"/", "/index.html", "/../x", "/runs/1.html", "//", "/\x00", "/%2e%2e/x", "x"} {
		f.Add(path, "a=b", "gzip;q=0.5", `W/"x", *`)
	}
	f.Fuzz(func(t *testing.T, path, query, encoding, tags string) {
		s := New(&some{}, Options{Errors: silent()})
		r := httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
		r.URL.Path, r.URL.RawQuery = path, query
		r.Header["Accept-Encoding"], r.Header["If-None-Match"] = []string{encoding}, []string{tags}
		a, refused := s.parse(r)
		if refused == nil && (!filepath.IsLocal(a.address) || strings.Contains(a.address, "\\")) {
			t.Errorf("%q reaches the pages as %q", path, a.address)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code < 200 || w.Code > 503 {
			t.Errorf("code %d", w.Code)
		}
	})
}

// BenchmarkReaders is what one answer costs while fifty readers ask.
func BenchmarkReaders(b *testing.B) {
	s := New(&some{}, Options{})
	b.SetParallelism(50)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			get(s, "/", "Accept-Encoding", "gzip")
		}
	})
}
