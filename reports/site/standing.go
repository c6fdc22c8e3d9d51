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
// worrying first. Where some cannot be read the others are there, beside the error. The
// list is shared: nobody changes it.
func (s *Site) standing(ctx context.Context, suite string) ([]Change, error) {
	e, err := s.entries(ctx)
	if err != nil {
		return nil, err
	}
	if suite == "" {
		return e.standing, e.partly
	}
	if list := e.ofSuite[suite]; list != nil {
		return list, e.partly
	}
	return []Change{}, e.partly
}

// stand says what became of all steps. Thousands are not put in order for every reader.
func (s *Site) stand(ctx context.Context, e *entries) error {
	e.standing = []Change{}
	for _, series := range e.order {
		changes, err := s.standingOf(ctx, series, e.steps[series], e.acceptedOf(series))
		if err != nil {
			return err
		}
		e.standing = append(e.standing, changes...)
	}
	slices.SortStableFunc(e.standing, worrying)
	e.ofSuite = map[string][]Change{}
	for _, c := range e.standing {
		e.ofSuite[c.Suite] = append(e.ofSuite[c.Suite], c)
	}
	return nil
}

func (s *Site) standingOf(ctx context.Context, series results.Series, steps []results.Step, accepted []results.Acceptance) ([]Change, error) {
	if changes, known := s.stood.of(series, steps, accepted); known {
		return changes, nil
	}
	list, sure := verdict.Settled(series, steps, accepted)
	if !sure { // somebody accepted a commit that only points may say is beside a step
		history, err := s.source.History(ctx, series)
		if err != nil {
			return nil, err
		}
		list = verdict.TimelineOf(history, steps, accepted).Steps
	}
	changes := make([]Change, len(list))
	for i, step := range list {
		step.Index = -1 // no place without the points
		changes[i] = newChange(series, step, step.Commit, step.GoodCommit)
	}
	s.stood.keep(series, stoodSeries{steps, accepted, changes})
	return changes, nil
}

// of returns what is known of exactly these steps.
func (s *stood) of(series results.Series, steps []results.Step, accepted []results.Acceptance) ([]Change, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, found := s.at[series]
	return known.changes, found && slices.Equal(known.steps, steps) && slices.Equal(known.accepted, accepted)
}

// keep remembers what became of the steps of a series.
func (s *stood) keep(series results.Series, known stoodSeries) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[results.Series]stoodSeries{}
	}
	s.at[series] = known
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
