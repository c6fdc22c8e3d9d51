package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// selectLanes leaps through the index from one lane to the next, past all their runs.
// With two columns of text beside each other SQLite would compare only the first there;
// an expression of no type it compares too.
const selectLanes = `WITH RECURSIVE lane (num) AS (
	SELECT * FROM (SELECT num FROM runs ORDER BY suite, class, kind LIMIT 1)
	UNION ALL
	SELECT (SELECT n.num FROM runs n WHERE (n.suite, n.class, n.kind) > (r.suite, r.class, r.kind || '') ORDER BY n.suite, n.class, n.kind LIMIT 1)
	FROM lane JOIN runs r ON r.num = lane.num)
	SELECT r.suite, r.class, r.kind FROM lane JOIN runs r ON r.num = lane.num`

// laneRow is what a lane is known by.
type laneRow struct {
	suite string
	class raw
	kind  string
}

// Lanes returns every lane that has a run, sorted.
func (s *Store) Lanes(ctx context.Context) (lanes []results.Lane, err error) {
	err = s.read(ctx, "list the lanes of runs", func(tx *sqlx.Tx) error {
		rows, _, err := legible(tx, func(r *laneRow) []any { return []any{&r.suite, &r.class, &r.kind} }, selectLanes)
		lanes = each(rows, func(r laneRow) results.Lane {
			return results.Lane{Suite: r.suite, Class: string(r.class), Kind: results.Kind(r.kind)}
		})
		return err
	})
	return lanes, err
}

var (
	selectTwins = selectSummary + ` WHERE head_rev = ? AND base_rev = ? AND suite = ?
		AND kind = 'comparison' AND state = 'done' AND NOT base_dirty AND NOT head_dirty ORDER BY +created DESC, num DESC LIMIT ?`
	selectRunsAt = selectSummary + ` WHERE kind = 'comparison' AND state = 'done' AND num IN (
		SELECT num FROM runs WHERE base_rev = ? UNION SELECT num FROM runs WHERE head_rev = ?) ORDER BY +created DESC, num DESC LIMIT ?`
)

const (
	ofLane      = " WHERE suite = ? AND class = ? AND kind = ?"
	newestFirst = " ORDER BY created DESC, num DESC LIMIT ?"
)

// RunsOf returns the newest runs of a lane, newest first, at most so many, as Runs does.
func (s *Store) RunsOf(ctx context.Context, l results.Lane, most int) ([]results.Run, error) {
	return s.summaries(ctx, "list runs of "+l.Suite+" on "+l.Class, selectSummary+ofLane+newestFirst, l.Suite, raw(l.Class), string(l.Kind), most)
}

// DoneOf is RunsOf for runs that are done.
func (s *Store) DoneOf(ctx context.Context, l results.Lane, most int) ([]results.Run, error) {
	return s.summaries(ctx, "list runs of "+l.Suite+" on "+l.Class, selectSummary+ofLane+" AND state = 'done'"+newestFirst, l.Suite, raw(l.Class), string(l.Kind), most)
}

// Measured returns the newest runs of a class of hosts that measured something there,
// newest first, at most so many, as Runs does.
func (s *Store) Measured(ctx context.Context, class string, most int) ([]results.Run, error) {
	return s.summaries(ctx, "list runs on "+class, selectSummary+" WHERE class = ? AND kind <> 'elsewhere'"+newestFirst, raw(class), most)
}

func (s *Store) summaries(ctx context.Context, doing, query string, args ...any) (list []results.Run, err error) {
	err = s.read(ctx, doing, func(tx *sqlx.Tx) (err error) {
		list, err = summaries(tx, always, query, args...)
		return err
	})
	return list, err
}

func always(results.Run) bool { return true }

// Recent returns the runs of a lane back to the newest that is done, which is the last of
// them, newest first, as Runs does: what nothing has made good since. It looks at no more
// than so many.
func (s *Store) Recent(ctx context.Context, l results.Lane, most int) (list []results.Run, err error) {
	done := false
	err = s.read(ctx, "list the newest runs of "+l.Suite+" on "+l.Class, func(tx *sqlx.Tx) (err error) {
		list, err = summaries(tx, func(r results.Run) bool {
			done = r.State == results.Done
			return !done
		}, selectSummary+ofLane+newestFirst, l.Suite, raw(l.Class), string(l.Kind), most)
		return err
	})
	if err != nil || done || len(list) < most {
		return list, err
	}
	last, err := s.DoneOf(ctx, l, 1)
	return append(list, last...), err
}

// Twins returns the comparisons of a suite that measured the same two commits and are
// done, newest first, as Runs does.
func (s *Store) Twins(ctx context.Context, suite, base, head string) ([]results.Run, error) {
	return s.summaries(ctx, "list runs of the same commits", selectTwins, head, base, suite, -1)
}

// RunsAt returns the comparisons that measured exactly this commit and are done, newest
// first, at most so many, as Runs does.
func (s *Store) RunsAt(ctx context.Context, rev string, most int) ([]results.Run, error) {
	return s.summaries(ctx, "list runs of commit "+rev, selectRunsAt, rev, rev, most)
}

// NoiseOf returns what the calibration of exactly this id found.
func (s *Store) NoiseOf(ctx context.Context, id string) (noise []results.Noise, err error) {
	err = s.read(ctx, "read the noise of run "+id, func(tx *sqlx.Tx) error {
		var list []document[noiseDoc]
		if err := tx.Select(&list, "SELECT noise FROM runs WHERE id = ?", id); err != nil {
			return err
		}
		if len(list) == 0 {
			return noRun(id)
		}
		noise = each(list[0], noiseFromDoc)
		return nil
	})
	return noise, err
}

// OddIDs returns the ids of runs that hold more than letters, digits, dashes and
// underscores, or are long.
func (s *Store) OddIDs(ctx context.Context) (ids []string, err error) {
	err = s.read(ctx, "list odd ids", func(tx *sqlx.Tx) error {
		return tx.Select(&ids, "SELECT id FROM runs WHERE id GLOB '*[^-A-Za-z0-9_]*' OR length(id) > 80")
	})
	return ids, err
}
