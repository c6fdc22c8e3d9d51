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

// measureQuietly is what happens between quieten and putBack: the first block, and
// where that has an alarm a second. Containers are gone when it returns.
func (h *Harness) measureQuietly(ctx context.Context, j *job, session *quiet.Session) error {
	release, err := keepOff(j)
	if err != nil {
		return err
	}
	defer release()
	err = h.inContainers(ctx, j, session, func(b *bench) error {
		if err := h.begin(ctx, j, b); err != nil {
			return err
		}
		return h.block(ctx, j, b)
	})
	if err == nil {
		err = h.believable(j, session)
	}
	if err == nil {
		err = h.confirm(ctx, j, session)
	}
	if err == nil {
		h.sayUnsure(j)
		err = h.believable(j, session)
	}
	return err
}

// block is all that is measured in one block.
func (h *Harness) block(ctx context.Context, j *job, b *bench) error {
	if err := h.rounds(ctx, j, b); err != nil {
		return err
	}
	return h.countByCallgrind(ctx, j, b, b.sides[results.Base].tally)
}

// inContainers opens a container a side for the time of some work.
func (h *Harness) inContainers(ctx context.Context, j *job, session *quiet.Session, work func(*bench) error) error {
	bench, err := h.openBench(ctx, j, session)
	if err != nil {
		return err
	}
	err = work(bench)
	h.noteInstructions(j, bench.sides[results.Base].tally, bench.sides[results.Head].tally)
	return errors.Join(err, bench.close())
}

// begin records under which conditions the rounds take place.
func (h *Harness) begin(ctx context.Context, j *job, b *bench) error {
	j.run.State = results.Measuring
	j.limits = verdict.WithResolution(j.limits, b.watch.Resolution)
	j.run.Quiet.Limits, j.run.Quiet.Unseen = j.limits, b.watch.Unseen()
	j.run.Guards = slices.Concat(j.layout.Guards, h.Engine.Guards(engine.Spec{Network: j.network()}), quietGuards(j.run.Quiet, j.run.Plan.CPUs))
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

// rounds measures one block: warm-ups, then rounds until every benchmark is settled
// or has had its number, or the time is spent.
func (h *Harness) rounds(ctx context.Context, j *job, b *bench) error {
	plan, c := j.run.Plan, j.course
	for round := range plan.Warmups {
		if err := h.round(ctx, j, b, round, true); err != nil {
			return err
		}
	}
	c.begun = h.Now()
	defer func() { c.used += c.spent() }()
	round, looked := 0, true
	for ; !c.over(round); round++ {
		if round > 0 && c.spent() >= c.budget(plan) {
			h.Progress.Say(outOfTime(plan, c, round))
			break
		}
		if err := h.round(ctx, j, b, round, false); err != nil {
			return err
		}
		if looked = isLook(plan, c.block, round+1); looked {
			h.look(j, round+1, round+1 == plan.Rounds)
		}
	}
	if c.block == firstBlock && len(plan.Looks) > 0 && !looked {
		h.look(j, round, true)
	}
	return nil
}

// outOfTime says why a block ends before its time.
func outOfTime(plan results.Plan, c *course, round int) string {
	switch {
	case c.block == secondBlock:
		_, left := c.ahead(plan, round-1, false)
		return fmt.Sprintf("stopping after %d of %d confirming rounds: %s is spent, the others would take about %s",
			round, slices.Max(c.need), maxTime(plan), Roughly(left))
	case len(plan.Looks) > 0:
		return fmt.Sprintf("stopping after %d of %d rounds: two thirds of %s are spent, the rest is for confirming", round, plan.Rounds, maxTime(plan))
	}
	return fmt.Sprintf("stopping after %d of %d rounds: %s is spent", round, plan.Rounds, maxTime(plan))
}

// round executes each benchmark that this round is for once a side.
func (h *Harness) round(ctx context.Context, j *job, b *bench, round int, warmup bool) error {
	if err := b.verify(ctx); err != nil {
		return err
	}
	c := j.course
	slots := order(j.run.Plan.Seed, c.block, round, warmup, len(c.need), func(i int) bool { return c.runs(i, round, warmup) })
	var taken []results.Execution
	var lost error
	for k, group := range j.groups(slots) {
		h.Progress.Step(c.step(j, slots[k*len(group):], round, warmup))
		begin := h.Now()
		var fresh []results.Execution
		fresh, lost = b.take(ctx, j, group, round, warmup)
		taken = append(taken, fresh...)
		if lost == nil {
			lost = h.charge(ctx, j, b, group, fresh[len(fresh)-len(group):], h.Now().Sub(begin))
		}
		if lost != nil {
			break
		}
	}
	return errors.Join(lost, h.keep(ctx, j, taken))
}

// charge notes what a group took and what broke in it. A server that died is an error:
// it is no benchmark's fault.
func (h *Harness) charge(ctx context.Context, j *job, b *bench, group []slot, last []results.Execution, took time.Duration) (err error) {
	c := j.course
	for i, slot := range group {
		c.spend(slot.benchmark, took/time.Duration(len(group)))
		if last[i].Fault == nil || c.broken[slot.benchmark] {
			continue
		}
		c.broken[slot.benchmark] = true
		h.Progress.Broken(j.suite.Benchmarks[slot.benchmark].Name, slot.side, *last[i].Fault)
		err = errors.Join(err, b.sides[slot.side].beside.check(ctx))
	}
	return err
}

// keep makes a round durable, also one that was broken off.
func (h *Harness) keep(ctx context.Context, j *job, taken []results.Execution) error {
	if len(taken) == 0 {
		return nil
	}
	if err := h.Store.AppendExecutions(context.WithoutCancel(ctx), j.run.ID, taken); err != nil {
		return err
	}
	j.course.executions = append(j.course.executions, taken...)
	return nil
}

// take executes a group, and again while what the machine did spoils it. Whatever
// was executed is kept. Whether an execution is spoilt never depends on what it
// measured.
func (b *bench) take(ctx context.Context, j *job, group []slot, round int, warmup bool) (taken []results.Execution, err error) {
	c := j.course
	for range 1 + j.suite.Policy.Retakes {
		executions, err := b.together(ctx, j, group)
		if err != nil {
			return taken, err
		}
		again := b.enter(j, executions, round, warmup)
		taken = append(taken, executions...)
		if !again {
			return taken, nil
		}
		if j.level != results.LevelIsolate && c.measured >= enoughToSay && verdict.MostlyDisturbed(c.contaminated, c.measured) {
			return taken, nil // it would only be disturbed again
		}
	}
	return taken, nil
}

// enter gives executions their places in the run, and reports whether they have to be
// taken again.
func (b *bench) enter(j *job, executions []results.Execution, round int, warmup bool) (again bool) {
	c, faulty := j.course, false
	for i := range executions {
		e := &executions[i]
		e.Seq, e.Block, e.Round, e.Warmup = c.made, c.block, round, warmup
		c.made++
		e.Contaminated = verdict.Contamination(*e, j.limits, b.watch.Unseen())
		faulty = faulty || e.Fault != nil
	}
	sharedFate(executions)
	if warmup {
		return false
	}
	c.measured += len(executions)
	if faulty || len(executions[0].Contaminated) == 0 {
		return false
	}
	c.contaminated += len(executions)
	return true
}

// enoughToSay is how many executions show whether a machine is always disturbed.
const enoughToSay = 12
