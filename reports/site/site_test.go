package site

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

var update = flag.Bool("update", false, "write the golden files anew")

func officeSite() *Site {
	return New(office(), Options{Name: "Acme DB", Commits: "https://git.example.com/db/commit/%s", Releases: map[string]string{rev(20): "v1.4"}, Generator: "perfrun test"})
}

// document makes what stands at an address, and fails the test where there is nothing.
func document(t *testing.T, s *Site, address string, query url.Values) string {
	t.Helper()
	d, err := s.Document(t.Context(), address, query)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return string(d.Body)
}

func TestGolden(t *testing.T) {
	s := officeSite()
	join := office()
	var of string
	for series := range join.points {
		if series.Benchmark == "join" {
			of = historyKey(series)
		}
	}
	for golden, address := range map[string]string{
		"overview.html": "index.html", "overview.json": "index.json", "history.html": "history/" + of + ".html", "history.csv": "history/" + of + ".csv",
		"overview.csv": "index.csv", "suite.csv": "suites/" + key("dataflow") + ".csv", "sure.csv": "sure.csv",
		"machine.csv": "machines/" + key("office") + ".csv", "compare.csv": "compare/" + rev(29) + between + rev(30) + ".csv",
		"suite.html": suiteAddress("dataflow"), "machine.html": machineAddress("office"), "sure.html": "sure.html", "feed.atom": "feed.atom",
		"compare.html": "compare/" + rev(29) + between + rev(30) + ".html",
	} {
		got := document(t, s, address, nil)
		path := filepath.Join("testdata", golden)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-update writes it anew):\n%s", golden, diff)
		}
	}
}

// TestEveryLinkLeadsSomewhere follows all links of all pages, and wants of every address
// that a written site would hold that there is a document.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	s := officeSite()
	all, err := s.addresses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, address := range all {
		if known[address] {
			t.Errorf("%s is written twice", address)
		}
		known[address] = true
	}
	href := regexp.MustCompile(`(?:href|src|action)="([^"#]*)"`)
	for _, address := range all {
		body := document(t, s, address, nil)
		if !strings.HasSuffix(address, ".html") {
			continue
		}
		for _, found := range href.FindAllStringSubmatch(body, -1) {
			if strings.HasPrefix(found[1], "https://git.example.com/") {
				continue
			}
			if to := filepath.Join(filepath.Dir(address), found[1]); found[1] != "" && !known[to] {
				t.Errorf("%s leads to %s, which is not there", address, to)
			}
		}
	}
}

// TestPageSaysWhatItsDataSay wants every change and every open regression of the JSON
// on the page, in its words.
func TestPageSaysWhatItsDataSay(t *testing.T) {
	s := officeSite()
	var m OverviewModel
	if err := json.Unmarshal([]byte(document(t, s, "index.json", nil)), &m); err != nil {
		t.Fatal(err)
	}
	page := html.UnescapeString(document(t, s, "index.html", nil))
	for _, want := range []string{m.Sentence, "<b>+8.0 %</b>", "0.0121", "join", "+7.0 % to +9.0 %", "the image is gone", "Change 30"} {
		if want == "0.0121" {
			want = "12.10 ms → 13.07 ms"
		}
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if want := "2.7 % → 2.8 % over the last 3 calibrations"; !strings.Contains(page, want) || len(m.Machines[0].Trend) != 3 {
		t.Errorf("the page lacks %q, trend %v", want, m.Machines[0].Trend)
	}
	if len(m.Open) != 1 || m.Open[0].Benchmark != "join" || len(m.News) != 2 || len(m.Trouble) != 1 {
		t.Errorf("open %d, news %d, trouble %d", len(m.Open), len(m.News), len(m.Trouble))
	}
}

func TestNoisySeriesIsCalledNoisy(t *testing.T) {
	s := officeSite()
	for series := range office().points {
		page := document(t, s, historyAddress(series), nil)
		if got, want := strings.Contains(page, "office</bdi></a>: 40 points, now") && strings.Contains(page, "this series is noisy"), series.Benchmark == "noisy"; got != want {
			t.Errorf("%s: noisy %t, want %t", series, got, want)
		}
	}
}

// TestWhatIsBrokenIsSaid has points that cannot be read, and a machine that disturbs.
func TestWhatIsBrokenIsSaid(t *testing.T) {
	f := office()
	f.broken, f.disturbed = 3, results.Disturbances{Watched: 400, Disturbed: 30, Reasons: map[string]int{"steal": 10, "interrupts<b>": 25}}
	s := New(f, Options{})
	for series := range f.points {
		if page := document(t, s, historyAddress(series), nil); !strings.Contains(page, "3 points cannot be read") {
			t.Errorf("%s does not say that points are broken", series)
		}
	}
	page := document(t, s, machineAddress("office"), nil)
	for _, want := range []string{"Of 400 watched executions in its newest 7 runs, 30 (7.5 %) were disturbed", "interrupts&lt;b&gt;", "6.2 %"} {
		if !strings.Contains(page, want) {
			t.Errorf("the machine's page lacks %q", want)
		}
	}
	if strings.Index(page, "interrupts") > strings.Index(page, "time the hypervisor gave to others") {
		t.Error("what disturbs most does not come first")
	}
	if page := document(t, officeSite(), machineAddress("office"), nil); !strings.Contains(page, "Nothing was watched yet") {
		t.Error("a machine that was never watched does not say so")
	}
}

// TestMilestones wants the newest commit beside the last release and beside ten before.
func TestMilestones(t *testing.T) {
	s := officeSite()
	var m CompareModel
	if err := json.Unmarshal([]byte(document(t, s, "compare.json", nil)), &m); err != nil {
		t.Fatal(err)
	}
	last := m.Offers[len(m.Offers)-2:]
	for i, want := range []struct {
		words string
		base  int
	}{{"against release v1.4", 20}, {"against 10 measured commits before", 29}} {
		if !strings.HasSuffix(last[i].Words, want.words) || last[i].Page != "compare/"+rev(want.base)+between+rev(39)+".html" {
			t.Errorf("offer %+v, want %+v", last[i], want)
		}
		if page := document(t, s, last[i].Page, nil); !strings.Contains(page, "no verdict: the day differs") && !strings.Contains(page, "weak") {
			t.Errorf("%s does not say what it is worth", last[i].Page)
		}
	}
}

func TestCompare(t *testing.T) {
	s := officeSite()
	rows := func(a, b string) []CompareRow {
		t.Helper()
		var m CompareModel
		if err := json.Unmarshal([]byte(document(t, s, "compare.json", url.Values{"a": {a}, "b": {b}})), &m); err != nil {
			t.Fatal(err)
		}
		return m.Rows
	}
	if got := rows(rev(10)[:8], rev(11)); len(got) != 6 || got[0].Strength != SameEnv {
		t.Errorf("two commits of one environment: %+v", got)
	}
	if got := rows(rev(10), rev(39)); len(got) != 6 || got[0].Strength != Environment {
		t.Errorf("two commits of two environments: %+v", got)
	}
	if got := rows(rev(10)+"@office", rev(10)+"@cloud"); len(got) != 3 || got[0].Classes != [2]string{"office", "cloud"} || got[0].Change < 0.2 {
		t.Errorf("one commit on two classes of hosts: %+v", got)
	}
	for _, wrong := range []string{"", "abc", "zzzz", attack, "0", strings.Repeat("a", 10_000), "@office", rev(1) + "@moon"} {
		_, err := s.Document(t.Context(), "compare.html", url.Values{"a": {rev(1)}, "b": {wrong}})
		if problem, ok := errors.AsType[*results.Problem](err); !ok || problem.Kind != results.BadInput || problem.Where != "b" {
			t.Errorf("%.20q: %v", wrong, err)
		}
	}
}

// TestManyBenchmarks: the live pages of a large run have one for each benchmark.
func TestManyBenchmarks(t *testing.T) {
	f := office()
	record := &results.Record{Run: f.runs[1]}
	for i := range manyBenchmarks + 1 {
		record.Run.Bench = append(record.Run.Bench, results.Benchmark{Name: fmt.Sprint("bench ", i)})
	}
	f.records[record.Run.ID] = record
	s := New(f, Options{Live: quietBox{}})
	one := "runs/" + record.Run.ID + "/" + key("bench 7") + ".html"
	if page := document(t, s, "runs/"+record.Run.ID+".html", nil); !strings.Contains(page, strings.TrimPrefix(one, "runs/")) || !strings.Contains(page, `href="../index.html"`) {
		t.Errorf("the run's page does not lead to %s", one)
	}
	if page := document(t, s, one, nil); !strings.Contains(page, "bench 7") || strings.Contains(page, "bench 8") || !strings.Contains(page, `href="../../index.html"`) {
		t.Error("the page of one benchmark is not its own")
	}
	if _, err := s.Document(t.Context(), "runs/"+record.Run.ID+"/x.html", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no benchmark: %v", err)
	}
	if page := document(t, s, "index.html", nil); !strings.Contains(page, "paused by <bdi>Nik") || !strings.Contains(page, "the disk is full") {
		t.Errorf("the live overview:\n%s", page)
	} else {
		for _, want := range []string{"running-one", "measuring", "waiting-39", ">20 min<", "ada&lt;b&gt;", "10 more jobs waiting", "1 more job will be answered"} {
			if !strings.Contains(page, want) {
				t.Errorf("the live overview does not say %q:\n%s", want, page)
			}
		}
		if strings.Contains(page, "waiting-40") {
			t.Error("the live overview lists all that wait")
		}
	}
}

// quietBox is a box whose queue is paused, and whose disk is full.
type quietBox struct{}

func (quietBox) Queue(context.Context) (results.QueueView, error) {
	place := func(id string, state results.JobState) results.Place {
		return results.Place{Job: results.Job{Order: results.Order{ID: id, Suite: "perf.yml", Head: strings.Repeat("0a", 20)}, Submitter: "ada<b>", State: state}, BeginsIn: 20 * time.Minute, Estimate: time.Hour}
	}
	view := results.QueueView{
		Paused: &results.Pause{By: "Nik", Why: "moving"}, Running: []results.Place{place("running-one", results.JobRunning)},
		Sharing: []results.Job{{Same: "running-one"}},
	}
	view.Running[0].Run = results.Measuring
	for i := range 50 {
		view.Waiting = append(view.Waiting, place(fmt.Sprint("waiting-", i), results.JobQueued))
	}
	return view, nil
}

func (quietBox) Health(context.Context) ([]results.Finding, error) {
	return []results.Finding{{Topic: "now", Name: "disk", Grade: results.GradeBad, Is: "the disk is full"}}, nil
}

func TestWhatIsNotThere(t *testing.T) {
	s := officeSite()
	for _, address := range []string{
		"", "x", "index", "compare.csv", "index/x.html", "runs/none.html", "runs/latest.html", "runs/../index.html", "history/x.html", "suites/x.html",
		"suites/" + key("dataflow") + ".2.html", "suites/" + key("dataflow") + ".01.html", "machines/x.html", "assets/x", "assets/../site.go", "sure/x.html", "compare/x.html", "runs/none.exe",
	} {
		if _, err := s.Document(t.Context(), address, nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestHostile puts an attack wherever somebody may write something, and wants that it
// stays text.
func TestHostile(t *testing.T) {
	f := &shelfOf{points: map[results.Series][]results.Point{}}
	s := results.Series{Suite: attack, Branch: attack, Class: attack, Benchmark: strings.Repeat(attack, 90), Metric: results.Metric{Case: attack, Name: attack, Unit: attack, Better: results.Direction(attack)}}
	wild := results.Commit{Rev: attack, Subject: attack, Author: attack, Asked: attack}
	for i, v := range []float64{1, 0, -1, 1e300, 5e-324} {
		f.points[s] = append(f.points[s], results.Point{Series: s, Run: attack, Commit: wild, Environment: attack, Value: v, Low: -v, High: 1e308, N: i})
	}
	f.steps = []results.Step{{Series: s, Environment: attack, Good: attack, Bad: attack, Change: 1e300, Low: -1e300, High: 1e300, Before: -1, After: 1e300, Source: attack, Run: attack}}
	f.accepted = []results.Acceptance{{Suite: attack, Benchmark: s.Benchmark, Commit: attack, Run: attack, Reason: attack, By: attack}}
	f.runs = []results.Run{{ID: attack, Kind: results.Comparison, State: results.Failed, Suite: attack, Class: attack, Error: attack, Base: wild, Head: wild, Guards: []results.Guard{{Aspect: attack, Detail: attack}}, Env: []results.Fact{{Name: attack, Value: attack}}}}
	f.alarms = []results.AlarmTally{{Suite: attack, Host: attack}}
	pages := New(f, Options{Name: attack, Commits: "javascript:%s", Releases: map[string]string{attack: attack}, Generator: attack})
	all, err := pages.addresses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range all {
		if !filepath.IsLocal(address) || strings.ContainsAny(address, "\\\n\x00<>\"") || len(address) > 200 {
			t.Errorf("the address %q", address)
		}
		body := document(t, pages, address, nil)
		if strings.HasPrefix(address, "runs/") || strings.HasPrefix(address, "assets/") {
			continue // tested where they are made
		}
		for _, bad := range []string{"<script>alert", "<img", "\u202e", "\x1b", "\x00", `href="javascript`} {
			if strings.HasSuffix(address, ".html") && strings.Contains(body, bad) {
				t.Errorf("%s holds %q", address, bad)
			}
		}
		if strings.HasSuffix(address, ".atom") {
			if err := xml.Unmarshal([]byte(body), new(any)); err != nil {
				t.Errorf("the feed: %v", err)
			}
		}
	}
}

func TestEmpty(t *testing.T) {
	s := New(&shelfOf{}, Options{})
	all, err := s.addresses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range all {
		document(t, s, address, nil)
	}
	if page := document(t, s, "index.html", nil); !strings.Contains(page, "Nothing has been measured yet.") {
		t.Errorf("an empty store:\n%s", page)
	}
}

func TestSourceFails(t *testing.T) {
	f := office()
	f.err = errors.New("the disk is gone")
	for _, address := range []string{"index.html", "sure.html", "compare.html", "feed.atom"} {
		if _, err := New(f, Options{}).Document(t.Context(), address, nil); !errors.Is(err, f.err) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if page := document(t, New(f, Options{}), "runs/office-001.html", nil); !strings.Contains(page, "cannot be read: the disk is gone") {
		t.Errorf("a run's page:\n%s", page)
	}
}

// shelfFolder keeps what is written.
type shelfFolder struct {
	mu          sync.Mutex
	all         []string
	files       map[string][]byte
	begun, over int
}

func (f *shelfFolder) Begin(all []string) error {
	f.all, f.files = all, map[string][]byte{}
	f.begun++
	return nil
}

func (f *shelfFolder) Put(address string, body []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[address] = body
	return nil
}

func (f *shelfFolder) End() error { f.over++; return nil }

// TestWrite wants every document of a written site to be the one that the live pages
// answer with.
func TestWrite(t *testing.T) {
	to, written := &shelfFolder{}, 0
	if err := officeSite().Write(t.Context(), to, func(n, all int) { written = n }); err != nil {
		t.Fatal(err)
	}
	if to.begun != 1 || to.over != 1 || len(to.files) != len(to.all) || written != len(to.all) {
		t.Errorf("begun %d times, ended %d, %d of %d files, the last word was %d", to.begun, to.over, len(to.files), len(to.all), written)
	}
	live := officeSite()
	for address, body := range to.files {
		if document(t, live, address, nil) != string(body) {
			t.Errorf("%s is another one live", address)
		}
	}
}

func TestWriteIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	to := &shelfFolder{}
	if err := officeSite().Write(ctx, to, func(int, int) {}); !errors.Is(err, context.Canceled) || to.over != 0 {
		t.Errorf("%v, ended %d times", err, to.over)
	}
}

// TestBeside finds what other hosts say of a run's commits: the newest of each class.
func TestBeside(t *testing.T) {
	f := office()
	at := slices.IndexFunc(f.runs, func(r results.Run) bool { return r.ID == "office-039" })
	run, again := f.runs[at], f.runs[at+1]
	again.ID, again.Created = "cloud-039-again", again.Created.Add(time.Hour)
	failed := again
	failed.ID, failed.State = "cloud-039-failed", results.Failed
	f.runs = append([]results.Run{failed, again}, f.runs...)
	s := New(f, Options{})
	check := func(run results.Run, want ...string) {
		t.Helper()
		hosts, err := s.beside(t.Context(), run)
		var got []string
		for _, h := range hosts {
			got = append(got, h.Class+" "+h.Record.Run.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("beside %s: %q, %v; want %q", run.ID, got, err, want)
		}
	}
	check(run, "cloud cloud-039-again")
	check(again, "office office-039")
	dirty := run
	dirty.Head.Dirty = true
	check(dirty)
	calibration := run
	calibration.Kind = results.Calibration
	check(calibration)
}
