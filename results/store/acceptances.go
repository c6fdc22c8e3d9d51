package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// Accept stores that a person wants a benchmark as it is from a commit on. The
// same again changes nothing but the audit, which has the deed in any case.
func (s *Store) Accept(ctx context.Context, a results.Acceptance, deed results.Deed) error {
	return s.writeWords(ctx, "accept "+a.Benchmark, func(tx *sqlx.Tx, words lookup) error {
		benchmark, err := words.benchmark(a.Benchmark)
		if err != nil {
			return err
		}
		run, err := numberOf(tx, a.Run)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO acceptances (suite, benchmark, rev, run, reason, person, at)
			SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS
			(SELECT 1 FROM acceptances WHERE suite = ?1 AND benchmark = ?2 AND rev = ?3 AND undone_at IS NULL)`,
			a.Suite, benchmark, a.Commit, run, raw(a.Reason), raw(a.By), instant(a.At))
		if err != nil {
			return err
		}
		return Jobs{tx}.Note(deed)
	})
}

// Unaccept takes back what was accepted of a benchmark from a commit on, and
// reports whether anything was. The row stays, with who took it back and when; where
// something was, the deed is in the audit.
func (s *Store) Unaccept(ctx context.Context, suite, benchmark, commit string, deed results.Deed) (undone bool, err error) {
	err = s.write(ctx, "take back what was accepted", func(tx *sqlx.Tx) error {
		done, err := tx.Exec(`UPDATE acceptances SET undone_by = ?, undone_at = ? WHERE suite = ? AND rev = ? AND undone_at IS NULL
			AND benchmark IN (SELECT id FROM benchmarks WHERE name = ?)`, raw(deed.Person.Name), instant(deed.At), suite, commit, raw(benchmark))
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if undone = n > 0; err != nil || !undone {
			return err
		}
		return Jobs{tx}.Note(deed)
	})
	return undone, err
}

// Acceptances returns what is accepted of a suite, or of every suite where it is
// empty, oldest first.
func (s *Store) Acceptances(ctx context.Context, suite string) ([]results.Acceptance, error) {
	var rows []struct {
		Suite     string  `db:"suite"`
		Benchmark raw     `db:"benchmark"`
		Commit    string  `db:"rev"`
		Run       string  `db:"run"`
		Reason    raw     `db:"reason"`
		By        raw     `db:"person"`
		At        instant `db:"at"`
	}
	err := s.read(ctx, "list what is accepted", func(tx *sqlx.Tx) error {
		return tx.Select(&rows, `SELECT a.suite, b.name AS benchmark, a.rev, r.id AS run, a.reason, a.person, a.at FROM acceptances a
			JOIN benchmarks b ON b.id = a.benchmark JOIN runs r ON r.num = a.run
			WHERE a.undone_at IS NULL AND (? = '' OR a.suite = ?) ORDER BY a.id`, suite, suite)
	})
	var list []results.Acceptance
	for _, r := range rows {
		list = append(list, results.Acceptance{
			Suite: r.Suite, Benchmark: string(r.Benchmark), Commit: r.Commit, Run: r.Run,
			Reason: string(r.Reason), By: string(r.By), At: time.Time(r.At),
		})
	}
	return list, err
}
