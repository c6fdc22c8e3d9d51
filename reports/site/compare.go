package site

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// CompareModel sets what was measured of two commits beside each other.
type CompareModel struct {
	Sentence string         `json:"sentence"`
	A        string         `json:"a"` // as asked for: REV, RUN, or either with @CLASS
	B        string         `json:"b"`
	Base     results.Commit `json:"base"`
	Head     results.Commit `json:"head"`
	Rows     []CompareRow   `json:"rows"` // largest change first
	Offers   []CompareOffer `json:"offers,omitempty"`
}

// Strength is how much a comparison is worth.
type Strength string

// The strengths, best first.
const (
	SideBySide  Strength = "side by side"      // one run measured both, in turns: it has a verdict
	SameEnv     Strength = "different runs"    // the environment was the same, the day was not
	Environment Strength = "other environment" // something that numbers depend on differs
)

// CompareRow is one metric of one benchmark of both.
type CompareRow struct {
	Suite     string          `json:"suite"`
	Benchmark string          `json:"benchmark"`
	Metric    results.Metric  `json:"metric"`
	Classes   [2]string       `json:"classes"`
	A         float64         `json:"a"`
	B         float64         `json:"b"`
	Change    float64         `json:"change"` // B/A - 1; 0 where there is no ratio
	Ratio     bool            `json:"ratio"`
	Strength  Strength        `json:"strength"`
	Verdict   verdict.Verdict `json:"verdict,omitempty"` // where one run measured both
	Low       float64         `json:"low"`
	High      float64         `json:"high"`
	Run       string          `json:"run,omitempty"`
	Page      string          `json:"page"`
}

// CompareOffer is a comparison that somebody may want.
type CompareOffer struct {
	Words string         `json:"words"`
	Page  string         `json:"page"`
	Base  results.Commit `json:"base"`
	Head  results.Commit `json:"head"`
}

// Title is what the page is headed with.
func (m CompareModel) Title() string {
	return fmt.Sprintf("%s against %s", words.ShortRev(m.Head), words.ShortRev(m.Base))
}

// between divides the two sides in an address.
const between = ".."

func (s *Site) compare(ctx context.Context, name string, query url.Values) (page, error) {
	a, b := strings.TrimSpace(query.Get("a")), strings.TrimSpace(query.Get("b"))
	if name != "" {
		var found bool
		if a, b, found = strings.Cut(name, between); !found || a == "" || b == "" {
			return page{}, missing("compare/" + name)
		}
	}
	m := CompareModel{A: a, B: b, Rows: []CompareRow{}}
	p := page{kind: "compare", title: "Compare"}
	if a == "" && b == "" {
		var err error
		m.Sentence = "Two commits, runs or hosts beside each other."
		m.Offers, err = s.offers(ctx)
		p.model = m
		return p, err
	}
	base, err := s.side(ctx, "a", a)
	if err != nil {
		return page{}, err
	}
	head, err := s.side(ctx, "b", b)
	if err != nil {
		return page{}, err
	}
	m.Base, m.Head = base.commit, head.commit
	if m.Rows, err = s.rows(ctx, base, head); err != nil {
		return page{}, err
	}
	m.Sentence = m.says()
	p.title, p.model = m.Title(), m
	p.repeat = "perfrun run " + words.ShellCommand([]string{"--base", m.Base.Rev, "--head", m.Head.Rev})
	return p, nil
}

// compared is one side of a comparison.
type compared struct {
	commit results.Commit
	points []results.Point
}

// side finds what somebody named: a revision or its beginning, or a run, which stands
// for its head; and with @CLASS only what hosts of that class measured of it.
func (s *Site) side(ctx context.Context, where, text string) (compared, error) {
	rev, class, _ := strings.Cut(text, "@")
	found, err := s.revision(ctx, rev)
	if err != nil {
		return compared{}, err
	}
	problem := &results.Problem{Kind: results.BadInput, Where: where, What: fmt.Sprintf("%q is no commit that was measured on the main branch, and no run", words.Plain(words.Shortened(text, 60))), Next: "give a revision, at least 4 characters of it, or the id of a run; REV@office for one class of hosts"}
	if len(found) > 1 {
		problem.What, problem.Next = fmt.Sprintf("%q fits several commits", words.Plain(rev)), "give more characters of it: "+strings.Join(found, ", ")
	}
	if len(found) != 1 {
		return compared{}, problem
	}
	points, err := s.source.CommitPoints(ctx, found[0])
	if err != nil {
		return compared{}, err
	}
	points = slices.DeleteFunc(points, func(p results.Point) bool { return class != "" && p.Series.Class != class })
	if len(points) == 0 {
		problem.What = fmt.Sprintf("nothing was measured of %q", words.Plain(words.Shortened(text, 60)))
		return compared{}, problem
	}
	return compared{points[0].Commit, points}, nil
}

// shortestRev is how much of a revision somebody must give.
const shortestRev = 4

func (s *Site) revision(ctx context.Context, text string) ([]string, error) {
	if len(text) < shortestRev || len(text) > 200 {
		return nil, nil
	}
	found, err := s.source.CommitsLike(ctx, text, 5)
	if err != nil || len(found) > 0 {
		if slices.Contains(found, text) {
			found = []string{text}
		}
		return found, err
	}
	runs, err := s.source.Runs(ctx, mostRuns)
	for _, r := range runs {
		if r.ID == text {
			return []string{r.Head.Rev}, err
		}
	}
	return nil, err
}

// rows pairs what both sides have: of the same class, unless a side is of one class
// only. What one side lacks is in no row.
func (s *Site) rows(ctx context.Context, base, head compared) ([]CompareRow, error) {
	rows, judged := []CompareRow{}, judgements{}
	one := len(classesIn(base.points)) == 1 && len(classesIn(head.points)) == 1
	pairOf := func(s results.Series) results.Series {
		if one {
			s.Class = ""
		}
		return s
	}
	others, shared := map[results.Series]results.Point{}, sharedRuns(base, head)
	for _, a := range newest(base.points) {
		others[pairOf(a.Series)] = a
	}
	for _, b := range newest(head.points) {
		a, both := others[pairOf(b.Series)]
		if !both {
			continue
		}
		row := newRow(a, b)
		if run := shared[a.Series]; run != "" && a.Series == b.Series {
			if err := s.judge(ctx, &row, run, judged); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b CompareRow) int { return cmp.Compare(math.Abs(b.Change), math.Abs(a.Change)) })
	return rows, nil
}

func classesIn(points []results.Point) map[string]bool {
	classes := map[string]bool{}
	for _, p := range points {
		classes[p.Series.Class] = true
	}
	return classes
}

// newest keeps the last point of each series.
func newest(points []results.Point) (kept []results.Point) {
	at := map[results.Series]int{}
	for _, p := range points {
		i, known := at[p.Series]
		if !known {
			i = len(kept)
			at[p.Series] = i
			kept = append(kept, p)
		}
		kept[i] = p
	}
	return kept
}

func newRow(a, b results.Point) CompareRow {
	row := CompareRow{
		Suite: a.Series.Suite, Benchmark: a.Series.Benchmark, Metric: a.Series.Metric, Classes: [2]string{a.Series.Class, b.Series.Class},
		A: a.Value, B: b.Value, Strength: SameEnv, Page: historyAddress(a.Series),
	}
	if a.Value > 0 && b.Value > 0 {
		row.Ratio, row.Change = true, b.Value/a.Value-1
	}
	if a.Environment != b.Environment {
		row.Strength = Environment
	}
	return row
}

// sharedRuns are the newest runs that have the one commit as base and the other as head,
// by series.
func sharedRuns(base, head compared) map[results.Series]string {
	type of struct {
		run    string
		series results.Series
	}
	heads, shared := map[of]bool{}, map[results.Series]string{}
	for _, p := range head.points {
		if p.Side == results.Head {
			heads[of{p.Run, p.Series}] = true
		}
	}
	for _, p := range base.points {
		if p.Side == results.Base && heads[of{p.Run, p.Series}] {
			shared[p.Series] = p.Run
		}
	}
	return shared
}

// judgements are what runs say of their benchmarks, by run.
type judgements map[string]map[measure]verdict.Comparison

type measure struct {
	benchmark string
	metric    results.Metric
}

// judge puts the verdict of a run that measured both sides in a row.
func (s *Site) judge(ctx context.Context, row *CompareRow, run string, judged judgements) error {
	if _, known := judged[run]; !known {
		record, err := s.source.Record(ctx, run)
		if err != nil {
			return err
		}
		judged[run] = map[measure]verdict.Comparison{}
		for _, c := range verdict.Judge(record) {
			judged[run][measure{c.Benchmark, c.Metric}] = c
		}
	}
	if c, found := judged[run][measure{row.Benchmark, row.Metric}]; found {
		row.Strength, row.Verdict, row.Run = SideBySide, c.Verdict, run
		row.A, row.B, row.Change, row.Low, row.High, row.Ratio = c.Base.Median, c.Head.Median, c.Change, c.Low, c.High, c.HasInterval()
	}
	return nil
}

func (m CompareModel) says() string {
	count := map[Strength]int{}
	for _, r := range m.Rows {
		count[r.Strength]++
	}
	if len(m.Rows) == 0 {
		return "Both were measured, but not the same benchmarks."
	}
	said := fmt.Sprintf("%s: %d side by side", several(len(m.Rows), "comparison"), count[SideBySide])
	if n := count[SameEnv]; n > 0 {
		said += fmt.Sprintf(", %d of different runs in one environment (no verdict: the day differs)", n)
	}
	if n := count[Environment]; n > 0 {
		said += fmt.Sprintf(", %d of different environments (weak: not only the commit differs)", n)
	}
	return said + "."
}

// offers are comparisons of the newest runs, and of the newest commits with milestones.
func (s *Site) offers(ctx context.Context) ([]CompareOffer, error) {
	runs, err := s.source.Runs(ctx, mostRuns)
	if err != nil {
		return nil, err
	}
	list := shown{offers: []CompareOffer{}, seen: map[string]bool{}}
	heads, suites := map[string][]results.Commit{}, []string{}
	for _, r := range runs {
		if r.State != results.Done || r.Kind != results.Comparison || r.Base.Branch == "" || r.Head.Branch == "" {
			continue
		}
		if len(list.offers) < mostNews {
			list.add(r.Suite, r.Head, r.Base, words.ShortRev(r.Base))
		}
		known := heads[r.Suite]
		if known == nil {
			suites = append(suites, r.Suite)
		}
		if !slices.ContainsFunc(known, func(c results.Commit) bool { return c.Rev == r.Head.Rev }) {
			heads[r.Suite] = append(known, r.Head)
		}
	}
	for _, suite := range suites {
		s.milestones(&list, suite, heads[suite])
	}
	return list.offers, nil
}

// aWhile is how many measured commits back a milestone is that no release is needed for.
const aWhile = 10

// milestones compares the newest of a suite's commits with the newest release before it,
// and with how things were some commits ago.
func (s *Site) milestones(list *shown, suite string, heads []results.Commit) {
	for _, c := range heads[1:] {
		if release := s.options.Releases[c.Rev]; release != "" {
			list.add(suite, heads[0], c, "release "+words.Plain(release))
			break
		}
	}
	if len(heads) > aWhile {
		list.add(suite, heads[0], heads[aWhile], several(aWhile, "measured commit")+" before")
	}
}

// shown are the offers of a page, each once.
type shown struct {
	offers []CompareOffer
	seen   map[string]bool
}

func (l *shown) add(suite string, head, base results.Commit, against string) {
	page := "compare/" + base.Rev + between + head.Rev + ".html"
	if slug(base.Rev) != base.Rev+"-" || slug(head.Rev) != head.Rev+"-" || l.seen[page] {
		return // no revision that can be in an address
	}
	l.seen[page] = true
	l.offers = append(l.offers, CompareOffer{fmt.Sprintf("%s: %s against %s", suiteWord(suite), words.ShortRev(head), against), page, base, head})
}
