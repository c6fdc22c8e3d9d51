package link

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/tunnel/sshdtest"
)

// peer answers every connection in its own way, on a port of this machine.
func peer(t *testing.T, answer func(net.Conn)) Options {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answer(conn)
		}
	}()
	return Options{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Timeout: 300 * time.Millisecond}
}

// TestWhatIsWrong meets every way in which a link can fail.
func TestWhatIsWrong(t *testing.T) {
	check := func(o Options, what string) {
		t.Helper()
		s := Check(t.Context(), o)
		if s.Up || !strings.Contains(s.What, what) || s.Next == "" {
			t.Errorf("%+v, want %q", s, what)
		}
	}
	var held []net.Conn // kept open: what says nothing must not be collected
	check(peer(t, func(c net.Conn) { held = append(held, c) }), "says nothing: the relay holds the end of a tunnel that is dead")
	check(peer(t, func(c net.Conn) { c.Close() }), "closes connections at once")
	check(peer(t, func(c net.Conn) { c.Write([]byte("HTTP/1.1 400 Bad Request\r\n")) }), "it is no sshd")
	check(peer(t, func(c net.Conn) { c.Write([]byte("SSH-2.0-x\r\n")); c.Close() }), "tells no host key")
	check(peer(t, func(c net.Conn) { held = append(held, c); c.Write([]byte("SSH-2.0-x\r\n")) }), "it falls silent while keys are exchanged")
	closed := peer(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Port = listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	check(closed, "nothing listens at 127.0.0.1")
	check(Options{Host: "no-such-relay.invalid", Port: 22}, "has no address")
}

func TestKindOf(t *testing.T) {
	for key, want := range map[string]string{"ssh-ed25519 AAAA": "ed25519", "ssh-rsa AAAA": "rsa", "ecdsa-sha2-nistp256 AAAA": "ecdsa"} {
		if got := kindOf(key); got != want {
			t.Errorf("ssh-keyscan is asked for %q of %s, want %q", got, key, want)
		}
	}
}

func TestWhoAnswers(t *testing.T) {
	server := sshdtest.Start(t, "true")
	own, err := OwnKeys(server.HostKeys())
	if err != nil || len(own) != 1 {
		t.Fatalf("%q, %v", own, err)
	}
	o := Options{Host: "127.0.0.1", Port: server.Address.Port, Keys: own}
	if s := Check(t.Context(), o); !s.Up || !strings.HasSuffix(s.What, "leads to this box") || s.RoundTrip <= 0 || s.Fingerprint != fingerprint(own[0]) {
		t.Errorf("%+v", s)
	}
	o.Keys = []string{"ssh-ed25519 AAAA"}
	if s := Check(t.Context(), o); s.Up || !strings.Contains(s.What, "another machine: its key is "+fingerprint(own[0])) {
		t.Errorf("%+v", s)
	}
	o.Keys = nil
	if s := Check(t.Context(), o); s.Up || s.Next == "" || !strings.Contains(s.What, "nobody here knows") {
		t.Errorf("%+v", s)
	}
}

func TestWatchKeepsCuts(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	status := Status{Up: true, What: "up"}
	path := filepath.Join(t.TempDir(), "link", "cuts.json")
	newWatch := func() *Watch {
		return &Watch{Path: path, Now: func() time.Time { return now }, Check: func(context.Context) Status { return status }}
	}
	w := newWatch()
	look := func(up bool, what string) {
		t.Helper()
		now = now.Add(time.Minute)
		status = Status{Up: up, What: what}
		if err := w.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look(true, "up")
	look(true, "up")
	if s := w.Status(); len(s.Cuts) != 0 || !s.Since.Equal(now.Add(-time.Minute)) {
		t.Errorf("%+v", s)
	}
	look(false, "nothing listens")
	look(false, "the relay cannot be reached")
	w = newWatch() // the daemon is started again in the midst of a cut
	look(false, "the relay cannot be reached")
	look(true, "up")
	w = newWatch()
	s := w.Status()
	if len(s.Cuts) != 1 || s.Cuts[0].What != "nothing listens" || s.Cuts[0].To.Sub(s.Cuts[0].From) != 3*time.Minute {
		t.Errorf("%+v", s)
	}
	for range 2 * mostCuts {
		look(false, "down")
		look(true, "up")
	}
	if s := w.Status(); len(s.Cuts) != mostCuts || s.Cuts[mostCuts-1].To.IsZero() {
		t.Errorf("%d cuts", len(s.Cuts))
	}
	if err := os.WriteFile(path, []byte("no JSON"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := newWatch().Status(); len(s.Cuts) != 0 {
		t.Errorf("%+v", s)
	}
}
