package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// measure makes the machine quiet, executes warm-ups and rounds, and puts the
// machine back. Every round is in the store before the next one begins; when it
// is interrupted, what the broken-off round has is kept as well.
func (h *Harness) measure(ctx context.Context, j *job) error {
	if err := h.learnNoise(ctx, j); err != nil {
		return err
	}
	guarded, err := h.guard(j)
	if err != nil {
		return err
	}
	defer guarded()
	session, err := h.quieten(ctx, j)
	if err != nil {
		return err
	}
	err = h.measureQuietly(ctx, j, session)
	return errors.Join(err, h.putBack(session))
}

// guard starts what puts the machine back should this process be killed.
func (h *Harness) guard(j *job) (release func(), err error) {
	if j.level != results.LevelIsolate || h.Machine.Guard == nil {
		return func() {}, nil
	}
	return h.Machine.Guard()
}

// measureQuietly is what happens between quieten and putBack. Containers are gone
// when it returns.
func (h *Harness) measureQuietly(ctx context.Context, j *job, session *quiet.Session) error {
	release, err := keepOff(j)
	if err != nil {
		return err
	}
	defer release()
	bench, err := h.openBench(ctx, j, session)
	if err != nil {
		return err
	}
	if err = h.begin(ctx, j, bench); err == nil {
		err = h.rounds(ctx, j, bench)
	}
	if err == nil {
		err = h.believable(j, bench, session)
	}
	return errors.Join(err, bench.close())
}

// begin records under which conditions the rounds take place.
func (h *Harness) begin(ctx context.Context, j *job, b *bench) error {
	j.run.State = results.Measuring
	j.limits = verdict.WithResolution(j.limits, b.watch.Resolution)
	j.run.Quiet.Limits, j.run.Quiet.Unseen = j.limits, b.watch.Unseen()
	j.run.Guards = slices.Concat(j.layout.Guards, h.Engine.Guards(engine.Spec{Network: j.suite.Network}), quietGuards(j.run.Quiet, j.run.Plan.CPUs))
	return h.Store.SaveRun(ctx, j.run)
}

// keepOff confines perfrun itself to the harness's CPUs for the time of the
// measurement.
func keepOff(j *job) (release func(), err error) {
	before, err := affinity.Allowed()
	if err != nil {
		return nil, err
	}
	if err := affinity.PinProcess(j.layout.Harness); err != nil {
		return nil, err
	}
	return func() { _ = affinity.PinProcess(before) }, nil
}

func (h *Harness) rounds(ctx context.Context, j *job, b *bench) error {
	plan := j.run.Plan
	for round := range plan.Warmups {
		if err := h.round(ctx, j, b, round, true); err != nil {
			return err
		}
	}
	begin := h.Now()
	for round := range plan.Rounds {
		if round > 0 && h.Now().Sub(begin) >= time.Duration(j.suite.Policy.MaxTime) {
			h.Progress.Say(fmt.Sprintf("stopping after %d of %d rounds: the suite's max_time of %s is spent", round, plan.Rounds, j.suite.Policy.MaxTime))
			return nil
		}
		if err := h.round(ctx, j, b, round, false); err != nil {
			return err
		}
	}
	return nil
}

// round executes each benchmark that is still whole once a side.
func (h *Harness) round(ctx context.Context, j *job, b *bench, round int, warmup bool) error {
	if err := b.verify(); err != nil {
		return err
	}
	slots := order(j.run.Plan.Seed, round, warmup, len(j.suite.Benchmarks), func(i int) bool { return !b.broken[i] })
	b.roundStart = b.seq
	var taken []results.Execution
	var lost error
	for _, slot := range slots {
		h.Progress.Step(b.step(j, slot, round, warmup, len(slots)))
		var fresh []results.Execution
		fresh, lost = b.take(ctx, j, slot, round, warmup)
		taken = append(taken, fresh...)
		if lost != nil {
			break
		}
		if fault := fresh[len(fresh)-1].Fault; fault != nil && !b.broken[slot.benchmark] {
			b.broken[slot.benchmark] = true
			h.Progress.Broken(j.suite.Benchmarks[slot.benchmark].Name, slot.side, *fault)
		}
	}
	if len(taken) == 0 {
		return lost
	}
	return errors.Join(lost, h.Store.AppendExecutions(context.WithoutCancel(ctx), j.run.ID, taken))
}

// take executes a slot, and again while what the machine did spoils it. Whatever
// was executed is kept. Whether an execution is spoilt never depends on what it
// measured.
func (b *bench) take(ctx context.Context, j *job, s slot, round int, warmup bool) (taken []results.Execution, err error) {
	for range 1 + j.suite.Policy.Retakes {
		execution, err := b.execute(ctx, j, s)
		if err != nil {
			return taken, err
		}
		execution.Seq, execution.Round, execution.Warmup = b.seq, round, warmup
		b.seq++
		execution.Contaminated = verdict.Contamination(execution, j.limits, b.watch.Unseen())
		taken = append(taken, execution)
		if !warmup {
			b.measured++
		}
		if warmup || execution.Fault != nil || len(execution.Contaminated) == 0 {
			return taken, nil
		}
		b.contaminated++
	}
	return taken, nil
}
