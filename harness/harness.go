package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"time"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Store keeps what is measured. Each call is durable when it returns.
type Store interface {
	SaveRun(ctx context.Context, run results.Run) error
	SetState(ctx context.Context, id string, state results.State, at time.Time, why string) error
	AppendExecutions(ctx context.Context, id string, executions []results.Execution) error
	Calibrations(ctx context.Context, suite string) ([]results.Run, error)
	Record(ctx context.Context, id string) (*results.Record, error)
	AddPoints(ctx context.Context, id string, points []results.Point) error
	History(ctx context.Context, series results.Series) (results.History, error)
	RecentPoints(ctx context.Context, series results.Series, environment string, most int) ([]results.Point, error)
	Steps(ctx context.Context, suite string) ([]results.Step, error)
	Announce(ctx context.Context, steps []results.Step) error
	KeepLookBacks(ctx context.Context, list []results.LookBack) error
	SetOutcomes(ctx context.Context, id string, outcomes []results.Outcome) error
	SetDisturbances(ctx context.Context, id string, d results.Disturbances) error
}

// Harness is what a measurement needs of its surroundings.
type Harness struct {
	Engine   engine.Engine
	Store    Store
	Progress Progress
	Cache    string // folder of mirrors, worktrees and homes
	Logs     string // folder that gets one folder a run
	Lock     string // the machine's lock file
	Machine  Machine
	Owner    string // this process, see host.Process
	User     string // who asks
	Versions []results.Fact
	Now      func() time.Time
}

// Request is what the user asks for.
type Request struct {
	ID     string
	Kind   results.Kind
	Repo   string // a folder in the repository
	Base   string // revision
	Head   string // revision, or "." for the working tree
	Suite  string // path of the suite; in the repository unless it exists outside
	Only   *regexp.Regexp
	CPUs   cpuset.Set // empty: chosen
	Rounds int        // at most; 0: the suite's
	Fixed  bool       // all rounds are measured, however sure the verdicts are before
	// MinEffect, as a fraction, is in place of what the suite has for its benchmarks;
	// 0: the suite's.
	MinEffect float64
	Quiet     results.Level // empty: as the machine is configured
	Require   results.Level // the run fails where less is reached; empty: nothing is demanded
	As        engine.As     // whom builds and benchmarks run as; the zero value: who runs perfrun
	Seed      int64
	Notes     []results.Fact // to be kept with the run
	// Duet executes both sides of a benchmark at the same time, on CPUs of their own.
	Duet bool
	// Instructions is how they are counted; empty: as the suite says.
	Instructions suite.Instructions
}

// Measure carries out one run and returns it in its final state. Errors before
// anything is recorded are the request's own; after that the run in the store
// says how it ended too.
func (h *Harness) Measure(ctx context.Context, request Request) (results.Run, error) {
	job, err := h.prepare(ctx, request)
	if err != nil {
		return results.Run{}, err
	}
	defer job.close()
	held, err := h.hold(ctx, job.run.ID)
	if err != nil {
		return results.Run{}, err
	}
	if err = h.sweepServices(ctx, job); err == nil {
		err = h.carryOut(ctx, job)
	}
	err = h.finish(ctx, job, err)
	return job.run, errors.Join(err, held.Release())
}

// hold takes the machine and clears away what dead runs left on it.
func (h *Harness) hold(ctx context.Context, id string) (*lock.Lock, error) {
	held, err := lock.Acquire(ctx, h.Lock, lock.Holder{
		User: h.User, PID: os.Getpid(), What: "run " + id, Since: h.Now(),
	}, func(others []lock.Holder) {
		for _, other := range others {
			h.Progress.Say(fmt.Sprintf("the machine is taken: waiting for %s", other))
		}
	})
	if err != nil {
		return nil, err
	}
	if err := h.recover(); err != nil {
		return nil, errors.Join(err, held.Release())
	}
	removed, err := h.Engine.Sweep(ctx)
	for _, what := range removed {
		h.Progress.Say("removed what a killed run left: " + what)
	}
	if err != nil {
		return nil, errors.Join(err, held.Release())
	}
	return held, nil
}

// carryOut does what is recorded: everything from the image to the last round.
func (h *Harness) carryOut(ctx context.Context, job *job) error {
	if err := h.Store.SaveRun(ctx, job.run); err != nil {
		return err
	}
	if err := h.resolveImages(ctx, job); err != nil {
		return err
	}
	if err := h.build(ctx, job); err != nil {
		return err
	}
	if err := h.measure(ctx, job); err != nil {
		return err
	}
	return h.Store.SetState(ctx, job.run.ID, results.Analysing, time.Time{}, "")
}

// finish records how the run ended, also when ctx is what ended it.
func (h *Harness) finish(ctx context.Context, j *job, err error) error {
	run := &j.run
	run.Finished = h.Now()
	why, isDisturbed := errors.AsType[disturbed](err)
	switch {
	case err == nil:
		run.State = results.Done
	case isDisturbed:
		run.State, run.Error, err = results.Quarantined, why.Error(), &results.Problem{
			Kind: results.CannotRun, Where: "run " + run.ID, What: "it is quarantined: " + why.Error(),
			Next: "find what disturbs the machine (perfrun doctor), then measure again", Err: err,
		}
	case ctx.Err() != nil:
		run.State, err = results.Cancelled, context.Cause(ctx)
	default:
		run.State, run.Error = results.Failed, err.Error()
	}
	return errors.Join(err, h.close(context.WithoutCancel(ctx), j))
}

// close saves a run that has ended, with its verdicts, their digest and what became
// of its alarms.
func (h *Harness) close(ctx context.Context, j *job) error {
	if j.course.block == secondBlock {
		j.run.Alarms = verdict.Alarms(j.record())
	}
	forgotten := h.remember(ctx, j)
	list, err := judged(j.record(), &j.run)
	if err == nil {
		err = h.Store.SaveRun(ctx, j.run)
	}
	if err == nil {
		err = concluded(ctx, h.Store, j.record(), list)
	}
	if err != nil { // a disk that is full may still take the few bytes of a state
		err = errors.Join(err, h.Store.SetState(ctx, j.run.ID, j.run.State, j.run.Finished, j.run.Error))
	}
	return errors.Join(err, forgotten)
}

// judged keeps with the run what its verdicts are, so that whoever judges it again
// can see that they come out the same. What measured nothing has none.
func judged(record *results.Record, run *results.Run) (list []verdict.Comparison, err error) {
	if len(record.Executions) > 0 {
		list = verdict.Judge(record)
		run.Judged, err = verdict.Digest(list)
	}
	return list, err
}
