package box

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestUpkeepRemovesWhatIsOld(t *testing.T) {
	now := time.Now()
	logs := t.TempDir()
	for name, age := range map[string]time.Duration{"old": 48 * time.Hour, "new": time.Hour} {
		path := filepath.Join(logs, name)
		if err := errors.Join(os.MkdirAll(filepath.Join(path, "deep"), 0o755), os.Chtimes(path, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	var asked time.Time
	var images []string
	u := Upkeep{
		Cache: t.TempDir(), Logs: []string{logs, filepath.Join(logs, "absent")}, Keep: 24 * time.Hour, Now: func() time.Time { return now },
		Used: func(_ context.Context, since time.Time) (recent, ever []string, err error) {
			asked = since
			return []string{"ci:2"}, []string{"ci:1", "ci:2", "ci:1", "", "ci:0"}, nil
		},
		Remove: func(_ context.Context, image string) (bool, error) {
			images = append(images, image)
			if image == "ci:0" {
				return false, errors.New("in use")
			}
			return true, nil
		},
	}
	removed, err := u.Clean(t.Context())
	if want := []string{filepath.Join(logs, "old"), "image ci:1"}; !slices.Equal(removed, want) || err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("removed %q, %v; want %q", removed, err, want)
	}
	if !slices.Equal(images, []string{"ci:1", "ci:0"}) || !asked.Equal(now.Add(-24*time.Hour)) {
		t.Errorf("images %q, asked since %v", images, asked)
	}
	if _, err := os.Stat(filepath.Join(logs, "new")); err != nil {
		t.Error(err)
	}
	u.Used = nil
	if removed, err := u.Clean(t.Context()); err != nil || len(removed) > 0 {
		t.Errorf("again: %q, %v", removed, err)
	}
}

func TestRoom(t *testing.T) {
	if err := Room(1, t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := Room(1<<62, t.TempDir()); !Passing(err) || !strings.Contains(err.Error(), "begins nothing below") {
		t.Errorf("%v", err)
	}
	if err := Room(1, "/no/such/folder"); err == nil {
		t.Error("a folder that is not there has room")
	}
}

// manager is a service manager's end of the notification socket.
func manager(t *testing.T) (read func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		t.Helper()
		b := make([]byte, 4096)
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestNotify(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if err := Notify("READY=1"); err != nil {
		t.Error(err)
	}
	read := manager(t)
	if err := Notify("READY=1"); err != nil || read() != "READY=1" {
		t.Errorf("%v", err)
	}
	t.Setenv("NOTIFY_SOCKET", "/no/such/socket")
	if err := Notify("READY=1"); err == nil {
		t.Error("nobody was told, and nobody says so")
	}
}

// TestWatchdogStaysSilentWhereNothingLives: the service manager then acts.
func TestWatchdogStaysSilentWhereNothingLives(t *testing.T) {
	read := manager(t)
	t.Setenv("WATCHDOG_USEC", "30000000")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		looks := 0
		err := Watchdog(ctx, func(context.Context) error {
			if looks++; looks == 3 {
				cancel()
			}
			if looks == 2 {
				return errors.New("the database does not answer")
			}
			return nil
		})
		if err != nil || looks != 3 {
			t.Errorf("%d looks, %v", looks, err)
		}
	})
	if first, second := read(), read(); first != "WATCHDOG=1" || second != "STATUS=the database does not answer" {
		t.Errorf("the manager heard %q and %q", first, second)
	}
	t.Setenv("WATCHDOG_USEC", "")
	if err := Watchdog(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
