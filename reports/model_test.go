package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// anyComparison draws comparisons as a judge could give them, and some that none would.
var anyComparison = rapid.Custom(func(t *rapid.T) verdict.Comparison {
	side := func(name string) verdict.Summary {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0.001, 10), rapid.SampledFrom([]float64{0, -1, 1e300})), 0, 12).Draw(t, name)
		s := verdict.Summary{N: len(values), Values: values}
		if len(values) > 0 {
			s.Median = median(values)
		}
		if rapid.Bool().Draw(t, "light") {
			s.Values = nil
		}
		return s
	}
	number := rapid.OneOf(rapid.Float64Range(-0.5, 0.5), rapid.SampledFrom([]float64{0, 1e12, -0.99}))
	return verdict.Comparison{
		Benchmark: rapid.StringMatching(`[a-z]{1,6}`).Draw(t, "name"),
		Metric:    results.Metric{Name: rapid.SampledFrom([]string{"wall", "max-rss"}).Draw(t, "metric"), Unit: "sec", Better: results.Lower},
		Verdict:   rapid.SampledFrom(append([]verdict.Verdict{"odd"}, order...)).Draw(t, "verdict"),
		Change:    number.Draw(t, "change"), Low: number.Draw(t, "low"), High: number.Draw(t, "high"),
		Base: side("base"), Head: side("head"), MinEffect: 0.02, NoiseFloor: 0.01, Reason: "so it is",
	}
})

// said is what one rendering says of a row: verdict, change, interval.
func said(v, change, interval string) string {
	return strings.Join([]string{v, orDash(change), orDash(interval)}, " | ")
}

// TestRenderingsAgree: page, table, annotation and JSON say the same of every row.
func TestRenderingsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(anyComparison, 1, 30).Draw(t, "comparisons")
		for i := range list { // so that an annotation sets each in a row of its own, and folds none
			list[i].Benchmark = fmt.Sprintf("%s%d", list[i].Benchmark, i)
			if list[i].Verdict == verdict.NoChange && i > 5 {
				list[i].Verdict = verdict.CannotTell
			}
		}
		p := Page{Record: &results.Record{Run: results.Run{State: results.Done}}, Comparisons: list}
		want := NewRunModel(p)
		var text strings.Builder
		if err := HTML(&text, p); err != nil {
			t.Fatal(err)
		}
		check := func(name string, got map[string]string) {
			for _, r := range want.Rows {
				if expected := said(r.Mark().Word, r.Change, r.Interval); got[r.Benchmark] != expected {
					t.Fatalf("%s says %q of %s, the model %q", name, got[r.Benchmark], r.Benchmark, expected)
				}
			}
		}
		check("page", pageRows(t, text.String()))
		var table strings.Builder
		if err := Table(&table, list, TableStyle{}); err != nil {
			t.Fatal(err)
		}
		check("table", tableRows(table.String()))
		check("annotation", annotationRows(Annotation{Hosts: []Hosted{{Class: "office", Record: p.Record, Comparisons: list}}}.Markdown(1<<20)))
		check("json", jsonRows(t, p))
	})
}

// pageRows reads the rows of a page's tables.
func pageRows(t *rapid.T, page string) map[string]string {
	rows, cells, depth := map[string]string{}, []string(nil), 0
	decoder := xml.NewDecoder(strings.NewReader(strings.Replace(page, runScript, "", 1)))
	for token, err := decoder.Token(); err == nil; token, err = decoder.Token() {
		switch token := token.(type) {
		case xml.StartElement:
			if name := token.Name.Local; name == "td" || name == "th" {
				cells, depth = append(cells, ""), depth+1
			} else if name == "tr" {
				cells = nil
			}
		case xml.EndElement:
			if name := token.Name.Local; name == "td" || name == "th" {
				depth--
			} else if name == "tr" && len(cells) == 8 {
				plain := strings.NewReplacer("−", "-", "–", "-")
				rows[cells[1]] = said(cells[0], plain.Replace(cells[5]), plain.Replace(cells[6]))
			}
		case xml.CharData:
			if depth > 0 {
				cells[len(cells)-1] += string(token)
			}
		}
	}
	return rows
}

var tableGap = regexp.MustCompile(` {2,}`)

func tableRows(text string) map[string]string {
	rows := map[string]string{}
	for line := range strings.Lines(text) {
		if cells := tableGap.Split(strings.TrimSpace(line), -1); len(cells) == 7 {
			word, _, _ := strings.Cut(cells[6], " [")
			rows[cells[0]] = said(word, cells[4], cells[5])
		}
	}
	return rows
}

var annotated = regexp.MustCompile(`^\| (\S+) \| \S+ \| (?:\*\*)?\S+ (\D+?)(?: ([-+]?[\d.e+-]+ %) \((.*)\))?(?:\*\*)? \|$`)

func annotationRows(text string) map[string]string {
	rows := map[string]string{}
	for line := range strings.Lines(text) {
		if m := annotated.FindStringSubmatch(html.UnescapeString(strings.TrimSpace(line))); m != nil {
			rows[m[1]] = said(m[2], m[3], m[4])
		}
	}
	return rows
}

func jsonRows(t *rapid.T, p Page) map[string]string {
	var text bytes.Buffer
	if err := JSON(&text, p); err != nil {
		t.Fatal(err)
	}
	var read RunModel
	if err := json.Unmarshal(text.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, r := range read.Rows {
		rows[r.Benchmark] = said(words.MarkOf(r.Verdict).Word, r.Change, r.Interval)
		if r.Measured != nil && words.Change(r.Measured.Change) != r.Change {
			t.Fatalf("%s: the number %g is not %q", r.Benchmark, r.Measured.Change, r.Change)
		}
	}
	return rows
}

func TestSentences(t *testing.T) {
	at := func(v verdict.Verdict, change float64, m results.Metric) verdict.Comparison {
		s := verdict.Summary{N: 9, Median: 1}
		return verdict.Comparison{Benchmark: "b", Metric: m, Verdict: v, Change: change, Low: change - 0.01, High: change + 0.01, Base: s, Head: s}
	}
	check := func(want string, list ...verdict.Comparison) {
		t.Helper()
		if got := saidOf(list); got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
	check("Nothing was compared.")
	slow := at(verdict.Regression, 0.1, wall)
	check("b wall got 10.0 % slower (+9.0 % to +11.0 %).", slow)
	check("b wall got 10.0 % slower (+9.0 % to +11.0 %); b throughput got 10.0 % lower (-11.0 % to -9.0 %); and 1 more got worse.",
		slow, at(verdict.Regression, -0.1, rate), slow)
	check("b max-rss got 10.0 % larger (+9.0 % to +11.0 %).", at(verdict.Regression, 0.1, maxRSS))
	check("b is broken; b is broken; and 1 more is broken.", []verdict.Comparison{{Benchmark: "b", Verdict: verdict.Broken}, {Benchmark: "b", Verdict: verdict.Broken}, {Benchmark: "b", Verdict: verdict.Broken}}...)
	check("Nothing got slower: 1 comparison is without a change that counts.", at(verdict.NoChange, 0, wall))
	check("Nothing is known to have got slower, but of 1 of 2 comparisons it cannot be told.", at(verdict.CannotTell, 0, wall), at(verdict.NoChange, 0, wall))
	check("Nothing got slower, and b wall got 10.0 % faster (-11.0 % to -9.0 %). 1 more got better.", at(verdict.Improvement, -0.1, wall), at(verdict.Improvement, -0.1, wall))
}

// TestDoubts: each thing that speaks against a run is in its sentence, and nothing else.
func TestDoubts(t *testing.T) {
	sound := func() Page {
		p := fixturePage()
		for i := range p.Record.Executions {
			p.Record.Executions[i].Contaminated = nil
		}
		for i := range p.Record.Run.Guards {
			p.Record.Run.Guards[i].Held = true
		}
		return p
	}
	check := func(want string, change func(*Page)) {
		t.Helper()
		p := sound()
		change(&p)
		if got := NewRunModel(p).Belief; got != want {
			t.Errorf("belief %q, want %q", got, want)
		}
	}
	check(belief(nil), func(*Page) {})
	check("", func(p *Page) { p.Comparisons = nil })
	check("Believe it with care: it was not protected from cpus.", func(p *Page) { p.Record.Run.Guards[0].Held = false })
	check("Believe it with care: the run recorded no guards.", func(p *Page) { p.Record.Run.Guards = nil })
	check("Believe it with care: the noise of this machine was never calibrated.", func(p *Page) { p.Record.Run.Noise = nil })
	check("Believe it with care: the calibration was 40 days old.", func(p *Page) { p.Record.Run.Noise[0].At = fixtureStart.Add(-40 * 24 * time.Hour) })
	check("Believe it with care: 1 of 180 executions were disturbed and do not count.", func(p *Page) {
		p.Record.Executions[60].Contaminated = []string{"x"}
	})
	check("Believe it with care: the run is cancelled, not done.", func(p *Page) { p.Record.Run.State = results.Cancelled })
	check("Believe it with care: 1 regression was not confirmed in a second block.", func(p *Page) {
		for i := range p.Comparisons {
			p.Comparisons[i].Second = nil
		}
	})
	check("Believe it with care: nobody watched what disturbed it.", func(p *Page) {
		for i := range p.Record.Executions {
			p.Record.Executions[i].Witness = nil
		}
	})
}

// TestMediansAreReadBesideEachOther: on one scale, and apart where the change is not none.
func TestMediansAreReadBesideEachOther(t *testing.T) {
	allocs := results.Metric{Name: "allocs", Unit: "allocs/op", Better: results.Lower}
	row := newRowModel(verdict.Comparison{Metric: allocs, Base: verdict.Summary{N: 9, Median: 1204}, Head: verdict.Summary{N: 9, Median: 1203.5}})
	if row.Base != "1204.0 allocs/op" || row.Head != "1203.5 allocs/op" {
		t.Errorf("%q beside %q", row.Base, row.Head)
	}
	row = newRowModel(verdict.Comparison{Metric: allocs, Head: verdict.Summary{N: 9, Median: 1203}})
	if row.Base != "" || row.Head != "1203 allocs/op" {
		t.Errorf("of one side alone %q and %q", row.Base, row.Head)
	}
}
