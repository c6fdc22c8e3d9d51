package site

import (
	"context"

	"mtrlz.dev/perfrun/results"
)

// Source is what pages are made from. Its methods are those of store.Store, which is
// one.
type Source interface {
	Edition(ctx context.Context) (results.Edition, error)
	Runs(ctx context.Context, limit int) ([]results.Run, error)
	Lanes(ctx context.Context) ([]results.Lane, error)
	RunsOf(ctx context.Context, lane results.Lane, most int) ([]results.Run, error)
	DoneOf(ctx context.Context, lane results.Lane, most int) ([]results.Run, error)
	Recent(ctx context.Context, lane results.Lane, most int) ([]results.Run, error)
	Measured(ctx context.Context, class string, most int) ([]results.Run, error)
	Twins(ctx context.Context, suite, base, head string) ([]results.Run, error)
	RunsAt(ctx context.Context, rev string, most int) ([]results.Run, error)
	OddIDs(ctx context.Context) ([]string, error)
	Run(ctx context.Context, id string) (results.Run, error)
	Record(ctx context.Context, id string) (*results.Record, error)
	Series(ctx context.Context, suite string) ([]results.Series, error)
	History(ctx context.Context, series results.Series) (results.History, error)
	LookBack(ctx context.Context, series results.Series) (results.LookBack, error)
	Latest(ctx context.Context, series []results.Series, most int) ([]results.History, error)
	CommitPoints(ctx context.Context, rev string) ([]results.Point, error)
	CommitsLike(ctx context.Context, prefix string, most int) ([]string, error)
	Steps(ctx context.Context, suite string) ([]results.Step, error)
	Acceptances(ctx context.Context, suite string) ([]results.Acceptance, error)
	Alarms(ctx context.Context, suite string) ([]results.AlarmTally, error)
	Disturbances(ctx context.Context, class string, most int) (sum results.Disturbances, runs int, err error)
	Outcomes(ctx context.Context, run string) (list []results.Outcome, unreadable int, err error)
	OutcomesWith(ctx context.Context, run, verdict string, most int) (list []results.Outcome, unreadable int, err error)
	LostSince(ctx context.Context, before, run string) (benchmarks []string, err error)
	NoiseOf(ctx context.Context, run string) ([]results.Noise, error)
}

// Live is what is known of a box only while its daemon runs. A written site has none.
type Live interface {
	Queue(ctx context.Context) (results.QueueView, error)
	Health(ctx context.Context) ([]results.Finding, error) // of the machine, its disk and its tunnel
}
