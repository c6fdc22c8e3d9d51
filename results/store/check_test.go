package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// closed stores a run of n executions and returns the closed file.
func closed(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "perf.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, exampleRun("a"), n)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCheckFinds breaks one promise after another, as only another program can.
func TestCheckFinds(t *testing.T) {
	check := func(sabotage string, want ...string) {
		t.Helper()
		path := closed(t, 12)
		makeDB(t, path, "PRAGMA foreign_keys = off; PRAGMA ignore_check_constraints = on; "+sabotage)
		got, err := Check(t.Context(), path)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s (-want +got), %v:\n%s", sabotage, err, diff)
		}
		if err := Backup(t.Context(), path, path+".copy"); (err == nil) != (len(want) == 0) {
			t.Errorf("backup after %s: %v", sabotage, err)
		}
	}
	check("SELECT 1")
	check("DELETE FROM samples WHERE execution = 5 + (1 << 22); DELETE FROM executions WHERE seq = 5",
		"run a: executions are missing: 11 are there, the last is number 11")
	check("DELETE FROM samples WHERE execution = (1 << 22) + 6 AND position = 1", "run a: execution 6 lacks samples")
	check("UPDATE samples SET value = -9e999 WHERE id = 1 << 40", "run a: execution 0 has a value that is not finite")
	check("UPDATE runs SET finished = 5", "run a is measuring and yet has an end")
	check("UPDATE runs SET state = 'done'", "run a is done without an end")
	check("UPDATE runs SET state = 'asleep'", "run a is in the unknown state 'asleep'")
	check("DELETE FROM metrics WHERE name = x'77616c6c'", "20 rows of samples refer to metrics that do not exist")
	check("UPDATE runs SET command = 'x'", "run a has a column that is no JSON")
	check("UPDATE runs SET looks = 'x'", "run a has a column that is no JSON")
	check("UPDATE runs SET alarms = 'x'", "run a has a column that is no JSON")
	check("UPDATE executions SET block = 2 WHERE seq = 11", "run a: execution 11 is in block 2, there are only 0 and 1")
	check("UPDATE executions SET block = 1 WHERE seq = 3", "run a: block 0 goes on after block 1 began")
	check("UPDATE executions SET side = 2 WHERE seq = 3", "run a: execution 3 is on no side, or neither a warm-up nor measured")
}

func TestDamageIsFound(t *testing.T) {
	path := closed(t, 3000)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, spoil func([]byte) []byte) {
		t.Helper()
		if err := os.WriteFile(path, spoil(append([]byte{}, data...)), 0o600); err != nil {
			t.Fatal(err)
		}
		findings, err := Check(t.Context(), path)
		if err != nil || len(findings) == 0 || !strings.HasPrefix(findings[0], "damaged: ") {
			t.Errorf("check of %s: %q, %v", what, findings, err)
		}
		dst := filepath.Join(t.TempDir(), "backup.db")
		if err := Backup(t.Context(), path, dst); err == nil {
			t.Errorf("%s was backed up", what)
		}
		if names, _ := os.ReadDir(filepath.Dir(dst)); len(names) > 0 {
			t.Errorf("backup of %s left %v", what, names)
		}
	}
	check("a file cut off", func(b []byte) []byte { return b[:len(b)/2] })
	check("overwritten pages", func(b []byte) []byte { return append(b[:8192], make([]byte, len(b)-8192)...) })
	check("a spoilt schema", func(b []byte) []byte { copy(b[100:], make([]byte, 3996)); return b })
}

// TestContradictionsAreToldApart reads rows that only another program can have
// left.
func TestContradictionsAreToldApart(t *testing.T) {
	check := func(sabotage, want string) {
		t.Helper()
		path := closed(t, 12)
		makeDB(t, path, "PRAGMA foreign_keys = off; "+sabotage)
		_, err := reopen(t, path).Record(t.Context(), "a")
		if p, ok := errors.AsType[*results.Problem](err); !ok || !strings.Contains(p.What, want) {
			t.Errorf("%s: %v, want a problem with %q", sabotage, err, want)
		}
	}
	check("DELETE FROM executions WHERE seq = 5", "execution 5 of the run is missing")
	check("DELETE FROM metrics", "a sample belongs to execution 0 and metric 1")
	check("DELETE FROM executions WHERE seq = 11", "a sample belongs to execution 11")
	check("DELETE FROM executions WHERE seq > 8; DELETE FROM samples", "a fault belongs to execution 9")
}

func TestBackup(t *testing.T) {
	s, src := fresh(t)
	save(t, s, exampleRun("a"), 40) // still open, still in the log
	dir := t.TempDir()
	dst := filepath.Join(dir, "kept ?.db")
	if err := Backup(t.Context(), src, dst); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendExecutions(t.Context(), "a", exampleExecutions(40, 4)); err != nil {
		t.Errorf("append after a backup: %v", err)
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 1 || names[0].Name() != "kept ?.db" {
		t.Errorf("the folder holds %v, %v; want the backup alone", names, err)
	}
	got, err := reopen(t, dst).Record(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&results.Record{Run: exampleRun("a"), Executions: exampleExecutions(0, 40)}, got); diff != "" {
		t.Errorf("backup (-want +got):\n%s", diff)
	}
}

func TestBackupRefuses(t *testing.T) {
	src, dir := closed(t, 4), t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(src, dst, want string) {
		t.Helper()
		err := Backup(t.Context(), src, dst)
		if p, ok := errors.AsType[*results.Problem](err); !ok || !strings.Contains(p.Error(), want) {
			t.Errorf("backup of %s to %s: %v, want a problem with %q", src, dst, err, want)
		}
	}
	check(src, taken, "a backup overwrites nothing")
	check(src, src, "a backup overwrites nothing")
	check(filepath.Join(dir, "none"), filepath.Join(dir, "new"), "there is no database here")
	check(src, filepath.Join(dir, "none", "new"), "no database can be kept here")
	check(taken, filepath.Join(dir, "new"), "not a SQLite database")
	if err := publish(src, taken); err == nil || !strings.Contains(err.Error(), "overwrites nothing") {
		t.Errorf("publish over a file that appeared meanwhile: %v", err)
	}
	if err := renameIfFree(src, taken); !errors.Is(err, os.ErrExist) {
		t.Errorf("rename over a file: %v", err)
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "precious" {
		t.Errorf("the file that stood there is now %q, %v", text, err)
	}
}

// TestForeignKeyFindings is about the count, which a person acts on.
func TestForeignKeyFindings(t *testing.T) {
	path := closed(t, 5)
	makeDB(t, path, "PRAGMA foreign_keys = off; DELETE FROM executions WHERE seq = 4")
	s := reopen(t, path)
	err := s.read(t.Context(), "check", func(tx *sqlx.Tx) error {
		got, err := foreignKeyFindings(tx)
		if diff := cmp.Diff([]string{
			"2 rows of contaminations refer to executions that do not exist", "1 rows of faults refer to executions that do not exist",
		}, got); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
