package site

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// compared is one side of a comparison.
type compared struct {
	commit results.Commit
	class  string          // of hosts, where somebody named one
	run    string          // where somebody named one
	points []results.Point // oldest run first
	broken []brokenPart
}

// brokenPart is a benchmark that a run has no value of on this side.
type brokenPart struct {
	suite, class, run string
	outcome           results.Outcome
}

// side finds what somebody named: a run, which stands for what it measured of its head,
// or a revision or its beginning; and with @CLASS only what hosts of that class measured
// of it.
func (s *Site) side(ctx context.Context, where, text string) (compared, error) {
	name, class, _ := strings.Cut(text, "@")
	side, err := s.named(ctx, name, where)
	if err != nil {
		return compared{}, err
	}
	side.class = class
	side.points = slices.DeleteFunc(side.points, func(p results.Point) bool { return class != "" && p.Series.Class != class })
	side.broken = slices.DeleteFunc(side.broken, func(b brokenPart) bool { return class != "" && b.class != class })
	if len(side.points)+len(side.broken) == 0 {
		return compared{}, wrongSide(where, fmt.Sprintf("nothing was measured of %q", words.Plain(words.Shortened(text, 60))))
	}
	return side, nil
}

func wrongSide(where, what string) *results.Problem {
	return &results.Problem{
		Kind: results.BadInput, Where: where, What: what,
		Next: "give a revision, at least 4 characters of it, or the id of a run; REV@office for one class of hosts",
	}
}

// shortestRev is how much of a revision somebody must give, and longestAsked how much they
// may.
const (
	shortestRev  = 4
	longestAsked = 200
)

func (s *Site) named(ctx context.Context, name, where string) (compared, error) {
	none := wrongSide(where, fmt.Sprintf("%q is no commit that was measured, and no run", words.Plain(words.Shortened(name, 60))))
	if name == "" || len(name) > longestAsked {
		return compared{}, none
	}
	run, err := s.source.Run(ctx, name)
	if err == nil && !run.State.Final() {
		none.What, none.Next = fmt.Sprintf("run %s is not over: it is %s", words.Plain(run.ID), run.State), "wait until it is done"
		return compared{}, none
	}
	if err == nil {
		return s.sideOfRun(ctx, run, results.Head)
	}
	if !isNone(err) {
		return compared{}, err
	}
	found, err := s.source.CommitsLike(ctx, name, 5)
	switch {
	case err != nil:
		return compared{}, err
	case slices.Contains(found, name):
		return s.sideOfCommit(ctx, name)
	case len(name) < shortestRev: // a beginning that says too little
	case len(found) == 1:
		return s.sideOfCommit(ctx, found[0])
	case len(found) > 1:
		none.What, none.Next = fmt.Sprintf("%q fits several commits", words.Plain(name)), "give more characters of it: "+strings.Join(found, ", ")
	}
	return compared{}, none
}

// sideOfRun is what one run measured of a side, as it concluded when it ended.
func (s *Site) sideOfRun(ctx context.Context, run results.Run, side results.Side) (compared, error) {
	c := compared{commit: run.Head, run: run.ID}
	if side == results.Base {
		c.commit = run.Base
	}
	if run.Kind == results.Elsewhere {
		points, err := s.source.CommitPoints(ctx, run.Head.Rev)
		c.points = slices.DeleteFunc(points, func(p results.Point) bool { return p.Run != run.ID })
		return c, err
	}
	outcomes, err := s.concluded(ctx, run.ID)
	for _, o := range outcomes {
		value, n := o.Head, o.HeadN
		if side == results.Base {
			value, n = o.Base, o.BaseN
		}
		if n == 0 || o.Verdict == string(verdict.Broken) {
			c.broken = append(c.broken, brokenPart{run.Suite, run.Class, run.ID, o})
			continue
		}
		c.points = append(c.points, results.Point{
			Series: results.Series{Suite: run.Suite, Branch: c.commit.Branch, Class: run.Class, Benchmark: o.Benchmark, Metric: o.Metric},
			Run:    run.ID, Side: side, Commit: c.commit, Environment: verdict.EnvironmentOf(run, side, o.Benchmark, o.Metric), Value: value, N: n,
		})
	}
	return c, err
}

// concluded is what a run concluded. One from before that was kept is judged again.
func (s *Site) concluded(ctx context.Context, id string) ([]results.Outcome, error) {
	outcomes, _, err := s.source.Outcomes(ctx, id)
	if err != nil || len(outcomes) > 0 {
		return outcomes, err
	}
	record, err := s.source.Record(ctx, id)
	if err != nil {
		return nil, err
	}
	return verdict.Outcomes(verdict.Judge(record)), nil
}

// mostOfCommit is how many runs of a commit that has no history are looked for.
const mostOfCommit = 20

// sideOfCommit is what all runs measured of a commit: the points of its histories, or of
// one that no main branch holds, what the newest run of each lane concluded.
func (s *Site) sideOfCommit(ctx context.Context, rev string) (compared, error) {
	points, err := s.source.CommitPoints(ctx, rev)
	if err != nil {
		return compared{}, err
	}
	runs, err := s.source.RunsAt(ctx, rev, mostOfCommit)
	if err != nil {
		return compared{}, err
	}
	c, seen := compared{commit: results.Commit{Rev: rev}, points: points}, map[results.Lane]bool{}
	if len(points) > 0 {
		c.commit = points[0].Commit
	}
	for _, r := range runs {
		l := results.Lane{Suite: r.Suite, Class: r.Class, Kind: r.Kind}
		if seen[l] {
			continue
		}
		seen[l] = true
		if err := s.addRun(ctx, &c, r, len(points) == 0); err != nil {
			return c, err
		}
	}
	return c, nil
}

// addRun adds what a run says of a commit: what is broken, and where there is no history
// also its values.
func (s *Site) addRun(ctx context.Context, c *compared, run results.Run, values bool) error {
	side := results.Head
	if run.Head.Rev != c.commit.Rev {
		side = results.Base
	}
	if !values && run.Counts[string(verdict.Broken)] == 0 {
		return nil
	}
	whole, err := s.source.Run(ctx, run.ID)
	if err != nil {
		return err
	}
	one, err := s.sideOfRun(ctx, whole, side)
	c.broken = append(c.broken, one.broken...)
	if values {
		c.commit, c.points = one.commit, append(c.points, one.points...)
	}
	return err
}
