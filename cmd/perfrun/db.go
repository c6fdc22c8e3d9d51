package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

func dbCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "db",
		GroupID: "keep",
		Short:   "Check or back up the database",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(dbCheckCommand(), dbBackupCommand())
	return cmd
}

func dbCheckCommand() *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look for damage: pages, references, order of executions",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := dbPath(db)
			if err != nil {
				return err
			}
			findings, err := store.Check(cmd.Context(), path)
			if err != nil {
				return err
			}
			if len(findings) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), path+": sound")
				return nil
			}
			for _, finding := range findings {
				fmt.Fprintln(cmd.OutOrStdout(), words.Plain(finding))
			}
			return &results.Problem{
				Kind: results.CannotRun, Where: path, What: fmt.Sprintf("%d findings", len(findings)),
				Next: "keep a copy of the file, and restore the last backup",
			}
		},
	}
	addDB(cmd, &db)
	return cmd
}

func dbBackupCommand() *cobra.Command {
	var db, into string
	var keep int
	cmd := &cobra.Command{
		Use:   "backup [FILE | --into FOLDER]",
		Short: "Write a consistent copy of the database, also while a run records",
		Long: `Backup copies the database and opens the copy before it gets its name: what stands
there is good. With --into the copy is named for the time, and the oldest are removed
beyond those that --keep says.`,
		Example: "  perfrun db backup copy.db\n  perfrun db backup --into /var/lib/perfrun/backups --keep 14",
		Args: func(_ *cobra.Command, args []string) error {
			if (len(args) == 1) == (into != "") || len(args) > 1 {
				return usage(errors.New("name one file for the copy, or --into a folder"))
			}
			if keep < 1 {
				return usage(errors.New("--keep: at least the newest copy is kept"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := dbPath(db)
			if err != nil {
				return err
			}
			if into != "" {
				return backupInto(cmd.Context(), path, into, keep)
			}
			if err := store.Backup(cmd.Context(), path, args[0]); err != nil {
				return err
			}
			fmt.Fprintln(os.Stderr, "wrote "+args[0])
			return nil
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "`FOLDER` for copies that are named for the time")
	cmd.Flags().IntVar(&keep, "keep", 14, "with --into: how many copies stay")
	addDB(cmd, &db)
	return cmd
}

func backupInto(ctx context.Context, path, folder string, keep int) error {
	made, removed, err := store.BackupInto(ctx, path, folder, keep, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "wrote "+made)
	for _, old := range removed {
		fmt.Fprintln(os.Stderr, "removed "+old)
	}
	return nil
}
