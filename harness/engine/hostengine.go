package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// Host runs processes on this machine as it is: for a laptop without Docker, on
// the same path as in containers.
type Host struct {
	binary string
}

// OpenHost returns the engine that uses no containers. binary is this program's
// file.
func OpenHost(binary string) *Host { return &Host{binary: binary} }

// Name implements Engine.
func (h *Host) Name() string { return "host" }

// CgroupDriver implements Engine.
func (h *Host) CgroupDriver() string { return "" }

// Facts implements Engine.
func (h *Host) Facts() []results.Fact { return nil }

// Close implements Engine.
func (h *Host) Close() error { return nil }

// Sweep implements Engine: on the host a sampler dies with its pipe and its
// benchmark with the sampler, so a killed run leaves nothing.
func (h *Host) Sweep(context.Context) ([]string, error) { return nil, nil }

// Resolve implements Engine: there is no image.
func (h *Host) Resolve(context.Context, string, io.Writer) (Image, error) { return Image{}, nil }

// Trivial implements Engine: there are no images.
func (h *Host) Trivial(context.Context) (string, func() error, error) {
	return "", func() error { return nil }, nil
}

// Guards implements Engine.
func (h *Host) Guards(Spec) []results.Guard {
	return []results.Guard{
		{Aspect: "image", Detail: "benchmarks were built and ran with this machine's own tools and libraries, not in the pipeline's image"},
		{Aspect: "network", Detail: "benchmarks could use the network"},
		{Aspect: "filesystem", Detail: "benchmarks saw the whole machine, and base and head ran in different folders"},
	}
}

// credential makes a process another user's; nil leaves it ours.
func (a As) credential() *syscall.Credential {
	if a == (As{}) {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.UID), Gid: uint32(a.GID)}
}

// stopIn is how long a build gets to end after it was told to.
const stopIn = 5 * time.Second

// Build implements Engine.
func (h *Host) Build(ctx context.Context, spec Spec, script string, log io.Writer) (int, error) {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-ec", script)
	cmd.Dir, cmd.Env = spec.Work, h.environment(spec)
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own, so that the whole build can be stopped, and by us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: spec.As.credential()}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = stopIn
	err := cmd.Run()
	if ctx.Err() != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return 0, context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// Start implements Engine. The sampler pins itself; there is no cpuset to hold
// it, so cpus is not used.
func (h *Host) Start(_ context.Context, spec Spec, _ cpuset.Set) (*Session, error) {
	cmd := exec.Command(h.binary, SamplerArgs...)
	cmd.Dir, cmd.Env = spec.Work, h.environment(spec)
	// A session of its own: a terminal's signals are for perfrun, which then
	// closes the pipe.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: spec.As.credential()}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("open pipe to sampler: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("open pipe from sampler: %w", err)
	}
	pipe := &processPipe{cmd: cmd, in: in, out: out}
	cmd.Stderr = &pipe.stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start sampler: %w", err)
	}
	if spec.Procs != "" {
		if err := os.WriteFile(spec.Procs, []byte(strconv.Itoa(cmd.Process.Pid)), 0); err != nil {
			return nil, errors.Join(fmt.Errorf("move the sampler to its cgroup: %w", err), pipe.Close())
		}
	}
	return &Session{
		ReadWriteCloser: pipe, Work: spec.Work, Binary: h.binary,
		PID: cmd.Process.Pid, Stderr: pipe.stderr.String,
	}, nil
}

// environment is this process's own but for the run's HOME: the same folder that
// a container would get, so that a build's caches are the run's.
func (h *Host) environment(spec Spec) []string {
	return append(append(os.Environ(), "HOME="+spec.Home), spec.Env...)
}

// processPipe is the standard input and output of a child process as one pipe.
type processPipe struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	stderr tail
}

func (p *processPipe) Read(b []byte) (int, error)  { return p.out.Read(b) }
func (p *processPipe) Write(b []byte) (int, error) { return p.in.Write(b) }

// Close ends the sampler and waits for it. Its benchmark dies with it.
func (p *processPipe) Close() error {
	_ = p.in.Close()
	timer := time.AfterFunc(stopIn, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	go func() { _, _ = io.Copy(io.Discard, p.out) }() // let it write its last answer
	_ = p.cmd.Wait()                                  // how it ends is of no interest: the run is over
	return nil
}
