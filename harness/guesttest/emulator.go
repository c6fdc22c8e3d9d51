package guesttest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// emulator is one QEMU, from power-on to its end.
type emulator struct {
	t       testing.TB
	process *os.Process
	console string // the file that the first serial port writes to
	output  stream // the second serial port
	errors  stream // QEMU's own words
	done    chan struct{}
	err     error // how it ended, when done
}

// power switches a machine on. It is killed at the end of the test at the latest.
func power(t testing.TB, arguments []string) *emulator {
	t.Helper()
	e := &emulator{t: t, console: filepath.Join(t.TempDir(), "console"), done: make(chan struct{})}
	cmd := exec.Command("qemu-system-x86_64", append(arguments,
		"-chardev", "file,id=console,path="+e.console, "-serial", "chardev:console",
		"-chardev", "stdio,id=output,signal=off", "-serial", "chardev:output")...)
	cmd.Stdout, cmd.Stderr = &e.output, &e.errors
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go e.run(cmd, started)
	if err := <-started; errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("%v: run .ci/setup", err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.cut)
	return e
}

// run stays on one thread, because the death signal comes when the thread that
// started the process ends, not when its program does.
func (e *emulator) run(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	err := cmd.Start()
	e.process = cmd.Process
	started <- err
	if err != nil {
		return
	}
	e.err = cmd.Wait()
	e.output.end()
	close(e.done)
}

// cut kills the machine, wherever it is, and returns when it is gone.
func (e *emulator) cut() {
	_ = e.process.Kill()
	<-e.done
}

// fatal ends the test with what is known about the machine.
func (e *emulator) fatal(format string, args ...any) {
	e.t.Helper()
	e.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), e.known())
}

// known is the tail of all that the machine has said.
func (e *emulator) known() string {
	const lines = 40
	state := "the guest is running"
	select {
	case <-e.done:
		state = fmt.Sprintf("the guest has ended (%v)", e.err)
	default:
	}
	console, _ := os.ReadFile(e.console)
	return fmt.Sprintf("%s\nQEMU said:\n%s\nthe end of its console:\n%s\nthe end of its output:\n%s", state,
		lastLines(e.errors.String(), lines), lastLines(string(console), lines), lastLines(e.output.String(), lines))
}
