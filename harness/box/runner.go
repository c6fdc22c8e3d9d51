package box

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/results"
)

// Repository is one that may be measured for others.
type Repository struct {
	source.Remote
	Networks []string // that its suites may ask for
}

// Runner carries out jobs, one call a try.
type Runner struct {
	Program      string   // perfrun
	Arguments    []string // of every run, after "run": the engine, the database
	Folder       string   // of the copies of repositories
	Cache        string   // of mirrors and worktrees; the run's own
	Repositories map[string]Repository
	// Last returns the heads of the runs of suites of a name on a main branch, the
	// latest first. The first that is of the repository is what the base "@last" means.
	Last func(ctx context.Context, suite string) (revs []string, err error)
	// State returns how far a run is; empty for one that was not recorded.
	State func(ctx context.Context, id string) (results.State, error)
	Stop  time.Duration // that a run has to end when it is told to
	// Enough is asked now and again while a run is made: an error stops it, and what it
	// left in its worktrees and homes is removed. nil: nothing is asked.
	Enough func() error
}

// askEvery is how often Enough is asked. A disk fills by some 100 MB/s at most.
const askEvery = 5 * time.Second

// ExitPassing is the exit code by which a run says that another try may go well
// (EX_TEMPFAIL of sysexits.h). Only runs that a Runner starts use it.
const ExitPassing = 75

// Passing reports whether another try of what ended so may go well.
func Passing(err error) bool {
	if problem, ok := errors.AsType[*results.Problem](err); ok && problem.Passing {
		return true
	}
	_, ok := errors.AsType[*source.Unreachable](err)
	return ok
}

// Run makes one try of a job and returns when its process has ended. What happens
// is written to log. When ctx ends the run is told to end, keeps what it has
// measured and puts the machine back; the error is then ctx's cause.
func (r *Runner) Run(ctx context.Context, job results.Job, log io.Writer) error {
	// Whoever put a run of this id there: it is not the one that was ordered.
	if state, err := r.State(ctx, job.RunID()); err != nil || state != "" {
		return cmp.Or(err, bad("run "+job.RunID(), "there is one of this id already", "submit again"))
	}
	commits, path, err := r.prepare(ctx, job.Order, log)
	if err != nil {
		return err
	}
	args := append([]string{"run"}, r.Arguments...)
	args = append(
		args, "--id", job.RunID(), "--asked-by", job.Submitter, "--exit-passing",
		"--repo", path, "--base", commits.base, "--head", commits.head, "--suite", job.Suite,
	)
	if job.Only != "" {
		args = append(args, "--only", job.Only)
	}
	if job.Rounds > 0 {
		args = append(args, "--rounds", strconv.Itoa(job.Rounds))
	}
	if job.MinEffect > 0 {
		args = append(args, "--min-effect", strconv.FormatFloat(100*job.MinEffect, 'g', -1, 64)+"%")
	}
	limited, stop := r.within(ctx)
	err = r.execute(limited, args, log)
	told := limited.Err() != nil
	stop()
	if err == nil {
		return nil
	}
	if short, ok := errors.AsType[*shortage](err); ok {
		err = r.tidy(ctx, path, short, log)
	}
	// A run can be done and still end with an error: where a benchmark is broken, or
	// where it was told to end when it already had.
	state, stateErr := r.State(context.WithoutCancel(ctx), job.RunID())
	switch {
	case stateErr == nil && state == results.Done:
		return nil
	case told:
		return err
	}
	return errors.Join(err, stateErr)
}

// within is a context that ends when there is not enough of something any more.
func (r *Runner) within(ctx context.Context) (context.Context, func()) {
	ctx, stop := context.WithCancelCause(ctx)
	if r.Enough == nil {
		return ctx, func() { stop(nil) }
	}
	var group sync.WaitGroup
	group.Go(func() {
		ticker := time.NewTicker(askEvery)
		defer ticker.Stop()
		for {
			if err := r.Enough(); err != nil {
				stop(&shortage{err})
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
	return ctx, func() {
		stop(nil)
		group.Wait()
	}
}

// shortage is why a run was stopped that used up what others need.
type shortage struct{ error }

func (s *shortage) Unwrap() error { return s.error }

// tidy takes away what such a run has left, so that the next one may begin, and says why
// it is not tried again: it would do the same.
func (r *Runner) tidy(ctx context.Context, path string, short *shortage, log io.Writer) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.Stop)
	defer cancel()
	fmt.Fprintln(log, "removing what it left in its worktrees and homes")
	if err := source.Discard(ctx, r.Cache, path); err != nil {
		fmt.Fprintln(log, err)
	}
	return &results.Problem{
		Kind: results.CannotRun, Where: "run", What: "it was stopped: " + short.Error(),
		Next: "see that its build and its benchmarks write less, then submit again", Err: short,
	}
}

// execute runs perfrun in an empty folder, so that no path of an order means a file
// of this machine.
func (r *Runner) execute(ctx context.Context, args []string, log io.Writer) error {
	empty, err := os.MkdirTemp("", "perfrun-job-")
	if err != nil {
		return fmt.Errorf("make a folder for the run: %w", err)
	}
	defer os.RemoveAll(empty)
	last := &lastLine{to: log}
	cmd := exec.CommandContext(ctx, r.Program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = empty, last, last
	// Pdeathsig: a run outlives no daemon. The kernel sends it when the thread ends
	// that started the process, so that thread must not end before.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = r.Stop
	err = cmd.Run()
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil:
		return nil
	case !ended:
		return fmt.Errorf("start the run: %w", err)
	}
	return &results.Problem{
		Kind: results.CannotRun, Where: "run", What: last.text(fmt.Sprintf("it ended with %s", exit)),
		Passing: exit.ExitCode() == ExitPassing, Err: err,
	}
}

// lastLine passes on what is written, and remembers the last line of it.
type lastLine struct {
	to   io.Writer
	tail []byte
}

// mostTail bounds what is remembered.
const mostTail = 4096

func (l *lastLine) Write(b []byte) (int, error) {
	l.tail = append(l.tail, b...)
	l.tail = l.tail[max(0, len(l.tail)-mostTail):]
	return l.to.Write(b)
}

// text is the last line, or what is given where nothing was written.
func (l *lastLine) text(otherwise string) string {
	lines := strings.Split(strings.TrimRight(string(l.tail), "\n"), "\n")
	if line := strings.TrimPrefix(lines[len(lines)-1], "perfrun: "); line != "" {
		return line
	}
	return otherwise
}
