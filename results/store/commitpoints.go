package store

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// commitRow is a row of table points with the number of its series.
type commitRow struct {
	leanRow
	series int64
}

func (r *commitRow) fields() []any { return append([]any{&r.series}, r.leanRow.fields()...) }

const selectCommitPoints = `SELECT p.series, p.run, p.side, p.environment, p.value, p.low, p.high, p.executions
	FROM runs r JOIN points p ON p.run = r.num
	WHERE r.state = 'done' AND (p.side = 0 AND r.base_rev = ? OR p.side = 1 AND r.head_rev = ?) AND r.num IN (
		SELECT num FROM runs WHERE base_rev = ? UNION SELECT num FROM runs WHERE head_rev = ?)
	ORDER BY r.num`

// CommitPoints returns what every run measured of exactly this commit, oldest run
// first. Points that cannot be read are left out.
func (s *Store) CommitPoints(ctx context.Context, rev string) (points []results.Point, err error) {
	err = s.read(ctx, "list points of commit "+rev, func(tx *sqlx.Tx) error {
		rows, _, err := legible(tx, (*commitRow).fields, selectCommitPoints, rev, rev, rev, rev)
		if err != nil {
			return err
		}
		points, err = s.commitPoints(tx, rows)
		return err
	})
	return points, err
}

func (s *Store) commitPoints(tx *sqlx.Tx, rows []commitRow) (points []results.Point, err error) {
	environments := map[whole]string{}
	for _, r := range rows {
		series, err := s.names.find(tx, r.series)
		if err != nil {
			return nil, err
		}
		source, err := s.sources.find(tx, r.run, r.head)
		if errors.Is(err, errUnreadable) || err == nil && source == nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		environment, known := environments[r.environment]
		if !known {
			if environment, err = environmentOf(tx, r.environment); err != nil {
				return nil, err
			}
			environments[r.environment] = environment
		}
		points = append(points, results.Point{
			Series: series, Run: source.Run, Side: source.Side, Commit: source.Commit, Environment: environment,
			Value: float64(r.value), Low: float64(r.low), High: float64(r.high), N: int(r.n),
		})
	}
	return points, nil
}

func environmentOf(tx *sqlx.Tx, id whole) (digest string, err error) {
	err = tx.Get(&digest, "SELECT digest FROM environments WHERE id = ?", id)
	return digest, err
}

// CommitsLike returns the commits that runs measured and whose revision begins so, at
// most so many. An empty beginning is that of none.
func (s *Store) CommitsLike(ctx context.Context, prefix string, most int) (revs []string, err error) {
	if prefix == "" {
		return nil, nil
	}
	err = s.read(ctx, "list commits "+prefix, func(tx *sqlx.Tx) error {
		end := prefix + "\U0010ffff"
		return tx.Select(&revs, `SELECT base_rev FROM runs WHERE base_rev >= ? AND base_rev < ? UNION
			SELECT head_rev FROM runs WHERE head_rev >= ? AND head_rev < ? ORDER BY 1 LIMIT ?`, prefix, end, prefix, end, most)
	})
	return revs, err
}
