package services

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/results"
)

// image is made by .ci/images: a Debian with memcached.
const image = "perfrun-test/memcached:20260901-120000"

// server is a compose file with a memcached that says when it is ready, and one
// that does not.
const server = `
services:
  cache:
    image: ` + image + `
    command: memcached -u root -p ${PORT:-11211}
    healthcheck:
      test: ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT:-11211}"]
      interval: 1s
      timeout: 5s
      retries: 20
    ports: ["11211:11211"]
    container_name: fixed
    volumes: ["data:/data", "/anonymous", "./made/below:/tree"]
    restart: always
  helper:
    image: ` + image + `
    command: memcached -u root -m 16
    depends_on: {cache: {condition: service_healthy}}
  client:
    image: client
    depends_on: [cache]
    environment: {CACHE: "cache:11211", PRICE: "5$$", ABSENT: }
volumes: {data: {}}
`

func find(t *testing.T) *Program {
	t.Helper()
	program, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return program
}

var runs atomic.Int64

// side is a tree with the given files, and a place for its services that is clear
// again after the test.
func side(t *testing.T, files map[string]string) Place {
	t.Helper()
	owner, err := host.Self()
	if err != nil {
		t.Fatal(err)
	}
	place := Place{Run: fmt.Sprintf("Services.Test-%d-%d", os.Getpid(), runs.Add(1)), Owner: owner.String(), Side: results.Base, Work: t.TempDir()}
	for name, text := range files {
		write(t, filepath.Join(place.Work, name), text)
	}
	t.Cleanup(func() {
		for _, kind := range []string{"container", "network", "volume", "image"} {
			for _, id := range leftOver(t, kind, place.Run) {
				t.Errorf("%s %s was left", kind, id)
				force := "-f"
				if kind == "container" {
					force = "-fv"
				}
				_ = exec.Command("docker", kind, "rm", force, id).Run()
			}
		}
	})
	return place
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// leftOver lists what Docker keeps for a run. The labels are spelt out: other versions
// of perfrun go by them.
func leftOver(t *testing.T, kind, run string) []string {
	t.Helper()
	args := []string{kind, "ls", "-q", "--filter", "label=dev.mtrlz.perfrun.run=" + run}
	if kind == "container" {
		args = append(args, "-a")
	}
	out, err := exec.Command("docker", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// read reads compose.yml of a place, which must work.
func read(t *testing.T, program *Program, w Wanted, place Place) *Project {
	t.Helper()
	w.Compose = "compose.yml"
	project, err := program.Read(t.Context(), w, place, Allow{})
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// start brings a project up until the end of the test.
func start(t *testing.T, program *Program, project *Project) *Up {
	t.Helper()
	var log bytes.Buffer
	up, err := program.Up(t.Context(), project, &log)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	t.Cleanup(func() {
		if err := up.Down(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return up
}

// problem is an error that somebody can act on; words are to be in it.
func problem(t *testing.T, err error, words ...string) *results.Problem {
	t.Helper()
	var found *results.Problem
	if !errors.As(err, &found) {
		t.Fatalf("%v is no problem with a way out, want %q", err, words)
	}
	for _, word := range words {
		if !strings.Contains(found.Error(), word) {
			t.Errorf("%q does not say %q", found, word)
		}
	}
	return found
}

// allowed is what a process may run on, by the kernel.
func allowed(t *testing.T, pid int) cpuset.Set {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			set, err := cpuset.Parse(value)
			if err != nil {
				t.Fatal(err)
			}
			return set
		}
	}
	t.Fatalf("process %d has no CPUs", pid)
	return nil
}
