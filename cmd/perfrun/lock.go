package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

func lockCommand() *cobra.Command {
	var shared, asJSON bool
	cmd := &cobra.Command{
		Use:     "lock [--shared] [-- COMMAND [ARG...]]",
		GroupID: "machine",
		Short:   "Hold the machine while a command runs, or show who holds it",
		Long: `Lock takes the same lock that runs take, so that COMMAND runs when no
measurement does, and none begins meanwhile. With --shared several people may
work at the same time; runs wait for all of them. Without COMMAND it shows who
holds the machine and for how long, and waits for nothing.

It ends as COMMAND does: with its exit code, with 128 and the signal's number
if a signal killed it, with 127 if there is no such command, with 126 if it
cannot be executed. The lock dies with its holder: if perfrun lock is killed,
COMMAND is, too. (The kernel spares a program that changes its user on the way,
as sudo does: rather have sudo start perfrun.)

A perfrun run below COMMAND goes on with its lock, and fails in the end if that
was lost meanwhile; below lock --shared it is refused. COMMAND sees the lock in
PERFRUN_LOCK_HELD as PROCESS:FILE.`,
		Example: `  perfrun lock
  perfrun lock -- perf stat target/release/load
  perfrun lock --shared -- cargo build --release`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && asJSON:
				return usage(errors.New("--json is for perfrun lock without a command"))
			case len(args) > 0:
				return runLocked(cmd.Context(), args, shared)
			case shared || cmd.ArgsLenAtDash() >= 0:
				return usage(errors.New("there is no command to hold the machine for"))
			}
			return showHolders(cmd, asJSON)
		},
	}
	cmd.Flags().BoolVar(&shared, "shared", false, "share the machine with others who share it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "without COMMAND: print JSON")
	cmd.Flags().SetInterspersed(false)
	return cmd
}

func showHolders(cmd *cobra.Command, asJSON bool) error {
	holders, err := lock.Holders(lockPath())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if asJSON {
		return printJSON(out, struct {
			Holders []lock.Holder `json:"holders"`
		}{append([]lock.Holder{}, holders...)})
	}
	if len(holders) == 0 {
		fmt.Fprintln(out, "The machine is free.")
	}
	for _, h := range holders {
		fmt.Fprintln(out, words.Plain(h.String()+h.Age(time.Now())))
	}
	return nil
}

// runLocked waits for the machine, runs the command and exits as it does.
func runLocked(ctx context.Context, args []string, shared bool) error {
	take := lock.Acquire
	if shared {
		take = lock.Share
	}
	held, err := take(ctx, lockPath(), lock.Holder{
		User: userName(), PID: os.Getpid(), What: "lock -- " + strings.Join(args, " "), Since: time.Now(),
	}, func(others []lock.Holder) {
		tell([]string{"the machine is taken: waiting for " + lock.Names(others)})
	})
	if err != nil {
		return err
	}
	code, err := attended(ctx, args, held.Environment())
	if err = errors.Join(err, held.Release()); err != nil {
		return err
	}
	if code != 0 {
		return verdictError{code}
	}
	return nil
}

// attended runs a command in the foreground and returns the exit code that a shell
// would. It dies when we do: the kernel binds that to the thread that started it,
// which therefore stays with this call. ctx only matters until the command starts.
func attended(ctx context.Context, args []string, held string) (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), held)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	signals, stop := heard()
	defer stop()
	if ctx.Err() != nil { // a signal that came before they were listened to here
		return 0, context.Cause(ctx)
	}
	if err := cmd.Start(); err != nil {
		return notStarted(args[0], err), nil
	}
	go passOn(signals, cmd.Process)
	err := cmd.Wait()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return 0, fmt.Errorf("wait for %s: %w", args[0], err)
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

// heard catches the signals that would end us before the command. One that is
// ignored, as nohup does, stays so for us and the command.
func heard() (signals chan os.Signal, stop func()) {
	signals = make(chan os.Signal, 8)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	return signals, func() { signal.Stop(signals); close(signals) }
}

// passOn tells the command what was meant for it. The terminal's keys (SIGINT,
// SIGQUIT) reach it without us.
func passOn(signals <-chan os.Signal, to *os.Process) {
	for s := range signals {
		if s == syscall.SIGTERM || s == syscall.SIGHUP {
			_ = to.Signal(s) // it fails when the command has just ended
		}
	}
}

// notStarted says why a command does not run, and returns a shell's exit code for
// it.
func notStarted(name string, err error) int {
	code, what, next := 126, "it cannot be executed", "look at its permissions and its first line"
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		code, what, next = 127, "there is no such command", "check its name and PATH"
	}
	problem := &results.Problem{Kind: results.BadInput, Where: name, What: what, Next: next, Err: err}
	tell([]string{problem.Error()})
	return code
}
