package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/harness/quiet"
)

// guardCommand waits beside a run until the run is over. If the run is killed, so
// that it cannot put the machine back, the guard does. Should the guard be killed
// as well, the next perfrun does it.
func guardCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "guard",
		Short:  "Put the machine back when standard input ends without a word",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(*cobra.Command, []string) error { return guard(os.Stdin) },
	}
}

// allIsWell is what a run says that has put everything back itself.
const allIsWell = "done\n"

// startGuard starts a guard in a session of its own, where no terminal's signal
// reaches it. release tells it that it is not needed any more.
func startGuard() (release func(), err error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	cmd := exec.Command(binary, "guard")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("open pipe to the guard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the guard: %w", err)
	}
	return func() {
		_, _ = io.WriteString(in, allIsWell)
		_ = in.Close()
		_ = cmd.Wait() // how it ends is of no interest: it had nothing to do
	}, nil
}

func guard(in io.Reader) error {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	if said, _ := io.ReadAll(in); string(said) == allIsWell {
		return nil
	}
	machine, err := openMachine()
	if err != nil {
		return err
	}
	held, err := lock.Acquire(context.Background(), lockPath(), lock.Holder{
		User: userName(), PID: os.Getpid(), What: "putting the machine back", Since: time.Now(),
	}, func([]lock.Holder) {})
	if err != nil {
		return err
	}
	list, err := machine.Quiet.Recover()
	for _, line := range quiet.Describe(list) {
		fmt.Fprintln(os.Stderr, "perfrun guard: "+line)
	}
	return errors.Join(err, held.Release())
}
