package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/client"
)

func pushCommand() *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:     "push FILE | RUN",
		GroupID: "box",
		Short:   "Give a run that was measured here to a box",
		Long: `Push sends a run to a box, from a file that perfrun export --format json wrote or from
the database of this machine, and returns when it is safe there. A second push
changes nothing.`,
		Example:     "  perfrun --box ci@relay.example.com:2222 push latest\n  perfrun push perfrun-cloud.json",
		Annotations: ofBoxes,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(errors.New("name one file, or one run"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); err == nil || args[0] == "-" {
				return upload(cmd, args[0])
			}
			record, err := localRecord(cmd.Context(), db, args[0])
			if err != nil {
				return err
			}
			return uploadRecord(cmd, record)
		},
	}
	addDB(cmd, &db)
	return cmd
}

// localRecord reads a run of this machine, whatever box is usually meant.
func localRecord(ctx context.Context, db, ref string) (*results.Record, error) {
	reader, err := openLocal(ctx, db)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	id, err := reader.Resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
	return reader.Record(ctx, id)
}

func retryCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "retry JOB",
		GroupID: "box",
		Short:   "Order again what a job of a box that has ended ordered",
		Long: `Retry makes a new job of the same order. The one that ended stays as it ended, with
its run: nothing is replaced, and a verdict that somebody dislikes has two runs then.
JOB is an id, the beginning of one, or latest; the run of a second try (JOB-2) does, too.`,
		Annotations: ofBoxes,
		Args:        oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withJob(cmd, args[0], func(ctx context.Context, box *client.Client, job results.Job) error {
				if !job.State.Final() {
					return &results.Problem{Kind: results.BadInput, Where: "job " + job.ID, What: "it has not ended: it is " + string(job.State), Next: "perfrun wait " + job.ID}
				}
				order := job.Order
				order.ID = newID()
				job, err := box.Submit(ctx, results.Person{}, order)
				if err != nil {
					return err
				}
				fmt.Fprintln(os.Stderr, submitted(job))
				_, err = fmt.Fprintln(cmd.OutOrStdout(), job.ID)
				return err
			})
		},
	}
}
