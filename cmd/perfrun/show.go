package main

import (
	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
)

func showCommand() *cobra.Command {
	var db string
	var asJSON bool
	cmd := &cobra.Command{
		Use:         "show RUN",
		Annotations: ofBoxes,
		GroupID:     "look",
		Short:       "Show what a run measured, where, what came of it, and how to repeat it",
		Long:        "Show what a run measured, where, its verdicts, worst first, and how to repeat it. RUN is an id, the beginning of one, or latest.",
		Args:        oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			page, err := openPage(cmd, db, args[0], false)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), page.Record.Run)
			}
			return reports.RunSummary(cmd.OutOrStdout(), page, style(cmd.OutOrStdout()))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	addDB(cmd, &db)
	return cmd
}

// oneRun accepts exactly one argument, and says which.
func oneRun(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage(errOneRun)
	}
	return nil
}
