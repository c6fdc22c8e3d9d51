package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/buildkite"
	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/client"
	"mtrlz.dev/perfrun/tunnel/notify"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// The policies of a build.
const (
	gateFails = "gate"     // a regression fails the step
	gateTells = "advisory" // it is told, and the step passes
)

// ciFlags are the flags of ci as they are typed.
type ciFlags struct {
	suite, repository, policy, onBoxDown, here string
	duet                                       bool
}

func ciCommand() *cobra.Command {
	f := ciFlags{}
	cmd := &cobra.Command{
		Use:     "ci",
		GroupID: "box",
		Short:   "Be a step of a Buildkite build: order a run, measure here too, and say in the build what became slower",
		Long: `Ci reads what the build is about from its environment, orders a run of the commit
against its merge base from a box, measures the same suite on this agent meanwhile,
gives the box those results, annotates the build with both side by side, uploads the
pages as artifacts, and ends by the policy: with gate, 1 for a regression as the box
sees it, unless perfrun accept took it as intended; with advisory, 0.

The order's id is made of the build's, so that a step which the agent retries never
makes a second run, unless the first was cancelled or failed. When the build is cancelled, so is the box's job. When the box
cannot be reached, the annotation says so and shows what this agent saw; its results
stay in perfrun-cloud.json for perfrun import, and --on-box-down says how to end.`,
		Example: `  perfrun --box ci@relay.example.com:2222 ci --suite perf.yml
  perfrun ci --policy advisory --here none`,
		Annotations: ofBoxes,
		Args:        cobra.NoArgs,
		RunE:        func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.suite, "suite", harness.DefaultSuite, "suite `FILE` in the commit")
	flags.StringVar(&f.repository, "repository", "", "short `NAME` that the box has for the repository (default: the only one it has)")
	flags.StringVar(&f.policy, "policy", gateFails, "gate: a regression fails the step; advisory: it passes and says so")
	flags.StringVar(&f.onBoxDown, "on-box-down", "pass", "how to end when the box cannot be reached: pass or fail")
	flags.StringVar(&f.here, "here", "docker", "measure on this agent meanwhile: docker, host, or none")
	flags.BoolVar(&f.duet, "duet", false, "execute both sides at the same time on this agent, each on cores of its own")
	return cmd
}

// step is one ci step under way.
type step struct {
	flags    ciFlags
	cmd      *cobra.Command
	build    buildkite.Build
	agent    *buildkite.Agent
	others   others
	suite    string // its name
	order    results.Order
	placed   bool                 // the order may be with the box
	ended    bool                 // all are told how
	commits  map[string]bool      // that came after base
	accepted []results.Acceptance // of regressions in this run
	page     reports.Annotation
	last     string // the annotation as it stands
	at       time.Time
	office   reports.Hosted
	cloud    reports.Hosted
}

func (f *ciFlags) run(cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	build, err := buildkite.Read(os.Getenv)
	if err != nil {
		return err
	}
	s := &step{flags: *f, cmd: cmd, build: build, agent: &buildkite.Agent{Program: "buildkite-agent"}}
	if s.others, err = readOthers(); err != nil {
		return err
	}
	if s.page.Prices, err = pricesOf(nil); err != nil {
		return err
	}
	box, err := openBox(cmd)
	if err != nil {
		return err
	}
	defer box.Close()
	s.page.Suite = f.suite
	if s.order, err = s.newOrder(cmd.Context(), box); err != nil {
		return err
	}
	s.page.Repeat = s.repeatLine()
	return s.measure(cmd.Context(), box)
}

// repeatLine is the command that orders the run again.
func (s *step) repeatLine() string {
	args := []string{"perfrun", "submit", "--wait", "--base", s.order.Base, "--head", s.order.Head, "--suite", s.flags.suite}
	if s.flags.repository != "" {
		args = append(args, "--repository", s.flags.repository)
	}
	return words.ShellCommand(args)
}

func (f *ciFlags) check() error {
	for flag, allowed := range map[string][]string{"--policy": {gateFails, gateTells}, "--on-box-down": {"pass", "fail"}, "--here": {"docker", "host", "none"}} {
		value := map[string]string{"--policy": f.policy, "--on-box-down": f.onBoxDown, "--here": f.here}[flag]
		if value != allowed[0] && value != allowed[1] && value != allowed[len(allowed)-1] {
			return &results.Problem{Kind: results.BadInput, Where: flag, What: fmt.Sprintf("%.40q is none of its values", value), Next: fmt.Sprintf("give one of %v", allowed)}
		}
	}
	return nil
}

// measure lets both hosts measure, and concludes.
func (s *step) measure(ctx context.Context, box *client.Client) error {
	s.office, s.cloud = reports.Hosted{Class: "office", Missing: "it has not said anything yet"}, reports.Hosted{Class: cloudClass}
	here := make(chan error, 1)
	go func() {
		defer close(here)
		here <- s.measureHere(ctx, box)
	}()
	s.say("ordering a run of the box", "")
	s.begin(ctx)
	boxErr := s.measureThere(ctx, box)
	if ctx.Err() == nil {
		s.say(s.stage(boxErr), "")
	}
	var hereErr error
	select {
	case hereErr = <-here:
	case <-ctx.Done():
	}
	if ctx.Err() == nil {
		err := s.conclude(ctx, box, boxErr, hereErr)
		if ctx.Err() == nil || s.ended {
			return err
		}
	}
	s.cancelled(ctx, box)
	<-here
	return context.Cause(ctx)
}

func (s *step) stage(boxErr error) string {
	if boxErr != nil {
		return "the box has no result; this agent still measures"
	}
	return "the box is done; this agent still measures"
}

// measureThere orders the run and waits for it.
func (s *step) measureThere(ctx context.Context, box *client.Client) error {
	s.placed = true // also where no answer comes
	job, err := box.Submit(ctx, results.Person{}, s.order)
	if err != nil {
		s.placed = ctx.Err() != nil || unreachable(err)
		return err
	}
	job, err = box.Wait(ctx, job.ID, func(p wire.Progress) { s.say(progressWords(p), p.Detail) })
	if err != nil {
		return err
	}
	if job.State == results.JobSuperseded {
		return &supersededError{job.Reason}
	}
	if job.State != results.JobDone {
		return &results.Problem{Kind: results.CannotRun, Where: "job " + job.ID, What: fmt.Sprintf("it is %s: %s", job.State, job.Reason)}
	}
	if job.Same != "" {
		if job, err = box.Job(ctx, job.Same); err != nil {
			return err
		}
	}
	record, err := box.Record(ctx, job.RunID())
	if err == nil {
		s.office.Record, s.office.Comparisons, s.office.Missing = record, verdict.Judge(record), ""
	}
	return err
}

// cancelled leaves nothing that looks as if it went on: the box's job ends, and the build
// and GitHub are told. Agents kill a step some seconds after they told it to end.
func (s *step) cancelled(ctx context.Context, box *client.Client) {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer cancel()
	const said = "The step was cancelled: nothing was decided."
	s.page.Stage, s.page.Gate, s.page.Hosts = "", said, nil
	var all sync.WaitGroup
	all.Go(func() { s.annotate(last) })
	all.Go(func() {
		if s.placed {
			_, _ = box.Cancel(last, results.Person{}, s.order.ID, "the build's step was cancelled")
		}
	})
	all.Go(func() {
		if s.others.hub != nil {
			_ = s.others.hub.Set(last, s.build.Commit, s.context(), notify.Error, said, s.build.URL)
		}
	})
	all.Wait()
}

// supersededError is why a box measured nothing for a build: a newer one of the branch
// came first.
type supersededError struct{ reason string }

func (e *supersededError) Error() string { return e.reason }

// How long a step that is told to end tries to tell the box so, and how often the
// annotation is set anew while only numbers change.
const (
	cancelTime    = 8 * time.Second
	annotateEvery = 30 * time.Second
)

// say sets the annotation to what happens now. An agent that refuses is told of once.
func (s *step) say(stage, detail string) {
	s.page.Stage = stage
	if stage == s.last || detail != "" && time.Since(s.at) < annotateEvery {
		return
	}
	s.last, s.at = stage, time.Now()
	fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(stage))
	s.annotate(context.WithoutCancel(s.cmd.Context()))
}

func (s *step) annotate(ctx context.Context) {
	name := "perfrun-" + s.flags.suite
	if err := s.agent.Annotate(ctx, name, s.page.Style(), s.page.Markdown(buildkite.MostAnnotation)); err != nil {
		fmt.Fprintln(os.Stderr, "perfrun: the build is not annotated: "+words.Plain(err.Error()))
	}
}

// unreachable reports whether it is the box that is away, and not the run that failed.
func unreachable(err error) bool {
	_, away := errors.AsType[*tunnel.Unreachable](err)
	return away
}
