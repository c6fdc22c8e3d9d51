package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// mustHold opens the database, which a crash may have left, and wants exactly
// these executions of a run in a sound file.
func mustHold(t *testing.T, path, id string, least, most int) {
	t.Helper()
	s := reopen(t, path)
	got, err := s.Record(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	n := len(got.Executions)
	if n < least || n > most || n%4 != 0 {
		t.Errorf("run %s holds %d executions, want %d to %d in whole rounds of 4", id, n, least, most)
	}
	if diff := cmp.Diff(&results.Record{Run: exampleRun(id), Executions: exampleExecutions(0, n)}, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if findings, err := Check(t.Context(), path); err != nil || len(findings) > 0 {
		t.Errorf("check: %q, %v", findings, err)
	}
	if err := s.AppendExecutions(t.Context(), id, exampleExecutions(n, 4)); err != nil {
		t.Errorf("append after the crash: %v", err)
	}
}

func TestKillBetweenAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perf.db")
	cmd, lines := child(t, "append", path, nil, "a", "1000000")
	last := 0
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatalf("child said %q", lines.Text())
		}
		last = n
		if n == 25 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
	if last < 25 {
		t.Fatalf("the child ended after round %d", last)
	}
	mustHold(t, path, "a", 4*(last+1), 4*(last+2)) // the last round may have been durable and not yet told
}

func TestKillWithinAnAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perf.db")
	stay, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0], path)
	cmd.Env = append(os.Environ(), childVar+"=hang")
	cmd.Stdin, cmd.Stderr = stay, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if lines := bufio.NewScanner(out); !lines.Scan() || lines.Text() != "inside" {
		t.Fatalf("child said %q", lines.Text())
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() < 100<<10 {
		t.Errorf("no page of the open transaction is on disk: %v, %v", info, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	mustHold(t, path, "a", 8, 8)
}

func TestTwoProcessesShareADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "perf.db") // both make it
	var cmds [3]*exec.Cmd
	var lines [3]*bufio.Scanner
	for i := range cmds {
		cmds[i], lines[i] = child(t, "append", path, nil, fmt.Sprint("run-", i), "40")
	}
	for i := range cmds {
		if got := finish(t, cmds[i], lines[i]); len(got) != 40 {
			t.Errorf("child %d said %q", i, got)
		}
	}
	for i := range cmds {
		mustHold(t, path, fmt.Sprint("run-", i), 160, 160)
	}
}

// fill appends to a database until the disk is full, looks at what is left, makes
// room and appends the same again. It runs in a child.
func fill(ctx context.Context, path string, makeRoom func() error) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	if err := s.SaveRun(ctx, exampleRun("a")); err != nil {
		return err
	}
	n := 0
	for err == nil && n < 1_000_000 {
		if err = s.AppendExecutions(ctx, "a", exampleExecutions(n, 20)); err == nil {
			n += 20
		}
	}
	if err := mustBeFull(err); err != nil {
		return err
	}
	again := s.AppendExecutions(ctx, "a", exampleExecutions(n, 20))
	if err := mustBeFull(again); err != nil {
		return fmt.Errorf("second try: %w", err)
	}
	if err := mustEqual(ctx, s, n); err != nil {
		return err
	}
	if err := makeRoom(); err != nil {
		return err
	}
	if err := s.AppendExecutions(ctx, "a", exampleExecutions(n, 20)); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if err := errors.Join(mustEqual(ctx, s, n+20), s.Close()); err != nil {
		return err
	}
	findings, err := Check(ctx, path)
	if err != nil || len(findings) > 0 {
		return fmt.Errorf("check: %q, %w", findings, err)
	}
	fmt.Println("kept", n)
	return nil
}

func mustBeFull(err error) error {
	p, ok := errors.AsType[*results.Problem](err)
	if !ok || !IsDiskFull(err) || !strings.Contains(p.What, "the disk is full") || p.Next == "" {
		return fmt.Errorf("want a problem that says the disk is full, got: %w", err)
	}
	return nil
}

func mustEqual(ctx context.Context, s *Store, n int) error {
	got, err := s.Record(ctx, "a")
	if err != nil {
		return err
	}
	if diff := cmp.Diff(exampleExecutions(0, n), got.Executions); diff != "" {
		return errors.New("executions (-want +got):\n" + diff)
	}
	return nil
}

// TestDiskFull needs no rights: the kernel refuses to let any file grow.
func TestDiskFull(t *testing.T) {
	cmd, lines := child(t, "limit", filepath.Join(t.TempDir(), "perf.db"), nil)
	keptSome(t, finish(t, cmd, lines))
}

// TestDiskFullOnTmpfs fills a real file system, in a mount namespace that goes
// with the child. Where mounting is not allowed, a limit inside SQLite gives the
// same error code.
func TestDiskFullOnTmpfs(t *testing.T) {
	cmd, lines, err := startChild(t, "tmpfs", t.TempDir(), &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS})
	if err == nil {
		keptSome(t, finish(t, cmd, lines))
		return
	}
	if !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	t.Logf("mounting is not allowed here (%v): SQLite's own limit it is", err)
	s, _ := fresh(t)
	save(t, s, exampleRun("a"), 20)
	var pages int
	if err := s.writer.Get(&pages, "PRAGMA page_count"); err != nil {
		t.Fatal(err)
	}
	s.writer.MustExec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	if err := mustBeFull(s.AppendExecutions(t.Context(), "a", exampleExecutions(20, 1000))); err != nil {
		t.Error(err)
	}
	s.writer.MustExec("PRAGMA max_page_count = 100000")
	if err := s.AppendExecutions(t.Context(), "a", exampleExecutions(20, 1000)); err != nil {
		t.Error(err)
	}
	if err := mustEqual(t.Context(), s, 1020); err != nil {
		t.Error(err)
	}
}

func keptSome(t *testing.T, said []string) {
	t.Helper()
	var n int
	if len(said) != 1 {
		t.Fatalf("child said %q", said)
	}
	if _, err := fmt.Sscanf(said[0], "kept %d", &n); err != nil || n < 100 {
		t.Errorf("child said %q; want at least 100 kept", said)
	}
}
