package engine_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
)

func TestOpenDockerRefused(t *testing.T) {
	tests := map[string]struct {
		program, host string
		what, next    string
	}{
		"a dynamic program": {program: "/bin/sh", what: "not linked statically", next: "make"},
		"no engine":         {program: program, host: "unix:///nonexistent/docker.sock", what: "does not exist", next: "--engine host"},
		"nobody listens":    {program: program, host: "unix://" + deafSocket(t, 0o600), what: "does not answer", next: "systemctl start docker"},
		"no address":        {program: program, host: "what is this", what: "what is this", next: "DOCKER_HOST"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DOCKER_HOST", test.host)
			_, err := engine.OpenDocker(t.Context(), test.program)
			problem, ok := errors.AsType[*results.Problem](err)
			if !ok {
				t.Fatalf("error %v, want a problem", err)
			}
			if problem.Kind != results.CannotRun || !strings.Contains(problem.What, test.what) || !strings.Contains(problem.Next, test.next) {
				t.Errorf("problem %+v, want %q and %q", problem, test.what, test.next)
			}
		})
	}
}

// A socket that this user may not open is not the same as one that is not there.
func TestOpenDockerNotPermitted(t *testing.T) {
	socket := deafSocket(t, 0)
	out, err := child(t, "open", true, "DOCKER_HOST=unix://"+socket).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"not permitted to this user", "docker group", "--engine host"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("said %q, want %q in it", out, want)
		}
	}
}

func TestOpenDocker(t *testing.T) {
	docker := openDocker(t)
	facts := map[string]string{}
	for _, fact := range docker.Facts() {
		facts[fact.Name] = fact.Value
	}
	for _, name := range []string{"docker.version", "docker.storage", "docker.cgroup", "docker.runtime"} {
		if facts[name] == "" {
			t.Errorf("fact %s is empty", name)
		}
	}
	if docker.Name() != "docker" {
		t.Errorf("name %q", docker.Name())
	}
	if info, err := os.Stat(docker.Root()); err != nil || !info.IsDir() {
		t.Errorf("its data lie in %q: %v", docker.Root(), err)
	}
}

// Guards promise no more than is held.
func TestGuards(t *testing.T) {
	held := func(e engine.Engine, network string) map[string]bool {
		all := map[string]bool{}
		for _, guard := range e.Guards(engine.Spec{Network: network}) {
			all[guard.Aspect] = guard.Held
		}
		return all
	}
	docker, onHost := openDocker(t), engine.OpenHost(program)
	if !held(docker, "none")["network"] || held(docker, "bridge")["network"] || held(docker, "host")["network"] {
		t.Error("docker holds the network off only if there is none")
	}
	for aspect, yes := range held(onHost, "none") {
		if yes {
			t.Errorf("the host engine says that it holds %s", aspect)
		}
	}
}

// deafSocket makes a socket's file that nobody listens on any more.
func deafSocket(t *testing.T, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(openDir(t), "docker.sock")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: file, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	_ = listener.Close()
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}
