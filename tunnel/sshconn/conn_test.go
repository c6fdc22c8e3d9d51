package sshconn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/sshdtest"
	"mtrlz.dev/perfrun/tunnel/stdio"
)

// socketVariable makes the test binary the far end of an ssh session.
const socketVariable = "SSHCONN_TEST_SOCKET"

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

// daemon answers each line with who is there and what they said; "bye" ends it.
func daemon(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "perfrun-ssh-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	l, err := stdio.Listen(socket, stdio.Options{People: stdio.People{Access: os.Getuid()}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				lines := bufio.NewScanner(conn)
				for lines.Scan() && lines.Text() != "bye" {
					fmt.Fprintf(conn, "%v: %s\n", conn.(*stdio.Conn).Person(), lines.Text())
				}
			}()
		}
	}()
	return socket
}

// far is the command that joins a session to a daemon.
func far(socket string) string { return "env " + socketVariable + "=" + socket + " " + os.Args[0] }

func dial(t *testing.T, a tunnel.Address, o Options) *Conn {
	t.Helper()
	conn, err := Dial(a, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestThroughSSHD(t *testing.T) {
	server := sshdtest.Start(t, far(daemon(t)))
	conn := dial(t, server.Address, Options{Program: server.Program()})
	lines := bufio.NewReader(conn)
	for _, word := range []string{"one", "two"} {
		fmt.Fprintln(conn, word)
		if got, err := lines.ReadString('\n'); got != "{ci submitter 127.0.0.1}: "+word+"\n" {
			t.Fatalf("%q, %v\n%s", got, err, server.Log())
		}
	}
	conn.SetReadDeadline(time.Now().Add(-time.Second))
	if _, err := lines.ReadByte(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
	conn.SetReadDeadline(time.Time{})
	fmt.Fprintln(conn, "three")
	if got, err := lines.ReadString('\n'); !strings.HasSuffix(got, "three\n") {
		t.Errorf("after the deadline was taken back: %q, %v", got, err)
	}
	conn.CloseWrite()
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("an orderly end: %q, %v", rest, err)
	}
	if conn.RemoteAddr().String() != server.Address.String() || conn.RemoteAddr().Network() != "ssh" || conn.LocalAddr().String() == "" {
		t.Errorf("%v, %v", conn.RemoteAddr(), conn.LocalAddr())
	}
}

// What usually goes wrong is said in plain words, and whether it will last.
func TestExplained(t *testing.T) {
	socket := daemon(t)
	server := sshdtest.Start(t, far(socket))
	check := func(a tunnel.Address, o Options, lasting bool, what, next string) {
		t.Helper()
		conn := dial(t, a, o)
		fmt.Fprint(conn, "x")
		_, err := io.ReadAll(conn)
		u, ok := errors.AsType[*tunnel.Unreachable](err)
		if !ok || u.Lasting != lasting || !strings.Contains(u.Problem.What, what) || !strings.Contains(u.Problem.Next, next) {
			t.Errorf("%v (%+v), want %q and %q, lasting: %v", err, u, what, next, lasting)
			return
		}
		if _, again := conn.Write([]byte("x")); again == nil || !errors.As(again, &u) {
			t.Errorf("written afterwards: %v", again)
		}
	}
	with := func(lines ...string) Options { return Options{Program: server.Program(lines...)} }
	to := func(command string) (tunnel.Address, Options) {
		s := sshdtest.Start(t, command)
		return s.Address, Options{Program: s.Program()}
	}
	check(server.Address, with("UserKnownHostsFile "+server.KnownHosts()), true, "not the one that is known", "fingerprint")
	check(server.Address, with("UserKnownHostsFile /dev/null"), true, "not known here", "compare the fingerprint")
	check(server.Address, with("IdentityFile "+server.Stranger(), "IdentitiesOnly yes", "PubkeyAuthentication no"), true, "no key of yours", "access add")
	check(server.Address, with("NoSuchOption yes"), true, "refuses its configuration", "by hand")
	check(tunnel.Address{Host: "127.0.0.1", Port: 1}, with(), false, "nothing listens there", "tunnel status")
	check(tunnel.Address{Host: "no-such-host.invalid"}, with(), false, "no host of this name", "check the name")
	check(server.Address, with("ProxyCommand true"), false, "closed by the other end", "tunnel status")
	a, o := to("/no/such/perfrun")
	check(a, o, true, "perfrun cannot be started there", "forced command")
	a, o = to("echo Welcome to Debian; exec " + far(socket))
	check(a, o, true, `"Welcome to Debian" answers`, "start-up file")
	a, o = to(far(socket + "x"))
	check(a, o, false, "the daemon does not run", "systemctl status")
	a, o = to("exit 0")
	check(a, o, false, "without a word", "")
	a, o = to("echo oops >&2; exit 3")
	check(a, o, false, "oops)", "") // after whatever a start-up file of the shell there says
	o.Greet = 200 * time.Millisecond
	pid := filepath.Join(t.TempDir(), "pid")
	t.Cleanup(func() { exec.Command("sh", "-c", "kill $(cat "+pid+")").Run() })
	a, o.Program, o.Attended = server.Address, script(t, "sleep 300 & echo $! > "+pid+"; echo stuck >&2; wait"), true
	check(a, o, false, "it does not answer (ssh says: stuck)", "tunnel")
}

// script writes a program that is taken for ssh.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ssh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNoProgram(t *testing.T) {
	for _, program := range []string{"no-such-ssh", "/no/such/ssh"} {
		t.Setenv(ProgramVariable, program)
		_, err := Dial(tunnel.Address{Host: "box"}, Options{})
		u, ok := errors.AsType[*tunnel.Unreachable](err)
		if !ok || !u.Lasting || !strings.Contains(err.Error(), "there is no program "+program) {
			t.Errorf("%v", err)
		}
	}
}

// A link that is cut ends a read at once, with the reason.
func TestCut(t *testing.T) {
	server := sshdtest.Start(t, far(daemon(t)))
	conn := dial(t, server.Address, Options{Program: server.Program()})
	fmt.Fprintln(conn, "hello")
	lines := bufio.NewReader(conn)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	exec.Command("true").Run()
	server.Cut()
	_, err := lines.ReadByte()
	if u, ok := errors.AsType[*tunnel.Unreachable](err); !ok || u.Lasting {
		t.Errorf("%v", err)
	}
}

func TestClose(t *testing.T) {
	server := sshdtest.Start(t, far(daemon(t)))
	conn := dial(t, server.Address, Options{Program: server.Program()})
	fmt.Fprintln(conn, "hello")
	lines := bufio.NewReader(conn)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	reads := make(chan error)
	go func() {
		_, err := lines.ReadByte()
		reads <- err
	}()
	pid := conn.cmd.Process.Pid
	for range 2 {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := <-reads; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the read that waited: %v", err)
	}
	if _, err := conn.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("written afterwards: %v", err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("ssh is still there: %v", err)
	}
}

// An ssh that does not heed SIGTERM is killed.
func TestStubborn(t *testing.T) {
	conn := dial(t, tunnel.Address{Host: "box"}, Options{Program: script(t, `trap "" TERM; echo ready; while :; do sleep 0.1; done`)})
	conn.reader.ReadByte() // the trap is set
	began := time.Now()
	conn.Close()
	if took := time.Since(began); took < graceTerm || conn.cmd.ProcessState == nil {
		t.Errorf("it is gone after %v", took)
	}
}

// A master connection that ssh left in the background holds its standard error
// open; the reason is told all the same.
func TestMasterLeftBehind(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	conn := dial(t, tunnel.Address{Host: "box"}, Options{Program: script(t, "sleep 300 >/dev/null & echo $! > "+pid+"; echo 'x: Connection refused' >&2; exit 255")})
	t.Cleanup(func() { exec.Command("sh", "-c", "kill $(cat "+pid+")").Run() })
	if _, err := conn.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "nothing listens there") {
		t.Errorf("%v", err)
	}
}
