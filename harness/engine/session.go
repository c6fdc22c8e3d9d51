package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// Start implements Engine. The sampler is the container's first process; when
// our end of the pipe closes, for whatever reason, it ends and takes the
// container's other processes with it.
func (d *Docker) Start(ctx context.Context, spec Spec, cpus cpuset.Set) (*Session, error) {
	command := append([]string{binary}, SamplerArgs...)
	id, err := d.create(ctx, spec, "sampler", command, cpus)
	if err != nil {
		return nil, err
	}
	session, err := d.attach(ctx, id)
	if err != nil {
		return nil, errors.Join(err, d.remove(ctx, id))
	}
	return session, nil
}

func (d *Docker) attach(ctx context.Context, id string) (*Session, error) {
	attached, err := d.api.ContainerAttach(ctx, id, client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err != nil {
		return nil, fmt.Errorf("attach to sampler: %w", err)
	}
	pipe := &containerPipe{attached: attached.HijackedResponse, remove: func() error { return d.remove(ctx, id) }}
	var write *io.PipeWriter
	pipe.read, write = io.Pipe()
	go func() {
		_, err := stdcopy.StdCopy(write, &pipe.stderr, attached.Reader)
		write.CloseWithError(errors.Join(err, io.EOF))
	}()
	if _, err := d.api.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		attached.Close()
		return nil, startProblem(err)
	}
	state, err := d.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		attached.Close()
		return nil, fmt.Errorf("look at sampler: %w", err)
	}
	return &Session{
		ReadWriteCloser: pipe, Work: workDir, Binary: binary,
		PID: state.Container.State.Pid, Stderr: pipe.stderr.String,
	}, nil
}

func startProblem(err error) error {
	return &results.Problem{
		Kind: results.CannotRun, Where: "docker",
		What: fmt.Sprintf("the container does not start: %v", err),
		Next: "check that the image has what the suite runs (a build needs /bin/sh)", Err: err,
	}
}

// containerPipe is the standard input and output of a container as one pipe.
type containerPipe struct {
	attached client.HijackedResponse
	read     *io.PipeReader
	stderr   tail
	remove   func() error
	once     sync.Once
	err      error
}

func (p *containerPipe) Read(b []byte) (int, error)  { return p.read.Read(b) }
func (p *containerPipe) Write(b []byte) (int, error) { return p.attached.Conn.Write(b) }

// Close ends the sampler and returns when its container is gone.
func (p *containerPipe) Close() error {
	p.once.Do(func() {
		p.attached.Close()
		_ = p.read.Close()
		p.err = p.remove()
	})
	return p.err
}

// tail keeps the end of what is written to it.
type tail struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

const tailSize = 4096

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buffer.Write(b)
	if extra := t.buffer.Len() - tailSize; extra > 0 {
		t.buffer.Next(extra)
	}
	return len(b), nil
}

// String returns what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buffer.String()
}
