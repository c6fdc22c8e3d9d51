package site

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// stood remembers what became of the steps of each series. That follows from its steps
// and from what is accepted of its benchmark alone, so it is worked out again only where
// these are others.
type stood struct {
	mu sync.Mutex
	at map[results.Series]stoodSeries
}

type stoodSeries struct {
	steps    []results.Step
	accepted []results.Acceptance
	changes  []Change
}

// standing is every step of a suite, or of all where it is empty, with its state, most
// worrying first.
func (s *Site) standing(ctx context.Context, suite string) ([]Change, error) {
	e, err := s.entries(ctx)
	if err != nil {
		return nil, err
	}
	list := []Change{}
	for _, series := range e.order {
		if suite != "" && series.Suite != suite {
			continue
		}
		changes, err := s.standingOf(ctx, series, e.steps[series], e.acceptedOf(series))
		if err != nil {
			return nil, err
		}
		list = append(list, changes...)
	}
	slices.SortStableFunc(list, worrying)
	return list, nil
}

func (s *Site) standingOf(ctx context.Context, series results.Series, steps []results.Step, accepted []results.Acceptance) ([]Change, error) {
	if changes, known := s.stood.of(series, steps, accepted); known {
		return changes, nil
	}
	history, err := s.source.History(ctx, series)
	if err != nil {
		return nil, err
	}
	return s.stood.keep(verdict.TimelineOf(history, steps, accepted), steps, accepted), nil
}

// of returns what is known of exactly these steps.
func (s *stood) of(series results.Series, steps []results.Step, accepted []results.Acceptance) ([]Change, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, found := s.at[series]
	return known.changes, found && slices.Equal(known.steps, steps) && slices.Equal(known.accepted, accepted)
}

// keep remembers what became of the steps of a timeline.
func (s *stood) keep(t *verdict.Timeline, steps []results.Step, accepted []results.Acceptance) []Change {
	changes := []Change{}
	for _, timed := range t.Steps {
		changes = append(changes, newChange(t.Series, timed, commitOf(t, timed.Bad), commitOf(t, timed.Good)))
	}
	if len(steps) == 0 {
		return changes
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[results.Series]stoodSeries{}
	}
	s.at[t.Series] = stoodSeries{steps, accepted, changes}
	return changes
}

// commitOf is what a timeline knows of a revision.
func commitOf(t *verdict.Timeline, rev string) results.Commit {
	i := slices.IndexFunc(t.Moments, func(m verdict.Moment) bool { return m.Commit.Rev == rev })
	if i < 0 {
		return results.Commit{Rev: rev}
	}
	return t.Moments[i].Commit
}

// worrying puts open regressions first, the largest of them on top; the others follow
// from the newest on.
func worrying(a, b Change) int {
	open := func(c Change) int {
		if c.State == verdict.StateOpen {
			return 0
		}
		return 1
	}
	if d := open(a) - open(b); d != 0 {
		return d
	}
	if open(a) == 0 {
		return cmp.Compare(math.Abs(b.Change), math.Abs(a.Change))
	}
	return b.Announced.Compare(a.Announced)
}

// split divides the open regressions from the rest.
func split(all []Change) (open, rest []Change) {
	i := slices.IndexFunc(all, func(c Change) bool { return c.State != verdict.StateOpen })
	if i < 0 {
		return all, []Change{}
	}
	return all[:i], all[i:]
}

// byAnnouncement returns the newest steps, newest first, as many as a feed holds.
func byAnnouncement(all []Change) []Change {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Change) int { return b.Announced.Compare(a.Announced) })
	return sorted[:min(len(sorted), mostEntries)]
}
