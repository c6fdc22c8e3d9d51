package harness_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
)

const stepPipeline = `steps:
  - key: test
    command: x
    plugins:
      - docker#v5.0.0: {image: "perfrun-test/rust:20260901-120000", environment: ["A=step", "B=step", "SECRET=hunter2", BUILDKITE_TAG], volumes: ["/:/host"]}
`

const stepSuite = `suite: stepped
image: {pipeline: ci/pipeline.yml, step: test}
build: {run: 'test "$A $B" = "step suite"'}
env: {B: suite}
policy: {warmups: 0, rounds: 4, stop: fixed}
benchmarks:
  - {name: ask, run: ./ask, format: values}
`

// TestStepEnvironment: what the pipeline's step gives its container, builds and benchmarks
// have, under what the suite says; what else it gives is noted, and no value is told.
func TestStepEnvironment(t *testing.T) {
	docker, err := engine.OpenDocker(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = docker.Close() })
	w := newWorld(t, docker, "rounds: 4", stand{name: "x"})
	w.write("ask", "#!/bin/bash\n[ \"$A $B ${BUILDKITE_TAG-none}\" = 'step suite none' ] && [ ! -e /host ] && echo 'latency 1.5 s'\n")
	w.write("perf.yml", stepSuite)
	if err := os.Mkdir(filepath.Join(w.repo, "ci"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.write("ci/pipeline.yml", stepPipeline)
	for _, side := range results.Sides() {
		w.write("README", string(side))
		w.git("add", "--all")
		w.git("commit", "--quiet", "-m", string(side))
	}
	record := w.measure(w.request("step-a"))
	for _, e := range record.Executions {
		if e.Fault != nil || len(e.Samples) != 1 {
			t.Errorf("execution %+v", e)
		}
	}
	notes := ""
	for _, n := range record.Run.Notes {
		notes += n.Name + ": " + n.Value + "\n"
	}
	for _, want := range []string{"of the pipeline's step: variables: A, B, SECRET; ", "BUILDKITE_TAG", "not taken: volumes"} {
		if !strings.Contains(notes, want) || strings.Contains(notes, "hunter2") {
			t.Errorf("the run notes\n%swant %s, and no values", notes, want)
		}
	}
}
