package reports

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// pageView is the page as the template places it: every value is worded.
type pageView struct {
	Title      string
	Style      template.CSS
	StyleHash  string
	Script     template.JS
	ScriptHash string
	Nav, Forms []Link
	Feed       string
	Heading    string
	Over       string
	RunID      string
	Sides      []sideView
	Where      string // the host
	Rounds     string
	Started    stampView
	Facts      []factView
	Alarm      string // what is wrong with the run as a whole
	Said       string
	Belief     string
	Restricted string
	Counts     []countView
	Broken     []brokenView // with evidence, on top
	Table      tableView
	Hosts      []HostWorth     // where others measured the same commits
	Priced     bool            // what they cost is known
	Articles   []template.HTML // benchmarks, worst first
	LeftOut    int             // benchmarks that the page has no room for
	WholeFrom  string          // the command that shows one of them
	Data       string          // the command that gives all samples
	Whole      string          // the command that gives the whole run
	Guards     []guardView
	Quiet      quietView
	Env        []factView
	Notes      []factView
	Versions   []factView
	Command    string
	SuitePath  string
	SuiteText  string
	SuiteNote  string // said in place of the text
	Generator  string

	run     results.Run
	history func(benchmark string, metric results.Metric) string // nil: nothing is shown over commits
	samples sampleIndex
	names   []string // of benchmarks that want an article, worst first
	of      map[string][]comparedRow
}

// comparedRow is a comparison, its row, and its place in the order worst first.
type comparedRow struct {
	verdict.Comparison
	model RowModel
	at    int
}

// sideView is one commit in the header.
type sideView struct {
	Side, Rev, FullRev, Href, Subject, By string
	When                                  stampView
	Dirty, Unknown                        bool
}

// stampView is a time for people, and for a script that knows the reader's zone.
type stampView struct{ Words, Machine string }

func newStamp(t time.Time) stampView {
	said := words.Stamp(t)
	if said == "" || t.Year() < 1 || t.Year() > 9999 {
		return stampView{Words: said}
	}
	return stampView{said, t.UTC().Format(time.RFC3339)}
}

// factView is one line of a list of properties.
type factView struct {
	Name, Value string
	Code        bool // set in the face of code
	Long        bool // takes a whole line
	Stamp       stampView
	After       string // what follows a time
}

// Label is the name, which may break at its dots.
func (f factView) Label() template.HTML { return Breakable(f.Name) }

// countView is one part of the summary sentence.
type countView struct {
	Mark  words.Mark
	Words string
	None  bool
	Last  bool
}

type guardView struct {
	Aspect, Detail string
	Held           bool
}

func newPageView(p Page, benchmark string) *pageView {
	run, comparisons := p.Record.Run, worstFirst(p.Comparisons)
	model := NewRunModel(p)
	view := &pageView{
		Title: pageTitle(run, comparisons, benchmark), Style: template.CSS(runStyle), StyleHash: styleHash,
		Script: template.JS(runScript), ScriptHash: scriptHash,
		Nav: p.Nav, Forms: p.Forms, Feed: p.Feed, Heading: model.Suite, Over: "Performance run", RunID: model.Run,
		Sides: []sideView{newSideView(results.Base, run.Base, p), newSideView(results.Head, run.Head, p)},
		Where: hostName(run), Rounds: roundsWords(p.Record), Started: newStamp(run.Created), Facts: headerFacts(p.Record),
		Alarm: stateWords(p.Record), Said: words.Minus(model.Said), Belief: words.Minus(model.Belief),
		Counts: newCounts(comparisons), Table: newTableView(model.Rows), Hosts: model.Hosts,
		Priced: slices.ContainsFunc(model.Hosts, func(h HostWorth) bool { return h.Cost != "" }),
		Guards: newGuards(run.Guards), Quiet: newQuietView(p),
		Env: factViews(run.Env), Notes: factViews(run.Notes), Versions: factViews(run.Versions),
		SuitePath: words.Plain(run.SuitePath), Generator: words.Plain(p.Generator),
		run: run, history: p.HistoryHref, samples: newSampleIndex(p.Record),
	}
	if benchmark != "" {
		view.Heading, view.Over = words.Shortened(words.Plain(benchmark), mostText), model.Suite+", performance run"
	}
	if p.Only != "" {
		view.Restricted = "Only benchmarks that match " + words.Plain(p.Only) + " are shown."
	}
	view.commands(run)
	view.arrange(comparisons, model.Rows, p)
	return view
}

// mostSuite is how many bytes of a suite a page repeats.
const mostSuite = 64 << 10

// commands are what a reader can type to get more, and the suite itself where there is
// room for it.
func (v *pageView) commands(run results.Run) {
	if len(run.Command) > 0 {
		v.Command = words.ShellCommand(run.Command)
	}
	v.Data = words.ShellCommand([]string{"perfrun", "export", run.ID, "--format", "csv"})
	v.Whole = words.ShellCommand([]string{"perfrun", "export", run.ID, "--format", "json"})
	if n := len(run.SuiteText); n > mostSuite {
		v.SuiteNote = fmt.Sprintf("The suite has %d bytes, too many for a page: it is in %s.", n, v.Whole)
	} else {
		v.SuiteText = words.Block(run.SuiteText)
	}
	v.WholeFrom = words.ShellCommand([]string{"perfrun", "report", run.ID, "--only"}) + " NAME"
}

// arrange gives each benchmark its comparisons: benchmarks stand where their worst
// comparison stands. They are not for this page where they have pages of their own, or
// where nothing but verdicts is known.
func (v *pageView) arrange(comparisons []verdict.Comparison, rows []RowModel, p Page) {
	v.of = map[string][]comparedRow{}
	for i, c := range comparisons {
		if _, seen := v.of[c.Benchmark]; !seen {
			v.names = append(v.names, c.Benchmark)
		}
		v.of[c.Benchmark] = append(v.of[c.Benchmark], comparedRow{c, rows[i], i})
	}
	v.Broken = newBroken(v.names, v.of, v.samples)
	if p.BenchHref != nil {
		v.names = nil
		for i, c := range comparisons {
			v.Table.row(i).Href = p.BenchHref(c.Benchmark)
		}
	}
	if len(p.Record.Executions) == 0 {
		v.names = nil
	}
}

// link leads from the rows of a benchmark to what the page shows of it.
func (v *pageView) link(rows []comparedRow) {
	for _, r := range rows {
		v.Table.row(r.at).Href = "#" + rowID(r.at)
	}
}

func rowID(at int) string { return fmt.Sprintf("c%d", at+1) }

// mostText is how many cells of a name or a message the head of a page repeats.
const mostText = 300

// suiteName is what the page is headed with: never nothing, so that a reader who
// hears the page knows what it is about.
func suiteName(run results.Run) string {
	if run.Suite == "" {
		return "Suite without a name"
	}
	return words.Shortened(words.Plain(run.Suite), mostText)
}

func pageTitle(run results.Run, comparisons []verdict.Comparison, benchmark string) string {
	title := fmt.Sprintf("%s: %s → %s", suiteName(run), words.ShortRev(run.Base), words.ShortRev(run.Head))
	if benchmark != "" {
		title = words.Shortened(words.Plain(benchmark), mostText) + ", " + title
	}
	count := counts(comparisons)
	for _, v := range []verdict.Verdict{verdict.Broken, verdict.Regression} {
		if count[v] > 0 {
			title += fmt.Sprintf(", %d %s", count[v], plural(v, count[v]))
		}
	}
	if run.State != results.Done {
		title += ", " + words.Plain(string(run.State))
	}
	return title
}

func newSideView(side results.Side, c results.Commit, p Page) sideView {
	return sideView{
		Side: string(side), Rev: words.ShortRev(c), FullRev: words.Plain(c.Rev), Subject: words.Shortened(words.Plain(c.Subject), mostText),
		Unknown: c.Rev == "" && c.Asked == "" && c.Subject == "",
		Href:    commitURL(p.RepositoryURL, c), By: words.Shortened(words.Plain(c.Author), mostText), When: newStamp(c.When), Dirty: c.Dirty,
	}
}

func headerFacts(record *results.Record) []factView {
	run := record.Run
	facts := []factView{
		{Name: "State", Value: words.Plain(string(run.State))},
		{Name: "Rounds", Value: roundsWords(record)},
		{Name: "Host", Value: strings.Join(nonEmpty(hostName(run), fact(run.Env, "cpu.model")), ", ")},
		{Name: "Engine", Value: engineWords(run.Plan)},
		{Name: "Asked by", Value: words.Plain(run.User)},
		{Name: "Started", Value: words.Stamp(run.Created), Stamp: newStamp(run.Created), After: strings.Join(append([]string{""}, nonEmpty(took(run))...), ", ")},
		{Name: "Seed", Value: fmt.Sprint(run.Plan.Seed), Code: true},
		{Name: "Repository", Value: words.Plain(run.Repo), Code: true},
	}
	facts = append(facts, imageFacts(run)...)
	return slices.DeleteFunc(facts, func(f factView) bool { return f.Value == "" })
}

func took(run results.Run) string {
	if d := lasted(run); d != "" {
		return "took " + d
	}
	return ""
}

func imageFacts(run results.Run) []factView {
	if run.BaseImage == run.HeadImage {
		return []factView{
			{Name: "Image", Value: imageWords(run.HeadImage), Code: true, Long: true},
			{Name: "Digest", Value: words.Plain(run.HeadImage.Digest), Code: true, Long: true},
		}
	}
	return []factView{
		{Name: "Image of base", Value: imageWords(run.BaseImage), Code: true, Long: true},
		{Name: "Digest", Value: words.Plain(run.BaseImage.Digest), Code: true, Long: true},
		{Name: "Image of head", Value: imageWords(run.HeadImage), Code: true, Long: true},
		{Name: "Digest", Value: words.Plain(run.HeadImage.Digest), Code: true, Long: true},
	}
}

func newCounts(comparisons []verdict.Comparison) []countView {
	if len(comparisons) == 0 {
		return nil
	}
	count := counts(comparisons)
	views := make([]countView, len(order))
	for i, v := range order {
		said := fmt.Sprintf("%d %s", count[v], plural(v, count[v]))
		views[i] = countView{words.MarkOf(v), said, count[v] == 0, i == len(order)-1}
	}
	return views
}

// newGuards lists what was not held first.
func newGuards(guards []results.Guard) []guardView {
	views := make([]guardView, len(guards))
	for i, g := range guards {
		views[i] = guardView{words.Plain(g.Aspect), words.Plain(g.Detail), g.Held}
	}
	slices.SortStableFunc(views, func(a, b guardView) int {
		switch {
		case a.Held == b.Held:
			return 0
		case b.Held:
			return -1
		}
		return 1
	})
	return views
}

func factViews(facts []results.Fact) []factView {
	views := make([]factView, len(facts))
	for i, f := range facts {
		name, value := words.Fact(f.Name, f.Value)
		views[i] = factView{Name: name, Value: value}
	}
	return views
}

func nonEmpty(parts ...string) []string {
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}
