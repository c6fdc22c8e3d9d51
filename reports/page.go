package reports

import (
	_ "embed"
	"html/template"
	"io"

	"mtrlz.dev/perfrun/reports/assets"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Page is what the HTML page and the terminal summary of one run show.
type Page struct {
	Record      *results.Record // never nil; without executions the page is made of the verdicts alone
	Comparisons []verdict.Comparison
	Tally       *results.AlarmTally // what became of all alarms of the suite on this host; nil: not known
	Beside      []Hosted            // what hosts of other kinds say of the same commits; each with a record
	Prices      Prices              // what an hour on a host of each class costs; it may be nil
	Generator   string              // name and version of the program that writes the page
	// RepositoryURL is where a commit can be read, with %s for its object name:
	// "https://example.org/db/commit/%s". Anything but http and https is no link.
	RepositoryURL string
	Nav           []Link // pages beside this one; none: the page stands alone
	Forms         []Link // where the run's data are, in forms for programs
	Feed          string // address of the feed of regressions; empty: there is none
	// HistoryHref is where a metric is shown over commits; empty where it is not. It may be nil.
	HistoryHref func(benchmark string, metric results.Metric) string
	// BenchHref is where a benchmark has a page of its own; nil: this page holds all.
	BenchHref func(benchmark string) string
	Only      string // what the comparisons are restricted to, as the user wrote it; empty: they are all
}

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// What the page's content security policy allows: this style sheet and this script,
// not even a style attribute.
var (
	runStyle   = pageStyle + assets.HistoryStyle
	runScript  = assets.RunScript + assets.HistoryScript
	styleHash  = assets.Hash(runStyle)
	scriptHash = assets.Hash(runScript)
)

// Style is the style sheet that all pages share.
func Style() string { return pageStyle }

// HTML writes the report of one run as one self-contained page: nothing is loaded, and
// it is complete without its script. The same page gives the same bytes. Where a run is
// too large for a page that opens at once, the benchmarks with the worst verdicts are
// shown whole, and the page says how to get the others. An error is one of w's.
func HTML(w io.Writer, p Page) error {
	text, err := compose(p)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// BenchHTML writes the page of one benchmark of a run: everything that is known of it.
// A benchmark that the run does not have gives a page that says so.
func BenchHTML(w io.Writer, p Page, benchmark string) error {
	one := p
	one.BenchHref, one.Only = nil, ""
	one.Comparisons = nil
	for _, c := range p.Comparisons {
		if c.Benchmark == benchmark {
			one.Comparisons = append(one.Comparisons, c)
		}
	}
	text, err := composeOf(one, benchmark)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
