package browsertest

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/table"
	"mtrlz.dev/perfrun/results/store"
)

// disk is a folder that a site is written to.
type disk string

func (d disk) Begin([]string) error { return nil }
func (d disk) End() error           { return nil }

func (d disk) Put(address string, body []byte) error {
	file := filepath.Join(string(d), address)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}

func pagesOf(s *store.Store, live site.Live) *site.Site {
	return site.New(s, site.Options{Name: "Acme DB", Commits: "https://git.example.com/db/commit/%s", Generator: "perfrun test", Live: live})
}

// folder writes the site of a store into a folder.
func folder(t *testing.T, s *store.Store) string {
	t.Helper()
	dir := t.TempDir()
	if err := pagesOf(s, nil).Write(t.Context(), disk(dir), func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func emptyStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "perfrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// filled is a store with histories of two classes of hosts: one benchmark that got
// slower, one that is noisy, one with a hostile name, a calibration that was disturbed, a
// failed run, and one with its samples.
func filled(t *testing.T) *store.Store {
	t.Helper()
	s := emptyStore(t)
	random := rand.New(rand.NewPCG(5, 6))
	for _, class := range []string{"office", "cloud"} {
		e := harness.Elsewhere{Name: "nightly.csv", Suite: "dataflow", Branch: "main", Class: class, Unit: "ms", Better: results.Lower, At: time.Unix(1.79e9, 0)}
		e.Series = []table.Series{{Name: "join"}, {Name: "noisy"}, {Name: attack}}
		for n := range 90 {
			e.Series[0].Values = append(e.Series[0].Values, 100*(1+0.1*float64(n/60))+0.3*random.NormFloat64())
			e.Series[1].Values = append(e.Series[1].Values, 50*(1+0.1*random.NormFloat64()))
			e.Series[2].Values = append(e.Series[2].Values, 7+0.01*random.NormFloat64())
			for i := range e.Series {
				e.Series[i].Commits = append(e.Series[i].Commits, fmt.Sprintf("%040x", n+4096))
			}
		}
		if _, err := e.TakeIn(t.Context(), s, func(int, int) {}); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Unix(1.79e9, 0)
	for _, run := range []results.Run{
		{ID: "calibration-1", Kind: results.Calibration, State: results.Done, Suite: "dataflow", Class: "office", Created: at, Finished: at, Noise: []results.Noise{{Benchmark: "join", Metric: results.Metric{Name: "wall", Unit: "sec"}, Run: "calibration-1", Floor: 0.004, Visible: 0.01, CV: 0.002, Rounds: 30}}},
		{ID: "calibration-2", Kind: results.Calibration, State: results.Done, Suite: "dataflow", Class: "office", Created: at.Add(time.Hour), Finished: at.Add(time.Hour), Noise: []results.Noise{{Benchmark: "join", Metric: results.Metric{Name: "wall", Unit: "sec"}, Run: "calibration-2", Floor: 0.005, Visible: 0.01, CV: 0.002, Rounds: 30}}},
		{ID: "failed-1", Kind: results.Comparison, State: results.Failed, Suite: "storage", Class: "office", Error: attack, Created: at, Finished: at},
	} {
		if err := s.SaveRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetDisturbances(t.Context(), "calibration-1", results.Disturbances{Watched: 400, Disturbed: 30, Reasons: map[string]int{"steal": 10, attack: 25}}); err != nil {
		t.Fatal(err)
	}
	measure(t, s, measuredRecord("measured-1", 2))
	return s
}

// everyPage calls see for one page of each kind.
func everyPage(t *testing.T, dir string, see func(file string)) {
	t.Helper()
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		kind, _ := filepath.Rel(dir, filepath.Dir(path))
		if kind == "." || kind == "history" || kind == "machines" || strings.Contains(path, "measured") {
			kind = path // all of them
		}
		if err == nil && strings.HasSuffix(path, ".html") && !seen[kind] {
			seen[kind] = true
			see(path)
		}
		return err
	})
	if err != nil || len(seen) < 6 {
		t.Fatalf("%d kinds of pages, %v", len(seen), err)
	}
}

// TestSite opens every kind of page from disk as every kind of reader does.
func TestSite(t *testing.T) {
	dir := folder(t, filled(t))
	everyReader(t, func(t *testing.T, o Options) {
		everyPage(t, dir, func(file string) {
			p := Open(t, file, o)
			p.linked("file://" + dir)
			p.Screenshot(t.Name() + "-" + filepath.Base(file))
			if Eval[bool](p, "'caught' in window") || Eval[int](p, "document.querySelectorAll('img, iframe, [onerror]').length") != 0 {
				t.Errorf("%s: an attack is more than text", file)
			}
		})
	})
}

func TestEmptySite(t *testing.T) {
	dir := folder(t, emptyStore(t))
	for _, name := range []string{"index.html", "sure.html", "compare.html"} {
		Open(t, filepath.Join(dir, name), Options{Width: 360}).linked("file://" + dir)
	}
}

// linked is Sound for a page of a site, which loads the site's own style and script from
// below root.
func (p *Page) linked(root string) {
	p.t.Helper()
	p.Axe()
	if width := Eval[int](p, "document.scrollingElement.scrollWidth"); width > p.options.Width {
		p.t.Errorf("%s: it is %d px wide in a window of %d: %s", p.URL, width, p.options.Width, Eval[string](p, widest))
	}
	for _, words := range p.Console() {
		p.t.Errorf("%s: console: %s", p.URL, words)
	}
	for _, request := range p.Requests() {
		if !strings.HasPrefix(request, root+"/") {
			p.t.Errorf("%s: it asks for %s", p.URL, request)
		}
	}
	if size := Eval[string](p, "getComputedStyle(document.querySelector('nav.site ul, nav ul') || document.body).display"); size == "block" && strings.Contains(p.URL, "index") {
		p.t.Errorf("%s: the style sheet did not come", p.URL)
	}
}

// TestPagesAgreeWithData wants every change of a page's data on the page, worded.
func TestPagesAgreeWithData(t *testing.T) {
	dir := folder(t, filled(t))
	text, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m site.OverviewModel
	if err := json.Unmarshal(text, &m); err != nil || len(m.Open) != 2 {
		t.Fatalf("%d regressions open, %v", len(m.Open), err)
	}
	p := Open(t, filepath.Join(dir, "index.html"), Options{NoScript: true})
	shown := Eval[[]string](p, "[...document.querySelectorAll('table.changes b')].map((e) => e.textContent)")
	for i, c := range m.Open {
		if want := fmt.Sprintf("%+.1f %%", 100*c.Change); shown[i] != want {
			t.Errorf("change %d is shown as %q, the data say %q", i, shown[i], want)
		}
	}
}

// TestRealHistories draws real histories and wants each announced step at the commit
// that the data name: the band of its mark ends at that commit's place.
func TestRealHistories(t *testing.T) {
	s := emptyStore(t)
	e := harness.Elsewhere{Name: "tcpd", Suite: "tcpd", Branch: "main", Class: "office", Unit: "", Better: results.Lower, At: time.Unix(1.79e9, 0), Series: realSeries(t)}
	if _, err := e.TakeIn(t.Context(), s, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	dir, steps, pages := folder(t, s), 0, site.New(s, site.Options{})
	files, _ := filepath.Glob(filepath.Join(dir, "history", "*.html"))
	for _, file := range files {
		data, err := pages.Document(t.Context(), "history/"+strings.TrimSuffix(filepath.Base(file), ".html")+".json", nil)
		if err != nil {
			t.Fatal(err)
		}
		var m site.HistoryModel
		if err := json.Unmarshal(data.Body, &m); err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		steps += drawn(t, m, string(page))
		if noisy := strings.Contains(html.UnescapeString(string(page)), "this series is noisy"); noisy != (m.Lines[0].Scatter > 0.02) {
			t.Errorf("%s: it scatters by %g, noisy %t", m.Benchmark, m.Lines[0].Scatter, noisy)
		}
	}
	if steps < 10 || len(files) < 20 {
		t.Errorf("%d steps in %d histories are too few to tell anything", steps, len(files))
	}
	Open(t, files[0], Options{}).linked("file://" + dir)
}

var (
	bandOf = regexp.MustCompile(`<rect class="change (?:worse|better|accepted)" x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"`)
	ends   = regexp.MustCompile(`data-last="([0-9]+)" data-from="([0-9.]+)" data-to="([0-9.]+)"`)
)

// drawn counts the steps of a history, each of which must have a band that ends at its
// commit.
func drawn(t *testing.T, m site.HistoryModel, page string) int {
	t.Helper()
	var last, from, to float64
	if found := ends.FindStringSubmatch(page); found != nil {
		fmt.Sscan(strings.Join(found[1:], " "), &last, &from, &to)
	}
	places := map[int]bool{}
	for _, found := range bandOf.FindAllStringSubmatch(page, -1) {
		var x, width float64
		fmt.Sscan(found[1]+" "+found[2], &x, &width)
		places[int(math.Round((x+width-from)/(to-from)*last))] = true
	}
	for _, c := range m.Changes {
		for i, commit := range m.Commits {
			if commit.Rev == c.Bad && !places[i] && !places[i+1] && !places[i-1] { // a narrow band is widened by a unit
				t.Errorf("%s: the step at commit %d is drawn at none of %v", m.Benchmark, i, places)
			}
		}
	}
	return len(m.Changes)
}

// sharedData lies beside the repository: real measurements with known answers.
const sharedData = "../../../shared/data"

// realSeries are the annotated histories of many fields beside the repository.
func realSeries(t *testing.T) (all []table.Series) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sharedData, "tcpd", "datasets", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no real histories in %s: %v", sharedData, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Name   string
			Series []struct{ Raw []*float64 }
		}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(d.Series) != 1 { // of several dimensions
			continue
		}
		one := table.Series{Name: d.Name}
		for _, v := range d.Series[0].Raw {
			if v == nil {
				one.Values = append(one.Values, math.NaN())
				continue
			}
			one.Values = append(one.Values, *v)
		}
		all = append(all, one)
	}
	return all
}
