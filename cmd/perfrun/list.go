package main

import (
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
)

func listCommand() *cobra.Command {
	var db string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:         "list",
		Annotations: ofBoxes,
		GroupID:     "look",
		Short:       "List runs, newest first",
		Example:     "  perfrun list\n  perfrun list -n 5 --json",
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			reader, err := openReader(cmd, db)
			if err != nil {
				return err
			}
			defer reader.Close()
			runs, err := reader.Runs(cmd.Context(), limit)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), struct {
					Runs []results.Run `json:"runs"`
				}{runs})
			}
			return reports.RunList(cmd.OutOrStdout(), runs, style(cmd.OutOrStdout()), time.Now())
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 50, "show at most this many")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	addDB(cmd, &db)
	return cmd
}
