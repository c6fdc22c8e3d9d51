package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/results"
)

// stopIn is how long git gets to end after it was told to.
const stopIn = 5 * time.Second

// git is one place where git is called.
type git struct {
	dir string   // working folder
	env []string // added to the cleaned environment
}

// failure is git's own account of why it failed.
type failure struct {
	status int
	stderr string
}

func (f *failure) Error() string {
	return fmt.Sprintf("git ended with status %d: %s", f.status, strings.TrimSpace(f.stderr))
}

// run calls git and returns what it prints.
func (g git) run(ctx context.Context, args ...string) ([]byte, error) {
	return g.feed(ctx, nil, args...)
}

// feed calls git with input.
func (g git) feed(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	// Hooks and a file system monitor are other people's programs; ownership is
	// checked by whoever lets us read the files. What git says it has must be on the
	// disk when the power goes.
	fixed := []string{"-c", "core.fsync=all", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "safe.directory=*", "-c", "gc.auto=0", "-c", "advice.detachedHead=false"}
	cmd := exec.CommandContext(ctx, "git", append(fixed, args...)...)
	cmd.Dir, cmd.Env = g.dir, append(cleanEnvironment(), g.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopIn
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return stdout.Bytes(), nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &exit):
		return nil, &failure{exit.ExitCode(), stderr.String()}
	case errors.Is(err, exec.ErrNotFound):
		return nil, &results.Problem{Kind: results.CannotRun, Where: "git", What: "it is not on PATH", Next: "install git", Err: err}
	}
	return nil, fmt.Errorf("call git: %w", err)
}

// line calls git and returns the first line it prints.
func (g git) line(ctx context.Context, args ...string) (string, error) {
	out, err := g.run(ctx, args...)
	text, _, _ := strings.Cut(string(out), "\n")
	return text, err
}

// cleanEnvironment drops every GIT_ variable (they redirect git to other
// repositories), asks for no password and for untranslated messages.
func cleanEnvironment() (env []string) {
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "GIT_") && !strings.HasPrefix(setting, "LC_") && !strings.HasPrefix(setting, "LANG") {
			env = append(env, setting)
		}
	}
	return append(env, "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
}

func isFailure(err error) bool {
	_, ok := errors.AsType[*failure](err)
	return ok
}
