package store

import (
	"context"
	"errors"
	"slices"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// leanRow is a row of table points as it stands there.
type leanRow struct {
	run, environment, n whole
	head                bool
	value, low, high    finite
}

func (r *leanRow) fields() []any {
	return []any{&r.run, &r.head, &r.environment, &r.value, &r.low, &r.high, &r.n}
}

const (
	selectLean = `SELECT p.run, p.side, p.environment, p.value, p.low, p.high, p.executions FROM points p
		WHERE p.series = ? ORDER BY p.time, p.run, p.side`
	// selectNewest does not look at runs, which takes three times as long: nearly all
	// are done.
	selectNewest = `SELECT p.run, p.side, p.environment, p.value, p.low, p.high, p.executions FROM points p
		WHERE p.series = ? ORDER BY p.time DESC, p.run DESC, p.side DESC LIMIT ?`
	// selectLatest does, for where some are not: those must not take the place of older
	// ones that are.
	selectLatest = `SELECT p.run, p.side, p.environment, p.value, p.low, p.high, p.executions FROM points p
		WHERE p.series = ? AND (SELECT r.state FROM runs r WHERE r.num = p.run) = 'done'
		ORDER BY p.time DESC, p.run DESC, p.side DESC LIMIT ?`
)

// History returns all points of a series that Points returns, in its order, for much
// less. A series that never was has none.
func (s *Store) History(ctx context.Context, series results.Series) (h results.History, err error) {
	err = s.read(ctx, "read the history of "+series.String(), func(tx *sqlx.Tx) error {
		h, _, err = s.history(tx, series, selectLean)
		return err
	})
	return h, err
}

// Latest returns of each series its newest points, at most so many, oldest first.
func (s *Store) Latest(ctx context.Context, series []results.Series, most int) (list []results.History, err error) {
	list = make([]results.History, len(series))
	err = s.read(ctx, "read the latest points of series", func(tx *sqlx.Tx) error {
		for i := range series {
			if list[i], err = s.latest(tx, series[i], most); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

func (s *Store) latest(tx *sqlx.Tx, series results.Series, most int) (results.History, error) {
	h, left, err := s.history(tx, series, selectNewest, most)
	if left > 0 && err == nil {
		h, _, err = s.history(tx, series, selectLatest, most)
	}
	return h, err
}

// history reads points, and counts those that were left out because their run is not done.
func (s *Store) history(tx *sqlx.Tx, series results.Series, query string, args ...any) (h results.History, left int, err error) {
	h.Series = series
	id, err := knownSeries(tx, series)
	if err != nil || id == 0 {
		return h, 0, err
	}
	rows, broken, err := legible(tx, (*leanRow).fields, query, append([]any{id}, args...)...)
	if err != nil {
		return h, 0, err
	}
	if query != selectLean {
		slices.Reverse(rows)
	}
	err = s.fill(tx, &h, rows)
	left = len(rows) - len(h.Values) - h.Unreadable
	h.Unreadable += broken
	return h, left, err
}

// fill turns rows into columns, without those of runs that are not done.
func (s *Store) fill(tx *sqlx.Tx, h *results.History, rows []leanRow) error {
	environments := map[whole]int{}
	h.Environment, h.Sources, h.N = make([]int, 0, len(rows)), make([]*results.Source, 0, len(rows)), make([]int, 0, len(rows))
	h.Values, h.Lows, h.Highs = make([]float64, 0, len(rows)), make([]float64, 0, len(rows)), make([]float64, 0, len(rows))
	for _, r := range rows {
		source, err := s.sources.find(tx, r.run, r.head)
		if errors.Is(err, errUnreadable) {
			h.Unreadable++
			continue
		}
		if err != nil {
			return err
		}
		if source == nil {
			continue
		}
		at, known := environments[r.environment]
		if !known {
			digest, err := environmentOf(tx, r.environment)
			if err != nil {
				return err
			}
			at = len(h.Environments)
			environments[r.environment], h.Environments = at, append(h.Environments, digest)
		}
		h.Environment, h.Sources, h.N = append(h.Environment, at), append(h.Sources, source), append(h.N, int(r.n))
		h.Values, h.Lows, h.Highs = append(h.Values, float64(r.value)), append(h.Lows, float64(r.low)), append(h.Highs, float64(r.high))
	}
	return nil
}
