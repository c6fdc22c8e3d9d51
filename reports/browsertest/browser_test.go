package browsertest

import (
	"fmt"
	"html"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// write puts a page into a file and returns its path.
func write(t testing.TB, page string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

const frame = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/><title>page</title>
<link rel="icon" href="data:,"/><style>body { background: #fff; color: #000 } @media (prefers-color-scheme: dark) { body { background: #000; color: #fff } }</style>
</head><body><main><h1>Page</h1>%s</main></body></html>`

// failures counts what a page is found guilty of, in place of a test that fails.
type failures struct {
	testing.TB
	words []string
}

func (f *failures) Errorf(format string, args ...any) {
	f.words = append(f.words, fmt.Sprintf(format, args...))
}
func (f *failures) Helper() {}

// TestSoundSeesWhatIsWrong: a page that breaks each rule is found guilty of it,
// and one that breaks none is not.
func TestSoundSeesWhatIsWrong(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	check := func(name, body string, o Options, want ...string) {
		t.Helper()
		found := &failures{TB: t}
		p := Open(t, write(t, fmt.Sprintf(frame, body)), o)
		p.t = found
		p.Sound()
		if len(found.words) != len(want) {
			t.Errorf("%s: found %q, want %d", name, found.words, len(want))
			return
		}
		for i, w := range want {
			if !strings.Contains(found.words[i], w) {
				t.Errorf("%s: found %q, want %q", name, found.words[i], w)
			}
		}
	}
	check("plain", `<p>Words</p>`, Options{})
	check("folded", `<details><summary>More</summary><p><img src="data:,x"/></p></details>`, Options{}, "image-alt")
	check("wide", `<p style="width: 500px">Words</p>`, Options{Width: 360}, "508 px wide")
	check("exception", `<script>throw new Error('lost')</script>`, Options{}, "lost")
	check("exception without scripts", `<script>throw new Error('lost')</script>`, Options{NoScript: true})
	check("console", `<script>console.error('odd', 3)</script>`, Options{}, "odd")
	check("request", `<script>fetch('`+server.URL+`/x', {mode: 'no-cors'})</script>`, Options{}, "404", "/x")
	check("grey in the dark", `<p style="color: #333">Words</p>`, Options{Dark: true}, "color-contrast")
	check("grey in the light", `<p style="color: #333">Words</p>`, Options{})
}

func TestActing(t *testing.T) {
	page := fmt.Sprintf(frame, `<p><button id="b">Go</button> <input id="i" aria-label="i"/></p><p id="o"></p><script>
		const o = document.getElementById('o');
		for (const name of ['keydown', 'click', 'mousedown', 'mouseup', 'wheel', 'touchend']) {
			addEventListener(name, (e) => { o.textContent += ' ' + name + (e.key ? ':' + (e.shiftKey ? 'Shift+' : '') + e.key : ''); });
		}</script>`)
	p := Open(t, write(t, page), Options{Touch: true})
	p.Hover(p.At("#b", 0.5, 0.5))
	p.Until("document.querySelector('#b:hover')")
	p.Click(p.At("#b", 0.5, 0.5))
	p.Keys("Tab", "a", "Shift+ArrowLeft")
	p.Wheel(p.At("h1", 0.1, 0.5), 40)
	p.Drag(p.At("h1", 0.1, 0.5), p.At("h1", 0.2, 0.5), true)
	at := p.At("h1", 0.1, 0.5)
	p.Touch([]Point{at, {at.X + 40, at.Y}})
	p.Until("o.textContent.includes('touchend')")
	if got, want := p.Text("#o"), " mousedown mouseup click keydown:Tab keydown:a keydown:Shift+ArrowLeft wheel mousedown mouseup click touchend"; got != want {
		t.Errorf("seen %q, want %q", got, want)
	}
	if got := Eval[string](p, "document.getElementById('i').value"); got != "a" {
		t.Errorf("typed %q", got)
	}
	t.Setenv("PERFRUN_ARTIFACTS", filepath.Join(t.TempDir(), "new"))
	picture, err := os.ReadFile(p.Screenshot("a page/../x"))
	if err != nil || !strings.HasPrefix(string(picture), "\x89PNG") {
		t.Errorf("screenshot: %v", err)
	}
}

// TestNoHostIsReached: the browser reaches no other host, for which a second
// address of this machine stands in, and the request is seen even so.
func TestNoHostIsReached(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the host was reached") }))
	server.Listener = listener
	server.Start()
	defer server.Close()
	address := server.URL + "/x.png"
	p := Open(t, write(t, fmt.Sprintf(frame, `<img alt="x" src="`+html.EscapeString(address)+`"/>`)), Options{})
	p.Until("document.images[0].complete")
	if requests := p.Requests(); !slices.Equal(requests, []string{p.URL, address}) || !strings.Contains(strings.Join(p.Console(), " "), "ERR_NAME_NOT_RESOLVED") {
		t.Errorf("requests %q, console %q", p.Requests(), p.Console())
	}
}
