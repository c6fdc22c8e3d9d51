package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

var (
	selectRun     = "SELECT " + strings.Join(slices.Concat(runColumns, []string{countsColumn}), ", ") + " FROM runs"
	selectSummary = "SELECT " + strings.Join(slices.Concat(summaryColumns, []string{countsColumn, hostColumn}), ", ") + " FROM runs"
	upsertRun     = upsertInto("runs", "id", slices.Concat(runColumns, []string{hostColumn}))
)

// upsertInto writes a wide statement; nothing in it comes from outside.
func upsertInto(table, key string, columns []string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = excluded." + c
	}
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (:" + strings.Join(columns, ", :") +
		") ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(set, ", ")
}

// SaveRun stores a run under its id, new or in place of what was stored under
// it; its executions are not touched. A change of state must be one that
// SetState would make. Finished must be set when the state is final, and only
// then.
func (s *Store) SaveRun(ctx context.Context, run results.Run) error {
	if err := checkRun(run); err != nil {
		return fmt.Errorf("save run %q: %w", run.ID, err)
	}
	return s.write(ctx, "save run "+run.ID, changeTo(run.State), func(tx *sqlx.Tx) error {
		old, err := stateOf(tx, run.ID)
		if err != nil {
			return err
		}
		if old != "" && old != run.State {
			if err := checkMove(run.ID, old, run.State); err != nil {
				return err
			}
		}
		_, err = tx.NamedExec(upsertRun, newRunRow(run))
		return err
	})
}

// checkRun refuses what could not be found or understood again.
func checkRun(run results.Run) error {
	switch {
	case run.ID == "" || run.ID == latest:
		return errors.New("this cannot be a run's id")
	case !slices.Contains([]results.Kind{results.Comparison, results.Calibration, results.Elsewhere}, run.Kind):
		return fmt.Errorf("there is no kind %q", run.Kind)
	case !known(run.State):
		return fmt.Errorf("there is no state %q", run.State)
	case run.State.Final() == run.Finished.IsZero():
		return fmt.Errorf("state %s and finished at %v contradict each other", run.State, run.Finished)
	case run.Plan.Seed < 0:
		return fmt.Errorf("the seed %d is negative", run.Plan.Seed)
	}
	return nil
}

// SetState moves a run to a new state. A final state is reached at the time at
// (not zero) and keeps errText as the run's error; for others both are ignored.
// The state that the run is in already changes nothing, so that a call can be
// repeated. A move that is not legal, such as any from a final state, is a
// *results.Problem.
func (s *Store) SetState(ctx context.Context, id string, state results.State, at time.Time, errText string) error {
	if state.Final() && at.IsZero() {
		return fmt.Errorf("set run %s to %s: no time given", id, state)
	}
	return s.write(ctx, fmt.Sprintf("set run %s to %s", id, state), changeTo(state), func(tx *sqlx.Tx) error {
		old, err := stateOf(tx, id)
		switch {
		case err != nil:
			return err
		case old == "":
			return noRun(id)
		case old == state:
			return nil
		}
		if err := checkMove(id, old, state); err != nil {
			return err
		}
		if !state.Final() {
			_, err = tx.Exec("UPDATE runs SET state = ? WHERE id = ?", string(state), id)
			return err
		}
		_, err = tx.Exec("UPDATE runs SET state = ?, finished = ?, error = ? WHERE id = ?",
			string(state), instant(at), raw(errText), id)
		return err
	})
}

// stateOf returns a run's state, "" when there is no such run.
func stateOf(tx *sqlx.Tx, id string) (results.State, error) {
	var state string
	err := tx.Get(&state, "SELECT state FROM runs WHERE id = ?", id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return results.State(state), err
}

// State returns how far the run of exactly this id is; empty where there is none.
func (s *Store) State(ctx context.Context, id string) (state results.State, err error) {
	err = s.read(ctx, "read the state of run "+id, func(tx *sqlx.Tx) error {
		state, err = stateOf(tx, id)
		return err
	})
	return state, err
}

// Run returns the run of exactly this id, or a *results.Problem.
func (s *Store) Run(ctx context.Context, id string) (run results.Run, err error) {
	err = s.read(ctx, "read run "+id, func(tx *sqlx.Tx) error {
		run, err = oneRun(tx, id)
		return err
	})
	return run, err
}

func oneRun(tx *sqlx.Tx, id string) (results.Run, error) {
	var row runRow
	err := tx.Get(&row, selectRun+" WHERE id = ?", id)
	if errors.Is(err, sql.ErrNoRows) {
		return results.Run{}, noRun(id)
	}
	return row.run(), err
}

// Runs returns the newest runs, newest first: at most limit, or all when limit
// is 0. They are summaries: SuitePath, SuiteText, Bench, Guards, Versions, Command,
// Quiet, Noise, Alarms, Judged, Notes, of Env all but the host's name, and, of Plan,
// Looks and MaxTime are left out. One whose row cannot be read is there as a failed one
// that says so: it must not hide the others.
func (s *Store) Runs(ctx context.Context, limit int) ([]results.Run, error) {
	if limit <= 0 {
		limit = -1
	}
	var list []results.Run
	err := s.read(ctx, "list runs", func(tx *sqlx.Tx) (err error) {
		list, err = summaries(tx, always, selectSummary+newestFirst, limit)
		return err
	})
	return list, err
}

// summaries reads runs for as long as more says so of the last one.
func summaries(tx *sqlx.Tx, more func(results.Run) bool, query string, args ...any) (list []results.Run, err error) {
	rows, err := tx.Queryx(query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		list = append(list, summary(rows))
		if !more(list[len(list)-1]) {
			break
		}
	}
	return list, rows.Err()
}

func summary(rows *sqlx.Rows) results.Run {
	var row runRow
	if bad := rows.StructScan(&row); bad != nil {
		return unreadable(rows, bad)
	}
	run := row.run()
	if len(row.Host) > 0 {
		run.Env = []results.Fact{{Name: hostFact, Value: string(row.Host)}}
	}
	return run
}

// unreadable is what can be said of a run whose row is broken.
func unreadable(rows *sqlx.Rows, why error) results.Run {
	run := results.Run{Kind: results.Comparison, State: results.Failed, Error: "its row in the database cannot be read: " + why.Error()}
	fields := map[string]any{}
	if rows.MapScan(fields) != nil {
		return run
	}
	text := func(column string) string {
		switch v := fields[column].(type) {
		case string:
			return v
		case []byte:
			return string(v)
		}
		return ""
	}
	run.ID, run.Suite, run.Class = text("id"), text("suite"), text("class")
	if when, ok := fields["created"].(int64); ok {
		run.Created = time.Unix(0, when).UTC()
	}
	return run
}

// Unfinished returns the whole of every run whose state is not final, oldest
// first: those being measured, and those whose process died.
func (s *Store) Unfinished(ctx context.Context) ([]results.Run, error) {
	return s.list(ctx, "list unfinished runs", selectRun+" WHERE finished IS NULL ORDER BY created, num")
}

func (s *Store) list(ctx context.Context, doing, query string, args ...any) ([]results.Run, error) {
	var rows []runRow
	err := s.read(ctx, doing, func(tx *sqlx.Tx) error { return tx.Select(&rows, query, args...) })
	return each(rows, runRow.run), err
}

// Calibrations returns the whole of a suite's finished calibrations, newest first.
func (s *Store) Calibrations(ctx context.Context, suite string) ([]results.Run, error) {
	return s.list(ctx, "list calibrations", selectRun+" WHERE kind = 'calibration' AND suite = ? AND state = 'done' ORDER BY created DESC, num DESC", suite)
}

// selectCalibrated asks for the latest calibration of each suite that a class measured
// since a time.
const selectCalibrated = `SELECT suite, max(finished) FILTER (WHERE kind = 'calibration') AS at FROM runs
	WHERE class = ? AND state = 'done' GROUP BY suite HAVING max(created) >= ?`

// Calibrated returns when each suite that machines of a class measured since a time was
// last calibrated on one of them; the zero time where it never was.
func (s *Store) Calibrated(ctx context.Context, class string, since time.Time) (map[string]time.Time, error) {
	var rows []struct {
		Suite string  `db:"suite"`
		At    instant `db:"at"`
	}
	err := s.read(ctx, "look for calibrations", func(tx *sqlx.Tx) error {
		return tx.Select(&rows, selectCalibrated, raw(class), instant(since))
	})
	latest := map[string]time.Time{}
	for _, r := range rows {
		latest[r.Suite] = time.Time(r.At)
	}
	return latest, err
}
