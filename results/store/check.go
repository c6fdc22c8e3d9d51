package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"

	"mtrlz.dev/perfrun/results"
)

// maxFindings is how many findings of one kind are listed.
const maxFindings = 20

// invariants are what this package promises beyond what the schema can say. Each
// query returns one line for every place where a promise is broken.
var invariants = []string{
	// Executions count from 0 without a gap.
	`SELECT 'run ' || r.id || ': executions are missing: ' || count(*) || ' are there, the last is number ' || max(e.seq)
		FROM executions e JOIN runs r ON r.num = e.run
		GROUP BY e.run HAVING min(e.seq) <> 0 OR max(e.seq) <> count(*) - 1`,
	// So do the samples of an execution.
	`SELECT 'run ' || r.id || ': execution ' || e.seq || ' lacks samples'
		FROM samples s JOIN executions e ON e.id = s.execution JOIN runs r ON r.num = e.run
		GROUP BY s.execution HAVING min(s.position) <> 0 OR max(s.position) <> count(*) - 1`,
	// Values are finite. NaN cannot be: SQLite makes it NULL, and the column refuses that.
	`SELECT 'run ' || r.id || ': execution ' || e.seq || ' has a value that is not finite'
		FROM samples s JOIN executions e ON e.id = s.execution JOIN runs r ON r.num = e.run WHERE abs(s.value) = 9e999`,
	`SELECT 'run ' || r.id || ': a point of series ' || p.series || ' has a value that is not finite, or no side'
		FROM points p JOIN runs r ON r.num = p.run WHERE p.side NOT IN (0, 1) OR 9e999 IN (abs(p.value), abs(p.low), abs(p.high))`,
	`SELECT 'run ' || r.id || ': outcome ' || o.position || ' has a value that is not finite'
		FROM outcomes o JOIN runs r ON r.num = o.run
		WHERE 9e999 IN (abs(o.change), abs(o.low), abs(o.high), abs(o.base), abs(o.head), abs(o.min_effect), abs(o.noise_floor))`,
	// A run has ended when its state is final, and not before.
	`SELECT 'run ' || id || ' is ' || state || CASE WHEN finished IS NULL THEN ' without an end' ELSE ' and yet has an end' END
		FROM runs WHERE (finished IS NULL) = (state IN (` + quoted(results.State.Final) + `))`,
	`SELECT 'run ' || id || ' is in the unknown state ' || quote(state) FROM runs WHERE state NOT IN (` + quoted(known) + `)`,
	// So has a job, and the job whose run answers another is there.
	`SELECT 'job ' || id || ' is ' || state || CASE WHEN ended IS NULL THEN ' without an end' ELSE ' and yet has an end' END
		FROM jobs WHERE (ended IS NULL) <> (state IN ('queued', 'running'))`,
	`SELECT 'job ' || id || ' waits for job ' || same || ', which is not there' FROM jobs j
		WHERE same <> '' AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.id = j.same)`,
	// CHECK constraints hold. SQLite forgets them in a file that it may only read.
	`SELECT 'run ' || id || ' has a column that is no JSON' FROM runs WHERE NOT (json_valid(benchmarks)
		AND json_valid(environment) AND json_valid(guards) AND json_valid(versions) AND json_valid(command) AND json_valid(quiet) AND json_valid(noise)
		AND json_valid(looks) AND json_valid(alarms) AND json_valid(notes) AND json_valid(counts) AND json_valid(disturbed))`,
	`SELECT 'run ' || r.id || ': execution ' || e.seq || ' is on no side, or neither a warm-up nor measured'
		FROM executions e JOIN runs r ON r.num = e.run WHERE e.side NOT IN (0, 1) OR e.warmup NOT IN (0, 1)`,
	`SELECT 'run ' || r.id || ': execution ' || e.seq || ' is in block ' || e.block || ', there are only 0 and 1'
		FROM executions e JOIN runs r ON r.num = e.run WHERE e.block NOT IN (0, 1)`,
	// Blocks follow one another: nothing of the first comes after the second began.
	`SELECT 'run ' || r.id || ': block 0 goes on after block 1 began'
		FROM executions e JOIN runs r ON r.num = e.run
		GROUP BY e.run HAVING max(CASE e.block WHEN 0 THEN e.seq END) > min(CASE e.block WHEN 1 THEN e.seq END)`,
}

// Check examines the database at path without changing it: SQLite's own check of
// every page and index, its foreign keys, and what this package promises on top.
// Each finding is one sentence; none means that all is well. A file that cannot
// be examined, being absent, another program's or a newer perfrun's, is an error.
func Check(ctx context.Context, path string) ([]string, error) {
	s, err := OpenReadOnly(ctx, path)
	if isCode(err, sqlite3.ErrCorrupt) {
		return []string{damage(err)}, nil
	}
	if err != nil {
		return nil, err
	}
	findings, err := s.check(ctx)
	return findings, errors.Join(err, s.Close())
}

// check goes on after each finding, but not past damage: what SQLite cannot
// read, our own questions cannot either.
func (s *Store) check(ctx context.Context) (findings []string, err error) {
	err = s.read(ctx, "check database", func(tx *sqlx.Tx) error {
		if findings, err = integrityFindings(tx); err != nil || len(findings) > 0 {
			return err
		}
		if findings, err = foreignKeyFindings(tx); err != nil {
			return err
		}
		for _, query := range invariants {
			var more []string
			if err := tx.Select(&more, query+fmt.Sprintf(" LIMIT %d", maxFindings)); err != nil {
				return err
			}
			findings = append(findings, more...)
		}
		return nil
	})
	if isCode(err, sqlite3.ErrCorrupt) {
		return append(findings, damage(err)), nil
	}
	return findings, err
}

func integrityFindings(tx *sqlx.Tx) ([]string, error) {
	var lines []string
	if err := tx.Select(&lines, fmt.Sprintf("PRAGMA integrity_check(%d)", maxFindings)); err != nil {
		return nil, err
	}
	if len(lines) == 1 && lines[0] == "ok" {
		return nil, nil
	}
	return each(lines, func(l string) string {
		return "damaged: " + strings.ReplaceAll(strings.TrimSpace(l), "\n", " ")
	}), nil
}

// foreignKeyFindings names rows that refer to nothing.
func foreignKeyFindings(tx *sqlx.Tx) ([]string, error) {
	var orphans []string
	err := tx.Select(&orphans, fmt.Sprintf(`SELECT count(*) || ' rows of ' || "table" || ' refer to ' || parent || ' that do not exist'
		FROM pragma_foreign_key_check GROUP BY "table", parent LIMIT %d`, maxFindings))
	return orphans, err
}

// damage is SQLite's report of a file that it cannot read through.
func damage(err error) string {
	e, _ := errors.AsType[sqlite3.Error](err)
	return "damaged: " + e.Error()
}

// damaged is the problem of contents that contradict each other.
func damaged(format string, args ...any) error {
	return &results.Problem{
		Kind: results.CannotRun, What: "the database is damaged: " + fmt.Sprintf(format, args...),
		Next: "run perfrun db check on it, and go back to a backup",
	}
}
