package harness

import (
	"context"
	"errors"
	"path/filepath"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
)

// job is one run on its way: what was found out so far.
type job struct {
	run    results.Run
	suite  *suite.Suite
	mirror *source.Mirror
	layout host.Layout
	images map[results.Side]engine.Image
	trees  map[results.Side]string // the side's source tree
	homes  map[results.Side]string
}

func (j *job) close() { _ = j.mirror.Close() }

func (j *job) commit(side results.Side) results.Commit {
	if side == results.Base {
		return j.run.Base
	}
	return j.run.Head
}

// prepare finds out everything that can be wrong with a request without
// changing or recording anything.
func (h *Harness) prepare(ctx context.Context, request Request) (*job, error) {
	mirror, err := source.Open(ctx, h.Cache, request.Repo)
	if err != nil {
		return nil, err
	}
	j := &job{
		mirror: mirror, images: map[results.Side]engine.Image{},
		trees: map[results.Side]string{}, homes: map[results.Side]string{},
	}
	if err := h.understand(ctx, j, request); err != nil {
		return nil, errors.Join(err, mirror.Close())
	}
	return j, nil
}

func (h *Harness) understand(ctx context.Context, j *job, request Request) (err error) {
	run := results.Run{
		ID: request.ID, State: results.Preparing, Owner: h.Owner, User: h.User,
		Versions: h.Versions, Created: h.Now(),
	}
	if run.Repo, err = filepath.Abs(request.Repo); err != nil {
		return err
	}
	if run.Base, err = j.mirror.Resolve(ctx, request.Base); err != nil {
		return err
	}
	if run.Head, err = j.mirror.Resolve(ctx, request.Head); err != nil {
		return err
	}
	text, path, err := readSuite(ctx, j.mirror, run.Head, request.Suite)
	if err != nil {
		return err
	}
	if j.suite, err = suite.Parse(path, text); err != nil {
		return err
	}
	if err := j.suite.Filter(request.Only); err != nil {
		return err
	}
	run.Suite, run.SuitePath, run.SuiteText = j.suite.Name, path, string(text)
	j.run = run
	return h.layOut(j, request)
}

// layOut chooses the CPUs and writes down the plan.
func (h *Harness) layOut(j *job, request Request) error {
	topology, err := host.ReadTopology("/sys")
	if err != nil {
		return err
	}
	asked := request.CPUs
	if len(asked) == 0 {
		asked = j.suite.CPUs
	}
	most := 1
	for _, benchmark := range j.suite.Benchmarks {
		most = max(most, benchmark.CPUs)
		j.run.Bench = append(j.run.Bench, benchmark.Result(j.suite.Policy))
	}
	if j.layout, err = topology.Choose(most, asked); err != nil {
		return err
	}
	j.run.Plan = results.Plan{
		Engine: h.Engine.Name(), Seed: request.Seed, Rounds: request.Rounds, Warmups: j.suite.Policy.Warmups,
		CPUs: j.layout.Bench.String(), Harness: j.layout.Harness.String(),
	}
	if j.run.Plan.Rounds == 0 {
		j.run.Plan.Rounds = j.suite.Policy.Rounds
	}
	j.run.Env = append(host.Facts("/"), h.Engine.Facts()...)
	j.run.Guards = append(j.layout.Guards, h.Engine.Guards(engine.Spec{Network: j.suite.Network})...)
	j.run.Command = command(j.run, request)
	return nil
}
