package harness_test

import (
	"os/exec"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
)

const composeFile = `version: "3.7"
services:
  cache:
    image: perfrun-test/memcached:20260901-120000
    command: [memcached, -u, nobody, -m, "8"]
    ports: ["11211:11211"]
  client:
    image: nowhere/client
    depends_on: [cache]
    working_dir: /elsewhere
    volumes: ["/etc:/host"]
    environment: {SERVER: cache, OF: compose}
`

const servedSuite = `suite: served
image: {ref: "perfrun-test/rust:20260901-120000"}
env: {OF: suite}
services: {compose: ci/compose.yml, run: client, measured: [cache]}
policy: {warmups: 0, rounds: 4, stop: fixed}
benchmarks:
  - {name: ask, run: ./ask, format: values}
`

// ask speaks with the server by the name that compose gives it.
const ask = `#!/bin/bash
set -e
exec 3<>/dev/tcp/$SERVER/11211
printf 'version\r\n' >&3
read -r line <&3
[ "${line:0:7} $OF" = "VERSION suite" ] && echo "latency 1.5 s"
`

func servedWorld(t *testing.T, compose string) *world {
	t.Helper()
	docker, err := engine.OpenDocker(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = docker.Close() })
	w := newWorld(t, docker, "rounds: 4", stand{name: "x"})
	if err := exec.Command("mkdir", w.repo+"/ci").Run(); err != nil {
		t.Fatal(err)
	}
	w.write("ask", ask)
	w.write("perf.yml", servedSuite)
	w.write("ci/compose.yml", compose)
	for _, side := range results.Sides() {
		w.write("README", string(side))
		w.git("add", "--all")
		w.git("commit", "--quiet", "-m", string(side))
	}
	return w
}

// left are containers, networks and volumes of a run's services.
func left(t *testing.T, run string) (list string) {
	t.Helper()
	for _, kind := range []string{"container", "network", "volume"} {
		args := []string{kind, "ls", "--quiet", "--filter", "label=dev.mtrlz.perfrun.run=" + run}
		if kind == "container" {
			args = append(args, "--all")
		}
		out, err := exec.Command("docker", args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		list += string(out)
	}
	return list
}

func TestServices(t *testing.T) {
	w := servedWorld(t, composeFile)
	request := w.request("services-a")
	request.Quiet = results.LevelPin
	record := w.measure(request)
	for _, e := range record.Executions {
		if e.Fault != nil || len(e.Samples) != 1 {
			t.Errorf("execution %+v", e)
		}
	}
	notes := ""
	for _, n := range record.Run.Notes {
		notes += n.Name + ": " + n.Value + "\n"
	}
	if want := "services of head: cache (perfrun-test/memcached:20260901-120000, on the benchmark's cpus)\n"; !strings.Contains(notes, want) {
		t.Errorf("the run notes\n%swant %s", notes, want)
	}
	if want := "not taken of service client: volumes, working_dir\n"; strings.Count(notes, want) != 1 {
		t.Errorf("the run notes\n%swant %s once", notes, want)
	}
	guards := ""
	for _, g := range record.Run.Guards {
		guards += g.Detail + "\n"
	}
	if !strings.Contains(guards, "no network but that of their services") {
		t.Errorf("the guards:\n%s", guards)
	}
	if found := left(t, "services-a"); found != "" {
		t.Errorf("left over: %s", found)
	}
}

// TestServiceDies ends a run whose server goes away in the middle, and says which.
func TestServiceDies(t *testing.T) {
	w := servedWorld(t, composeFile)
	w.onStep = func(s harness.Step) {
		if s.Round == 2 {
			out, _ := exec.Command("docker", "ps", "--quiet", "--filter", "label=dev.mtrlz.perfrun.run=services-b", "--filter", "label=com.docker.compose.service=cache").Output()
			for _, id := range strings.Fields(string(out)) {
				_ = exec.Command("docker", "kill", id).Run()
			}
		}
	}
	run, err := w.h.Measure(t.Context(), w.request("services-b"))
	if err == nil || !strings.Contains(err.Error(), "cache") || run.State != results.Failed {
		t.Errorf("the run is %s: %v", run.State, err)
	}
	if found := left(t, "services-b"); found != "" {
		t.Errorf("left over: %s", found)
	}
}

func TestServicesThatAreRefused(t *testing.T) {
	check := func(compose, want string) {
		t.Helper()
		w := servedWorld(t, compose)
		_, err := w.h.Measure(t.Context(), w.request("services-c"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	check(strings.Replace(composeFile, "    ports:", "    privileged: true\n    ports:", 1), "privileged")
	check(strings.Replace(composeFile, "    ports:", "    volumes: [\"/etc:/host\"]\n    ports:", 1), "/etc")
	w := servedWorld(t, composeFile)
	w.h.Engine = engine.OpenHost(program)
	if _, err := w.h.Measure(t.Context(), w.request("services-d")); err == nil || !strings.Contains(err.Error(), "--engine docker") {
		t.Errorf("without docker: %v", err)
	}
}
