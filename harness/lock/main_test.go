package lock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roles are what the test binary plays when it is started as another perfrun.
var roles = map[string]func(path string){"hold": keep(Acquire), "share": keep(Share), "try": attempt(Acquire), "join": attempt(Share), "above": above, "look": look}

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && roles[os.Args[1]] != nil {
		roles[os.Args[1]](os.Args[2])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type take func(context.Context, string, Holder, func([]Holder)) (*Lock, error)

func me() Holder {
	return Holder{User: "nikhil", PID: os.Getpid(), What: "run abc", Since: time.Unix(1e9, 0)}
}

// keep holds the machine until it hears a word, or is killed.
func keep(how take) func(string) {
	return func(path string) {
		held, err := how(context.Background(), path, me(), func([]Holder) {})
		fmt.Println("held", err)
		if err == nil {
			_, _ = os.Stdin.Read(make([]byte, 1))
			fmt.Println(held.Release())
		}
	}
}

// attempt says what becomes of an attempt to take the machine.
func attempt(how take) func(string) {
	return func(path string) {
		gaveUp := errors.New("waits for")
		ctx, cancel := context.WithCancelCause(context.Background())
		held, err := how(ctx, path, me(), func(list []Holder) { cancel(fmt.Errorf("%w %s", gaveUp, Names(list))) })
		switch {
		case err != nil:
			fmt.Print(err)
		case held.borrowed != 0:
			fmt.Print("borrowed ", held.Environment())
		default:
			fmt.Print("taken")
		}
	}
}

// above holds the machine and has a perfrun below that goes on with its lock.
func above(path string) {
	if _, err := Acquire(context.Background(), path, me(), func([]Holder) {}); err != nil {
		fmt.Println(err)
		return
	}
	below := exec.Command(os.Args[0], "hold", path)
	below.Stdin, below.Stdout = os.Stdin, os.Stdout
	_ = below.Run()
}

// look says who holds the machine for a process that has a /proc of its own.
func look(path string) {
	err := syscall.Mount("proc", "/proc", "proc", 0, "")
	list, looked := Holders(path)
	fmt.Print(Names(list), " ", errors.Join(err, looked))
}

// other is another process that holds the machine.
type other struct {
	*exec.Cmd
	in  *os.File
	out *bufio.Reader
}

func start(t *testing.T, role, path string, attr *syscall.SysProcAttr) *other {
	t.Helper()
	stdin, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], role, path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = stdin, stdout, os.Stderr, attr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o := &other{cmd, in, bufio.NewReader(out)}
	t.Cleanup(func() { o.kill(); _ = in.Close(); _ = out.Close() })
	if err := errors.Join(stdin.Close(), stdout.Close()); err != nil {
		t.Fatal(err)
	}
	if line, _ := o.out.ReadString('\n'); line != "held <nil>\n" {
		t.Fatalf("the other process says %q", line)
	}
	return o
}

// kill returns when the process is gone, and with it its lock.
func (o *other) kill() {
	_ = o.Process.Kill()
	_ = o.Wait()
}

// said runs a role to its end.
func said(t *testing.T, role, path string, attr *syscall.SysProcAttr) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], role, path)
	cmd.SysProcAttr = attr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
