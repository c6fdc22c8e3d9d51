package site

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// catalogue is what there are pages of: addresses hold digests, and cannot be read back.
type catalogue struct {
	histories map[string]group // by key
	suites    []suiteGroup     // by name
	classes   []string
	partly    error // some series cannot be read
}

// group is one metric of one benchmark: a series for every class of hosts.
type group struct {
	Key    string
	Series []results.Series // by class, never empty
}

func (g group) first() results.Series { return g.Series[0] }

// suiteGroup is one suite.
type suiteGroup struct {
	Name   string
	Groups []group // by benchmark and metric
}

// catalogue returns what there is.
func (s *Site) catalogue(ctx context.Context) (catalogue, error) {
	return remembered(ctx, s, &s.shelf, findings, func(ctx context.Context) (catalogue, error) {
		all, err := s.source.Series(ctx, "")
		c := newCatalogue(all)
		c.partly, err = partly(err)
		return c, err
	})
}

func newCatalogue(all []results.Series) catalogue {
	c := catalogue{histories: map[string]group{}}
	slices.SortFunc(all, results.Series.Compare)
	var keys []string
	for _, series := range all {
		k := historyKey(series)
		g, known := c.histories[k]
		if !known {
			keys = append(keys, k)
		}
		g.Key, g.Series = k, append(g.Series, series)
		c.histories[k] = g
		if !slices.Contains(c.classes, series.Class) {
			c.classes = append(c.classes, series.Class)
		}
	}
	for _, k := range keys {
		g := c.histories[k]
		name := g.first().Suite
		if n := len(c.suites); n == 0 || c.suites[n-1].Name != name {
			c.suites = append(c.suites, suiteGroup{Name: name})
		}
		last := &c.suites[len(c.suites)-1]
		last.Groups = append(last.Groups, g)
	}
	slices.SortFunc(c.classes, compareClasses)
	return c
}

// compareClasses puts the office first, as everything here does: it decides.
func compareClasses(a, b string) int {
	rank := func(class string) int {
		switch class {
		case "office":
			return 0
		case "cloud":
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// historyOf finds the group of a key.
func (s *Site) historyOf(ctx context.Context, k string) (group, error) {
	c, err := s.catalogue(ctx)
	if err != nil {
		return group{}, err
	}
	g, found := c.histories[k]
	if !found {
		return group{}, missing("history/" + k)
	}
	return g, nil
}

func missing(what string) error { return fmt.Errorf("%s: %w", words.Plain(what), fs.ErrNotExist) }
