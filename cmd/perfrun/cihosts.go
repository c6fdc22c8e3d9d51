package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/tunnel/client"
)

// The files that a step leaves as artifacts. They lie in the checkout, which may hold a
// link of such a name: each is written beside it and takes its place.
func (s *step) officePage() string { return "perfrun-office" + s.suffix() + ".html" }
func (s *step) cloudPage() string  { return "perfrun-cloud" + s.suffix() + ".html" }
func (s *step) cloudFile() string  { return "perfrun-cloud" + s.suffix() + ".json" }

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
	if err := writeTo(s.cmd, s.cloudFile(), func(w io.Writer) error { return export.Write(w, "json", record) }); err != nil {
		return err
	}
	if err := box.Upload(ctx, "run-"+id, s.cloudFile()); err != nil {
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
	args := []string{"record", "--engine", s.flags.here, "--id", id, "--base", s.order.Base, "--head", s.order.Head, "--suite", s.flags.suite, "--host-class", cloudClass}
	args = append(args, buildNotes(s.build, os.Environ())...)
	if s.flags.duet {
		args = append(args, "--duet")
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stderr = withoutSecrets(os.Environ()), os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endTime
	_ = cmd.Run() // what counts is what it recorded
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
func (s *step) conclude(ctx context.Context, box *client.Client, boxErr, hereErr error) error {
	s.page.Stage = ""
	if boxErr != nil {
		s.office.Missing = words.Plain(boxErr.Error())
	}
	s.page.Hosts = []reports.Hosted{s.office}
	if s.flags.here != "none" {
		if hereErr != nil && s.cloud.Record == nil {
			s.cloud.Missing = words.Plain(hereErr.Error())
		}
		s.page.Hosts = append(s.page.Hosts, s.cloud)
	}
	if hereErr != nil && s.cloud.Record != nil {
		s.page.Notes = append(s.page.Notes, s.late(hereErr))
	}
	s.readAccepted(ctx, box)
	s.artifacts(ctx)
	code, said := s.verdict(boxErr)
	s.page.Gate = said
	if s.office.Record != nil {
		s.page.Accept = s.acceptLine()
	}
	s.annotate(ctx)
	s.setMetaData(ctx, boxErr)
	s.tell(ctx, code, said, boxErr)
	s.ended = ctx.Err() == nil
	fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(said))
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

// late says why what was measured here is not on the box, and how it gets there.
func (s *step) late(err error) string {
	fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(err.Error()))
	later := "import " + s.cloudFile()
	if _, kept := errors.AsType[*uploadError](err); !kept {
		later = "push " + s.cloud.Record.Run.ID
	}
	return "What this agent measured did not reach the box: perfrun " + later + " gives it later."
}

// artifacts writes the pages and uploads them with what was measured here.
func (s *step) artifacts(ctx context.Context) {
	for _, host := range []struct {
		hosted reports.Hosted
		file   string
	}{{s.office, s.officePage()}, {s.cloud, s.cloudPage()}} {
		if host.hosted.Record == nil {
			continue
		}
		if err := s.artifact(ctx, host.hosted, host.file); err != nil {
			fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(err.Error()))
			continue
		}
		s.page.Links = append(s.page.Links, reports.Link{Text: "report of " + host.hosted.Class, URL: "artifact://" + host.file})
	}
	if s.cloud.Record != nil {
		if err := s.agent.Upload(ctx, s.cloudFile()); err != nil {
			fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(err.Error()))
		}
	}
}

func (s *step) artifact(ctx context.Context, h reports.Hosted, name string) error {
	page := reports.Page{Record: h.Record, Comparisons: h.Comparisons, Generator: "perfrun " + version, Prices: s.page.Prices}
	for _, other := range []reports.Hosted{s.office, s.cloud} {
		if other.Record != nil && other.Class != h.Class {
			page.Beside = append(page.Beside, other)
		}
	}
	if err := writeTo(s.cmd, name, func(w io.Writer) error { return reports.HTML(w, page) }); err != nil {
		return err
	}
	return s.agent.Upload(ctx, name)
}
