package store

import (
	"sync"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// names remembers which series a number stands for. Rows of that table never change.
type names struct {
	mu    sync.Mutex
	known map[int64]results.Series
}

func (n *names) find(tx *sqlx.Tx, id int64) (results.Series, error) {
	n.mu.Lock()
	series, known := n.known[id]
	n.mu.Unlock()
	if known {
		return series, nil
	}
	var row seriesRow
	if err := tx.Get(&row, selectSeries+" WHERE s.id = ?", id); err != nil {
		return results.Series{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil {
		n.known = map[int64]results.Series{}
	}
	n.known[id] = row.series()
	return n.known[id], nil
}
