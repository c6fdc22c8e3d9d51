package main

import (
	"io"
	"slices"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/table"
	"mtrlz.dev/perfrun/results/verdict"
)

func historyCommand() *cobra.Command {
	var file, better string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "history --csv FILE",
		GroupID: "look",
		Short:   "Find where histories of measurements step to another level",
		Long: `History reads a table with the header series,value, and perhaps commit and
environment, in time order, many series a file, and prints the change points of
each: where, by how much, and between which commits. Where the environment
changes a new segment begins: that is no change point.`,
		Example: "  perfrun history --csv nightly.csv\n  perfrun history --csv - --json < nightly.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			direction := results.Direction(better)
			if !slices.Contains([]results.Direction{results.Lower, results.Higher}, direction) {
				return &results.Problem{Kind: results.BadInput, Where: "--better", What: better + " is no direction", Next: "give lower or higher"}
			}
			if file == "" {
				return &results.Problem{Kind: results.BadInput, Where: "--csv", What: "no table is named", Next: "give --csv FILE, or --csv - for standard input"}
			}
			return history(cmd, file, direction, asJSON)
		},
	}
	cmd.Flags().StringVar(&file, "csv", "", "read the table in `FILE`, - for standard input")
	cmd.Flags().StringVar(&better, "better", string(results.Lower), "whether lower or higher values are better")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func history(cmd *cobra.Command, file string, better results.Direction, asJSON bool) error {
	var series []table.Series
	err := readTable(cmd, file, func(r io.Reader, name string) (err error) {
		series, err = table.ReadSeries(r, name)
		return err
	})
	if err != nil {
		return err
	}
	histories := make([]verdict.History, len(series))
	for i, s := range series {
		histories[i] = verdict.History{Series: s.Name, Better: better, Values: s.Values, Commits: s.Commits, Environments: s.Environments}
	}
	points := verdict.AllChangePoints(histories)
	if asJSON {
		return printJSON(cmd.OutOrStdout(), struct {
			ChangePoints []verdict.ChangePoint `json:"change_points"`
		}{points})
	}
	return reports.ChangePoints(cmd.OutOrStdout(), len(histories), points, style(cmd.OutOrStdout()))
}
