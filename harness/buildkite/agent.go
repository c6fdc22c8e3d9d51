package buildkite

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// MostAnnotation is how long an annotation may be, in bytes: Buildkite takes 1 MiB, and
// old agents do not check.
const MostAnnotation = 1<<20 - 1024

// patience is how long the agent's program may take for one thing.
const patience = time.Minute

// Agent asks the agent's own program.
type Agent struct {
	Program string // "buildkite-agent"
	flags   sync.Once
	newer   bool
}

// Annotate sets the annotation of a context: info, success, warning or error.
func (a *Agent) Annotate(ctx context.Context, name, style, markdown string) error {
	args := []string{"annotate", "--context", name, "--style", style}
	if a.knowsPriority(ctx) && (style == "error" || style == "warning") {
		args = append(args, "--priority", "8")
	}
	return a.run(ctx, markdown, args...)
}

// SetMetaData sets a key of the build's meta-data.
func (a *Agent) SetMetaData(ctx context.Context, key, value string) error {
	return a.run(ctx, value, "meta-data", "set", key)
}

// Upload uploads a file of the present folder as an artifact.
func (a *Agent) Upload(ctx context.Context, path string) error {
	return a.run(ctx, "", "artifact", "upload", path)
}

// knowsPriority asks once what annotate takes: old agents refuse what they do not know.
func (a *Agent) knowsPriority(ctx context.Context) bool {
	a.flags.Do(func() {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		out, err := exec.CommandContext(ctx, a.Program, "annotate", "--help").Output()
		a.newer = err == nil && bytes.Contains(out, []byte("--priority"))
	})
	return a.newer
}

func (a *Agent) run(ctx context.Context, stdin string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, a.Program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %.300s", a.Program, args[0], err, bytes.TrimSpace(out))
	}
	return nil
}
