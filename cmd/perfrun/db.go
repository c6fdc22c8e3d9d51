package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
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
				fmt.Fprintln(cmd.OutOrStdout(), reports.Plain(finding))
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
	var db string
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a consistent copy of the database, also while a run records",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(fmt.Errorf("name one file for the copy"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := dbPath(db)
			if err != nil {
				return err
			}
			if err := store.Backup(cmd.Context(), path, args[0]); err != nil {
				return err
			}
			fmt.Fprintln(os.Stderr, "wrote "+args[0])
			return nil
		},
	}
	addDB(cmd, &db)
	return cmd
}
