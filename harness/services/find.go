package services

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Program is the Compose that was found here, and Docker's client beside it.
type Program struct {
	args    []string // the program and what selects Compose
	docker  string
	version string
	v1      bool
	plain   []string // environment without Docker's variables
	env     []string
	startIn time.Duration
}

// Find finds `docker compose`, or else `docker-compose` of any version that can do
// what is needed.
func Find(ctx context.Context) (*Program, error) {
	ctx, cancel := context.WithTimeout(ctx, readIn)
	defer cancel()
	docker, err := exec.LookPath("docker")
	if err != nil {
		return nil, &results.Problem{
			Kind: results.CannotRun, Where: "docker", What: "its client is not here, and services need it", Err: err,
			Next: "install it: apt-get install docker.io, or docker-cli where that is a package of its own",
		}
	}
	plain, env := environments(os.Environ())
	found := &Program{args: []string{docker, "compose"}, docker: docker, plain: plain, env: env, startIn: startIn}
	if found.version = found.ask(ctx); found.version == "" {
		if alone, err := exec.LookPath("docker-compose"); err == nil {
			found.args = []string{alone}
			found.version = found.ask(ctx)
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return found, found.enough()
}

func (p *Program) ask(ctx context.Context) string {
	out, err := p.output(ctx, call{args: append(p.args[:len(p.args):len(p.args)], "version", "--short"), env: p.env})
	if err != nil {
		return ""
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
	if _, _, ok := parseVersion(version); !ok {
		return ""
	}
	return version
}

// enough refuses what is missing or too old. Before 1.28 there are no profiles.
func (p *Program) enough() error {
	const next = "install it: apt-get install docker-compose, or Docker's docker-compose-plugin"
	major, minor, ok := parseVersion(p.version)
	if !ok {
		return &results.Problem{Kind: results.CannotRun, Where: "docker compose", What: "it is not here, and the suite asks for services", Next: next}
	}
	if major < 1 || major == 1 && minor < 28 {
		return &results.Problem{Kind: results.CannotRun, Where: p.args[0], What: "version " + p.version + " of Compose is too old", Next: next}
	}
	p.v1 = major == 1
	return nil
}

func parseVersion(text string) (major, minor int, ok bool) {
	first, rest, _ := strings.Cut(text, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, err := strconv.Atoi(first)
	if err != nil {
		return 0, 0, false
	}
	minor, err = strconv.Atoi(second)
	return major, minor, err == nil
}

// Version is that of Compose.
func (p *Program) Version() string { return p.version }

// environments keeps what programs need from this process's environment: where
// programs and their configuration are, and, for what talks to the daemon, how it
// is reached. Without DOCKER_HOST that is the local socket, as for package engine,
// whatever context the user has chosen for the command line.
func environments(all []string) (plain, withDocker []string) {
	host := false
	for _, entry := range all {
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case name == "PATH" || name == "HOME":
			plain = append(plain, entry)
		case name == "DOCKER_HOST":
			host = true
			fallthrough
		case strings.HasPrefix(name, "DOCKER_") && name != "DOCKER_CONTEXT":
			withDocker = append(withDocker, entry)
		}
	}
	if !host {
		withDocker = append(withDocker, "DOCKER_HOST=unix:///var/run/docker.sock")
	}
	plain = append(plain, "LC_ALL=C.UTF-8")
	return plain, append(plain[:len(plain):len(plain)], withDocker...)
}
