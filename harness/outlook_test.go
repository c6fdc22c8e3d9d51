package harness_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// calibrate measures head against itself and keeps what that says.
func (w *world) calibrate(id string, level results.Level) {
	w.t.Helper()
	request := w.request(id)
	request.Kind, request.Base, request.Quiet, request.Rounds = results.Calibration, "HEAD", level, 8
	w.measure(request)
	if _, err := w.h.Conclude(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
}

// TestOutlook: the plan is that of a run, of the suite as it lies there, and the
// calibration the latest that fits.
func TestOutlook(t *testing.T) {
	w := onHost(t, "rounds: 12, warmups: 2, max_time: 3m", same, noisy)
	ask := func(engine string, request harness.Request) (*harness.Outlook, error) {
		t.Helper()
		h := harness.Harness{Store: w.store, Now: w.now} // nothing else is needed
		return h.Outlook(t.Context(), engine, request)
	}
	refused := func(what, next string, engine string, request harness.Request) {
		t.Helper()
		_, err := ask(engine, request)
		p, ok := errors.AsType[*results.Problem](err)
		if !ok || !strings.Contains(p.What, what) || !strings.Contains(p.Next, next) {
			t.Errorf("%v, want %q and %q", err, what, next)
		}
	}
	request := w.request("none")
	refused("never calibrated on this host", "run perfrun calibrate first (it would be --engine host --quiet none)", "host", request)
	w.calibrate("c1", results.LevelNone)
	w.calibrate("c2", results.LevelNone)
	refused("the latest, c2, was made with engine host, not docker", "or ask for --engine host --quiet none", "docker", request)
	request.Quiet = results.LevelPin
	refused("at quiet none, not pin", "run perfrun calibrate first", "host", request)

	request.Quiet = results.LevelNone
	w.write("perf.yml", strings.Replace(w.read("perf.yml"), "rounds: 12", "rounds: 30, min_effect: 4%", 1))
	outlook, err := ask("host", request)
	if err != nil {
		t.Fatal(err)
	}
	run := outlook.Run
	want := results.Plan{Engine: "host", Rounds: 30, Warmups: 2, Looks: verdict.Looks(30), MaxTime: 3 * time.Minute}
	if diff := cmp.Diff(want, run.Plan); diff != "" || outlook.Calibration.Run.ID != "c2" || len(outlook.Calibration.Executions) == 0 {
		t.Errorf("of %s: %s", outlook.Calibration.Run.ID, diff)
	}
	if len(run.Bench) != 2 || run.Bench[1].MinEffect != 0.04 || len(run.Noise) != 0 { // at level none nothing is heeded
		t.Errorf("%+v, noise %+v", run.Bench, run.Noise)
	}
	request.Rounds, request.Fixed = 9, true
	if outlook, err = ask("host", request); err != nil || !cmp.Equal(outlook.Run.Plan.Looks, []int{9}) {
		t.Errorf("%v, %v", outlook, err)
	}
	request.Suite = "other.yml"
	refused("there is no such file", "perfrun init", "host", request)
	request.Repo = t.TempDir()
	refused("not in a git repository", "--repo", "host", request)
	request.Suite = filepath.Join(w.repo, "perf.yml")
	if outlook, err = ask("host", request); err != nil || outlook.Run.Suite != "stand-ins" {
		t.Errorf("a suite outside of any repository: %v", err)
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.repo, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}
