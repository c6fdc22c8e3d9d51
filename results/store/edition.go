package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// change says what a transaction makes a new edition of.
type change string

// The changes. An execution, a job and a heartbeat are none: whoever shows those looks
// for them.
const (
	ofNothing  change = ""
	ofRuns     change = firstEdition + "runs = runs + 1"
	ofFindings change = firstEdition + "runs = runs + 1, findings = findings + 1"
)

// firstEdition is there from the first on; a damaged database gets it again.
const firstEdition = "INSERT INTO editions (id, runs, findings) VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET "

// changeTo is what a run's new state changes: what it found counts once it has ended.
func changeTo(state results.State) change {
	if state.Final() {
		return ofFindings
	}
	return ofRuns
}

// begin counts a change before it is made: nothing may follow a statement that failed.
func (c change) begin(tx *sqlx.Tx) error {
	if c == ofNothing {
		return nil
	}
	_, err := tx.Exec(string(c))
	return err
}

// Edition returns what number the database's contents have, which is never zero; zero is
// where a damaged one has none. What somebody changes with another program than perfrun is
// in none.
func (s *Store) Edition(ctx context.Context) (results.Edition, error) {
	var row struct{ Runs, Findings int64 }
	err := s.read(ctx, "read the edition", func(tx *sqlx.Tx) error { return tx.Get(&row, "SELECT runs, findings FROM editions") })
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return results.Edition(row), err
}
