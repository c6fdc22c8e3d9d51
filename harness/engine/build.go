package engine

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// inOrder makes a script's two outputs one: Docker carries each by itself, and of what a
// build says last, the error would come somewhere among the rest.
const inOrder = "exec 2>&1; "

// Build implements Engine. It is stopped at once when ctx is cancelled.
func (d *Docker) Build(ctx context.Context, spec Spec, script string, log io.Writer) (status int, err error) {
	id, err := d.create(ctx, spec, "build", []string{"/bin/sh", "-ec", inOrder + script}, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.remove(ctx, id)) }()
	attached, err := d.api.ContainerAttach(ctx, id, client.ContainerAttachOptions{Stream: true, Stdout: true, Stderr: true, Stdin: true})
	if err != nil {
		return 0, fmt.Errorf("attach to build: %w", err)
	}
	defer attached.Close()
	_ = attached.CloseWrite() // a build that reads finds the end of its input
	exit := d.api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNextExit})
	if _, err := d.api.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return 0, startProblem(err)
	}
	copied := make(chan error, 1)
	go func() {
		_, err := stdcopy.StdCopy(log, log, attached.Reader)
		copied <- err
	}()
	select {
	case end := <-exit.Result:
		return int(end.StatusCode), <-copied
	case err := <-exit.Error:
		return 0, fmt.Errorf("wait for build: %w", err)
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}
