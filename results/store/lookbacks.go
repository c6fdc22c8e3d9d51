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
			if _, err := tx.Exec(`INSERT INTO lookbacks (series, points, places, sizes) VALUES (?, ?, ?, ?) ON CONFLICT (series)
				DO UPDATE SET points = excluded.points, places = excluded.places, sizes = excluded.sizes`,
				series, l.Points, object[[]int]{l.Places}, object[[]results.Size]{l.Sizes}); err != nil {
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
		kept := results.LookBack{Series: series}
		var places, sizes string
		err = tx.QueryRow("SELECT points, places, sizes FROM lookbacks WHERE series = ?", id).Scan(&kept.Points, &places, &sizes)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil && json.Unmarshal([]byte(places), &kept.Places) == nil && json.Unmarshal([]byte(sizes), &kept.Sizes) == nil {
			l = kept
		}
		return err
	})
	return l, err
}
