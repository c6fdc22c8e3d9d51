package harness

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/changepoint"
	"mtrlz.dev/perfrun/results/verdict"
)

// Remember adds what a run says of commits of a main branch to their history, and
// announces the steps that this makes sure of. It can be repeated. A run that
// compares a branch of its own adds its base, and announces nothing.
func Remember(ctx context.Context, store Store, record *results.Record) error {
	if record.Run.Kind != results.Comparison {
		return nil // both sides of a calibration are one commit, and what is from elsewhere was remembered as it came
	}
	points := verdict.Points(record)
	if len(points) == 0 {
		return nil
	}
	if err := store.AddPoints(ctx, record.Run.ID, points); err != nil {
		return err
	}
	steps := verdict.RunSteps(record, verdict.Judge(record))
	known, err := store.Steps(ctx, record.Run.Suite)
	if err != nil {
		return err
	}
	known = append(known, steps...)
	for _, p := range points {
		if p.Side == results.Base && slices.ContainsFunc(points, func(o results.Point) bool { return o.Side == results.Head && together(o, p) }) {
			continue // head's turn is for both
		}
		recent, err := store.RecentPoints(ctx, p.Series, p.Environment, pointsPerCommit*changepoint.Window)
		if err != nil {
			return err
		}
		own := slices.DeleteFunc(slices.Clone(points), func(o results.Point) bool { return !together(o, p) })
		recent = withOwn(recent, own)
		fresh := verdict.NewTimeline(p.Series, recent, known, nil).Announce(record.Run.ID, record.Run.Finished)
		known, steps = append(known, fresh...), append(steps, fresh...)
	}
	if err := store.Announce(ctx, steps); err != nil {
		return err
	}
	return lookBack(ctx, store, points)
}

// lookBack searches the series of a run's points once, so that no page has to, several at
// a time.
func lookBack(ctx context.Context, store Store, points []results.Point) error {
	own := map[results.Series][]results.Point{}
	for _, p := range points {
		own[p.Series] = append(own[p.Series], p)
	}
	series := slices.SortedFunc(maps.Keys(own), results.Series.Compare)
	looks := make([]results.LookBack, len(series))
	group, limited := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, one := range series {
		group.Go(func() error {
			h, err := store.History(limited, one)
			looks[i] = verdict.NewTimeline(one, withOwn(h.Points(), own[one]), nil, nil).Search()
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return store.KeepLookBacks(ctx, looks)
}

// pointsPerCommit is how many points a commit has in most cases: one as head, one
// as base of what came next.
const pointsPerCommit = 2

// withOwn puts a run's points, at least one, among those of others, in the order of their
// commits: the store keeps them apart until the run is done.
func withOwn(others, own []results.Point) []results.Point {
	list := slices.DeleteFunc(others, func(p results.Point) bool { return p.Run == own[0].Run })
	list = append(list, own...)
	slices.SortStableFunc(list, func(a, b results.Point) int { return a.Commit.When.Compare(b.Commit.When) })
	return list
}

// together reports whether two points lie in one segment.
func together(a, b results.Point) bool {
	return a.Series == b.Series && a.Environment == b.Environment
}

// remember is Remember for the run that was just measured. What it cannot keep does
// not make the measurement less good, so the run is done all the same.
func (h *Harness) remember(ctx context.Context, j *job) error {
	if j.run.State != results.Done {
		return nil
	}
	err := Remember(ctx, h.Store, j.record())
	if err == nil {
		return nil
	}
	return &results.Problem{
		Kind: results.CannotRun, Where: "run " + j.run.ID, What: fmt.Sprintf("it is measured, but could not be added to the history: %v", err),
		Next: "mend that, then: perfrun history --add " + j.run.ID, Err: err,
	}
}
