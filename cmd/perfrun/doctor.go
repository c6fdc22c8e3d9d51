package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/doctor"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
)

func doctorCommand() *cobra.Command {
	f := runFlags{}
	cmd := &cobra.Command{
		Use:     "doctor",
		GroupID: "machine",
		Short:   "Say what this machine is good for, what is missing, and how to mend it",
		Long: `Doctor looks at the machine: what it is, how its knobs stand, how far other
programs can be kept off the benchmark's CPUs and why not further, and who is at
work now. Then it does what a run does up to its first benchmark: it starts a
real container on the benchmark's CPUs and reads back from the host where every
thread of it may run. Whatever that changes is put back. Exit code 0: ready; 4:
not.`,
		Example: `  perfrun doctor
  sudo perfrun doctor --quiet isolate
  perfrun doctor --engine host --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.doctor(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.engine, "engine", "docker", "what to test with: docker, or host")
	flags.StringVar(&f.cpus, "cpus", "", "`LIST` of the benchmark's CPUs (default: as a run would choose)")
	flags.StringVar(&f.quiet, "quiet", "", "the level to be ready for: none, pin or isolate (default: as the machine is configured)")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	addDB(cmd, &f.db)
	return cmd
}

func (f *runFlags) doctor(cmd *cobra.Command) (err error) {
	wanted, err := level("--quiet", f.quiet)
	if err != nil {
		return err
	}
	if f.db, err = dbPath(f.db); err != nil {
		return err
	}
	findings, err := f.examine(cmd.Context(), wanted)
	if err != nil {
		return err
	}
	if f.json {
		err = printJSON(cmd.OutOrStdout(), findings)
	} else {
		err = reports.Findings(cmd.OutOrStdout(), findings, style(cmd.OutOrStdout()))
	}
	if err == nil && !reports.Ready(findings) {
		return verdictError{exitFailed}
	}
	return err
}

func (f *runFlags) examine(ctx context.Context, wanted results.Level) ([]results.Finding, error) {
	machine, err := openMachine()
	if err != nil {
		return nil, err
	}
	if wanted == "" {
		wanted = machine.Level
	}
	topology, layout, err := layOut(f.cpus, wanted)
	if err != nil {
		return nil, err
	}
	findings := doctor.Machine("/", topology)
	states := machine.Quiet.Look(quiet.Wish{Bench: layout.Bench, Siblings: layout.Siblings})
	findings = append(findings, doctor.Knobs(states, wanted, os.Getuid() == 0)...)
	findings = append(findings, doctor.Isolation("/", layout, wanted, os.Getuid())...)
	findings = append(findings, doctor.Left(machine.Quiet.Pending()))
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	holders, err := lock.Holders(lockPath())
	if err != nil {
		return nil, err
	}
	folders := harness.GateMachine([]string{cache, f.db}, time.Now)
	findings = append(findings, doctor.Now(folders, machine.Gate, holders, time.Sleep)...)
	return append(findings, f.selfTest(ctx, layout, wanted)...), nil
}

// selfTest tries a real container. What stops it from being tried is a finding.
func (f *runFlags) selfTest(ctx context.Context, layout host.Layout, wanted results.Level) []results.Finding {
	untested := func(err error) []results.Finding {
		return []results.Finding{{
			Topic: "self-test", Name: "cpus of a container", Grade: results.GradeBad, Is: err.Error(),
			Cost: "runs with --engine " + f.engine + " fail", Mend: "mend what it says",
		}}
	}
	binary, err := os.Executable()
	if err != nil {
		return untested(err)
	}
	chosen, err := openEngine(ctx, f.engine, binary)
	if err != nil {
		return untested(err)
	}
	defer chosen.Close()
	progress := newProgress(os.Stderr)
	defer progress.end()
	h, err := newHarness(chosen, nil, progress, f.db)
	if err != nil {
		return untested(err)
	}
	return h.SelfTest(ctx, layout, wanted)
}
