package sampler

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// paddingVariable makes the environment of each execution a different size: the
// initial stack moves with it, and with the stack the speed of some programs
// (Mytkowicz et al., "Producing wrong data without doing anything obviously
// wrong!", ASPLOS 2009). Varying it averages the luck that fixing it would hide.
const paddingVariable = "PERFRUN_PAD"

// process is one benchmark process from before its spawn until it is reaped.
type process struct {
	path      string
	argv      []string
	attr      *syscall.ProcAttr
	pid       atomic.Int64 // 0 until it runs, and again when it is reaped
	timedOut  atomic.Bool
	floor     int64 // see settle
	rehearsal time.Duration
	accounts  results.Accounts
	started   time.Time
	err       error
}

// newProcess resolves the command and lays out everything that need not be
// timed.
func newProcess(order Order, stdin, stdout, stderr int) (*process, error) {
	if len(order.Argv) == 0 {
		return nil, errors.New("no command")
	}
	env := environment(order)
	path, err := lookPath(order.Argv[0], env)
	if err != nil {
		return nil, err
	}
	return &process{path: path, argv: order.Argv, attr: &syscall.ProcAttr{
		Dir:   order.Dir,
		Env:   env,
		Files: []uintptr{uintptr(stdin), uintptr(stdout), uintptr(stderr)},
		// Its own group, which can be killed as a whole; it dies with the
		// sampler's thread. A session of its own would cost 3 to 6 % of a short
		// execution, and the sampler has one already.
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}}, nil
}

// environment is the sampler's own, then the order's, then the padding; a later
// setting of a variable replaces an earlier one, because with duplicates some
// programs read the first and some the last.
func environment(order Order) []string {
	all := append(os.Environ(), order.Env...)
	if order.EnvBytes > 0 {
		all = append(all, paddingVariable+"="+strings.Repeat("x", order.EnvBytes))
	}
	last := map[string]int{}
	for i, setting := range all {
		name, _, _ := strings.Cut(setting, "=")
		last[name] = i
	}
	var env []string
	for i, setting := range all {
		name, _, _ := strings.Cut(setting, "=")
		if last[name] == i {
			env = append(env, setting)
		}
	}
	return env
}

// lookPath finds a command as execvp(3) would with the given environment; a name
// with a slash is left to the kernel, relative to the order's directory.
func lookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, setting := range env {
		dirs, isPath := strings.CutPrefix(setting, "PATH=")
		if !isPath {
			continue
		}
		for _, dir := range filepath.SplitList(dirs) {
			file := filepath.Join(dir, name)
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return file, nil
			}
		}
	}
	return "", fmt.Errorf("%q is not in PATH", name)
}

// run spawns the process and waits for it. Between the two clock readings there
// are the spawn and the wait and nothing else. It must be called on the thread
// that is pinned to the benchmark's CPUs.
func (p *process) run() {
	var usage syscall.Rusage
	var status syscall.WaitStatus
	begin := time.Now()
	pid, err := syscall.ForkExec(p.path, p.argv, p.attr)
	if err != nil {
		p.err = fmt.Errorf("start %s: %w", p.path, err)
		return
	}
	p.pid.Store(int64(pid))
	if p.timedOut.Load() {
		p.kill()
	}
	for {
		if _, err = syscall.Wait4(pid, &status, 0, &usage); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	wall := time.Since(begin)
	p.pid.Store(0)
	p.started, p.err = begin, err
	p.accounts = accounts(wall, status, usage)
}

// expire is called by the timer when the time limit is reached.
func (p *process) expire() {
	p.timedOut.Store(true)
	p.kill()
}

// kill ends the process and its group, if it runs.
func (p *process) kill() {
	if pid := p.pid.Load(); pid != 0 {
		_ = syscall.Kill(-int(pid), syscall.SIGKILL) // it may be gone already, which is as good
	}
}

// accounts turns what wait4(2) says into our units: ru_maxrss is in kilobytes.
func accounts(wall time.Duration, status syscall.WaitStatus, usage syscall.Rusage) results.Accounts {
	a := results.Accounts{
		Wall:           wall,
		User:           time.Duration(usage.Utime.Nano()),
		System:         time.Duration(usage.Stime.Nano()),
		MaxRSS:         usage.Maxrss * 1024,
		MinorFaults:    usage.Minflt,
		MajorFaults:    usage.Majflt,
		VoluntaryCtx:   usage.Nvcsw,
		InvoluntaryCtx: usage.Nivcsw,
		ExitCode:       status.ExitStatus(),
	}
	if status.Signaled() {
		a.Signal = int(status.Signal())
	}
	return a
}

// pinTo moves the calling thread to cpus, unless it is there already.
func pinTo(cpus cpuset.Set, now *cpuset.Set) error {
	if len(cpus) == 0 || cpus.Equal(*now) {
		return nil
	}
	*now = cpus
	return affinity.PinThread(cpus)
}
