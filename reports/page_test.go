package reports

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/reports/assets"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// parsed is what a test wants to know of a page.
type parsed struct {
	elements map[string]int
	attrs    map[string][]string // values by name
	text     string
}

// parsePage reads a page as XML, which it keeps to, and fails the test where
// elements do not nest.
func parsePage(t *testing.T, page string) parsed {
	t.Helper()
	p := parsed{elements: map[string]int{}, attrs: map[string][]string{}}
	var text strings.Builder
	decoder := xml.NewDecoder(strings.NewReader(strings.Replace(page, runScript, "", 1))) // no script is XML
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			p.elements[token.Name.Local]++
			for _, a := range token.Attr {
				p.attrs[a.Name.Local] = append(p.attrs[a.Name.Local], a.Value)
			}
		case xml.CharData:
			text.Write(token)
		}
	}
	p.text = text.String()
	return p
}

var (
	knownElements = strings.Fields("html head meta title style body a header p code h1 dl div dt dd main section h2 h3 span " +
		"details summary pre table thead tbody tr th td svg g defs use path rect text article figure figcaption ul li b strong footer nav time script bdi wbr link")
	knownAttrs = strings.Fields("lang charset http-equiv content name class href id role aria-label aria-labelledby aria-hidden " +
		"tabindex scope colspan title rel type open viewBox d x y width height text-anchor datetime data-change " +
		"preserveAspectRatio data-first data-last data-from data-to data-name data-commits data-heights")
	badNumber = regexp.MustCompile(`NaN|[+-]?Inf\b|%!`)
)

// checkPage holds what is true of every page: it is well formed, made of known
// parts only, loads nothing, and shows no number that is none.
func checkPage(t *testing.T, page string) parsed {
	t.Helper()
	page = strings.Replace(page, runScript, "", 1)
	p := parsePage(t, page)
	for name := range p.elements {
		if !slices.Contains(knownElements, name) {
			t.Errorf("element %q is in the page", name)
		}
	}
	for name := range p.attrs {
		if !slices.Contains(knownAttrs, name) {
			t.Errorf("attribute %q is in the page", name)
		}
	}
	ids := map[string]bool{}
	for _, id := range p.attrs["id"] {
		if ids[id] {
			t.Errorf("id %q is there twice", id)
		}
		ids[id] = true
	}
	for _, href := range p.attrs["href"] {
		if !strings.HasPrefix(href, "#") || !ids[href[1:]] {
			t.Errorf("link to %q leads nowhere in the page", href)
		}
	}
	if bad := badNumber.FindString(page); bad != "" {
		t.Errorf("%q is in the page", bad)
	}
	return p
}

func TestPageIsSelfContained(t *testing.T) {
	page := renderPage(t, fixturePage())
	checkPage(t, page)
	if strings.Contains(strings.NewReplacer("http-equiv", "", runScript, "").Replace(page), "http") {
		t.Error("the page mentions http")
	}
	_, after, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(after, "</style>")
	sum := sha256.Sum256([]byte(style))
	want := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; script-src '%s'; base-uri 'none'; form-action 'none'",
		base64.StdEncoding.EncodeToString(sum[:]), assets.Hash(runScript))
	if policies := parsePage(t, page).attrs["content"]; !slices.Contains(policies, want) {
		t.Errorf("content policies %q, want one to be %q", policies, want)
	}
	if strings.Contains(style, "url(") || strings.Contains(style, "@import") {
		t.Error("the style sheet loads something")
	}
}

const hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\n\x1b[31m\u202etxt.exe javascript:alert(3) {{.}} ]]>--\x00\xff"

// hostilePage has hostile text in every field that holds text.
func hostilePage() Page {
	page := fixturePage()
	r := &page.Record.Run
	for _, field := range []*string{
		&r.ID, &r.Error, &r.User, &r.Repo, &r.Suite, &r.SuitePath, &r.SuiteText, &page.Generator,
		&r.Base.Rev, &r.Base.Subject, &r.Base.Author, &r.Head.Rev, &r.Head.Subject, &r.HeadImage.Ref, &r.HeadImage.Digest,
		&r.BaseImage.Pipeline, &r.BaseImage.Step, &r.Plan.Engine, &r.Plan.CPUs, &r.Plan.Harness,
		&r.Env[2].Value, &r.Env[0].Name, &r.Versions[0].Value, &r.Guards[0].Aspect, &r.Guards[3].Detail, &r.Command[3],
	} {
		*field = hostile
	}
	r.State = results.State(hostile)
	for i := range r.Bench {
		r.Bench[i].Name += hostile
		r.Bench[i].Command, r.Bench[i].Format = hostile, hostile
	}
	metric := results.Metric{Case: hostile, Name: hostile, Unit: hostile, Better: hostile}
	for i := range page.Record.Executions {
		e := &page.Record.Executions[i]
		e.Benchmark += hostile
		for j := range e.Samples {
			e.Samples[j].Metric = metric
		}
		if e.Fault != nil {
			e.Fault = &results.Fault{Kind: hostile, Detail: hostile, Stderr: hostile, Stdout: hostile}
		}
	}
	for i := range page.Comparisons {
		c := &page.Comparisons[i]
		c.Benchmark += hostile
		c.Metric, c.Reason, c.Warnings = metric, hostile, []string{hostile}
		c.Evidence = []results.Fault{{Kind: hostile, Detail: hostile, Stderr: hostile, Stdout: hostile}}
	}
	page.Comparisons[0].Verdict = hostile
	return page
}

func TestHostileText(t *testing.T) {
	page := renderPage(t, hostilePage())
	p := checkPage(t, page)
	for _, c := range page {
		if c < ' ' && c != '\n' && c != '\t' || c == '\u202e' || c == '\ufffd' {
			t.Fatalf("character %U is in the page", c)
		}
	}
	shown := `<script>alert(1)</script>"'><img src=x onerror=alert(2)>\n\x1b[31m\u202etxt.exe javascript:alert(3) {{.}} ]]>--\x00\xff`
	if n := strings.Count(p.text, shown); n < 40 {
		t.Errorf("hostile text is shown, spelt out, %d times only", n)
	}
}

// edgePage is a page with one comparison of the given values.
func edgePage(base, head []float64) Page {
	record := &results.Record{Run: results.Run{
		ID: "edge", State: results.Done, Suite: "edges", Bench: []results.Benchmark{{Name: "b"}}, Plan: results.Plan{Rounds: len(base)},
	}}
	metric := results.Metric{Name: "value", Unit: "widgets", Better: results.Lower}
	c := verdict.Comparison{Benchmark: "b", Metric: metric, Verdict: verdict.CannotTell, MinEffect: 0.02}
	for side, values := range map[results.Side][]float64{results.Base: base, results.Head: head} {
		for i, v := range values {
			record.Executions = append(record.Executions, results.Execution{
				Seq: i, Round: i, Benchmark: "b", Side: side, Samples: []results.Sample{{Metric: metric, Value: v}},
			})
		}
	}
	slices.SortStableFunc(record.Executions, func(a, b results.Execution) int { return strings.Compare(string(a.Side), string(b.Side)) })
	c.Base, c.Head = edgeSummary(base), edgeSummary(head)
	c.Change = c.Head.Median/c.Base.Median - 1
	c.Low, c.High = c.Change, c.Change
	return Page{Record: record, Comparisons: []verdict.Comparison{c}}
}

func edgeSummary(values []float64) verdict.Summary {
	if len(values) == 0 {
		return verdict.Summary{}
	}
	return verdict.Summary{N: len(values), Median: median(values), Values: values}
}

func many(n int, value func(int) float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = value(i)
	}
	return values
}

func TestEdgesOfValues(t *testing.T) {
	for name, values := range map[string][2][]float64{
		"none":          {nil, nil},
		"one side":      {{1}, nil},
		"single":        {{1}, {2}},
		"identical":     {{3, 3, 3}, {3, 3, 3}},
		"zero":          {{0, 0}, {0, 0}},
		"negative":      {{-5, -6}, {-7, -4}},
		"huge":          {{math.MaxFloat64, -math.MaxFloat64}, {math.MaxFloat64, 1}},
		"tiny":          {{5e-324, 0}, {5e-324, 1e-300}},
		"not finite":    {{math.NaN(), 1}, {math.Inf(1), math.Inf(-1)}},
		"close":         {{1, math.Nextafter(1, 2)}, {1, 1}},
		"huge change":   {{1e-9, 1e-9}, {1e9, 1e9}},
		"beyond titles": {many(600, rising), many(600, rising)},
	} {
		t.Run(name, func(t *testing.T) { checkPage(t, renderPage(t, edgePage(values[0], values[1]))) })
	}
}

func TestLargeRuns(t *testing.T) {
	noisy := func(i int) float64 { return 1 + math.Abs(math.Sin(float64(i))) }
	page := edgePage(many(30_000, noisy), many(30_000, noisy))
	text := renderPage(t, page)
	checkPage(t, text)
	if len(text) > 1<<20 {
		t.Errorf("a benchmark of 60,000 samples takes %d bytes", len(text))
	}
	if !strings.Contains(text, "perfrun export edge --format csv") {
		t.Error("the page does not say where the samples are")
	}

	wide := fixturePage()
	for i := range 200 {
		c := wide.Comparisons[i%2]
		c.Benchmark = fmt.Sprintf("%d-%s", i, strings.Repeat("name", 50))
		wide.Comparisons = append(wide.Comparisons, c)
	}
	p := checkPage(t, renderPage(t, wide))
	if !strings.Contains(p.text, "103 without a change") {
		t.Error("unchanged benchmarks are not folded")
	}
}

func TestPageSaysHowTheRunEnded(t *testing.T) {
	cut := fixturePage()
	cut.Record.Run.State = results.Cancelled
	cut.Record.Executions = cut.Record.Executions[:7*12+5]
	unfinished := fixturePage()
	unfinished.Record.Run.State = results.Measuring
	failed := fixturePage()
	failed.Record.Run.State, failed.Record.Run.Error = results.Failed, "build of head: exit status 101"
	failed.Comparisons, failed.Record.Executions = nil, nil
	empty := Page{Record: &results.Record{}}

	check := func(name string, p Page, want ...string) {
		t.Helper()
		text := checkPage(t, renderPage(t, p)).text
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the page does not say %q", name, w)
			}
		}
	}
	check("cancelled", cut, "This run was cancelled after 5 of 15 rounds.", "5 of 15, after 2 warm-ups")
	check("unfinished", unfinished, "This run has not ended: it is measuring, with 15 of 15 rounds done.")
	check("failed", failed, "This run failed after 0 of 15 rounds: build of head: exit status 101", "Nothing was compared.")
	check("empty", empty, "Nothing was compared.", "no commit recorded", "This run recorded no guards", "The run recorded no command.")
	check("done", fixturePage(), "1 broken, 1 regression, 1 improvement, 1 cannot tell, 3 no change",
		"it was not protected from frequency, other processes; and 4 of 180 executions were disturbed")
}

func TestWorstComesFirst(t *testing.T) {
	text := checkPage(t, renderPage(t, fixturePage())).text
	_, text, _ = strings.Cut(text, "95 % interval")
	last := -1
	for _, name := range []string{"compact", "join", "scan", "load-tpch", "filter"} {
		at := strings.Index(text, name)
		if at <= last {
			t.Errorf("%s is not where it belongs", name)
		}
		last = at
	}
}

func rising(i int) float64 { return 1 + float64(i) }

// TestPageSaysWhatIsNotKnown: a machine that nobody calibrated says so.
func TestPageSaysWhatIsNotKnown(t *testing.T) {
	p := fixturePage()
	p.Record.Run.Noise, p.Tally = nil, nil
	if page := renderPage(t, p); !strings.Contains(page, "was never calibrated on this machine") {
		t.Error("the page keeps quiet about a missing calibration")
	}
	for _, check := range []struct {
		tally results.AlarmTally
		want  string
	}{
		{results.AlarmTally{}, ""},
		{results.AlarmTally{Runs: 1}, "1 run of this suite on this machine raised 0 alarms."},
		{results.AlarmTally{Runs: 9, Confirmed: 2, Refuted: 1, Open: 1}, "9 runs of this suite on this machine raised 4 alarms: a second block confirmed 2, refuted 1 (33.3 %, 95 % interval 6.1 % to 79.2 %), and left 1 open. Only what is confirmed is a verdict."},
	} {
		if got := trustWords(&check.tally); got != check.want {
			t.Errorf("%+v: %q, want %q", check.tally, got, check.want)
		}
	}
}
