package browsertest

import (
	"bytes"
	"fmt"
	"html/template"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/reports/assets"
	"mtrlz.dev/perfrun/reports/chart"
)

// years is a history of 2,000 commits with two lines, a step, an accepted one, a
// release and a change of environment.
func years() chart.History {
	h := chart.History{Commits: 2000, Unit: "ms", Label: "join over 2,000 commits: 10 % slower since commit 1,200"}
	for n, name := range []string{"office", "cloud"} {
		l := chart.Line{Name: name, Class: name, Segments: []int{700}}
		for i := range 2000 {
			v := 10 + 4*float64(n) + 0.3*math.Sin(float64(i*i%977))
			if i >= 1200 {
				v++
			}
			l.Points = append(l.Points, chart.Spot{
				X: i, Value: v, Low: v - 0.2, High: v + 0.2, Title: fmt.Sprintf("commit %d, %.2f ms", i, v), Href: fmt.Sprintf("#c%d", i),
			})
		}
		h.Lines = append(h.Lines, l)
	}
	for i := range 2000 {
		h.Words = append(h.Words, fmt.Sprintf("change %d", i))
	}
	h.Lines[0].Points[55].Title, h.Words[55] = attack, attack
	h.Lines[0].Points[56].Value, h.Lines[0].Points[57].Href = math.NaN(), "javascript:caught=1"
	h.Marks = []chart.Mark{
		{X0: 1190, X1: 1200, Kind: chart.Worse, Title: "+10 %", Href: "#worse", Before: 10, After: 11},
		{X0: 400, X1: 404, Kind: chart.Accepted, Title: "accepted", Before: 10, After: 10},
		{X1: 1500, Kind: chart.Release, Title: "v1"},
	}
	return h
}

var historyPage = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><title>History</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{{.StyleHash}}'; script-src '{{.ScriptHash}}'"/>
<style>{{.Style}}</style></head>
<body><main><h1>History</h1>
<figure id="join"><div class="scroll" role="region" aria-label="History of join" tabindex="0">{{.SVG}}</div><figcaption>join</figcaption>{{with .Points}}<script type="application/json" class="points">{{.}}</script>{{end}}</figure>
<p>{{.Small}}</p><p id="c1999">End</p></main><script>{{.Script}}</script></body></html>`))

// historyFile writes a page with one history.
func historyFile(t testing.TB, h chart.History) string {
	t.Helper()
	pageStyle, err := os.ReadFile("../page.css")
	if err != nil {
		t.Fatal(err)
	}
	style := string(pageStyle) + assets.HistoryStyle
	data := map[string]any{
		"Style": template.CSS(style), "StyleHash": assets.Hash(style), "SVG": h.SVG(), "Small": h.Small(),
		"Script": template.JS(assets.HistoryScript), "ScriptHash": assets.Hash(assets.HistoryScript), "Points": h.Readout(),
	}
	var b bytes.Buffer
	if err := historyPage.Execute(&b, data); err != nil {
		t.Fatal(err)
	}
	return write(t, b.String())
}

// explorer is a page with a history and what is asked of it again and again.
type explorer struct {
	*Page
	t *testing.T
}

func explore(t *testing.T, file string, o Options) explorer {
	t.Helper()
	p := explorer{Open(t, file, o), t}
	p.Until("document.querySelector('.history-read')")
	return p
}

// place returns where the given shares of the plot's width and height are. The
// browser's own box of the plot grows with what zooming moves out of it.
func (e explorer) place(right, down float64) Point {
	e.t.Helper()
	return e.At("svg.history", (62+right*826)/900, (44+down*206)/290)
}

func (e explorer) readOut(want string) {
	e.t.Helper()
	e.Until(fmt.Sprintf("document.querySelector('.history-read').textContent.includes(%s)", quote(want)))
}

func (e explorer) hash(want string) {
	e.t.Helper()
	e.Until(fmt.Sprintf("location.hash === %s", quote(want)))
}

// span returns how much of the commits is in view, as a share.
func (e explorer) span() float64 {
	e.t.Helper()
	return Eval[float64](e.Page, "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelector('svg.view').viewBox.baseVal.width / 826))))")
}

func TestHistoryIsSound(t *testing.T) {
	file := historyFile(t, years())
	everyReader(t, func(t *testing.T, o Options) {
		p := Open(t, file, o)
		p.Sound()
		p.Screenshot(t.Name())
		if tools := Eval[int](p, "document.querySelectorAll('.history-tools').length"); (tools == 0) != o.NoScript {
			t.Errorf("%d sets of tools", tools)
		}
		drawn := Eval[[]int](p, "['g.mark', 'g.series:first-of-type .line', 'g.series:last-of-type .points'].map((what) => document.querySelectorAll('svg.history:not(.small) ' + what).length)")
		if !slices.Equal(drawn, []int{3, 7, 7}) {
			t.Errorf("%v marks, pieces of the first line and of the last one's points are drawn", drawn)
		}
	})
}

func TestHistoryByPointer(t *testing.T) {
	e := explore(t, historyFile(t, years()), Options{})
	e.Hover(e.place(0.5, 0.95))
	e.readOut("office: commit ")
	e.Hover(e.place(0.5, 0.05))
	e.readOut("cloud: commit ")
	e.Drag(e.place(0.5, 0.5), e.place(0.75, 0.5), false)
	if s := e.span(); math.Abs(s-0.25) > 0.02 {
		t.Errorf("after a drag over a quarter %.3f of the commits are in view", s)
	}
	e.Until("/^#h=join:(99|100)\\d-(149|150)\\d$/.test(location.hash)")
	before := Eval[string](e.Page, "location.hash")
	e.Drag(e.place(0.5, 0.5), e.place(0.7, 0.5), true)
	e.Until("location.hash !== " + quote(before))
	if s := e.span(); math.Abs(s-0.25) > 0.02 {
		t.Errorf("moving changed the span to %.3f", s)
	}
	at := e.place(0.5, 0.5)
	e.Wheel(at, -300)
	if s := e.span(); s > 0.2 {
		t.Errorf("the wheel did not zoom a picture that has the focus: %.3f", s)
	}
	e.Click(e.At(".history-tools button:nth-of-type(3)", 0.5, 0.5))
	e.hash("")
	e.Wheel(e.place(0.5, 0.5), -300)
	if s := e.span(); s != 1 {
		t.Errorf("the wheel zoomed a picture without the focus: %.3f", s)
	}
	e.Sound()
}

func TestHistoryByKeyboard(t *testing.T) {
	e := explore(t, historyFile(t, years()), Options{Width: 360})
	e.Keys("Tab", "Tab", "End")
	e.readOut("commit 1999")
	e.Keys("ArrowLeft", "ArrowLeft", "ArrowRight")
	e.readOut("commit 1998")
	e.Keys("ArrowUp", "Home")
	e.readOut("office: commit 0, 10.00 ms, change 0")
	e.Keys("ArrowDown")
	e.readOut("cloud: commit 0,")
	e.Keys("+", "+", "+")
	e.hash("#h=join:0-250")
	e.Keys("End")
	e.hash("#h=join:1749-1999")
	if seen := Eval[int](e.Page, "[...document.querySelectorAll('svg.history g.mark')].filter((mark) => getComputedStyle(mark).display !== 'none').length"); seen != 0 {
		t.Errorf("%d marks are seen of commits that are not in view", seen)
	}
	e.Keys("Shift+ArrowLeft", "-")
	e.Until("location.hash.startsWith('#h=join:1') && location.hash !== '#h=join:1749-1999'")
	e.Keys("0")
	e.hash("")
	e.Keys("+", "Escape")
	e.hash("")
	if s, words := e.span(), e.Text(".history-read"); s != 1 || words != "" {
		t.Errorf("after Escape %.3f is in view and %q read out", s, words)
	}
	e.Keys("End", "Enter")
	e.hash("#c1999")
}

// TestHistoryAddress: a page opens as its address says, and whatever else the
// address holds opens it whole.
func TestHistoryAddress(t *testing.T) {
	file := "file://" + historyFile(t, years())
	check := func(hash string, want float64) {
		t.Helper()
		e := explore(t, file+hash, Options{})
		if s := e.span(); math.Abs(s-want) > 0.001 {
			t.Errorf("%s shows %.3f of the commits, want %.3f", hash, s, want)
		}
		if words := e.Console(); len(words) > 0 {
			t.Errorf("%s: console %q", hash, words)
		}
	}
	check("#h=other:1-2,join:1000-1199", 199.0/1999)
	check("#h=join:5-5", 4.0/1999)
	check("#h=join:9-999999999", 1)
	check("#h=join:x", 1)
	check("#h=%zz:1-2", 1)
	check("#c1999", 1)
}

// TestHistoryByTouch: two fingers zoom, one moves.
func TestHistoryByTouch(t *testing.T) {
	e := explore(t, historyFile(t, years()), Options{Width: 360, Touch: true})
	line := func(from, to float64) (way []Point) {
		for i := range 5 {
			way = append(way, e.place(from+(to-from)*float64(i)/4, 0.5))
		}
		return way
	}
	e.Touch(line(0.75, 0.65), line(0.85, 0.95))
	e.Until("location.hash.startsWith('#h=join:')")
	span := e.span()
	if math.Abs(span-1.0/3) > 0.05 {
		t.Errorf("spreading fingers threefold leaves %.3f in view", span)
	}
	before := Eval[string](e.Page, "location.hash")
	e.Touch(line(0.7, 0.9))
	e.Until("location.hash !== " + quote(before))
	if s := e.span(); math.Abs(s-span) > 0.001 {
		t.Errorf("moving changed the span from %.3f to %.3f", span, s)
	}
}

// TestHistoryLines: lines are hidden and shown, and a hidden one is not read out.
func TestHistoryLines(t *testing.T) {
	e := explore(t, historyFile(t, years()), Options{})
	toggle := ".history-tools button:nth-of-type(4)"
	e.Click(e.At(toggle, 0.5, 0.5))
	e.Until("document.querySelector('" + toggle + "').getAttribute('aria-pressed') === 'false'")
	if Eval[bool](e.Page, "document.querySelector('g.series.office').getClientRects().length > 0") {
		t.Error("the line is still drawn")
	}
	e.Hover(e.place(0.5, 0.95))
	e.readOut("cloud: commit ")
	e.Click(e.At(toggle, 0.5, 0.5))
	e.Until("document.querySelector('g.series.office').getClientRects().length > 0")
}

// TestHistoryWords: what the data say stays text, and a link leads to pages only.
func TestHistoryWords(t *testing.T) {
	file := historyFile(t, years())
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// The program words no such link; the script refuses it as well.
	hostile := write(t, strings.Replace(string(page), `"#c58"`, `"javascript:caught=1"`, 1))
	e := explore(t, hostile+"#h=join:50-60", Options{})
	harmless := func() {
		t.Helper()
		if n := Eval[int](e.Page, "document.querySelectorAll('.history-read *, img').length"); n != 0 || Eval[bool](e.Page, "'caught' in window") {
			t.Errorf("%d links or images where there should be none", n)
		}
	}
	e.Keys("Tab", "Tab", "ArrowRight", "ArrowUp", "Home")
	e.Keys(strings.Fields(strings.Repeat("ArrowRight ", 55))...)
	e.readOut(attack + ", " + attack)
	if n := Eval[int](e.Page, "document.querySelectorAll('.history-read a').length"); n != 1 {
		t.Errorf("%d links to the commit", n)
	}
	for _, next := range []string{"commit 56", "commit 57", "commit 58"} {
		e.Keys("ArrowRight")
		e.readOut(next)
		if next != "commit 56" {
			harmless()
		}
	}
}

// TestZoomTouchesFewElements: a frame of a zoom changes some attributes, builds
// nothing, and does as much for 2,000 commits as for 200.
func TestZoomTouchesFewElements(t *testing.T) {
	changes := func(commits int) (attributes, nodes int) {
		h := years()
		h.Commits = commits
		for i := range h.Lines {
			h.Lines[i].Points, h.Lines[i].Segments = h.Lines[i].Points[:commits], nil
		}
		e := explore(t, historyFile(t, h), Options{})
		got := Eval[[2]int](e.Page, `new Promise((done) => {
			const svg = document.querySelector('svg.history'), seen = [0, 0];
			const frame = () => new Promise((next) => requestAnimationFrame(next));
			frame().then(frame).then(() => {
				const watch = new MutationObserver((all) => all.forEach((m) => { seen[m.type === 'attributes' ? 0 : 1]++; }));
				watch.observe(svg, {attributes: true, childList: true, subtree: true});
				svg.dispatchEvent(new KeyboardEvent('keydown', {key: '+', bubbles: true}));
				return frame().then(frame).then(frame).then(() => done(seen));
			});
		})`)
		return got[0], got[1]
	}
	attributes, nodes := changes(2000)
	few, _ := changes(200)
	if attributes == 0 || attributes > 80 || nodes > 20 || attributes > few+20 {
		t.Errorf("a zoom changes %d attributes and %d texts of 2,000 commits, %d attributes of 200", attributes, nodes, few)
	}
}
