package site

import (
	"context"
	"fmt"
	"slices"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// mostOffered is how many of the newest runs of a lane comparisons are offered of, and
// searched for milestones.
const mostOffered = 100

// offers are comparisons of the newest runs, and of the newest commits of every suite
// with milestones.
func (s *Site) offers(ctx context.Context) ([]CompareOffer, error) {
	list := shown{offers: []CompareOffer{}, seen: map[string]bool{}}
	measured, err := s.mainRuns(ctx, results.Comparison)
	if err != nil {
		return nil, err
	}
	elsewhere, err := s.mainRuns(ctx, results.Elsewhere)
	for _, r := range measured[:min(len(measured), mostNews)] {
		list.add(r.Suite, r.Head, r.Base, words.ShortRev(r.Base))
	}
	heads, suites := map[string][]results.Commit{}, []string{}
	for _, r := range slices.Concat(measured, elsewhere) {
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
	return list.offers, err
}

// mainRuns are the newest runs of one kind that are done, of commits of main branches,
// newest first.
func (s *Site) mainRuns(ctx context.Context, kind results.Kind) (list []results.Run, err error) {
	lanes, err := s.source.Lanes(ctx)
	for _, l := range lanes {
		if l.Kind != kind || err != nil {
			continue
		}
		var some []results.Run
		some, err = s.source.DoneOf(ctx, l, mostOffered)
		list = append(list, some...)
	}
	list = slices.DeleteFunc(list, func(r results.Run) bool { return r.Base.Branch == "" || r.Head.Branch == "" })
	slices.SortStableFunc(list, newestFirst)
	return list, err
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
