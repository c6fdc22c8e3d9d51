package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/boxtest"
	"mtrlz.dev/perfrun/tunnel/sshconn"
	"mtrlz.dev/perfrun/tunnel/sshdtest"
	"mtrlz.dev/perfrun/tunnel/stdio"
)

// socketVariable makes the test binary the far end of an ssh session.
const socketVariable = "CLIENT_TEST_SOCKET"

func TestMain(m *testing.M) {
	if socket := os.Getenv(socketVariable); socket != "" {
		who := results.Person{Name: "ci", Role: results.Submitter, From: stdio.From(os.Getenv("SSH_CONNECTION"))}
		if stdio.Serve(context.Background(), socket, who, os.Stdin, os.Stdout) != nil {
			os.Exit(4)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// behind is a box behind a real sshd.
func behind(t *testing.T) (*boxtest.Box, *sshdtest.Server) {
	t.Helper()
	box := boxtest.Start(t)
	return box, sshdtest.Start(t, "env "+socketVariable+"="+box.Socket+" "+os.Args[0])
}

// Whatever a client asks sshd to run, it is who its key says, and may do no more.
func TestForgedCommand(t *testing.T) {
	box, sshd := behind(t)
	for _, command := range [][]string{
		nil,
		{"perfrun", "dial-stdio", "--as", "root", "--role", "admin"},
		{"env", socketVariable + "=/tmp/x", "sh", "-c", "id; cat /etc/shadow"},
		{"$(reboot)", "`id`", "\n", "'; rm -rf /"},
	} {
		c := asking(t, sshd.Address, Options{SSH: sshconn.Options{Program: sshd.Program(), Remote: command}})
		hello, err := c.Hello(t.Context())
		if want := (results.Person{Name: "ci", Role: results.Submitter, From: "127.0.0.1"}); err != nil || hello.Person != want {
			t.Errorf("%q: %+v, %v", command, hello.Person, err)
		}
		if err := c.Pause(t.Context(), nobody, "x"); err == nil || !strings.Contains(err.Error(), "takes the role admin") {
			t.Errorf("%q: %v", command, err)
		}
		c.Close()
	}
	if sshd.Count() != 4 || box.Queue.Deeds("pause") != 0 {
		t.Errorf("%d connections for 4 clients", sshd.Count())
	}
}

// Who is not let in, or meets another host than they know, is told at once.
func TestNotLetIn(t *testing.T) {
	_, sshd := behind(t)
	check := func(says string, lines ...string) {
		t.Helper()
		c := asking(t, sshd.Address, Options{
			SSH:      sshconn.Options{Program: sshd.Program(lines...)},
			Retrying: func(err error, _ time.Duration) { t.Errorf("tried again after %v", err) },
		})
		_, err := c.Submit(t.Context(), nobody, order("a1"))
		if u, ok := errors.AsType[*tunnel.Unreachable](err); !ok || !u.Lasting || !strings.Contains(u.Problem.What, says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	check("no key of yours is let in", "IdentityFile "+sshd.Stranger(), "IdentitiesOnly yes", "PubkeyAuthentication no")
	check("not the one that is known", "UserKnownHostsFile "+sshd.KnownHosts())
}

// As long as the box is not reached nobody is hurried: they may be typing. Once it
// is, the answer has its time.
func TestSlowToConnect(t *testing.T) {
	_, sshd := behind(t)
	slow := filepath.Join(t.TempDir(), "ssh")
	if err := os.WriteFile(slow, []byte("#!/bin/sh\nsleep 2.5\nexec "+sshd.Program()+" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := asking(t, sshd.Address, Options{
		SSH:      sshconn.Options{Program: slow},
		Retrying: func(err error, _ time.Duration) { t.Errorf("tried again after %v", err) },
	})
	c.quiet.plain = time.Second
	if _, err := c.Hello(t.Context()); err != nil {
		t.Error(err)
	}
}

// A log is followed over links that are cut after every piece.
func TestCutsThroughSSHD(t *testing.T) {
	box, sshd := behind(t)
	c := asking(t, sshd.Address, Options{SSH: sshconn.Options{Program: sshd.Program()}})
	if _, err := c.Submit(t.Context(), nobody, order("a1")); err != nil {
		t.Fatal(err)
	}
	read, write := io.Pipe()
	go func() {
		_, err := c.FollowLog(t.Context(), "a1", 0, write)
		write.CloseWithError(err)
	}()
	for i := range 4 {
		piece := fmt.Sprintf("piece %d\n", i)
		box.Write("a1", piece)
		got := make([]byte, len(piece))
		if _, err := io.ReadFull(read, got); err != nil || string(got) != piece {
			t.Fatalf("%q, %v\n%s", got, err, sshd.Log())
		}
		sshd.Cut()
	}
	box.Write("a1", "the end")
	box.Queue.Set("a1", results.JobDone)
	if rest, err := io.ReadAll(read); err != nil || string(rest) != "the end" {
		t.Errorf("%q, %v", rest, err)
	}
	if sshd.Count() < 5 {
		t.Errorf("%d connections", sshd.Count())
	}
}
