package lock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain plays another perfrun that holds the machine until it is killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "hold" {
		held, err := Acquire(context.Background(), os.Args[2], Holder{User: "nikhil", PID: os.Getpid(), What: "run abc", Since: time.Unix(0, 0)}, func(Holder) {})
		fmt.Println("held", err)
		if err == nil {
			_, _ = os.Stdin.Read(make([]byte, 1))
			_ = held.Release()
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func hold(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "hold", path)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "held <nil>\n" {
		t.Fatalf("the other process says %q", line)
	}
	return cmd
}

func TestSecondWaitsAndIsToldForWhom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other := hold(t, path)
	ctx, cancel := context.WithCancelCause(t.Context())
	gaveUp := errors.New("gave up")
	var told Holder
	_, err := Acquire(ctx, path, Holder{}, func(h Holder) { told = h; cancel(gaveUp) })
	if !errors.Is(err, gaveUp) {
		t.Fatalf("error %v", err)
	}
	if told.PID != other.Process.Pid || !strings.HasPrefix(told.String(), "run abc of nikhil") {
		t.Errorf("told %s", told)
	}
}

func TestLockDiesWithItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other := hold(t, path)
	lock, err := Acquire(t.Context(), path, Holder{User: "me", PID: 1}, func(Holder) { _ = other.Process.Kill() })
	if err != nil {
		t.Fatal(err)
	}
	if got := holder(lock.file); got.User != "me" {
		t.Errorf("the file names %s", got)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := Acquire(t.Context(), path, Holder{}, func(Holder) { t.Error("a free lock made us wait") })
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Release()
}

func TestLockFileThatCannotBeOpened(t *testing.T) {
	_, err := Acquire(t.Context(), filepath.Join(t.TempDir(), "no", "lock"), Holder{}, func(Holder) {})
	if err == nil || !strings.Contains(err.Error(), "the machine's lock cannot be opened") {
		t.Errorf("error %v", err)
	}
}

func TestGarbageInTheFileIsNoHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, []byte("\x00garbage"), 0o666); err != nil {
		t.Fatal(err)
	}
	file, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := holder(file).String(); got != "somebody who did not say who" {
		t.Errorf("holder %q", got)
	}
}
