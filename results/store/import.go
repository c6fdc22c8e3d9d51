package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// plainID are the ids that a run from elsewhere may have: they become parts of paths
// and of commands. A job's is up to 64 bytes, and its run's a little more.
var plainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)

// Import stores a run that ended elsewhere, with all its executions: all of it or,
// with an error, none. A run that is here already, the same to the last sample,
// changes nothing; added tells. Another run of the same id is a *results.Problem.
func (s *Store) Import(ctx context.Context, record *results.Record) (added bool, err error) {
	run := record.Run
	if !run.State.Final() {
		return false, fmt.Errorf("import run %q: it is %s", run.ID, run.State)
	}
	if !plainID.MatchString(run.ID) {
		return false, &results.Problem{Kind: results.BadInput, Where: fmt.Sprintf("run %.80q", run.ID), What: "this cannot be a run's id", Next: "nothing of it was stored"}
	}
	if err := errors.Join(checkRun(run), checkExecutions(record.Executions)); err != nil {
		return false, &results.Problem{Kind: results.BadInput, Where: "run " + run.ID, What: err.Error(), Next: "nothing of it was stored", Err: err}
	}
	here, err := s.State(ctx, run.ID)
	if err == nil && here == "" {
		added, err = s.insert(ctx, record)
	}
	if err != nil || added {
		return added, err
	}
	// Not while the database is locked: this takes longer than to store it did.
	return false, s.read(ctx, "import run "+run.ID, func(tx *sqlx.Tx) error { return sameRun(tx, record) })
}

// insert stores a run, unless there is one of its id.
func (s *Store) insert(ctx context.Context, record *results.Record) (added bool, err error) {
	err = s.writeWords(ctx, "import run "+record.Run.ID, ofFindings, func(tx *sqlx.Tx, words lookup) error {
		here, err := stateOf(tx, record.Run.ID)
		if err != nil || here != "" {
			return err
		}
		added = true
		return insertRecord(tx, words, record)
	})
	return added && err == nil, err
}

// insertRecord writes the run's row before and after its executions: a run that has
// ended takes none.
func insertRecord(tx *sqlx.Tx, words lookup, record *results.Record) error {
	open := record.Run
	open.State, open.Finished = results.Measuring, time.Time{}
	if _, err := tx.NamedExec(upsertRun, newRunRow(open)); err != nil {
		return err
	}
	if len(record.Executions) > 0 {
		if err := appendTo(tx, words, open.ID, record.Executions); err != nil {
			return err
		}
	}
	_, err := tx.NamedExec(upsertRun, newRunRow(record.Run))
	return err
}

// sameRun compares what is here with what comes, as JSON has both: bytes that are no
// text did not survive the way here.
func sameRun(tx *sqlx.Tx, record *results.Record) error {
	here, err := recordOf(tx, record.Run.ID)
	if err != nil {
		return err
	}
	a, errHere := plain(here)
	b, errThere := plain(record)
	if err := errors.Join(errHere, errThere); err != nil {
		return err
	}
	if reflect.DeepEqual(a, b) {
		return nil
	}
	return &results.Problem{
		Kind: results.BadInput, Where: "run " + record.Run.ID, What: "another run with this id is here already",
		Next: "look at both: nothing was changed",
	}
}

// plain is a record as JSON without what holds nothing: no list and an empty one are
// the same. How its verdicts were counted is no part of what was measured: older
// exports lack it.
func plain(record *results.Record) (value any, err error) {
	bare := *record
	bare.Run.Counts = nil
	text, err := json.Marshal(bare)
	if err == nil {
		err = json.Unmarshal(text, &value)
	}
	return pruned(value), err
}

func pruned(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if v[key] = pruned(inner); v[key] == nil {
				delete(v, key)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = pruned(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	}
	return value
}
