package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// latest is the reference to the newest run.
const latest = "latest"

// shownMatches is how many runs an ambiguous reference lists.
const shownMatches = 5

// Resolve returns the id of the run that a person means: its id, a prefix of it
// that no other run shares, or "latest" for the newest run of any state. None
// and several are a *results.Problem; the latter lists up to five of them.
func (s *Store) Resolve(ctx context.Context, ref string) (id string, err error) {
	err = s.read(ctx, "look for run "+ref, func(tx *sqlx.Tx) error {
		if ref == latest {
			id, err = latestID(tx)
		} else {
			id, err = prefixID(tx, ref)
		}
		return err
	})
	return id, err
}

func latestID(tx *sqlx.Tx) (id string, err error) {
	err = tx.Get(&id, "SELECT id FROM runs ORDER BY created DESC, num DESC LIMIT 1")
	if errors.Is(err, sql.ErrNoRows) {
		return "", &results.Problem{
			What: "there is no run yet", Next: "measure something first with perfrun run, or name another file with --db",
		}
	}
	return id, err
}

// prefixID compares with instr, to which no character is special.
func prefixID(tx *sqlx.Tx, ref string) (string, error) {
	if ref == "" {
		return "", noRun(ref)
	}
	var ids []string
	err := tx.Select(&ids, `SELECT id FROM runs WHERE instr(id, ?) = 1
		ORDER BY id = ? DESC, created DESC, num DESC LIMIT ?`, ref, ref, shownMatches+1)
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", noRun(ref)
	case len(ids) == 1 || ids[0] == ref:
		return ids[0], nil
	}
	return "", ambiguous(ref, ids)
}

func noRun(ref string) error {
	return &results.Problem{
		Where: fmt.Sprintf("run %q", ref), What: "there is no such run",
		Next: "perfrun list shows the runs; an id, the start of one, or latest will do",
	}
}

func ambiguous(ref string, ids []string) error {
	more := ""
	if len(ids) > shownMatches {
		ids, more = ids[:shownMatches], ", ..."
	}
	return &results.Problem{
		Where: fmt.Sprintf("run %q", ref), What: "several runs begin so: " + strings.Join(ids, ", ") + more,
		Next: "give more of the id",
	}
}
