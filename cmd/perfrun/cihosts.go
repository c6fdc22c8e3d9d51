package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/tunnel/client"
)

// The files that a step leaves as artifacts.
const (
	officePage = "perfrun-office.html"
	cloudPage  = "perfrun-cloud.html"
	cloudFile  = "perfrun-cloud.json"
)

// endTime is how long a run that is told to end may take to put things back.
const endTime = 30 * time.Second

// measureHere measures on this agent, in a process of its own: the same perfrun run
// that people call. Its result goes to the box, if that takes it.
func (s *step) measureHere(ctx context.Context, box *client.Client) error {
	if s.flags.here == "none" {
		return nil
	}
	id := s.order.ID + "-cloud"
	if s.build.Retry > 0 { // what an earlier try of this job measured is another run
		id = fmt.Sprintf("%s-try%d", id, s.build.Retry+1)
	}
	record, err := s.runHere(ctx, id)
	if err != nil {
		return err
	}
	s.cloud.Record, s.cloud.Comparisons = record, verdict.Judge(record)
	file, err := os.Create(cloudFile)
	if err == nil {
		err = errors.Join(export.Write(file, "json", record), file.Close())
	}
	if err != nil {
		return fmt.Errorf("keep what was measured here: %w", err)
	}
	if err := box.Upload(ctx, "run-"+id, cloudFile); err != nil {
		return &uploadError{err}
	}
	return nil
}

// uploadError is what was measured here and the box has not got.
type uploadError struct{ error }

func (s *step) runHere(ctx context.Context, id string) (*results.Record, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	cmd := exec.CommandContext(ctx, program, "run", "--engine", s.flags.here, "--id", id, "--base", s.order.Base, "--head", s.order.Head, "--suite", s.flags.suite, "--host-class", "cloud", "--json")
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endTime
	_ = cmd.Run() // a regression ends it with 1: what counts is what it recorded
	reader, err := openLocal(ctx, "")
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	record, err := reader.Record(ctx, id)
	if err != nil {
		return nil, &results.Problem{Kind: results.CannotRun, Where: "this agent", What: "it did not come to measure", Next: "the step's log says why", Err: err}
	}
	return record, nil
}

// conclude writes pages, artifacts, meta-data and the last annotation, and ends by the
// policy.
func (s *step) conclude(ctx context.Context, boxErr, hereErr error) error {
	s.page.Stage = ""
	if boxErr != nil {
		s.office.Missing = reports.Plain(boxErr.Error())
	}
	s.page.Hosts = []reports.Hosted{s.office}
	if s.flags.here != "none" {
		if hereErr != nil && s.cloud.Record == nil {
			s.cloud.Missing = reports.Plain(hereErr.Error())
		}
		s.page.Hosts = append(s.page.Hosts, s.cloud)
	}
	if _, kept := errors.AsType[*uploadError](hereErr); kept || boxErr != nil && s.cloud.Record != nil && hereErr != nil {
		s.page.Notes = append(s.page.Notes, "What this agent measured did not reach the box: perfrun import "+cloudFile+" gives it later.")
	}
	s.artifacts(ctx)
	code, words := s.verdict(boxErr)
	s.page.Gate = words
	if s.office.Record != nil {
		s.page.Accept = s.acceptLine()
	}
	s.annotate(ctx)
	for key, value := range map[string]string{"perfrun-verdict": s.metaData(boxErr), "perfrun-job": s.order.ID} {
		if err := s.agent.SetMetaData(ctx, key, value); err != nil {
			fmt.Fprintln(os.Stderr, "perfrun: "+reports.Plain(err.Error()))
		}
	}
	fmt.Fprintln(os.Stderr, "perfrun: "+reports.Plain(words))
	if s.office.Record != nil {
		if err := printComparisons(s.cmd, s.office.Record, s.office.Comparisons, false); err != nil {
			return err
		}
	}
	if code != exitOK {
		return verdictError{code}
	}
	return nil
}

// verdict is how the step ends, and why.
func (s *step) verdict(boxErr error) (code int, words string) {
	switch {
	case boxErr != nil && unreachable(boxErr) && s.flags.onBoxDown == "pass":
		return exitOK, "The box cannot be reached. This step passes all the same (--on-box-down pass): nothing was decided."
	case boxErr != nil && unreachable(boxErr):
		return exitUnreachable, "The box cannot be reached, and this step fails for that (--on-box-down fail)."
	case boxErr != nil && s.flags.policy == gateTells:
		return exitOK, "The box has no result. This step is advisory and passes."
	case boxErr != nil:
		return exitFailed, "The box has no result, so that this step fails: nothing was decided."
	}
	var found verdictError
	errors.As(verdictExit(s.office.Comparisons, false), &found)
	switch {
	case found.code == exitOK:
		return exitOK, "No regression: this step passes."
	case s.flags.policy == gateTells:
		return exitOK, "There is something to look at. This step is advisory and passes."
	case found.code == exitRegression:
		return exitRegression, "A regression fails this step."
	}
	return found.code, "A benchmark is broken, which fails this step."
}

// metaData is the verdict in one word, for later steps.
func (s *step) metaData(boxErr error) string {
	if boxErr != nil {
		return "none"
	}
	for _, v := range []verdict.Verdict{verdict.Broken, verdict.Regression, verdict.CannotTell, verdict.Improvement} {
		if slices.ContainsFunc(s.office.Comparisons, func(c verdict.Comparison) bool { return c.Verdict == v }) {
			return string(v)
		}
	}
	return string(verdict.NoChange)
}

// acceptLine is how the worst benchmark's new level is taken as intended.
func (s *step) acceptLine() string {
	for _, c := range s.office.Comparisons {
		if c.Verdict == verdict.Regression {
			return reports.ShellCommand([]string{"perfrun", "accept", s.office.Record.Run.ID, c.Benchmark, "--reason"}) + " WHY"
		}
	}
	return ""
}

// artifacts writes the pages and uploads them with what was measured here.
func (s *step) artifacts(ctx context.Context) {
	for _, host := range []struct {
		hosted reports.Hosted
		file   string
	}{{s.office, officePage}, {s.cloud, cloudPage}} {
		if host.hosted.Record == nil {
			continue
		}
		if err := s.artifact(ctx, host.hosted, host.file); err != nil {
			fmt.Fprintln(os.Stderr, "perfrun: "+reports.Plain(err.Error()))
			continue
		}
		s.page.Links = append(s.page.Links, reports.Link{Text: "report of " + host.hosted.Class, URL: "artifact://" + host.file})
	}
	if s.cloud.Record != nil {
		if err := s.agent.Upload(ctx, cloudFile); err != nil {
			fmt.Fprintln(os.Stderr, "perfrun: "+reports.Plain(err.Error()))
		}
	}
}

func (s *step) artifact(ctx context.Context, h reports.Hosted, name string) error {
	var b strings.Builder
	page := reports.Page{Record: h.Record, Comparisons: h.Comparisons, Generator: "perfrun " + version}
	if err := reports.HTML(&b, page); err != nil {
		return err
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
		return err
	}
	return s.agent.Upload(ctx, name)
}
