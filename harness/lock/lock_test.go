package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

func at(t *testing.T) string { return filepath.Join(t.TempDir(), "lock") }

func TestSecondWaitsAndIsToldForWhom(t *testing.T) {
	path := at(t)
	first := start(t, "hold", path, nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	gaveUp := errors.New("gave up")
	var told []Holder
	_, err := Acquire(ctx, path, Holder{}, func(h []Holder) { told = h; cancel(gaveUp) })
	if !errors.Is(err, gaveUp) {
		t.Fatalf("error %v", err)
	}
	want := fmt.Sprintf("run abc of nikhil (process %d, since 20", first.Process.Pid)
	if !strings.HasPrefix(Names(told), want) {
		t.Errorf("told %s, want %s", Names(told), want)
	}
}

func TestLockDiesWithItsHolder(t *testing.T) {
	path := at(t)
	first := start(t, "hold", path, nil)
	lock, err := Acquire(t.Context(), path, Holder{User: "me", PID: 1}, func([]Holder) { _ = first.Process.Kill() })
	if err != nil {
		t.Fatal(err)
	}
	if got := entries(lock.file); len(got) != 1 || got[0].User != "me" {
		t.Errorf("the file names %v", got)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := Acquire(t.Context(), path, Holder{}, func([]Holder) { t.Error("a free lock made us wait") })
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
}

// TestAloneWaitsForAllWhoShare also shows that a waiter hears of every change.
func TestAloneWaitsForAllWhoShare(t *testing.T) {
	path := at(t)
	one, two := start(t, "share", path, nil), start(t, "share", path, nil)
	var told []int
	held, err := Acquire(t.Context(), path, Holder{User: "me", PID: os.Getpid()}, func(list []Holder) {
		told = append(told, len(list))
		switch len(told) {
		case 1:
			one.kill()
		case 2:
			two.kill()
		}
	})
	if err != nil || fmt.Sprint(told) != "[2 1]" {
		t.Fatalf("told of %d holders, %v", told, err)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
}

// TestSince: the time in the queue is not time held.
func TestSince(t *testing.T) {
	path := at(t)
	first := start(t, "hold", path, nil)
	asked := time.Unix(1e9, 0)
	held, err := Acquire(t.Context(), path, Holder{User: "me", PID: os.Getpid(), Since: asked}, func([]Holder) { first.kill() })
	if err != nil {
		t.Fatal(err)
	}
	list, err := Holders(path)
	if err != nil || len(list) != 1 || !list[0].Since.After(asked) {
		t.Errorf("held by %v, %v", list, err)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
}

// TestBelowAHolder: who would wait for a process that waits for it does not.
func TestBelowAHolder(t *testing.T) {
	path := at(t)
	check := func(what, role, want string) {
		t.Helper()
		if got := said(t, role, path, nil); !strings.Contains(got, want) {
			t.Errorf("%s: %q %s, want %q", what, role, got, want)
		}
	}
	nobody := func([]Holder) { t.Error("a wait") }
	held, err := Acquire(t.Context(), path, me(), nobody)
	if err != nil {
		t.Fatal(err)
	}
	lent := "borrowed " + held.Environment()
	if want := fmt.Sprintf("PERFRUN_LOCK_HELD=%d:%s", os.Getpid(), path); !strings.HasSuffix(lent, want) {
		t.Errorf("the variable is %s, want %s", lent, want)
	}
	check("below one who is alone", "try", lent)
	check("below one who is alone", "join", lent)
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	check("after the release", "try", "taken")
	if held, err = Share(t.Context(), path, me(), nobody); err != nil {
		t.Fatal(err)
	}
	check("below one who shares", "try", fmt.Sprintf("process %d above this one shares the machine", os.Getpid()))
	check("below one who shares", "join", "taken")
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	start(t, "hold", path, nil)
	t.Setenv(HeldVariable, held.Environment())
	check("beside the holder, with a lie", "try", "waits for run abc of nikhil")
}

// TestBorrowedLockIsLost: what was done without the lock is not passed off as done
// under it.
func TestBorrowedLockIsLost(t *testing.T) {
	check := func(what string, before func(*other), want string) {
		t.Helper()
		o := start(t, "above", at(t), nil)
		before(o)
		if _, err := o.in.WriteString("\n"); err != nil {
			t.Fatal(err)
		}
		if line, _ := o.out.ReadString('\n'); !strings.Contains(line, want) {
			t.Errorf("%s: the release says %q, want %q", what, line, want)
		}
	}
	check("held to the end", func(*other) {}, "<nil>")
	check("its holder was killed", (*other).kill, "the machine was not held to the end")
}

// TestFilesThatCannotBeLocks: the folder is everybody's, the first line of the
// file ours to erase.
func TestFilesThatCannotBeLocks(t *testing.T) {
	dir := t.TempDir()
	name := func(base string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, base)
	}
	precious := name("precious", os.WriteFile(filepath.Join(dir, "precious"), []byte("text"), 0o600))
	check := func(path, want string) {
		t.Helper()
		_, err := Acquire(t.Context(), path, me(), func([]Holder) {})
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok || problem.Kind != results.CannotRun || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
	check(name("no/lock", nil), "no such file")
	check(name("folder", os.Mkdir(filepath.Join(dir, "folder"), 0o755)), "is a directory")
	check(name("pipe", syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666)), "it is no regular file")
	check(name("symbolic", os.Symlink(precious, filepath.Join(dir, "symbolic"))), "too many levels of symbolic links")
	check(name("dangling", os.Symlink("nowhere", filepath.Join(dir, "dangling"))), "too many levels of symbolic links")
	check(name("hard", os.Link(precious, filepath.Join(dir, "hard"))), "it has another name elsewhere")
	if text, err := os.ReadFile(precious); string(text) != "text" {
		t.Errorf("%q is left of the other file, %v", text, err)
	}
	if _, err := Holders(filepath.Join(dir, "pipe")); err == nil {
		t.Error("a pipe has holders")
	}
}
