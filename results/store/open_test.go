package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"

	"mtrlz.dev/perfrun/results"
)

// makeDB runs a script on a new SQLite file, not through this package's Open.
func makeDB(t *testing.T, path, script string) {
	t.Helper()
	db, err := sqlx.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
}

// TestRefusedFiles are what must neither be opened nor touched.
func TestRefusedFiles(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("text", strings.Repeat("this is a diary\n", 400))
	write("short", "x")
	makeDB(t, in("foreign"), "CREATE TABLE t (a); INSERT INTO t VALUES (1)")
	makeDB(t, in("other-id"), "PRAGMA application_id = 7")
	makeDB(t, in("versioned"), "PRAGMA user_version = 3")
	makeDB(t, in("newer"), "PRAGMA application_id = 0x7066726e; PRAGMA user_version = 999; CREATE TABLE runs (a)")
	if err := os.Mkdir(in("folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	check := func(name, want string) {
		t.Helper()
		before, _ := os.ReadFile(in(name))
		for _, open := range openers {
			s, err := open(t.Context(), in(name))
			p, ok := errors.AsType[*results.Problem](err)
			if !ok || !strings.Contains(p.Error(), want) || p.Next == "" {
				t.Errorf("open %s: %v, want a problem with %q and what to do", name, err, want)
			}
			if s != nil {
				t.Errorf("open %s: a store came with the error", name)
			}
		}
		if after, _ := os.ReadFile(in(name)); !cmp.Equal(before, after) {
			t.Errorf("%s was changed", name)
		}
	}
	check("text", "not a SQLite database")
	check("short", "not a SQLite database")
	check("foreign", "belongs to another program")
	check("other-id", "belongs to another program")
	check("versioned", "belongs to another program")
	check("newer", fmt.Sprintf("written by a newer perfrun (schema 999, this one knows %d); upgrade perfrun", newest()))
	check("folder", "this is a folder")
	check("text/perf.db", "a part of the path is a file")
	check("\x00", "cannot be the name")
}

var openers = []func(context.Context, string) (*Store, error){Open, OpenReadOnly}

func TestOpenReadOnlyMakesNothing(t *testing.T) {
	dir := t.TempDir()
	check := func(path, want string) {
		t.Helper()
		if _, err := OpenReadOnly(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("open: %v, want an error with %q", err, want)
		}
		if _, err := Check(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check: %v, want an error with %q", err, want)
		}
	}
	check(filepath.Join(dir, "perf.db"), "there is no database here; measure something first")
	check(filepath.Join(dir, "no", "folder", "perf.db"), "there is no database here")
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("the folder holds %v, %v; want nothing", names, err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check(empty, "this file is empty")

	s, path := fresh(t)
	save(t, s, exampleRun("a"), 1)
	ro, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	if err := ro.SaveRun(t.Context(), exampleRun("b")); err == nil || !strings.Contains(err.Error(), "for reading only") {
		t.Errorf("save in a store for reading: %v", err)
	}
	if _, err := ro.reader.Exec("DELETE FROM runs"); !isCode(err, sqlite3.ErrReadonly) {
		t.Errorf("a reader deleted: %v", err)
	}
}

// TestNamesOfFiles holds that no character of a path means anything to SQLite.
func TestNamesOfFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a b", "a?mode=memory", "a#b", "a%41", "ä\xff", "file:x", ":memory:", "new/er/x"} {
		s, err := Open(t.Context(), name)
		if err != nil {
			t.Errorf("open %q: %v", name, err)
			continue
		}
		save(t, s, exampleRun("a"), 1)
		if err := s.Close(); err != nil {
			t.Errorf("close %q: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%q is not where it was asked for: %v", name, err)
		}
		for _, side := range []string{"-wal", "-shm"} {
			if _, err := os.Stat(name + side); err == nil {
				t.Errorf("%q is left after close", name+side)
			}
		}
	}
}

// TestConnectionSettings reads back what the connection strings ask for.
func TestConnectionSettings(t *testing.T) {
	s, _ := fresh(t)
	check := func(db *sqlx.DB, pragma, want string) {
		t.Helper()
		var got string
		if err := db.Get(&got, "PRAGMA "+pragma); err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", pragma, got, err, want)
		}
	}
	check(s.writer, "journal_mode", "wal")
	check(s.writer, "synchronous", "2") // FULL
	check(s.writer, "foreign_keys", "1")
	check(s.writer, "busy_timeout", "10000")
	check(s.reader, "query_only", "1")
	check(s.reader, "busy_timeout", "10000")
	if _, err := s.writer.Exec("INSERT INTO executions (id, round, warmup, benchmark, side, env_bytes, wall_ns, user_ns,"+
		" system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal)"+
		" VALUES (? << 22, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)", 99); !isCode(err, sqlite3.ErrConstraint) {
		t.Errorf("an execution of a run that is not there: %v", err)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "perf.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, exampleRun("a"), 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check := func(path string, want ...string) {
		t.Helper()
		cmd, lines := child(t, "readonly", path, nil)
		got := finish(t, cmd, lines)
		if len(got) != 2 || !strings.Contains(got[0], want[0]) || got[1] != want[1] {
			t.Errorf("child said %q, want %q", got, want)
		}
	}
	for _, m := range []struct {
		name string
		mode os.FileMode
	}{{path, 0o444}, {dir, 0o555}, {filepath.Dir(dir), 0o755}} { // nobody has to get there
		if err := os.Chmod(m.name, m.mode); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(dir, 0o700)
	check(path, "writable", "5 executions")
}

func TestBusy(t *testing.T) {
	s, path := fresh(t)
	save(t, s, exampleRun("a"), 4)
	other, err := connect(t.Context(), path, writing, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Beginx() // immediate: it holds the lock from here on
	if err != nil {
		t.Fatal(err)
	}
	s.writer.MustExec("PRAGMA busy_timeout = 1")
	err = s.AppendExecutions(t.Context(), "a", exampleExecutions(4, 4))
	p, ok := errors.AsType[*results.Problem](err)
	if !ok || !strings.Contains(p.What, "another process holds the database") || p.Kind != results.CannotRun || IsDiskFull(err) {
		t.Errorf("append while another process writes: %v", err)
	}
	if got, err := s.Record(t.Context(), "a"); err != nil || len(got.Executions) != 4 {
		t.Errorf("a reader had to wait for a writer: %v, %v", got, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendExecutions(t.Context(), "a", exampleExecutions(4, 4)); err != nil {
		t.Errorf("append after that: %v", err)
	}
}

// TestAReadThatIsCutShortSaysSo: the transaction is gone at some moment after ctx is, and
// whoever asked must learn that nothing is wrong with the database.
func TestAReadThatIsCutShortSaysSo(t *testing.T) {
	s, _ := fresh(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.ReadJobs(ctx, func(jobs Jobs) (err error) {
		for cancel(); err == nil; {
			_, err = jobs.Pause()
		}
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
}

func TestIsDiskFull(t *testing.T) {
	check := func(err error, want bool) {
		t.Helper()
		if got := IsDiskFull(err); got != want {
			t.Errorf("IsDiskFull(%v) = %v", err, got)
		}
	}
	check(nil, false)
	check(errors.New("database or disk is full"), false)
	check(sqlite3.Error{Code: sqlite3.ErrFull}, true)
	check(sqlite3.Error{Code: sqlite3.ErrCantOpen, SystemErrno: syscall.ENOSPC}, true)
	check(sqlite3.Error{Code: sqlite3.ErrCantOpen, SystemErrno: syscall.EACCES}, false)
	check(sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.EDQUOT}, true)
	check(sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.EIO}, false)
	check(sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrSHMSize}, true)
	check(explain("perf.db", "record", sqlite3.Error{Code: sqlite3.ErrFull}), true)
	check(&os.PathError{Op: "mkdir", Err: syscall.ENOSPC}, true)
}
