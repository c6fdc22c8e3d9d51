package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Up is a project that was brought up.
type Up struct {
	Network  string   // reaches every service by its name
	Env      []string // of service Run, sorted NAME=value
	Services []Service

	program *Program
	project *Project
	began   map[string]string // by id: when the container was started
	mu      sync.Mutex
	down    bool
}

// errLate is why services that never get ready are waited for no longer.
var errLate = errors.New("services take too long to start")

// Up brings a project up and returns when everything in it is healthy, or runs where
// it has no health check. Where that fails nothing of it stays.
func (p *Program) Up(ctx context.Context, project *Project, log io.Writer) (*Up, error) {
	for _, line := range project.Said {
		fmt.Fprintf(log, "services: %s\n", line)
	}
	up := &Up{Network: project.network, Env: project.env, program: p, project: project, began: map[string]string{}}
	err := p.remove(ctx, project.name) // of an earlier perfrun
	if err == nil {
		err = project.makeFolders()
	}
	if err == nil {
		err = project.makeCopies()
	}
	if err == nil {
		err = p.images(ctx, project, log)
	}
	if err == nil && len(project.built) > 0 {
		fmt.Fprintf(log, "services: building %v\n", project.built)
		err = p.wrong(project, "cannot be built", p.compose(ctx, project, log, "build"))
	}
	if err == nil {
		err = up.start(ctx, log)
	}
	if err == nil {
		return up, nil
	}
	if downErr := up.Down(ctx); downErr != nil {
		fmt.Fprintf(log, "services: %v\n", downErr)
	}
	return nil, err
}

// start creates and starts the containers, and waits.
func (u *Up) start(parent context.Context, log io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(parent, u.program.startIn, errLate)
	defer cancel()
	fmt.Fprintf(log, "services: starting %v\n", u.project.names)
	err := u.program.compose(ctx, u.project, log, "up", "--detach", "--no-build", "--no-color")
	if err == nil {
		err = u.wait(ctx)
	}
	if err == nil || parent.Err() != nil {
		return err
	}
	var said *results.Problem
	if errors.As(err, &said) {
		return err
	}
	// Compose tells that something it waited for is not well, but not why.
	found, lookErr := u.program.look(parent, u.project.name)
	if lookErr != nil {
		return errors.Join(err, lookErr)
	}
	for _, c := range found {
		if problem := u.judge(parent, c); problem != nil {
			return problem
		}
	}
	if errors.Is(err, errLate) {
		return u.late(parent, found)
	}
	return u.program.wrong(u.project, "cannot be brought up", err)
}

// wait looks at the containers until two looks in a row find all of them ready.
func (u *Up) wait(ctx context.Context) error {
	for again := false; ; {
		found, err := u.program.look(ctx, u.project.name)
		if err != nil {
			return err
		}
		for _, c := range found {
			if problem := u.judge(ctx, c); problem != nil {
				return problem
			}
		}
		ready, pause := u.ready(found), lookEach
		switch {
		case ready && again:
			return u.keep(ctx, found)
		case ready:
			pause = settleIn
		}
		again = ready
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// ready reports whether every service is there and well.
func (u *Up) ready(found []container) bool {
	return !slices.ContainsFunc(u.project.names, func(name string) bool {
		i := slices.IndexFunc(found, func(c container) bool { return c.service() == name })
		return i < 0 || !u.well(found[i])
	})
}

func (u *Up) well(c container) bool {
	if u.project.jobs[c.service()] {
		return c.State.Status == "exited"
	}
	return c.State.Running && (c.State.Health == nil || c.State.Health.Status == "healthy" || c.State.Health.Status == "none")
}

// late says which services never got ready.
func (u *Up) late(ctx context.Context, found []container) error {
	for _, name := range u.project.names {
		i := slices.IndexFunc(found, func(c container) bool { return c.service() == name })
		if i >= 0 && u.well(found[i]) {
			continue
		}
		what := fmt.Sprintf("it was not ready after %s", u.program.startIn)
		if i >= 0 {
			what += u.program.evidence(ctx, found[i])
		}
		return u.project.problem(name, what, "find out what it waits for, or what its health check finds")
	}
	return u.project.problem("", fmt.Sprintf("its services were not up after %s", u.program.startIn), "start them by hand to see what they wait for")
}

// keep notes what runs.
func (u *Up) keep(ctx context.Context, found []container) error {
	for _, c := range found {
		if u.project.jobs[c.service()] {
			continue
		}
		digest, err := u.program.digest(ctx, c.Image)
		if err != nil {
			return err
		}
		u.began[c.ID] = c.State.StartedAt
		u.Services = append(u.Services, Service{
			Name: c.service(), ID: c.ID, Image: c.Config.Image, Digest: digest, PID: c.State.Pid, Measured: u.project.measured[c.service()],
		})
	}
	slices.SortFunc(u.Services, func(a, b Service) int { return compare(a.Name, b.Name) })
	return nil
}

// Check finds out whether every service still runs, the same process as when it was
// brought up.
func (u *Up) Check(ctx context.Context) error {
	found, err := u.program.look(ctx, u.project.name)
	if err != nil {
		return err
	}
	for _, s := range u.Services {
		i := slices.IndexFunc(found, func(c container) bool { return c.ID == s.ID })
		if i < 0 {
			return u.project.problem(s.Name, "its container is gone", "find out who removed it: perfrun did not")
		}
		if problem := u.judge(ctx, found[i]); problem != nil {
			return problem
		}
		if found[i].State.Pid != s.PID || found[i].State.StartedAt != u.began[s.ID] {
			return u.project.problem(s.Name, "it was started anew while benchmarks were measured", "find out who restarted it: perfrun did not")
		}
	}
	return nil
}

// makeFolders makes the missing folders of binds. Docker would make them as root.
func (project *Project) makeFolders() error {
	root, err := os.OpenRoot(project.work)
	if err != nil {
		return fmt.Errorf("open the side's tree: %w", err)
	}
	defer root.Close()
	info, err := root.Stat(".")
	if err != nil {
		return fmt.Errorf("look at the side's tree: %w", err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	tree, err := filepath.EvalSymlinks(project.work)
	if err != nil {
		return fmt.Errorf("look at the side's tree: %w", err)
	}
	for _, folder := range project.folders {
		relative, err := filepath.Rel(tree, folder)
		if err == nil {
			err = makeFolder(root, relative, int(owner.Uid), int(owner.Gid))
		}
		if err != nil {
			return fmt.Errorf("make a folder that a service mounts: %w", err)
		}
	}
	return nil
}

// makeFolder makes a folder and those above it, each with the tree's owner.
func makeFolder(root *os.Root, path string, uid, gid int) error {
	if path == "." {
		return nil
	}
	if _, err := root.Stat(path); err == nil {
		return nil
	}
	if err := makeFolder(root, filepath.Dir(path), uid, gid); err != nil {
		return err
	}
	if err := root.Mkdir(path, 0o755); err != nil {
		return err
	}
	return root.Lchown(path, uid, gid)
}
