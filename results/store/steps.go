package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// Announce stores steps. One that was announced before, of the same series,
// environment and commit, stays as it was.
func (s *Store) Announce(ctx context.Context, steps []results.Step) error {
	return s.writeWords(ctx, "announce steps", func(tx *sqlx.Tx, words lookup) error {
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

// stepRow is a row of table steps with the series it belongs to.
type stepRow struct {
	seriesRow
	Environment string  `db:"digest"`
	Bad         string  `db:"bad"`
	Good        string  `db:"good"`
	Change      float64 `db:"change"`
	Low         float64 `db:"low"`
	High        float64 `db:"high"`
	Before      float64 `db:"before"`
	After       float64 `db:"after"`
	Source      string  `db:"source"`
	Run         string  `db:"run"`
	Announced   instant `db:"announced"`
}

// Steps returns the steps that were announced for a suite, or for every suite where
// it is empty, in the order of their announcement. Those of runs that did not end
// as done are left out.
func (s *Store) Steps(ctx context.Context, suite string) ([]results.Step, error) {
	var rows []stepRow
	err := s.read(ctx, "list steps", func(tx *sqlx.Tx) error {
		return tx.Select(&rows, `SELECT s.id, s.suite, s.branch, s.class, b.name AS benchmark, m.case_name, m.name, m.unit, m.better,
			e.digest, t.bad, t.good, t.change, t.low, t.high, t.before, t.after, t.source, r.id AS run, t.announced
			FROM steps t JOIN series s ON s.id = t.series JOIN benchmarks b ON b.id = s.benchmark JOIN metrics m ON m.id = s.metric
			JOIN environments e ON e.id = t.environment JOIN runs r ON r.num = t.run
			WHERE r.state = 'done' AND (? = '' OR s.suite = ?) ORDER BY t.announced, t.run, t.series, t.bad`, suite, suite)
	})
	return each(rows, stepRow.step), err
}

func (r stepRow) step() results.Step {
	return results.Step{
		Series: r.series(), Environment: r.Environment, Good: r.Good, Bad: r.Bad, Change: r.Change, Low: r.Low, High: r.High,
		Before: r.Before, After: r.After, Source: results.StepSource(r.Source), Run: r.Run, Announced: time.Time(r.Announced),
	}
}
