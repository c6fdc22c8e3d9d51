package stdio

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

// forgeVariable makes the test binary a local user who sends a preamble to the
// socket that it names, and prints what comes back.
const forgeVariable = "STDIO_TEST_FORGE"

func TestMain(m *testing.M) {
	if socket := os.Getenv(forgeVariable); socket != "" {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			panic(err)
		}
		line, _ := preamble(nikhil)
		if os.Args[1] == "plain" {
			line = nil
		}
		fmt.Fprintf(conn, "%shello\n", line)
		answer, err := bufio.NewReader(conn).ReadString('\n')
		fmt.Print(answer, err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// listen starts a daemon that answers every line with who is there and what they
// said.
func listen(t *testing.T, o Options) (*Listener, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "perfrun-stdio-") // short, and open to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	o.Log = slog.New(slog.DiscardHandler)
	l, err := Listen(socket, o)
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
			go echo(conn.(*Conn))
		}
	}()
	return l, socket
}

func echo(conn *Conn) {
	defer conn.Close()
	who := fmt.Sprintf("%s/%s/%s", conn.Person().Name, conn.Person().Role, conn.Person().From)
	if refusal := conn.Refusal(); refusal != nil {
		who = "refused: " + refusal.Error()
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		fmt.Fprintf(conn, "%s: %s\n", who, lines.Text())
	}
	fmt.Fprintf(conn, "end\n")
}

// me is who the test's own user is without a preamble.
func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	role := results.Viewer
	if u.Uid == "0" {
		role = results.Admin
	}
	return u.Username + "/" + string(role) + "/"
}

func TestServe(t *testing.T) {
	_, socket := listen(t, Options{People: People{Access: os.Getuid()}})
	var out bytes.Buffer
	if err := Serve(t.Context(), socket, nikhil, strings.NewReader("one\ntwo\n"), &out); err != nil {
		t.Fatal(err)
	}
	want := string(greeting(nil)) + "nikhil/admin/203.0.113.7: one\nnikhil/admin/203.0.113.7: two\nend\n"
	if out.String() != want {
		t.Errorf("it answered\n%q, want\n%q", out.String(), want)
	}
}

func TestServeWithoutDaemon(t *testing.T) {
	check := func(socket string, who results.Person, what string) {
		t.Helper()
		var out bytes.Buffer
		err := Serve(t.Context(), socket, who, strings.NewReader(""), &out)
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok || !strings.Contains(problem.What, what) {
			t.Errorf("%v, want %q", err, what)
		}
		told := new(Greeting).Read(bufio.NewReader(&out))
		if told == nil || told.Error() != err.Error() {
			t.Errorf("the client is told %v, not %v", told, err)
		}
	}
	l, socket := listen(t, Options{})
	l.socket.SetUnlinkOnClose(false)
	l.Close()
	check(socket, nikhil, "does not run")
	check(socket+"x", nikhil, "does not run")
	check(socket, results.Person{Name: "x", Role: "king"}, "no such role")
	check(filepath.Dir(socket), nikhil, "does not run")
}

func TestServeEndsWithItsContext(t *testing.T) {
	_, socket := listen(t, Options{People: People{Access: os.Getuid()}})
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	in, silent := io.Pipe()
	defer silent.Close()
	read, out := io.Pipe()
	go func() {
		bufio.NewReader(read).ReadString('\n') // the greeting: it is under way
		cancel(stop)
	}()
	if err := Serve(ctx, socket, nikhil, in, out); !errors.Is(err, stop) {
		t.Errorf("it ended with %v", err)
	}
}

// A client that goes away in the middle leaves nothing behind in the daemon.
func TestServeClientGone(t *testing.T) {
	l, socket := listen(t, Options{People: People{Access: os.Getuid()}})
	in, client := io.Pipe()
	read, out := io.Pipe()
	done := make(chan error)
	go func() { done <- Serve(t.Context(), socket, nikhil, in, out) }()
	bufio.NewReader(read).ReadString('\n')
	client.CloseWithError(errors.New("gone"))
	read.Close()
	<-done
	for l.seats.count("nikhil") > 0 { // the daemon sees the end in its own time
		time.Sleep(time.Millisecond)
	}
}

// Nor does a client that breaks off wait for a daemon that hears and says nothing.
func TestServeClientBreaksOff(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	deaf, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	in, client := io.Pipe()
	var out bytes.Buffer
	client.CloseWithError(errors.New("gone"))
	if err := Serve(t.Context(), socket, nikhil, in, &out); err != nil {
		t.Error(err)
	}
}

// A daemon that takes no more still has its answer passed on.
func TestServeDaemonHasEnough(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		bufio.NewReader(conn).ReadString('\n') // who asks
		conn.(*net.UnixConn).CloseRead()
		time.Sleep(100 * time.Millisecond) // meanwhile writing to it fails
		io.WriteString(conn, "too much")
		conn.Close()
	}()
	in, client := io.Pipe()
	go func() {
		for {
			if _, err := client.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}()
	defer in.Close()
	var out bytes.Buffer
	if err := Serve(t.Context(), socket, nikhil, in, &out); err != nil || !strings.HasSuffix(out.String(), "too much") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func (s *seats) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[name]
}

// The preamble may come in two pieces, cut anywhere, and what follows it is whole.
func TestPreambleInPieces(t *testing.T) {
	_, socket := listen(t, Options{People: People{Access: os.Getuid()}})
	line, _ := preamble(nikhil)
	text := string(line) + "hello\n"
	for cut := range len(text) {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, text[:cut])
		io.WriteString(conn, text[cut:])
		answer, err := bufio.NewReader(conn).ReadString('\n')
		if answer != "nikhil/admin/203.0.113.7: hello\n" {
			t.Fatalf("cut at %d: %q, %v", cut, answer, err)
		}
		conn.Close()
	}
}

// A peer that goes away at any byte of the preamble, or never ends it, is dropped.
func TestPreambleThatEnds(t *testing.T) {
	l, socket := listen(t, Options{People: People{Access: os.Getuid()}})
	line, _ := preamble(nikhil)
	for cut := range len(line) {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(line[:cut])
		conn.(*net.UnixConn).CloseWrite()
		if rest, _ := io.ReadAll(conn); len(rest) != 0 {
			t.Errorf("cut at %d it answers %q", cut, rest)
		}
		conn.Close()
	}
	long, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer long.Close()
	fmt.Fprint(long, preambleMark+strings.Repeat(" ", maxPreamble))
	if rest, _ := io.ReadAll(long); len(rest) != 0 {
		t.Errorf("a line without end is answered %q", rest)
	}
	if n := len(l.slots); n != 0 {
		t.Errorf("%d meetings go on", n)
	}
}

func TestSlowPeer(t *testing.T) {
	_, socket := listen(t, Options{People: People{Access: os.Getuid()}, Meeting: 50 * time.Millisecond})
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "@perf")
	if rest, _ := io.ReadAll(conn); len(rest) != 0 {
		t.Errorf("it answers %q", rest)
	}
}

// forge runs the test binary as another user, where the test may.
func forge(t *testing.T, socket, how string) string {
	t.Helper()
	binary := filepath.Join(filepath.Dir(socket), "forge")
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, text, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, how)
	cmd.Env = []string{forgeVariable + "=" + socket}
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// Somebody else on the machine, who says to be nikhil, is told off, and is
// themselves when they say nothing.
func TestForgedPreamble(t *testing.T) {
	_, socket := listen(t, Options{People: People{Access: 4711}})
	want := me(t)
	if os.Getuid() == 0 {
		want = "nobody/viewer/"
	}
	if got := forge(t, socket, "preamble"); !strings.HasPrefix(got, "refused: user "+strings.Split(want, "/")[0]+": only root") {
		t.Errorf("forged: %q", got)
	}
	if got := forge(t, socket, "plain"); got != want+": hello\n<nil>" {
		t.Errorf("plain: %q, want %q", got, want)
	}
}

func TestPeople(t *testing.T) {
	check := func(p People, uid int, role results.Role, believed bool) {
		t.Helper()
		if who := p.local(uid); who.Role != role || p.believes(uid) != believed || CheckName(who.Name) != nil {
			t.Errorf("%+v: %d is %+v, believed: %v", p, uid, who, p.believes(uid))
		}
	}
	nobody := People{Access: -1}
	check(nobody, 0, results.Admin, true)
	check(nobody, 65534, results.Viewer, false)
	check(nobody, 987654, results.Viewer, false)
	check(People{Access: 65534}, 65534, results.Viewer, true)
	check(People{Access: -1, Admins: []string{"no such group", "nogroup"}}, 65534, results.Admin, false)
	check(People{Access: -1, Admins: []string{"nogroup"}}, 987654, results.Viewer, false)
	check(People{Access: -1, Admins: []string{"root"}}, 65534, results.Viewer, false)
	check(People{Access: -1}, -1, results.Viewer, false)
}

// One person's connections are limited: the first beyond are told, more are not.
func TestSeats(t *testing.T) {
	l, socket := listen(t, Options{People: People{Access: os.Getuid()}, PerPerson: 2})
	talk := func(name string) (string, net.Conn) {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		line, _ := preamble(results.Person{Name: name, Role: results.Viewer})
		fmt.Fprintf(conn, "%shello\n", line)
		answer, _ := bufio.NewReader(conn).ReadString('\n')
		return answer, conn
	}
	var first net.Conn
	for i, want := range []string{"ci/", "ci/", "refused: ci: 2 connections", "refused: ci: 2 connections", ""} {
		answer, conn := talk("ci")
		if want == "" && answer != "" || !strings.HasPrefix(answer, want) {
			t.Errorf("connection %d: %q, want %q", i, answer, want)
		}
		if i == 0 {
			first = conn
		}
	}
	if answer, _ := talk("nikhil"); !strings.HasPrefix(answer, "nikhil/") {
		t.Errorf("another: %q", answer)
	}
	first.Close()
	for l.seats.count("ci") > 3 {
		time.Sleep(time.Millisecond)
	}
	if answer, _ := talk("ci"); !strings.HasPrefix(answer, "refused") {
		t.Errorf("with three held: %q", answer)
	}
}

func TestListenTwice(t *testing.T) {
	l, socket := listen(t, Options{})
	if _, err := Listen(socket, Options{}); err == nil || !strings.Contains(err.Error(), "another daemon listens") {
		t.Errorf("beside another: %v", err)
	}
	l.socket.SetUnlinkOnClose(false) // as after a power cut
	l.Close()
	again, err := Listen(socket, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o666 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again.Close()
	if _, err := again.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
	file := filepath.Join(filepath.Dir(socket), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(file, Options{}); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("over a file: %v", err)
	}
	if _, err := Listen(filepath.Join(socket, "x"), Options{}); err == nil {
		t.Error("below no folder")
	}
}
