package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/harness/sampler"
	"mtrlz.dev/perfrun/results"
)

// SelfTest does what a run does up to its first benchmark: it makes the machine
// quiet as far as the level asks, starts a real sampler there, launches a probe
// like a benchmark, reads the CPUs of every thread back from the host, and puts
// everything back. The machine must be free: it takes the lock, or says who has
// it.
func (h *Harness) SelfTest(ctx context.Context, layout host.Layout, level results.Level) []results.Finding {
	quietly, err := h.selfTest(ctx, layout, level)
	isolated := results.Finding{
		Topic: "self-test", Name: "isolation", Grade: results.GradeGood,
		Is: fmt.Sprintf("reached and put back: %s", shieldText(quietly)),
	}
	if level == results.LevelIsolate && quietly.Reached != results.LevelIsolate {
		isolated.Grade, isolated.Is = results.GradeBad, "not reached: "+quietly.Why
		isolated.Cost, isolated.Mend = "runs on this machine do not get what its configuration promises", "mend the reason, or configure quiet: pin"
	}
	pinned := results.Finding{
		Topic: "self-test", Name: "cpus of a container", Grade: results.GradeGood,
		Is: fmt.Sprintf("every thread of a real sampler was on cpus %s or %s, and its benchmark on %s, as seen from the host", layout.Bench, layout.Sampler, layout.Bench),
	}
	if err != nil {
		pinned.Grade, pinned.Is = results.GradeBad, err.Error()
		pinned.Cost, pinned.Mend = "no run can prove where its benchmarks were", "mend what it says, then perfrun doctor again"
	}
	return []results.Finding{isolated, pinned}
}

func shieldText(q results.Quiet) string {
	switch {
	case q.Shield != results.ShieldNone:
		return string(q.Shield)
	case q.Reached == "":
		return "nothing was tried"
	}
	return "level " + string(q.Reached)
}

func (h *Harness) selfTest(ctx context.Context, layout host.Layout, level results.Level) (reached results.Quiet, err error) {
	held, err := h.hold(ctx, "self-test")
	if err != nil {
		return reached, err
	}
	defer func() { err = errors.Join(err, held.Release()) }()
	if err := os.MkdirAll(h.Cache, 0o755); err != nil {
		return reached, fmt.Errorf("make the cache folder: %w", err)
	}
	work, err := os.MkdirTemp(h.Cache, "self-test")
	if err != nil {
		return reached, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(work)
	image, remove, err := h.Engine.Trivial(ctx)
	if err != nil {
		return reached, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	session, err := h.Machine.Quiet.Begin(quiet.Wish{
		Level: level, Bench: layout.Bench, Siblings: layout.Siblings, Sampler: layout.Sampler, Others: layout.Harness,
		By: "self-test", Held: true,
	})
	if session != nil {
		reached = session.Reached
		defer func() { err = errors.Join(err, h.putBack(session)) }()
	}
	if err != nil {
		return reached, err
	}
	return reached, h.probeMachine(ctx, layout, image, work, session)
}

// probeMachine starts a sampler as a run would, and looks where it and what it
// launches may run.
func (h *Harness) probeMachine(ctx context.Context, layout host.Layout, image, work string, calm *quiet.Session) error {
	home := filepath.Join(work, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	session, err := h.Engine.Start(ctx, engine.Spec{
		Run: "self-test", Owner: h.Owner, Side: results.Head, Image: image, Work: work, Home: home, Network: "none",
		Parent: calm.Parent(h.Engine.CgroupDriver()), Procs: calm.Procs(),
	}, layout.Bench.Union(layout.Sampler))
	if err != nil {
		return err
	}
	p := &place{session: session}
	p.sampler, err = sampler.Connect(ctx, session, sampler.Setup{CPUs: layout.Bench.String(), Harness: layout.Sampler.String()})
	if err != nil {
		return errors.Join(p.lost(err), session.Close())
	}
	p.pinning = engine.Pinning{Bench: layout.Bench, Harness: layout.Sampler, SpawnThread: p.sampler.Ready.SpawnThread}
	return errors.Join(p.probe(ctx), calm.Verify(), p.close())
}
