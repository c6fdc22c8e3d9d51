package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sys/unix"
)

// childVar names the part that this binary plays when a test starts it again:
// some endings need a process that can be killed or confined.
const childVar = "STORE_TEST_CHILD"

// children are the parts; each gets the path of a database, and what it prints
// is read by its test.
var children = map[string]func(ctx context.Context, path string) error{
	"append":   childAppend,
	"hang":     childHang,
	"tmpfs":    childTmpfs,
	"limit":    childLimit,
	"readonly": childReadOnly,
}

func TestMain(m *testing.M) {
	part, ok := children[os.Getenv(childVar)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := part(context.Background(), os.Args[1]); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child starts this binary in a part. Its output comes line by line.
func child(t *testing.T, part, path string, attr *syscall.SysProcAttr, args ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd, lines, err := startChild(t, part, path, attr, args...)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, lines
}

func startChild(t *testing.T, part, path string, attr *syscall.SysProcAttr, args ...string) (*exec.Cmd, *bufio.Scanner, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{path}, args...)...)
	cmd.Env = append(os.Environ(), childVar+"="+part)
	cmd.Stderr, cmd.SysProcAttr = os.Stderr, attr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return cmd, bufio.NewScanner(out), cmd.Start()
}

// finish reads what is left of a child's output and waits for it.
func finish(t *testing.T, cmd *exec.Cmd, lines *bufio.Scanner) []string {
	t.Helper()
	var all []string
	for lines.Scan() {
		all = append(all, lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("child: %v\n%s", err, strings.Join(all, "\n"))
	}
	return all
}

// childAppend records rounds of four executions in the run named by its second
// argument, as many as the third says, and acknowledges each.
func childAppend(ctx context.Context, path string) error {
	id, rounds := os.Args[2], os.Args[3]
	n, err := strconv.Atoi(rounds)
	if err != nil {
		return err
	}
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	if err := s.SaveRun(ctx, exampleRun(id)); err != nil {
		return err
	}
	for i := range n {
		if err := s.AppendExecutions(ctx, id, exampleExecutions(4*i, 4)); err != nil {
			return err
		}
		fmt.Println(i)
	}
	return s.Close()
}

// childHang records two rounds, then stands still in the midst of the third.
func childHang(ctx context.Context, path string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	if err := s.SaveRun(ctx, exampleRun("a")); err != nil {
		return err
	}
	if err := s.AppendExecutions(ctx, "a", exampleExecutions(0, 8)); err != nil {
		return err
	}
	return s.write(ctx, "hang", ofNothing, func(tx *sqlx.Tx) error {
		tx.MustExec("PRAGMA cache_size = 1") // so that pages of the open transaction reach the log
		if err := appendTo(tx, s.words.begin(tx), "a", exampleExecutions(8, 4000)); err != nil {
			return err
		}
		fmt.Println("inside")
		_, err := os.Stdin.Read(make([]byte, 1)) // until killed: the other end stays open
		return err
	})
}

// childTmpfs fills a file system of one megabyte that only it can see.
func childTmpfs(ctx context.Context, path string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, "size=1m"); err != nil {
		return err
	}
	ballast := path + "/ballast"
	if err := os.WriteFile(ballast, make([]byte, 400<<10), 0o600); err != nil {
		return err
	}
	return fill(ctx, path+"/perf.db", func() error { return os.Remove(ballast) })
}

// childLimit fills a file up to a limit on the size of every file it writes.
func childLimit(ctx context.Context, path string) error {
	signal.Ignore(unix.SIGXFSZ)
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 400 << 10, Max: unix.RLIM_INFINITY}); err != nil {
		return err
	}
	return fill(ctx, path, func() error {
		return unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY})
	})
}

// childReadOnly tries a database in a folder that it may not write, as nobody if
// it is root, whom no permission stops.
func childReadOnly(ctx context.Context, path string) error {
	if os.Geteuid() == 0 {
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	_, err := Open(ctx, path)
	fmt.Println(err)
	s, err := OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	record, err := s.Record(ctx, "a")
	if err != nil {
		return err
	}
	fmt.Println(len(record.Executions), "executions")
	return s.Close()
}
