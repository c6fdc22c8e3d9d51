package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
)

// Outlook is a run that nobody makes.
type Outlook struct {
	Run         results.Run     // as it would be planned here and now
	Calibration *results.Record // that it would heed
}

// Outlook plans a run of the suite as it lies in the working tree, and finds the
// calibration that fits it. Nothing is started, recorded or changed, and only Store
// and Machine are needed. That none fits is a *results.Problem. Of the request, the
// revisions, the CPUs and the seed do not matter.
func (h *Harness) Outlook(ctx context.Context, engine string, request Request) (*Outlook, error) {
	text, path, err := readAsItIs(ctx, request.Repo, request.Suite)
	if err != nil {
		return nil, err
	}
	s, err := suite.Parse(path, text)
	if err != nil {
		return nil, err
	}
	if err := s.Filter(request.Only); err != nil {
		return nil, err
	}
	run := h.outline(engine, request, s)
	list, err := h.Store.Calibrations(ctx, run.Suite)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(c results.Run) bool { return misfit(c, run) == "" })
	if i < 0 {
		return nil, noCalibration(list, run)
	}
	if run.Quiet.Asked != results.LevelNone { // where nothing is promised, nothing is heeded
		run.Noise = noiseFor(run, list[i])
	}
	record, err := h.Store.Record(ctx, list[i].ID)
	return &Outlook{run, record}, err
}

// outline is what layOut plans, as far as verdicts depend on it.
func (h *Harness) outline(engine string, request Request, s *suite.Suite) results.Run {
	run := results.Run{
		Kind: results.Comparison, Suite: s.Name, Env: host.Facts("/"), Quiet: results.Quiet{Asked: h.levelOf(request, s)},
		Plan: results.Plan{
			Engine: engine, Rounds: cmp.Or(request.Rounds, s.Policy.Rounds), Warmups: s.Policy.Warmups, MaxTime: s.Policy.MaxTime,
		},
	}
	for _, benchmark := range s.Benchmarks {
		run.Bench = append(run.Bench, benchmark.Result(s.Policy))
	}
	run.Plan.Looks = looks(run, request.Fixed || s.Policy.Fixed)
	return run
}

// noCalibration says what there is instead.
func noCalibration(list []results.Run, run results.Run) error {
	p := &results.Problem{
		Kind: results.CannotRun, Where: "suite " + run.Suite, What: "it was never calibrated on this host",
		Next: fmt.Sprintf("run perfrun calibrate first (it would be --engine %s --quiet %s)", run.Plan.Engine, run.Quiet.Asked),
	}
	if len(list) > 0 {
		latest := list[0]
		p.What = fmt.Sprintf("no calibration fits; the latest, %s, was made %s", latest.ID, misfit(latest, run))
		run.Plan.Engine, run.Quiet.Asked = latest.Plan.Engine, latest.Quiet.Asked
		if misfit(latest, run) == "" {
			p.Next += fmt.Sprintf(", or ask for --engine %s --quiet %s", run.Plan.Engine, run.Quiet.Asked)
		}
	}
	return p
}

// readAsItIs reads a suite from the working tree: what a policy would do is asked
// before it is committed. Paths are understood as by readSuite; outside of any
// repository they are files.
func readAsItIs(ctx context.Context, repo, path string) (text []byte, shown string, err error) {
	shown, file := path, path
	top, err := source.TopLevel(ctx, repo)
	switch {
	case err == nil:
		inside, outside := locate(top, path)
		shown, file = cmp.Or(outside, inside), cmp.Or(outside, filepath.Join(top, inside))
	case !exists(path):
		return nil, "", err
	}
	text, err = os.ReadFile(file)
	if err != nil {
		p := &results.Problem{Kind: results.BadInput, Where: shown, What: fmt.Sprintf("it cannot be read: %v", err), Next: "name an existing suite with --suite", Err: err}
		if errors.Is(err, fs.ErrNotExist) {
			p.What, p.Next = "there is no such file", "write one with perfrun init, or name one with --suite"
		}
		err = p
	}
	return text, shown, err
}
