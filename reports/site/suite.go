package site

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// multiples is how many small histories a page has; recent, how many of the newest
// commits each shows.
const (
	multiples = 36
	recent    = 200
)

// SuiteModel is a suite: all its histories, small, most worrying first.
type SuiteModel struct {
	Suite     string     `json:"suite"`
	Sentence  string     `json:"sentence"`
	Open      []Change   `json:"open"` // the worst regressions of all its benchmarks, on the first part
	OpenMore  int        `json:"open_more,omitempty"`
	Runs      []RunLine  `json:"runs"` // newest first
	Part      int        `json:"part"` // of the histories, from 1
	Parts     int        `json:"parts"`
	Histories []Multiple `json:"histories"`
	Unread    Unread     `json:"cannot_be_read,omitempty"`
}

func (s *Site) suite(ctx context.Context, name string, _ url.Values) (page, error) {
	name, part := partOf(name)
	find := func(c catalogue) int {
		return slices.IndexFunc(c.suites, func(g suiteGroup) bool { return key(g.Name) == name })
	}
	r := s.reading(ctx)
	edition := s.edition(ctx)
	shelf, err := s.catalogue(ctx)
	r.part("histories", cmp.Or(err, shelf.partly))
	lanes, err := s.lanes(ctx)
	r.part("runs", err)
	if _, err := r.end(); err != nil {
		return page{}, err
	}
	suite := suiteGroup{}
	if i := find(shelf); i >= 0 {
		suite = shelf.suites[i]
	} else if i := slices.IndexFunc(lanes, func(l lane) bool { return key(l.Suite) == name }); i >= 0 {
		suite.Name = lanes[i].Suite
	} else {
		return page{}, missing("suites/" + name)
	}
	m, err := s.newSuite(ctx, r, edition, suite, lanes, part)
	p := page{kind: "suite", title: suiteWord(suite.Name), model: m, holds: r.holds(HoldsRuns), csv: m.csv, repeat: command("perfrun history --suite", suite.Name)}
	for _, r := range m.Runs {
		p.at = later(p.at, r.Created)
	}
	return p, err
}

// partOf splits the number of a part from a name: "dataflow-1a2b.3" is its third.
func partOf(name string) (string, int) {
	if bare, number, found := strings.Cut(name, "."); found {
		if n, err := strconv.Atoi(number); err == nil && n > 1 && strconv.Itoa(n) == number {
			return bare, n
		}
	}
	return name, 1
}

// partAddress is where a part of a suite stands.
func partAddress(suite string, part int) string {
	if part == 1 {
		return suiteAddress(suite)
	}
	return fmt.Sprintf("suites/%s.%d.html", key(suite), part)
}

func (s *Site) newSuite(ctx context.Context, r *reading, edition results.Edition, suite suiteGroup, lanes []lane, part int) (SuiteModel, error) {
	m := SuiteModel{Suite: suite.Name, Part: part, Parts: max(1, (len(suite.Groups)+multiples-1)/multiples), Open: []Change{}, Runs: []RunLine{}, Histories: []Multiple{}}
	if part > m.Parts {
		return m, missing(partAddress(suite.Name, part))
	}
	all, err := s.standing(ctx, suite.Name)
	r.part("steps", err)
	if err != nil {
		edition = results.Edition{} // what is drawn without all steps is not kept
	}
	open, _ := split(all)
	if part == 1 {
		m.Open = open[:min(len(open), mostOpen)]
	}
	m.OpenMore = len(open) - len(m.Open)
	runs, err := s.newestOf(ctx, lanes, suite.Name)
	r.part("runs", err)
	for _, r := range runs {
		m.Runs = append(m.Runs, newRunLine(r))
	}
	groups := byWorry(suite.Groups, all)
	for _, g := range groups[(part-1)*multiples : min(len(groups), part*multiples)] {
		multiple, err := s.multiple(ctx, edition, g, all)
		r.part("histories", err)
		if err == nil {
			m.Histories = append(m.Histories, multiple)
		}
	}
	m.Sentence = fmt.Sprintf("%s, %s; %s.", several(len(benchmarksOf(suite)), "benchmark"), words.Count(len(suite.Groups), "history", "histories"), isAre(len(open), "regression")+" open")
	m.Unread, err = r.end()
	return m, err
}

// byWorry orders histories by their most worrying step; those without one keep their
// order and come last.
func byWorry(groups []group, all []Change) []group {
	place := map[string]int{}
	for i, c := range all {
		k := c.key()
		if _, known := place[k]; !known {
			place[k] = i + 1
		}
	}
	at := func(g group) int {
		if i := place[g.Key]; i > 0 {
			return i
		}
		return len(all) + 1
	}
	sorted := slices.Clone(groups)
	slices.SortStableFunc(sorted, func(a, b group) int { return cmp.Compare(at(a), at(b)) })
	return sorted
}
