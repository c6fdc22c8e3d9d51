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
	return s.writeWords(ctx, "accept "+a.Benchmark, ofFindings, func(tx *sqlx.Tx, words lookup) error {
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
	err = s.write(ctx, "take back what was accepted", ofFindings, func(tx *sqlx.Tx) error {
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
// empty, oldest first. Where some cannot be read the others are there, beside a
// *results.Incomplete.
func (s *Store) Acceptances(ctx context.Context, suite string) ([]results.Acceptance, error) {
	var rows []acceptanceRow
	broken := 0
	err := s.read(ctx, "list what is accepted", func(tx *sqlx.Tx) (err error) {
		rows, broken, err = legible(tx, (*acceptanceRow).fields, `SELECT a.suite, b.name, a.rev, r.id, a.reason, a.person, a.at FROM acceptances a
			JOIN benchmarks b ON b.id = a.benchmark JOIN runs r ON r.num = a.run
			WHERE a.undone_at IS NULL AND (? = '' OR a.suite = ?) ORDER BY a.id`, suite, suite)
		return err
	})
	return each(rows, acceptanceRow.acceptance), incomplete(err, broken, "acceptance")
}

type acceptanceRow struct {
	suite, commit, run        string
	benchmark, reason, person raw
	at                        instant
}

func (r *acceptanceRow) fields() []any {
	return []any{&r.suite, &r.benchmark, &r.commit, &r.run, &r.reason, &r.person, &r.at}
}

func (r acceptanceRow) acceptance() results.Acceptance {
	return results.Acceptance{
		Suite: r.suite, Benchmark: string(r.benchmark), Commit: r.commit, Run: r.run,
		Reason: string(r.reason), By: string(r.person), At: time.Time(r.at),
	}
}
