package harness_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
)

// TestABuildThatTalksTooMuch fills no disk, and is still shown with the end of what it
// said.
func TestABuildThatTalksTooMuch(t *testing.T) {
	w := newWorld(t, engine.OpenHost(program), "rounds: 4, stop: fixed", stand{name: "x"})
	w.write("perf.yml", `suite: s
image: {ref: none}
build: {run: "seq 100000; echo the end of it; exit 3"}
benchmarks:
  - {name: x, run: ./bench x, format: values}
`)
	w.git("commit", "--quiet", "--all", "-m", "talk")
	w.h.Machine.LogSize = 1000
	_, err := w.h.Measure(t.Context(), w.request("a"))
	problem, ok := errors.AsType[*results.Problem](err)
	if !ok || !strings.HasSuffix(problem.Excerpt, "\n100000\nthe end of it") {
		t.Errorf("%v", err)
	}
	text, err := os.ReadFile(filepath.Join(w.h.Logs, "a", "build-base.log"))
	if err != nil || len(text) > 1200 || !strings.Contains(string(text), "the log is cut here") {
		t.Errorf("the log has %d bytes, %v", len(text), err)
	}
}
