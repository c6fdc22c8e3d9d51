package harness

import (
	"context"
	"fmt"
	"slices"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/witness"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// sameHost are the facts that must agree for a calibration to speak for a run.
// The kernel and its mitigations are among them: they move noise as well.
var sameHost = []string{"host.name", "cpu.model", "cpu.count", "cpu.virtual", "memory.bytes", "kernel.release"}

// learnNoise takes over what the latest calibration that fits says: the noise of
// each benchmark, and limits for witnesses. A calibration itself starts from the
// defaults, or its limits would follow those of the one before. At level none there
// are neither.
func (h *Harness) learnNoise(ctx context.Context, j *job) error {
	if j.level == results.LevelNone {
		return nil // nothing is promised, so nothing is held against an execution
	}
	j.limits = verdict.DefaultLimits()
	if j.run.Kind == results.Calibration {
		return nil
	}
	list, err := h.Store.Calibrations(ctx, j.run.Suite)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c results.Run) bool { return misfit(c, j.run) == "" })
	if i < 0 {
		return nil
	}
	j.run.Noise = noiseFor(j.run, list[i])
	if len(list[i].Quiet.Derived) > 0 {
		j.limits = list[i].Quiet.Derived
	}
	return nil
}

// noiseFor is what a calibration says of a run's benchmarks.
func noiseFor(run, calibration results.Run) []results.Noise {
	list := slices.DeleteFunc(slices.Clone(calibration.Noise), func(n results.Noise) bool {
		return !slices.ContainsFunc(run.Bench, func(b results.Benchmark) bool { return b.Name == n.Benchmark })
	})
	for i := range list {
		list[i].At = calibration.Finished
	}
	return list
}

// Conclude works out what a calibration that was just measured says, and keeps it
// with the run. Limits are derived only where the machine was isolated: those of
// a noisy one would let everything pass.
func (h *Harness) Conclude(ctx context.Context, id string) (*results.Record, error) {
	record, err := h.Store.Record(ctx, id)
	if err != nil {
		return nil, err
	}
	run := &record.Run
	run.Noise = verdict.Calibrate(record)
	if run.Quiet.Reached == results.LevelIsolate {
		cpus, err := cpuset.Parse(run.Plan.CPUs)
		if err != nil {
			return nil, err
		}
		run.Quiet.Derived = verdict.DeriveLimits(record.Executions, witness.New("/", cpus).Resolution, run.ID)
	}
	list, err := judged(record, run) // verdicts heed noise, also their own
	if err != nil {
		return nil, err
	}
	if err := h.Store.SaveRun(ctx, *run); err != nil {
		return nil, err
	}
	return record, concluded(ctx, h.Store, record, list)
}

// misfit says in which way a calibration was not made on the host of the run and in
// the same way; empty if it fits.
func misfit(calibration, run results.Run) string {
	switch {
	case calibration.Plan.Engine != run.Plan.Engine:
		return fmt.Sprintf("with engine %s, not %s", calibration.Plan.Engine, run.Plan.Engine)
	case calibration.Quiet.Asked != run.Quiet.Asked:
		return fmt.Sprintf("at quiet %s, not %s", calibration.Quiet.Asked, run.Quiet.Asked)
	case len(calibration.Noise) == 0:
		return "with too few rounds to tell any noise"
	}
	if results.FactOf(calibration.Env, results.MethodFact) != results.FactOf(run.Env, results.MethodFact) {
		return "by another method"
	}
	for _, name := range sameHost {
		if was, is := results.FactOf(calibration.Env, name), results.FactOf(run.Env, name); was != is {
			return fmt.Sprintf("where %s was %q, not %q", name, was, is)
		}
	}
	return ""
}
