package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

func calibrateCommand() *cobra.Command {
	f := runFlags{}
	cmd := &cobra.Command{
		Use:     "calibrate [--base REV]",
		GroupID: "machine",
		Short:   "Measure a commit against itself: what this machine's noise is",
		Long: `Calibrate builds one commit twice, measures it against itself like any two
commits, and prints for every benchmark how noisy it is here, the smallest
change that can be seen with as many rounds, and how many of such comparisons
would have ended in a false alarm. It stays in the database: later runs of the
suite on this machine call nothing a regression that this noise explains, and
hold executions to the limits that were found here.`,
		Example: `  perfrun calibrate
  sudo perfrun calibrate --quiet isolate --rounds 100`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.calibrate(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.request.Suite, "suite", harness.DefaultSuite, "suite `FILE`, read from the commit if it lies in the repository")
	flags.StringVar(&f.request.Repo, "repo", ".", "`DIR` of the git repository to measure")
	flags.StringVar(&f.request.Base, "base", "HEAD", "`REV`ision to measure against itself")
	f.measureFlags(cmd)
	return cmd
}

func (f *runFlags) calibrate(cmd *cobra.Command) error {
	f.request.Head, f.request.Kind = f.request.Base, results.Calibration
	return f.withHarness(cmd, func(ctx context.Context, h *harness.Harness) error {
		run, runErr := h.Measure(ctx, f.request)
		f.progress.end()
		if runErr != nil || run.State != results.Done {
			return runErr
		}
		record, err := h.Conclude(context.WithoutCancel(ctx), run.ID)
		if err != nil {
			return err
		}
		if f.json {
			return printJSON(cmd.OutOrStdout(), calibrationJSON{run.ID, record.Run.Quiet, record.Run.Noise})
		}
		if err := reports.Noise(cmd.OutOrStdout(), record.Run.Noise, style(cmd.OutOrStdout())); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "calibration %s is kept: later runs of suite %s on this machine use it, and perfrun simulate says what they would find\n", run.ID, words.Plain(record.Run.Suite))
		return nil
	})
}

// calibrationJSON is what --json prints.
type calibrationJSON struct {
	Run   string          `json:"run"`
	Quiet results.Quiet   `json:"quiet"`
	Noise []results.Noise `json:"noise"`
}
