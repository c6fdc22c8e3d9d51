package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/results"
)

// measure executes warm-ups and rounds. Every round is in the store before the
// next one begins; when it is interrupted, what the broken-off round has is kept
// as well.
func (h *Harness) measure(ctx context.Context, j *job) error {
	release, err := keepOff(j)
	if err != nil {
		return err
	}
	defer release()
	bench, err := h.openBench(ctx, j)
	if err != nil {
		return err
	}
	err = h.rounds(ctx, j, bench)
	return errors.Join(err, bench.close())
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
		execution, err := b.execute(ctx, j, slot)
		if err != nil {
			lost = err
			break
		}
		execution.Seq, execution.Round, execution.Warmup = b.seq, round, warmup
		b.seq++
		taken = append(taken, execution)
		if execution.Fault != nil && !b.broken[slot.benchmark] {
			b.broken[slot.benchmark] = true
			h.Progress.Broken(execution.Benchmark, slot.side, *execution.Fault)
		}
	}
	if len(taken) == 0 {
		return lost
	}
	return errors.Join(lost, h.Store.AppendExecutions(context.WithoutCancel(ctx), j.run.ID, taken))
}
