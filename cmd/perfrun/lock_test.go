package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mtrlz.dev/perfrun/harness/lock"
)

// TestLockedCommandEnds as it would without a lock.
func TestLockedCommandEnds(t *testing.T) {
	w := newWorld(t)
	text := filepath.Join(w.dir, "text")
	w.must(os.WriteFile(text, []byte("no program"), 0o644))
	check := func(code int, stdout, stderr string, args ...string) {
		t.Helper()
		r := w.perfrun(append([]string{"lock"}, args...)...)
		if r.code != code || r.stdout != stdout || !strings.Contains(r.stderr, stderr) || (stderr == "") != (r.stderr == "") {
			t.Errorf("lock %q ended with %d, want %d\n%q, want %q\n%q, want %q", args, r.code, code, r.stdout, stdout, r.stderr, stderr)
		}
	}
	check(0, "The machine is free.\n", "")
	check(0, "--shared -x\n", "", "--", "echo", "--shared", "-x")
	check(0, "-n x\n", "", "--shared", "printf", "%s %s\n", "-n", "x")
	check(7, "", "", "--", "sh", "-c", "exit 7")
	check(128+9, "", "", "--", "sh", "-c", "kill -9 $$")
	check(127, "", "no-such-command: there is no such command", "--", "no-such-command")
	check(127, "", "./no-such: there is no such command", "--", "./no-such")
	check(126, "", "text: it cannot be executed", "--", text)
	check(exitBadInput, "", "there is no command to hold the machine for", "--shared")
	check(exitBadInput, "", "there is no command to hold the machine for", "--")
	check(exitBadInput, "", "--json is for perfrun lock without a command", "--json", "--", "true")
	check(0, "The machine is free.\n", "")
}

// TestLockBelowALock: what runs under the lock does not wait for itself.
func TestLockBelowALock(t *testing.T) {
	w := newWorld(t)
	deep := []string{"lock", "--", program, "lock", "--", program, "lock", "--shared", "--", "sh", "-c", "echo $PERFRUN_LOCK_HELD; exit 3"}
	r := w.perfrun(deep...)
	if want := ":" + filepath.Join(w.dir, "lock") + "\n"; r.code != 3 || !strings.HasSuffix(r.stdout, want) || r.stderr != "" {
		t.Errorf("it ended with %d and said %q and %q, want %q", r.code, r.stdout, r.stderr, want)
	}
	r = w.perfrun("lock", "--", "env", "-u", lock.HeldVariable, program, "lock", "--", "true")
	if r.code != 0 {
		t.Errorf("without the variable, as under sudo, it ended with %d and said %s", r.code, r.stderr)
	}
	r = w.perfrun("lock", "--shared", "--", program, "lock", "--", "true")
	if r.code != exitBadInput || !strings.Contains(r.stderr, "above this one shares the machine") {
		t.Errorf("alone below a share it ended with %d and said %s", r.code, r.stderr)
	}
}

// begun starts perfrun lock in a process group of its own, as a shell does, and
// returns when its command has printed a line.
func begun(w *world, args ...string) (*exec.Cmd, io.WriteCloser, *bufio.Reader) {
	w.t.Helper()
	cmd := w.command(append([]string{"lock"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	w.must(err)
	out, stdout, err := os.Pipe()
	w.must(err)
	cmd.Stdout, cmd.Stderr = stdout, os.Stderr
	w.must(cmd.Start())
	w.must(stdout.Close())
	w.t.Cleanup(func() {
		if cmd.ProcessState == nil { // else its group may be another's by now
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			_ = cmd.Wait()
		}
		_ = out.Close()
	})
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil {
		w.t.Fatalf("the command printed %q, %v", line, err)
	}
	return cmd, in, lines
}

// TestLockSignals: keys reach the command alone, other signals through perfrun,
// and perfrun ends with it and not before.
func TestLockSignals(t *testing.T) {
	w := newWorld(t)
	check := func(what, traps string, send func(pid int) error, want int) {
		t.Helper()
		script := traps + "\nsleep 1000 &\necho ready\nwait"
		if traps == "" { // nothing would end a sleep that a shell started beside itself
			script = "echo ready; exec sleep 1000"
		}
		cmd, _, _ := begun(w, "--", "sh", "-c", script)
		w.must(send(cmd.Process.Pid))
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: exit code %d, want %d", what, got, want)
		}
	}
	one := func(signals ...syscall.Signal) func(int) error {
		return func(pid int) (err error) {
			for _, s := range signals {
				if err == nil {
					err = syscall.Kill(pid, s)
				}
			}
			return err
		}
	}
	group := func(s syscall.Signal) func(int) error {
		return func(pid int) error { return syscall.Kill(-pid, s) }
	}
	check("forwarded", "trap 'kill -9 $!; exit 9' TERM", one(syscall.SIGTERM), 9)
	check("hung up", "trap 'kill -9 $!; exit 8' HUP", one(syscall.SIGHUP), 8)
	check("a key", "trap 'kill -9 $!; exit 7' INT", group(syscall.SIGINT), 7)
	check("a key that kills", "", group(syscall.SIGINT), 128+2)
	check("another key", "trap 'kill -9 $!; exit 6' QUIT", group(syscall.SIGQUIT), 6)
	check("a key's signal that the command did not get", "trap 'kill -9 $!; exit 5' TERM; trap 'kill -9 $!; exit 4' INT QUIT",
		one(syscall.SIGINT, syscall.SIGQUIT, syscall.SIGINT, syscall.SIGTERM), 5)
}

// TestCommandDiesWithItsLock: who no longer holds the machine does not go on.
func TestCommandDiesWithItsLock(t *testing.T) {
	w := newWorld(t)
	cmd, _, out := begun(w, "--", "sh", "-c", "echo ready; exec sleep 1000")
	w.must(cmd.Process.Kill())
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 { // ends when nobody can write any more
		t.Errorf("the command goes on: %q, %v", rest, err)
	}
	w.ok([]int{0}, "lock", "--", "true")
}

// TestLockShowsItsHolders, to who asks and to who waits.
func TestLockShowsItsHolders(t *testing.T) {
	w := newWorld(t)
	const echo = "echo ready; read line"
	one, in, _ := begun(w, "--shared", "--", "sh", "-c", echo)
	two, _, _ := begun(w, "--shared", "--", "sh", "-c", echo)
	name := func(cmd *exec.Cmd) string {
		return fmt.Sprintf("lock -- sh -c %s of %s (process %d, since ", echo, userName(), cmd.Process.Pid)
	}
	check := func(what, text string, pieces ...string) {
		t.Helper()
		for _, piece := range pieces {
			if !strings.Contains(text, piece) {
				t.Errorf("%s: %q is not in\n%s", what, piece, text)
			}
		}
	}
	check("asked", w.ok([]int{0}, "lock").stdout, name(one), name(two), ", shared), for ")
	var list struct{ Holders []lock.Holder }
	w.must(json.Unmarshal([]byte(w.ok([]int{0}, "lock", "--json").stdout), &list))
	if len(list.Holders) != 2 || !list.Holders[0].Shared || list.Holders[0].PID != one.Process.Pid {
		t.Errorf("JSON has %v, want %d first", list.Holders, one.Process.Pid)
	}
	w.ok([]int{0}, "lock", "--shared", "--", "true")

	waiter := w.command("lock", "--", "true")
	check("waits", interruptWhen(t, waiter, "waiting for "+name(one), syscall.SIGINT), name(two), "interrupted")
	if code := waiter.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("a waiter that was interrupted ended with %d", code)
	}

	said := &awaited{text: "waiting for " + name(one), found: make(chan struct{})}
	waiter = w.command("lock", "--", "true")
	waiter.Stderr = said
	w.must(waiter.Start())
	<-said.found
	w.must(in.Close())
	_ = one.Wait()
	_ = syscall.Kill(-two.Process.Pid, syscall.SIGTERM)
	w.must(waiter.Wait())
	check("the machine became free", w.ok([]int{0}, "lock").stdout, "The machine is free.")
	if got := w.ok([]int{0}, "lock", "--json").stdout; strings.TrimSpace(strings.Join(strings.Fields(got), "")) != `{"holders":[]}` {
		t.Errorf("nobody holds it, and JSON is %s", got)
	}
}
