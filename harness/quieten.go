package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/harness/services"

	"mtrlz.dev/perfrun/harness/gate"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/results"
)

// Machine says how runs treat this machine.
type Machine struct {
	Class        string // of hosts that are alike: "office", "cloud", a label; empty: the host's own name
	LogSize      int64  // bytes after which the log of a build or of services is cut; 0: 64 MiB
	Quiet        quiet.Machine
	Level        results.Level // asked for where a request does not say
	Require      results.Level // runs fail that reach less
	RequireKnobs []string      // runs fail where one of these is not as it should be
	Gate         gate.Limits
	Services     services.Allow // what compose files of suites may ask for
	// Guard starts what puts the machine back if this process is killed, and
	// returns what ends it. nil: the next perfrun does it.
	Guard func() (release func(), err error)
}

// disturbed is why a run that measured is not to be believed.
type disturbed struct{ why string }

func (d disturbed) Error() string { return d.why }

// quieten makes the machine as quiet as the run asks, and refuses to go on where
// it is not as quiet as somebody demands.
func (h *Harness) quieten(ctx context.Context, j *job) (*quiet.Session, error) {
	wish := quiet.Wish{
		Level: j.level, Bench: j.layout.Bench, Siblings: j.layout.Siblings, Sampler: j.layout.Sampler,
		Others: j.layout.Harness, Balanced: j.mostCPUs() > 1, By: "run " + j.run.ID, Held: true,
	}
	if j.level == results.LevelIsolate && wish.Impossible() == "" {
		h.Progress.Say("making the machine quiet")
		if err := gate.Check(ctx, GateMachine([]string{h.Cache, h.Logs}, h.Now), h.Machine.Gate, h.Progress.Say); err != nil {
			return nil, err
		}
	}
	session, err := h.Machine.Quiet.Begin(wish)
	if session != nil {
		j.run.Quiet = session.Reached
	}
	if err == nil {
		h.sayQuiet(j.run.Quiet)
		err = h.demand(j)
	}
	if err != nil && session != nil {
		return nil, errors.Join(err, h.putBack(session))
	}
	return session, err
}

// sayQuiet tells whoever asked for isolation what became of it.
func (h *Harness) sayQuiet(q results.Quiet) {
	switch {
	case q.Asked != results.LevelIsolate:
	case q.Reached == results.LevelIsolate:
		h.Progress.Say(fmt.Sprintf("isolated: %s", q.Shield))
	default:
		h.Progress.Say("not isolated: " + q.Why)
	}
}

// demand fails closed.
func (h *Harness) demand(j *job) error {
	reached := j.run.Quiet
	for _, wanted := range []struct {
		level results.Level
		where string
	}{{h.Machine.Require, "the configuration"}, {j.suite.Require, j.run.SuitePath}, {j.require, "--require"}} {
		if wanted.level != "" && !reached.Reached.Reaches(wanted.level) {
			return &results.Problem{
				Kind: results.CannotRun, Where: wanted.where,
				What: fmt.Sprintf("it demands the level %s, and this run reaches %s%s", wanted.level, reached.Reached, because(reached)),
				Next: "perfrun doctor says what is missing",
			}
		}
	}
	for _, knob := range reached.Knobs {
		if slices.Contains(h.Machine.RequireKnobs, knob.Name) && knob.Outcome != results.KnobApplied && knob.Outcome != results.KnobAlready {
			return &results.Problem{
				Kind: results.CannotRun, Where: "knob " + knob.Name,
				What: fmt.Sprintf("the configuration demands it, and it is %s: %s", knob.Outcome, knob.Detail),
				Next: "perfrun doctor says how to mend it",
			}
		}
	}
	return nil
}

func because(q results.Quiet) string {
	switch {
	case q.Why != "":
		return ": " + q.Why
	case q.Asked != results.LevelIsolate:
		return fmt.Sprintf(", because --quiet %s was asked for", q.Asked)
	}
	return ""
}

// putBack undoes what was changed, whatever became of the run.
func (h *Harness) putBack(session *quiet.Session) error {
	list, err := session.End()
	for _, line := range quiet.Troubles(list) {
		h.Progress.Say(line)
	}
	return err
}

// recover undoes what a perfrun that was killed left.
func (h *Harness) recover() error {
	list, err := h.Machine.Quiet.Recover()
	for _, line := range quiet.Describe(list) {
		h.Progress.Say(line)
	}
	return err
}

// stillQuiet proves it again.
func stillQuiet(session *quiet.Session) error {
	if err := session.Verify(); err != nil {
		return disturbed{fmt.Sprintf("the isolation was lost: %v", err)}
	}
	return nil
}

// believable looks back on a run that promised isolation: too many contaminated
// executions, or settings that somebody changed meanwhile, break the promise.
func (h *Harness) believable(j *job, session *quiet.Session) error {
	if j.run.Quiet.Reached != results.LevelIsolate {
		return nil
	}
	if strayed := session.Strayed(); len(strayed) > 0 {
		return disturbed{"somebody changed settings of the machine meanwhile: " + strings.Join(strayed[:min(3, len(strayed))], ", ")}
	}
	c := j.course
	share := float64(c.contaminated) / float64(max(1, c.measured))
	if share > j.suite.Policy.MaxContaminated {
		return disturbed{fmt.Sprintf("%d of %d executions were disturbed (%.0f %%; the suite allows %.0f %%)",
			c.contaminated, c.measured, 100*share, 100*j.suite.Policy.MaxContaminated)}
	}
	return nil
}

// quietGuards says in plain words how far other programs were kept away.
func quietGuards(q results.Quiet, cpus string) []results.Guard {
	guard := results.Guard{Aspect: "other programs", Held: q.Shield == results.ShieldIsolated || q.Shield == results.ShieldRoot || q.Shield == results.ShieldExclusive}
	switch {
	case guard.Held:
		guard.Detail = fmt.Sprintf("cpus %s were taken from all other programs (%s), read back before every round", cpus, q.Shield)
	case q.Shield == results.ShieldSlices:
		guard.Detail = fmt.Sprintf("what systemd started was kept off cpus %s, but other programs were free to use them", cpus)
	case q.Asked == results.LevelIsolate:
		guard.Detail = "programs outside the run were free to use the benchmark's cpus: " + q.Why
	default:
		guard.Detail = "programs outside the run were free to use the benchmark's cpus"
	}
	return []results.Guard{guard}
}

// GateMachine is this machine as the gate sees it. folders are where runs write.
func GateMachine(folders []string, now func() time.Time) gate.Machine {
	m := gate.Machine{Root: "/", Folders: folders, Now: now, Sleep: gate.Sleep}
	if setting.HasSystemd("/") {
		m.Systemctl = setting.RunSystemctl
	}
	return m
}
