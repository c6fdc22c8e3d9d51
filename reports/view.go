package reports

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// pageView is the page as the template places it: every value is worded.
type pageView struct {
	Title     string
	Style     template.CSS
	StyleHash string
	Suite     string
	RunID     string
	Sides     []sideView
	Facts     []factView
	Alarm     string // what is wrong with the run as a whole
	Counts    []countView
	NotHeld   []string
	Broken    []metricView // with evidence, on top
	Table     tableView
	Benches   []benchView
	Guards    []guardView
	Quiet     quietView
	Env       []factView
	Versions  []factView
	Command   string
	SuitePath string
	SuiteText string
	RawNote   string
	Generator string
}

// sideView is one commit in the header.
type sideView struct {
	Side, Rev, FullRev, Subject, By string
	Dirty                           bool
}

// factView is one line of a list of properties.
type factView struct {
	Name, Value string
	Code        bool // set in the face of code
	Long        bool // takes a whole line
}

// countView is one part of the summary sentence.
type countView struct {
	Mark  mark
	Words string
	None  bool
	Last  bool
}

type guardView struct {
	Aspect, Detail string
	Held           bool
}

// mark is how a verdict is shown: a word, a symbol, and a class that gives a
// colour. Each of them alone tells verdicts apart.
type mark struct{ Class, Symbol, Word string }

func markOf(v verdict.Verdict) mark {
	switch v {
	case verdict.Broken:
		return mark{"broken", "✕", "broken"}
	case verdict.Regression:
		return mark{"regression", "!", "regression"}
	case verdict.Improvement:
		return mark{"improvement", "✓", "improvement"}
	case verdict.CannotTell:
		return mark{"cannot-tell", "?", "cannot tell"}
	case verdict.NoChange:
		return mark{"no-change", "=", "no change"}
	}
	return mark{"cannot-tell", "?", shortened(Plain(string(v)), mostWord)}
}

func newPageView(p Page) pageView {
	run, comparisons := p.Record.Run, worstFirst(p.Comparisons)
	samples := newSampleIndex(p.Record)
	view := pageView{
		Title:     pageTitle(run, comparisons),
		Style:     template.CSS(pageStyle),
		StyleHash: styleHash,
		Suite:     Plain(run.Suite),
		RunID:     Plain(run.ID),
		Sides:     []sideView{newSideView(results.Base, run.Base), newSideView(results.Head, run.Head)},
		Facts:     headerFacts(p.Record),
		Alarm:     stateWords(p.Record),
		Counts:    newCounts(comparisons),
		Guards:    newGuards(run.Guards),
		Quiet:     newQuietView(p),
		Env:       factViews(run.Env),
		Versions:  factViews(run.Versions),
		SuitePath: Plain(run.SuitePath),
		SuiteText: Block(run.SuiteText),
		RawNote:   samples.rawNote(run),
		Generator: Plain(p.Generator),
	}
	if len(run.Command) > 0 {
		view.Command = ShellCommand(run.Command)
	}
	for _, g := range notHeld(run.Guards) {
		view.NotHeld = append(view.NotHeld, Plain(g.Aspect))
	}
	view.Benches = newBenches(run, comparisons, samples)
	view.Table = newTableView(view.Benches, comparisons)
	view.Broken = brokenOnes(view.Table.Rows)
	return view
}

func pageTitle(run results.Run, comparisons []verdict.Comparison) string {
	title := fmt.Sprintf("%s: %s → %s", Plain(run.Suite), shortRev(run.Base), shortRev(run.Head))
	count := counts(comparisons)
	for _, v := range []verdict.Verdict{verdict.Broken, verdict.Regression} {
		if count[v] > 0 {
			title += fmt.Sprintf(", %d %s", count[v], plural(v, count[v]))
		}
	}
	if run.State != results.Done {
		title += ", " + Plain(string(run.State))
	}
	return title
}

func newSideView(side results.Side, c results.Commit) sideView {
	by := []string{}
	for _, part := range []string{Plain(c.Author), stamp(c.When)} {
		if part != "" {
			by = append(by, part)
		}
	}
	return sideView{
		Side: string(side), Rev: shortRev(c), FullRev: Plain(c.Rev), Subject: Plain(c.Subject),
		By: strings.Join(by, ", "), Dirty: c.Dirty,
	}
}

func headerFacts(record *results.Record) []factView {
	run := record.Run
	facts := []factView{
		{Name: "State", Value: Plain(string(run.State))},
		{Name: "Rounds", Value: roundsWords(record)},
		{Name: "Host", Value: strings.Join(nonEmpty(hostName(run), fact(run.Env, "cpu.model")), ", ")},
		{Name: "Engine", Value: engineWords(run.Plan)},
		{Name: "Asked by", Value: Plain(run.User)},
		{Name: "Started", Value: strings.Join(nonEmpty(stamp(run.Created), took(run)), ", ")},
		{Name: "Seed", Value: fmt.Sprint(run.Plan.Seed), Code: true},
		{Name: "Repository", Value: Plain(run.Repo), Code: true},
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
			{Name: "Digest", Value: Plain(run.HeadImage.Digest), Code: true, Long: true},
		}
	}
	return []factView{
		{Name: "Image of base", Value: imageWords(run.BaseImage), Code: true, Long: true},
		{Name: "Digest", Value: Plain(run.BaseImage.Digest), Code: true, Long: true},
		{Name: "Image of head", Value: imageWords(run.HeadImage), Code: true, Long: true},
		{Name: "Digest", Value: Plain(run.HeadImage.Digest), Code: true, Long: true},
	}
}

func newCounts(comparisons []verdict.Comparison) []countView {
	if len(comparisons) == 0 {
		return nil
	}
	count := counts(comparisons)
	views := make([]countView, len(order))
	for i, v := range order {
		words := fmt.Sprintf("%d %s", count[v], plural(v, count[v]))
		views[i] = countView{markOf(v), words, count[v] == 0, i == len(order)-1}
	}
	return views
}

// newGuards lists what was not held first.
func newGuards(guards []results.Guard) []guardView {
	views := make([]guardView, len(guards))
	for i, g := range guards {
		views[i] = guardView{Plain(g.Aspect), Plain(g.Detail), g.Held}
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
		views[i] = factView{Name: Plain(f.Name), Value: Plain(f.Value)}
	}
	return views
}

func nonEmpty(parts ...string) []string {
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}
