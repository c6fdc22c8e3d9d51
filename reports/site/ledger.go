package site

import (
	"cmp"
	"context"
	"errors"

	"mtrlz.dev/perfrun/results"
)

// entries are every step that was announced and everything that is accepted, by what it
// is of. Every page needs some of it.
type entries struct {
	order    []results.Series // those with steps, as they were first announced
	steps    map[results.Series][]results.Step
	accepted map[place][]results.Acceptance
	standing []Change            // what became of them, most worrying first
	ofSuite  map[string][]Change // the same of each suite
	partly   error               // some rows cannot be read
}

// partly tells an error of some rows from one of the whole.
func partly(err error) (some, whole error) {
	if _, is := errors.AsType[*results.Incomplete](err); is {
		return err, nil
	}
	return nil, err
}

// place is what somebody accepts: a benchmark of a suite.
type place struct{ suite, benchmark string }

func (e entries) acceptedOf(s results.Series) []results.Acceptance {
	return e.accepted[place{s.Suite, s.Benchmark}]
}

// entries returns what was announced and accepted.
func (s *Site) entries(ctx context.Context) (entries, error) {
	return remembered(ctx, s, &s.ledger, findings, s.readEntries)
}

func (s *Site) readEntries(ctx context.Context) (entries, error) {
	steps, err := s.source.Steps(ctx, "")
	lessSteps, err := partly(err)
	if err != nil {
		return entries{}, err
	}
	accepted, err := s.source.Acceptances(ctx, "")
	lessAccepted, err := partly(err)
	if err != nil {
		return entries{}, err
	}
	e := entries{partly: cmp.Or(lessSteps, lessAccepted), steps: map[results.Series][]results.Step{}, accepted: map[place][]results.Acceptance{}}
	for _, step := range steps {
		if e.steps[step.Series] == nil {
			e.order = append(e.order, step.Series)
		}
		e.steps[step.Series] = append(e.steps[step.Series], step)
	}
	for _, a := range accepted {
		at := place{a.Suite, a.Benchmark}
		e.accepted[at] = append(e.accepted[at], a)
	}
	err = s.stand(ctx, &e)
	return e, err
}

// tallied is what became of the alarms of every suite on every host.
type tallied struct {
	list   []results.AlarmTally
	partly error // some rows cannot be read
}

// alarms returns what became of alarms, which every page of a run says. Where some rows
// cannot be read the others are there, beside the error.
func (s *Site) alarms(ctx context.Context) ([]results.AlarmTally, error) {
	t, err := remembered(ctx, s, &s.tallies, findings, func(ctx context.Context) (t tallied, err error) {
		t.list, err = s.source.Alarms(ctx, "")
		t.partly, err = partly(err)
		return t, err
	})
	return t.list, cmp.Or(err, t.partly)
}
