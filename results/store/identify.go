package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"github.com/mattn/go-sqlite3"

	"mtrlz.dev/perfrun/results"
)

// applicationID marks a SQLite file as perfrun's ("pfrn"), in the header field
// that SQLite keeps for it, so that another program's file is never adopted.
const applicationID = 0x7066726e

// smallest is the size of the smallest SQLite file that is not empty: one page.
const smallest = 512

// sizeOf returns the size of a file that SQLite may be let near. SQLite takes a
// file shorter than its header for an empty one and would write over it; we do
// not. One that does not exist is a problem that wraps fs.ErrNotExist.
//
// The file is never opened here: closing it would drop the locks that SQLite
// holds on it in this process, as fcntl(2) has it, and another process could then
// delete the write-ahead log that we are using.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, &results.Problem{
			Where: path, What: "there is no database here", Err: err,
			Next: "measure something first with perfrun run, or name another file with --db",
		}
	case err != nil:
		return 0, unreachable(path, err)
	case info.IsDir():
		return 0, aFolder(path)
	case !info.Mode().IsRegular(), info.Size() > 0 && info.Size() < smallest:
		return 0, notSQLite(path)
	}
	return info.Size(), nil
}

// notSQLite is the problem of a file of another kind.
func notSQLite(path string) error {
	return advices[sqlite3.ErrNotADB].problem(path, nil)
}

// identity is what a file says about itself. The zero value is an empty file.
type identity struct {
	Application int64 `db:"application"`
	Schema      int   `db:"schema"`
	Objects     int   `db:"objects"` // tables, indexes and views
}

// identityQuery reads all three in one statement, hence from one snapshot.
const identityQuery = `SELECT
	(SELECT application_id FROM pragma_application_id) AS application,
	(SELECT user_version FROM pragma_user_version) AS schema,
	(SELECT count(*) FROM sqlite_schema) AS objects`

// identify reads a file's identity through a connection of its own. The file
// must exist.
func identify(ctx context.Context, path string, kind url.Values) (id identity, err error) {
	db, err := connect(ctx, path, kind, 1)
	if err != nil {
		return id, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = patiently(ctx, func() error { return db.GetContext(ctx, &id, identityQuery) })
	return id, err
}

// empty reports whether nothing was ever stored in the file.
func (id identity) empty() bool { return id == identity{} }

// mustBeOurs refuses another program's database and one of a schema above the known.
func (id identity) mustBeOurs(path string, known int) error {
	switch {
	case id.empty():
		return nil
	case id.Application != applicationID:
		return &results.Problem{
			Where: path, What: "this SQLite database belongs to another program, not to perfrun",
			Next: "name another file with --db; this one was not touched",
		}
	case id.Schema > known:
		return &results.Problem{
			Kind: results.CannotRun, Where: path,
			What: fmt.Sprintf("written by a newer perfrun (schema %d, this one knows %d)", id.Schema, known),
			Next: "upgrade perfrun",
		}
	}
	return nil
}

// mustBeCurrent also refuses what would have to be migrated, for those who must
// not write.
func (id identity) mustBeCurrent(path string) error {
	if err := id.mustBeOurs(path, newest()); err != nil {
		return err
	}
	switch {
	case id.empty():
		return &results.Problem{
			Where: path, What: "this file is empty: no run was ever stored in it",
			Next: "measure something first with perfrun run, or name another file with --db",
		}
	case id.Schema < newest():
		return &results.Problem{
			Kind: results.CannotRun, Where: path,
			What: fmt.Sprintf("written by an older perfrun (schema %d, this one reads %d)", id.Schema, newest()),
			Next: "let perfrun run write to it once: that brings it up to date, with a copy of the old one beside it",
		}
	}
	return nil
}
