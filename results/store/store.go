package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"

	"mtrlz.dev/perfrun/results"
)

// Store is an open database of runs. It is safe for concurrent use.
type Store struct {
	path    string
	writer  *sqlx.DB // nil when opened for reading only
	reader  *sqlx.DB
	words   *dictionary
	sources sources
	names   names
}

// Open opens the database at path for reading and writing, makes it and its
// folders where they do not exist, and brings its schema up to date. Before an
// older schema is changed, the file is copied beside itself. A file that is no
// database, is another program's or was written by a newer perfrun is left as it
// is; the error is a *results.Problem then and for whatever else a person can
// mend.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := absolute(path)
	if err != nil {
		return nil, err
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := prepare(ctx, path, released()); err != nil {
		return nil, err
	}
	writer, err := connect(ctx, path, writing, 1)
	if err != nil {
		return nil, explain(path, "open database", err)
	}
	reader, err := connect(ctx, path, reading, readers())
	if err != nil {
		return nil, errors.Join(explain(path, "open database for reading", err), writer.Close())
	}
	return &Store{path: path, writer: writer, reader: reader, words: newDictionary()}, nil
}

// OpenReadOnly opens the database at path without creating or changing it. Its
// schema must be the one this perfrun knows. SQLite may leave its two side files
// (-wal, -shm) beside it; where it cannot make them, because the folder is
// read-only, the file is read as it stands.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	path, err := absolute(path)
	if err != nil {
		return nil, err
	}
	kind, err := readable(ctx, path)
	if err != nil {
		return nil, err
	}
	reader, err := connect(ctx, path, kind, readers())
	if err != nil {
		return nil, explain(path, "open database for reading", err)
	}
	return &Store{path: path, reader: reader, words: newDictionary()}, nil
}

// Close releases the file. The writer goes last, so that SQLite folds the
// write-ahead log into the file and removes it.
func (s *Store) Close() error {
	err := s.reader.Close()
	if s.writer != nil {
		err = errors.Join(err, s.writer.Close())
	}
	return explain(s.path, "close database", err)
}

// readable finds how the database can be read, and that it is one of ours with
// today's schema.
func readable(ctx context.Context, path string) (url.Values, error) {
	if _, err := sizeOf(path); err != nil {
		return nil, err
	}
	kind := reading
	found, err := identify(ctx, path, kind)
	if err != nil && isCode(err, sqlite3.ErrCantOpen, sqlite3.ErrReadonly) && !hasLog(path) {
		kind = sealed
		found, err = identify(ctx, path, kind)
	}
	if err != nil {
		return nil, explain(path, "read database", err)
	}
	return kind, found.mustBeCurrent(path)
}

// hasLog reports whether commits may lie in a write-ahead log beside the file.
func hasLog(path string) bool {
	info, err := os.Stat(path + "-wal")
	return !errors.Is(err, fs.ErrNotExist) && (err != nil || info.Size() > 0)
}

// makeFolder makes the folder that will hold the database.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return unreachable(dir, err)
	}
	return nil
}

// readers is how many may read at a time: who makes large pages, one for every second CPU
// at most, leaves some to who asks for little.
func readers() int { return max(4, runtime.GOMAXPROCS(0)) }

// connect opens a pool of at most n connections and makes the first one. While
// another process turns a new file to WAL mode, SQLite reports it busy without
// waiting: connect waits in its stead.
func connect(ctx context.Context, path string, kind url.Values, n int) (*sqlx.DB, error) {
	db, err := sqlx.Open("sqlite3", dsn(path, kind))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	if err := patiently(ctx, func() error { return db.PingContext(ctx) }); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// patiently repeats try while the database is busy, for ten seconds at most.
func patiently(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		err := try()
		if !isCode(err, sqlite3.ErrBusy) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// write runs fn in one transaction and makes it durable. Once begun it is not
// interrupted: a round that was measured shall be kept when a person presses
// Ctrl-C, and it takes milliseconds. c is what it changes for readers.
func (s *Store) write(ctx context.Context, doing string, c change, fn func(*sqlx.Tx) error) error {
	if s.writer == nil {
		return &results.Problem{Kind: results.CannotRun, Where: s.path, What: "the database was opened for reading only"}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return explain(s.path, doing, transact(context.WithoutCancel(ctx), s.writer, func(tx *sqlx.Tx) error {
		if err := c.begin(tx); err != nil {
			return err
		}
		return fn(tx)
	}))
}

// transact begins, runs fn and commits, or rolls everything back.
func transact(ctx context.Context, db *sqlx.DB, fn func(*sqlx.Tx) error) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		// On a full disk SQLite has rolled back by itself, and says so with an
		// error that would hide the one that matters.
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// read runs fn on one snapshot of the database. Where ctx ends meanwhile, SQL says only
// that the transaction is gone.
func (s *Store) read(ctx context.Context, doing string, fn func(*sqlx.Tx) error) error {
	err := transact(ctx, s.reader, fn)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	return explain(s.path, doing, err)
}
