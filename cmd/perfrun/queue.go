package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/client"
)

func queueCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:         "queue",
		GroupID:     "box",
		Short:       "Show what a box runs, what waits, whose it is and how long still",
		Annotations: ofBoxes,
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error { return showQueue(ctx, cmd, box, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.AddCommand(pauseCommand(), resumeCommand(), auditCommand())
	return cmd
}

func showQueue(ctx context.Context, cmd *cobra.Command, box *client.Client, asJSON bool) error {
	view, err := box.View(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), view)
	}
	if err := reports.Queue(cmd.OutOrStdout(), view, style(cmd.OutOrStdout()), time.Now()); err != nil {
		return err
	}
	return warn(ctx, box)
}

// warn says what somebody should look at on the box.
func warn(ctx context.Context, box *client.Client) error {
	status, err := boxStatus(ctx, box)
	for _, trouble := range status.Troubles {
		fmt.Fprintln(os.Stderr, "warning: "+words.Plain(trouble))
	}
	return err
}

func pauseCommand() *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use:   "pause",
		Short: "Begin nothing more: somebody needs the machine. What runs goes on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error { return box.Pause(ctx, results.Person{}, why) })
		},
	}
	cmd.Flags().StringVar(&why, "why", "", "what others are told")
	return cmd
}

func resumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "resume",
		Short: "Go on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error { return box.Resume(ctx, results.Person{}) })
		},
	}
}

func auditCommand() *cobra.Command {
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "Show who changed what, when and from where, the latest first",
		Example: "  perfrun queue audit -n 5",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error {
				deeds, err := box.Audit(ctx, limit)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), struct {
						Deeds []results.Deed `json:"deeds"`
					}{deeds})
				}
				return reports.Audit(cmd.OutOrStdout(), deeds, style(cmd.OutOrStdout()))
			})
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 50, "show at most this many")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func cancelCommand() *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use:         "cancel JOB",
		GroupID:     "box",
		Short:       "Cancel a job of a box: what it has measured is kept",
		Long:        "Cancel a job of a box: what it has measured is kept. Submitters cancel their own jobs, admins any. JOB is an id, the beginning of one, or latest.",
		Annotations: ofBoxes,
		Args:        oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withJob(cmd, args[0], func(ctx context.Context, box *client.Client, job results.Job) error {
				job, err := box.Cancel(ctx, results.Person{}, job.ID, why)
				if err != nil {
					return err
				}
				return reports.JobSummary(cmd.OutOrStdout(), job, style(cmd.OutOrStdout()))
			})
		},
	}
	cmd.Flags().StringVar(&why, "why", "", "what others are told")
	return cmd
}
