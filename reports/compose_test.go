package reports

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// largeRun has so many benchmarks of two metrics with so many rounds, each with a verdict.
func largeRun(benchmarks, rounds int) Page {
	record := &results.Record{Run: fixtureRun()}
	record.Run.Bench = nil
	p := Page{Record: record, Generator: "perfrun 0.1.0"}
	for b := range benchmarks {
		name := fmt.Sprintf("storage/compaction/level-%04d-of-many", b)
		record.Run.Bench = append(record.Run.Bench, results.Benchmark{Name: name, Command: "target/release/bench " + name})
		values := map[results.Metric]map[results.Side][]float64{wall: {}, maxRSS: {}}
		for at := range 2 * rounds {
			e := results.Execution{Seq: len(record.Executions), Round: at / 2, Benchmark: name, Side: results.Sides()[at%2], Witness: fixtureWitness(at)}
			for metric, sides := range values {
				v := 0.0123456 * (1 + 0.01*math.Sin(float64(b*at)))
				e.Samples = append(e.Samples, results.Sample{Metric: metric, Value: v})
				sides[e.Side] = append(sides[e.Side], v)
			}
			record.Executions = append(record.Executions, e)
		}
		for _, metric := range []results.Metric{wall, maxRSS} {
			base, head := values[metric][results.Base], values[metric][results.Head]
			p.Comparisons = append(p.Comparisons, verdict.Comparison{
				Benchmark: name, Metric: metric, Verdict: order[1+b%4], Base: edgeSummary(base), Head: edgeSummary(head), MinEffect: 0.02, NoiseFloor: 0.013,
				Change: 0.0234, Low: 0.0111, High: 0.0345, Reason: "the interval +1.1 % to +3.4 % reaches beyond 2.0 %, and that is as much as can be said of it",
			})
		}
	}
	return p
}

// TestLargestPage: a page of a thousand benchmarks opens at once, has a row for each,
// shows the worst whole and says where the others are.
func TestLargestPage(t *testing.T) {
	text := renderPage(t, largeRun(1000, 20))
	page := checkPage(t, text)
	articles := page.elements["article"]
	t.Logf("%d bytes, %d benchmarks shown whole", len(text), articles)
	if len(text) > 1_500_000 {
		t.Errorf("the page has %d bytes, want 1,500,000 at most", len(text))
	}
	if articles < 5 {
		t.Errorf("%d benchmarks are shown whole", articles)
	}
	for _, want := range []string{
		fmt.Sprintf("%d more benchmarks do not fit", 1000-articles),
		"perfrun report 20261120-093000-4k7q --only NAME", "perfrun export 20261120-093000-4k7q --format csv", "500 without a change",
	} {
		if !strings.Contains(page.text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := len(page.attrs["data-change"]); n != 2000 {
		t.Errorf("%d rows, want 2,000", n)
	}
}

// TestPageOfTheWorst: long names, everything broken with much output, noise of everything.
func TestPageOfTheWorst(t *testing.T) {
	p := largeRun(1000, 2)
	run := &p.Record.Run
	run.Noise, run.SuiteText = nil, strings.Repeat("suite: x\n", 1<<20)
	for i := range p.Comparisons {
		c := &p.Comparisons[i]
		c.Benchmark = fmt.Sprintf("%s %d", strings.Repeat("long-", 100), i)
		run.Noise = append(run.Noise, results.Noise{Benchmark: c.Benchmark, Metric: c.Metric, Floor: float64(i) / 1e5})
		if c.Verdict = verdict.Broken; i%2 == 0 {
			c.Verdict = verdict.CannotTell
		}
		c.Reason = strings.Repeat("why ", 1000)
		output := strings.Repeat("error\n", 1<<14)
		c.Evidence = []results.Fault{{Detail: "x", Stderr: output, Stdout: output}, {Detail: "y", Stderr: output}}
	}
	text := renderPage(t, p)
	page := checkPage(t, text)
	if len(text) > 1_500_000 {
		t.Errorf("the page has %d bytes, want 1,500,000 at most", len(text))
	}
	for _, want := range []string{
		"The page has no room for its output.", "The suite has 9437184 bytes, too many for a page", "1900 more are in perfrun export", "2.00 %",
	} {
		if !strings.Contains(page.text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestManyMetricsOfOne: of a benchmark with too many metrics the worst are shown.
func TestManyMetricsOfOne(t *testing.T) {
	p := largeRun(100, 20)
	for i := range p.Record.Executions {
		e := &p.Record.Executions[i]
		for j := range e.Samples {
			e.Samples[j].Metric.Case = e.Benchmark
		}
		e.Benchmark = "all"
	}
	for i := range p.Comparisons {
		c := &p.Comparisons[i]
		c.Metric.Case, c.Benchmark = c.Benchmark, "all"
	}
	page := checkPage(t, renderPage(t, p))
	if page.elements["article"] != 1 || !strings.Contains(page.text, "more metrics of this benchmark, with smaller changes, do not fit") {
		t.Errorf("%d benchmarks are shown", page.elements["article"])
	}
}

// TestOneTooLargeIsLeftOut: a benchmark that no page can hold does not keep the others out.
func TestOneTooLargeIsLeftOut(t *testing.T) {
	p := largeRun(3, 4)
	p.Record.Run.Bench[1].Command = strings.Repeat("x", mostPage)
	page := checkPage(t, renderPage(t, p))
	if page.elements["article"] != 2 || !strings.Contains(page.text, "1 more benchmark does not fit") {
		t.Errorf("%d benchmarks are shown whole", page.elements["article"])
	}
	p.Only = "level-0001"
	if page := checkPage(t, renderPage(t, p)); page.elements["article"] != 3 || !strings.Contains(page.text, "Only benchmarks that match level-0001 are shown.") {
		t.Errorf("%d benchmarks are shown whole of those that were asked for", page.elements["article"])
	}
}

// TestBenchHTML: one benchmark of a run, and all that is known of it.
func TestBenchHTML(t *testing.T) {
	check := func(name string, articles int, want ...string) {
		t.Helper()
		p := fixturePage()
		p.BenchHref = func(string) string { return "elsewhere.html" }
		var b bytes.Buffer
		if err := BenchHTML(&b, p, name); err != nil {
			t.Fatal(err)
		}
		page := checkPage(t, b.String())
		if page.elements["article"] != articles {
			t.Errorf("%s: %d benchmarks, want %d", name, page.elements["article"], articles)
		}
		for _, w := range want {
			if !strings.Contains(page.text, w) {
				t.Errorf("%s: the page does not say %q", name, w)
			}
		}
	}
	check("load-tpch", 1, "load-tpch, dataflow: 5b1f0f3c9d", "max-rss", "Quantile", "What the machine did meanwhile", "frequency, lowest")
	check(hostile, 0, "Nothing was compared.", `<script>alert(1)</script>`)
}

var linked = regexp.MustCompile(`</?a[^>]*>`)

// TestPageBesideOthers: where benchmarks have pages of their own, rows lead there.
func TestPageBesideOthers(t *testing.T) {
	p := fixturePage()
	p.BenchHref = func(name string) string { return "bench/" + name + ".html" }
	p.Nav = []Link{{"Overview", "../index.html"}, {"<b>odd</b>", "javascript:alert(1)"}}
	p.RepositoryURL = "https://example.org/db/commit/%s"
	text := renderPage(t, p)
	page := parsePage(t, text)
	hrefs := strings.Join(page.attrs["href"], "\n")
	for _, want := range []string{"bench/join.html", "../index.html", "https://example.org/db/commit/c0ffee11d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7"} {
		if !strings.Contains(hrefs, want) {
			t.Errorf("no link to %s", want)
		}
	}
	if strings.Contains(hrefs, "javascript:") || page.elements["article"] != 0 || page.elements["nav"] != 1 {
		t.Errorf("links %q, %d benchmarks", hrefs, page.elements["article"])
	}
}

func TestCommitURL(t *testing.T) {
	const rev = "c0ffee11d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7"
	check := func(pattern, rev, want string) {
		t.Helper()
		if got := commitURL(pattern, results.Commit{Rev: rev}); got != want {
			t.Errorf("commitURL(%q, %q) = %q, want %q", pattern, rev, got, want)
		}
	}
	check("https://example.org/c/%s", rev, "https://example.org/c/"+rev)
	check("http://example.org/?id=%s", "c0ffee1", "http://example.org/?id=c0ffee1")
	check("https://example.org/c/%s", "../../x", "")
	check("https://example.org/c/%s", "javascript:alert(1)", "")
	check("javascript:alert('%s')", rev, "")
	check("https://example.org/", rev, "")
	check("https://example.org/%s/%s", rev, "")
	check("//example.org/%s", rev, "")
	check("https:///%s", rev, "")
	check("https://user:secret@example.org/%s", rev, "")
	check("https://example.org/<b>%s", rev, "")
	check("https://example.org:8080/-/commit/%s?a=b&c=d#e", rev, "https://example.org:8080/-/commit/"+rev+"?a=b&c=d#e")
	check("", rev, "")
}

// TestPageOfVerdictsAlone: as a database keeps them, without samples.
func TestPageOfVerdictsAlone(t *testing.T) {
	p := fixturePage()
	whole := pageWords(renderPage(t, p))
	p.Record.Executions = nil
	for i := range p.Comparisons {
		p.Comparisons[i].Base.Values, p.Comparisons[i].Head.Values = nil, nil
	}
	page := checkPage(t, renderPage(t, p))
	if page.elements["article"] != 0 {
		t.Errorf("%d benchmarks without a sample", page.elements["article"])
	}
	if light := pageWords(renderPage(t, p)); light != whole {
		t.Errorf("the rows differ:\n%s\nwith samples:\n%s", light, whole)
	}
}

// pageWords are the rows of a page's first table, without links.
func pageWords(page string) string {
	_, after, _ := strings.Cut(page, `<tbody role="rowgroup">`)
	rows, _, _ := strings.Cut(after, "</tbody>")
	return linked.ReplaceAllString(rows, "")
}
