package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
)

func recordCommand() *cobra.Command {
	f := runFlags{}
	var output string
	cmd := &cobra.Command{
		Use:     "record [--base REV] [--head REV]",
		GroupID: "measure",
		Short:   "Measure here and judge elsewhere: keep a run in the database or in a file",
		Long: `Record measures as run does and gives no verdict: it ends with 0 whatever it found.
The run is in this machine's database, and with --output in a file that perfrun push
and perfrun import take, there or on another machine, as often as wanted.`,
		Example: `  perfrun record -o perfrun.json
  perfrun record --base main --host-class cloud && perfrun push latest`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.record(cmd, output) },
	}
	f.revisionFlags(cmd, "base `REV`ision (default: where head left the main branch)")
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write the run to as JSON, - for standard output")
	f.measureFlags(cmd)
	f.jobFlags(cmd)
	return cmd
}

func (f *runFlags) record(cmd *cobra.Command, output string) (err error) {
	f.request.Kind = results.Comparison
	if f.request.Base == "" {
		if f.request.Base, err = mergeBase(cmd.Context(), f.request.Repo, f.request.Head); err != nil {
			return err
		}
	}
	return f.withHarness(cmd, func(ctx context.Context, h *harness.Harness) error {
		run, runErr := f.measure(ctx, h)
		if run.ID == "" {
			return runErr
		}
		record, err := h.Store.Record(context.WithoutCancel(ctx), run.ID)
		if err != nil {
			return err
		}
		if output != "" {
			err = writeTo(cmd, output, func(w io.Writer) error { return export.Write(w, "json", record) })
		} else {
			_, err = fmt.Fprintln(cmd.OutOrStdout(), run.ID)
		}
		if runErr != nil {
			return runErr
		}
		return err
	})
}

// mergeBase is the commit at which a head left the main branch.
func mergeBase(ctx context.Context, repo, head string) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	mirror, err := source.Open(ctx, cache, repo)
	if err != nil {
		return "", err
	}
	defer mirror.Close()
	return mirror.MergeBase(ctx, head)
}
