package harness

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"mtrlz.dev/perfrun/harness/cloud"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/services"
	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// job is one run on its way: what was found out so far.
type job struct {
	run          results.Run
	suite        *suite.Suite
	mirror       *source.Mirror
	layout       host.Layout
	halves       [2]cpuset.Set // of layout.Bench, one a side at a time; empty unless it is a duet
	images       map[results.Side]engine.Image
	trees        map[results.Side]string // the side's source tree
	homes        map[results.Side]string
	warm         map[results.Side][]string // caches of the build that held something before it
	buildEnv     []string
	stepEnv      map[results.Side]map[string]string // that the pipeline's step gives its container
	as           engine.As                          // whom builds and benchmarks run as
	level        results.Level                      // of quiet, as asked for
	require      results.Level
	limits       []results.Limit // that witnesses are held to
	course       *course
	instructions suite.Instructions // how they are counted
	compose      *services.Program  // brings up services; nil: the suite has none
}

// note keeps something with the run that no number depends on.
func (j *job) note(name, value string) {
	j.run.Notes = append(j.run.Notes, results.Fact{Name: name, Value: value})
}

func (j *job) close() { _ = j.mirror.Close() }

func (j *job) commit(side results.Side) results.Commit {
	if side == results.Base {
		return j.run.Base
	}
	return j.run.Head
}

// record is the run as far as it was measured.
func (j *job) record() *results.Record {
	return &results.Record{Run: j.run, Executions: j.course.executions}
}

// mostCPUs is how many CPUs the widest benchmark uses.
func (j *job) mostCPUs() int {
	most := 1
	for _, benchmark := range j.suite.Benchmarks {
		most = max(most, benchmark.CPUs)
	}
	return most
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
		stepEnv: map[results.Side]map[string]string{},
		trees:   map[results.Side]string{}, homes: map[results.Side]string{}, warm: map[results.Side][]string{},
	}
	if err := h.understand(ctx, j, request); err != nil {
		return nil, errors.Join(err, mirror.Close())
	}
	return j, nil
}

func (h *Harness) understand(ctx context.Context, j *job, request Request) (err error) {
	run := results.Run{
		ID: request.ID, Kind: request.Kind, State: results.Preparing, Owner: h.Owner, User: h.User,
		Notes: slices.Clone(request.Notes), Versions: h.Versions, Created: h.Now(),
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
	if err := h.needCompose(ctx, j); err != nil {
		return err
	}
	return h.layOut(ctx, j, request)
}

// levelOf is the level that a run asks for: the request's, else the highest that
// the machine's configuration or anybody's demand names.
func (h *Harness) levelOf(request Request, s *suite.Suite) results.Level {
	if request.Quiet != "" {
		return request.Quiet
	}
	level := cmp.Or(h.Machine.Level, results.LevelPin)
	for _, demanded := range []results.Level{request.Require, s.Require, h.Machine.Require} {
		if demanded != "" && !level.Reaches(demanded) {
			level = demanded
		}
	}
	return level
}

// layOut chooses the CPUs and writes down the plan.
func (h *Harness) layOut(ctx context.Context, j *job, request Request) error {
	topology, err := host.ReadTopology("/sys")
	if err != nil {
		return err
	}
	asked := request.CPUs
	if len(asked) == 0 {
		asked = j.suite.CPUs
	}
	for _, benchmark := range j.suite.Benchmarks {
		bench := benchmark.Result(j.suite.Policy)
		bench.MinEffect = cmp.Or(request.MinEffect, bench.MinEffect)
		j.run.Bench = append(j.run.Bench, bench)
	}
	j.as = request.As
	j.level, j.require = h.levelOf(request, j.suite), request.Require
	if err = j.chooseCPUs(topology, asked, request.Duet); err != nil {
		return err
	}
	j.run.Plan = results.Plan{
		Engine: h.Engine.Name(), Seed: request.Seed, Rounds: cmp.Or(request.Rounds, j.suite.Policy.Rounds), Warmups: j.suite.Policy.Warmups,
		CPUs: j.layout.Bench.String(), Harness: j.layout.Harness.String(), MaxTime: j.suite.Policy.MaxTime,
	}
	j.run.Plan.Looks = looks(j.run, request.Fixed || j.suite.Policy.Fixed)
	j.course = newCourse(len(j.run.Bench), j.run.Plan.Rounds, h.Now)
	j.run.Env = append(append(host.Facts("/"), h.Engine.Facts()...), j.method()...)
	j.rented(ctx)
	j.run.Class = cmp.Or(h.Machine.Class, results.FactOf(j.run.Env, "host.name"))
	j.run.Quiet.Asked = j.level
	if request.Instructions, err = h.countBy(j, request); err != nil {
		return err
	}
	j.run.Command = command(j.run, request)
	return nil
}

// rented notes what a rented machine says of itself.
func (j *job) rented(ctx context.Context) {
	instance, ok := cloud.Read(ctx, cloud.Options{})
	if !ok {
		return
	}
	j.run.Env = append(j.run.Env, instance.Facts()...)
	j.run.Notes = append(j.run.Notes, instance.Notes()...)
	j.layout.Guards = append(j.layout.Guards, instance.Guards()...)
}

// looks is when a run is judged. A comparison is, while it goes on, or once after
// all rounds where their number is fixed; either way its alarms are confirmed. A
// calibration is what alarms are held against, and has none.
func looks(run results.Run, fixed bool) []int {
	if run.Kind != results.Comparison {
		return nil
	}
	return verdict.Schedule(run.Plan.Rounds, fixed)
}
