package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// Announce stores steps. One that was announced before, of the same series,
// environment and commit, stays as it was.
func (s *Store) Announce(ctx context.Context, steps []results.Step) error {
	return s.writeWords(ctx, "announce steps", ofFindings, func(tx *sqlx.Tx, words lookup) error {
		for _, step := range steps {
			if err := announce(tx, words, step); err != nil {
				return fmt.Errorf("of %s: %w", step.Series, err)
			}
		}
		return nil
	})
}

func announce(tx *sqlx.Tx, words lookup, step results.Step) error {
	series, err := words.oneSeries(step.Series)
	if err != nil {
		return err
	}
	environment, err := words.environment(step.Environment)
	if err != nil {
		return err
	}
	run, err := numberOf(tx, step.Run)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO steps (series, environment, bad, good, change, low, high, before, after, source, run, announced)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		series, environment, step.Bad, step.Good, step.Change, step.Low, step.High, step.Before, step.After,
		string(step.Source), run, instant(step.Announced))
	return err
}

// stepRow is a row of table steps with what it refers to by number. asHead and asBase
// are the first runs that measured its commit, if any did.
type stepRow struct {
	series         int64
	environment    string
	bad, good      string
	change         float64
	low, high      float64
	before, after  float64
	source, run    string
	announced      instant
	asHead, asBase sql.NullInt64
	goodHead       sql.NullInt64 // the same of the commit before
	goodBase       sql.NullInt64
}

func (r *stepRow) fields() []any {
	return []any{
		&r.series, &r.environment, &r.bad, &r.good, &r.change, &r.low, &r.high, &r.before, &r.after, &r.source, &r.run, &r.announced,
		&r.asHead, &r.asBase, &r.goodHead, &r.goodBase,
	}
}

const selectSteps = `SELECT t.series, e.digest, t.bad, t.good, t.change, t.low, t.high, t.before, t.after, t.source, r.id, t.announced,
	CASE r.head_rev WHEN t.bad THEN r.num ELSE (SELECT num FROM runs WHERE head_rev = t.bad AND state = 'done' LIMIT 1) END,
	CASE r.head_rev WHEN t.bad THEN NULL ELSE (SELECT num FROM runs WHERE base_rev = t.bad AND state = 'done' LIMIT 1) END,
	CASE r.base_rev WHEN t.good THEN NULL ELSE (SELECT num FROM runs WHERE head_rev = t.good AND state = 'done' LIMIT 1) END,
	CASE r.base_rev WHEN t.good THEN r.num ELSE (SELECT num FROM runs WHERE base_rev = t.good AND state = 'done' LIMIT 1) END
	FROM steps t JOIN series s ON s.id = t.series JOIN environments e ON e.id = t.environment JOIN runs r ON r.num = t.run
	WHERE r.state = 'done' AND (? = '' OR s.suite = ?) ORDER BY t.announced, t.run, t.series, t.bad`

// Steps returns the steps that were announced for a suite, or for every suite where
// it is empty, in the order of their announcement. Those of runs that did not end
// as done are left out. Where some cannot be read the others are there, beside a
// *results.Incomplete.
func (s *Store) Steps(ctx context.Context, suite string) (list []results.Step, err error) {
	broken := 0
	err = s.read(ctx, "list steps", func(tx *sqlx.Tx) error {
		var rows []stepRow
		rows, broken, err = legible(tx, (*stepRow).fields, selectSteps, suite, suite)
		for _, r := range rows {
			step, bad := s.step(tx, r)
			if bad != nil {
				broken++
				continue
			}
			list = append(list, step)
		}
		return err
	})
	return list, incomplete(err, broken, "step")
}

func (s *Store) step(tx *sqlx.Tx, r stepRow) (results.Step, error) {
	series, err := s.names.find(tx, r.series)
	step := results.Step{
		Series: series, Environment: r.environment, Good: r.good, Bad: r.bad, Change: r.change, Low: r.low, High: r.high,
		Before: r.before, After: r.after, Source: results.StepSource(r.source), Run: r.run, Announced: time.Time(r.announced),
	}
	if err == nil {
		step.Commit, step.GoodCommit = s.commitOf(tx, r.asHead, r.asBase), s.commitOf(tx, r.goodHead, r.goodBase)
	}
	return step, err
}

// commitOf is what a run that has a commit as head knows of it, or one that has it as base.
func (s *Store) commitOf(tx *sqlx.Tx, asHead, asBase sql.NullInt64) results.Commit {
	for _, at := range []struct {
		run  sql.NullInt64
		head bool
	}{{asHead, true}, {asBase, false}} {
		if !at.run.Valid {
			continue
		}
		if from, bad := s.sources.find(tx, whole(at.run.Int64), at.head); bad == nil && from != nil {
			return from.Commit
		}
	}
	return results.Commit{}
}
