package site

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// CompareModel sets what was measured of two commits, or by two runs, beside each other.
type CompareModel struct {
	Sentence string               `json:"sentence"`
	A        string               `json:"a"` // as asked for: REV, RUN, or either with @CLASS
	B        string               `json:"b"`
	Base     results.Commit       `json:"base"`
	Head     results.Commit       `json:"head"`
	Runs     [2]string            `json:"runs"` // where a side is what one run measured
	Rows     []CompareRow         `json:"rows"` // what is broken, then the largest change first, then what one side lacks
	Differs  []verdict.Difference `json:"differs,omitempty"`
	Offers   []CompareOffer       `json:"offers,omitempty"`
	Unread   Unread               `json:"cannot_be_read,omitempty"`
}

// Strength is how much a comparison is worth.
type Strength string

// The strengths, best first.
const (
	SideBySide  Strength = "side by side"      // one run measured both, in turns: it has a verdict
	SameEnv     Strength = "different runs"    // the environment was the same, the day was not
	Environment Strength = "other environment" // something that numbers depend on differs
	NotInA      Strength = "not measured in a"
	NotInB      Strength = "not measured in b"
	BrokenSide  Strength = "broken" // on one side at least
)

// CompareRow is one metric of one benchmark of either side.
type CompareRow struct {
	Suite     string          `json:"suite"`
	Benchmark string          `json:"benchmark"`
	Metric    results.Metric  `json:"metric"` // zero when the benchmark broke before it named any
	Classes   [2]string       `json:"classes"`
	Has       [2]bool         `json:"has"` // whether A and B mean anything
	A         float64         `json:"a"`
	B         float64         `json:"b"`
	Change    float64         `json:"change"` // B/A - 1; 0 where there is no ratio
	Ratio     bool            `json:"ratio"`
	Strength  Strength        `json:"strength"`
	Reason    string          `json:"reason,omitempty"`  // why it is broken
	Differs   []string        `json:"differs,omitempty"` // in what the environments do
	Verdict   verdict.Verdict `json:"verdict,omitempty"` // where one run measured both
	Low       float64         `json:"low"`
	High      float64         `json:"high"`
	Run       string          `json:"run,omitempty"`
	Page      string          `json:"page,omitempty"` // of the history, where there is one
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
	if a == "" && b == "" {
		var err error
		m.Sentence = "Two commits, runs or hosts beside each other."
		m.Offers, err = s.offers(ctx)
		return page{kind: "compare", title: "Compare", model: m, holds: HoldsRuns, repeat: "perfrun run --base A --head B; perfrun compare RUN"}, err
	}
	base, err := s.side(ctx, "a", a)
	if err != nil {
		return page{}, err
	}
	head, err := s.side(ctx, "b", b)
	if err != nil {
		return page{}, err
	}
	return s.compared(ctx, m, base, head)
}

// compared is the page of two sides.
func (s *Site) compared(ctx context.Context, m CompareModel, base, head compared) (page, error) {
	m.Base, m.Head, m.Runs = base.commit, head.commit, [2]string{base.run, head.run}
	r := s.reading(ctx)
	if m.Sentence = sameTwice(base, head); m.Sentence == "" {
		err := s.rows(ctx, r, &m, base, head)
		r.part("rows", err)
		if m.Unread, err = r.end(); err != nil {
			return page{}, err
		}
		m.Sentence = m.says()
	}
	return page{kind: "compare", title: m.Title(), model: m, holds: r.holds(HoldsFindings), csv: m.csv, repeat: "perfrun run " + words.ShellCommand([]string{"--base", m.Base.Rev, "--head", m.Head.Rev})}, nil
}

// sameTwice says so where both sides are one and the same.
func sameTwice(base, head compared) string {
	switch {
	case base.class != head.class:
		return ""
	case base.run != "" && base.run == head.run:
		return "Both sides are the same run: it differs from itself in nothing. Its own page sets its head beside its base."
	case base.run == "" && head.run == "" && base.commit.Rev == head.commit.Rev:
		return "Both sides are the same commit: there is nothing to compare. REV@office and REV@cloud set two classes of hosts beside each other, and the ids of two runs two measurements."
	}
	return ""
}

func (m CompareModel) says() string {
	count := map[Strength]int{}
	for _, r := range m.Rows {
		count[r.Strength]++
	}
	both := count[SideBySide] + count[SameEnv] + count[Environment]
	said := fmt.Sprintf("%s: %d side by side", several(both, "comparison"), count[SideBySide])
	if both == 0 {
		said = "Both were measured, but no benchmark has a value on both sides"
	}
	for _, of := range []struct {
		strength Strength
		words    string
	}{
		{SameEnv, "%d of different runs in one environment (no verdict: the day differs)"},
		{Environment, "%d of different environments (weak: not only the commit differs)"},
		{BrokenSide, "%d broken"},
		{NotInA, "%d not measured in a"},
		{NotInB, "%d not measured in b"},
	} {
		if n := count[of.strength]; n > 0 {
			said += ", " + fmt.Sprintf(of.words, n)
		}
	}
	return said + "."
}
