package store

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"mtrlz.dev/perfrun/results"
)

// IsDiskFull reports whether err says that the file system, a quota or a limit
// on file sizes left no room. Nothing acknowledged is lost then, the store stays
// readable, and the same call succeeds once there is room.
func IsDiskFull(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return isNoRoom(err)
	}
	return e.Code == sqlite3.ErrFull || e.ExtendedCode == sqlite3.ErrIoErrSHMSize ||
		(slices.Contains([]sqlite3.ErrNo{sqlite3.ErrIoErr, sqlite3.ErrCantOpen}, e.Code) && isNoRoom(e.SystemErrno))
}

// isNoRoom knows the operating system's words for it.
func isNoRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// isCode reports whether err is SQLite's, with one of these primary codes.
func isCode(err error, codes ...sqlite3.ErrNo) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && slices.Contains(codes, e.Code)
}

// advice is what to tell about one class of SQLite's errors.
type advice struct {
	kind       results.ProblemKind
	what, next string
}

// advices are the classes that a person can do something about.
var advices = map[sqlite3.ErrNo]advice{
	sqlite3.ErrNotADB: {
		results.BadInput, "this file is not a SQLite database",
		"name another file with --db; this one was not touched",
	},
	sqlite3.ErrCorrupt: {
		results.CannotRun, "the database is damaged",
		"run perfrun db check on it, and go back to a backup",
	},
	sqlite3.ErrBusy: {
		results.CannotRun, "another process holds the database",
		"wait until it is done, or name another file with --db",
	},
	sqlite3.ErrReadonly: {
		results.CannotRun, "the database cannot be written",
		"make the file and its folder writable for you, or name another file with --db",
	},
	sqlite3.ErrCantOpen: {
		results.CannotRun, "the database cannot be opened",
		"check that you may read and write the file and its folder, or name another file with --db",
	},
	sqlite3.ErrPerm: {
		results.CannotRun, "the database may not be used by you",
		"make the file and its folder writable for you, or name another file with --db",
	},
	sqlite3.ErrIoErr: {
		results.CannotRun, "the disk failed while the database was in use",
		"look at the system's log for the disk, then run perfrun db check",
	},
}

// full is what to tell when there is no room; it may come under several codes.
var full = advice{
	results.CannotRun, "the disk is full",
	"make room and repeat; what was recorded before is kept",
}

// explain turns an error from SQLite into a problem with advice where there is
// some, and otherwise says what we were doing. A problem stays as it is.
func explain(path, doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*results.Problem](err); ok {
		return err
	}
	wrapped := fmt.Errorf("%s: %w", doing, err)
	if IsDiskFull(err) {
		return full.problem(path, wrapped)
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		if a, ok := advices[e.Code]; ok {
			return a.problem(path, wrapped)
		}
	}
	return wrapped
}

// problem is the advice about one file. The cause's own words are part of it:
// they name what failed where ours only name the class.
func (a advice) problem(path string, cause error) *results.Problem {
	p := &results.Problem{Kind: a.kind, Where: path, What: a.what, Next: a.next, Err: cause}
	if cause != nil {
		p.What += fmt.Sprintf(" (%v)", cause)
	}
	return p
}

// unreachable is the problem of a path that the operating system refuses.
func unreachable(path string, err error) error {
	if isNoRoom(err) {
		return full.problem(path, err)
	}
	p := &results.Problem{Kind: results.CannotRun, Where: path, What: "no database can be kept here", Err: err}
	p.Next = "name another file with --db"
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		p.What += ": it is not writable for you"
		p.Next = "make the folder writable, or " + p.Next
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		p.What += ": a part of the path is a file, not a folder"
	default:
		p.What += ": " + err.Error()
	}
	return p
}

// aFolder is the problem of a path that names a folder.
func aFolder(path string) error {
	return &results.Problem{
		Where: path, What: "this is a folder, not a database", Next: "name a file in it",
	}
}
