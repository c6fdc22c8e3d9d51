package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// KeepLookBacks stores what looks back at series saw, in place of earlier ones. Whoever
// reads sees no difference but in how long it takes.
func (s *Store) KeepLookBacks(ctx context.Context, list []results.LookBack) error {
	return s.writeWords(ctx, "keep look-backs", ofNothing, func(tx *sqlx.Tx, words lookup) error {
		for _, l := range list {
			series, err := words.oneSeries(l.Series)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO lookbacks (series, points, places) VALUES (?, ?, ?)
				ON CONFLICT (series) DO UPDATE SET points = excluded.points, places = excluded.places`, series, l.Points, object[[]int]{l.Places}); err != nil {
				return err
			}
		}
		return nil
	})
}

// LookBack returns what was kept of a series; the zero LookBack where nothing was, or where
// it is damaged: to search again is all that is lost.
func (s *Store) LookBack(ctx context.Context, series results.Series) (l results.LookBack, err error) {
	err = s.read(ctx, "read the look back at "+series.String(), func(tx *sqlx.Tx) error {
		id, err := knownSeries(tx, series)
		if err != nil || id == 0 {
			return err
		}
		var points, text string
		err = tx.QueryRow("SELECT points, places FROM lookbacks WHERE series = ?", id).Scan(&points, &text)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		var places []int
		if err == nil && json.Unmarshal([]byte(text), &places) == nil {
			l = results.LookBack{Series: series, Points: points, Places: places}
		}
		return err
	})
	return l, err
}
