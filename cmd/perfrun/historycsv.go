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

// table finds the change points of histories that lie in a file.
func (f *historyFlags) table(cmd *cobra.Command) error {
	better := results.Direction(f.better)
	if !slices.Contains([]results.Direction{results.Lower, results.Higher}, better) {
		return &results.Problem{Kind: results.BadInput, Where: "--better", What: f.better + " is no direction", Next: "give lower or higher"}
	}
	var series []table.Series
	err := readTable(cmd, f.csv, func(r io.Reader, name string) (err error) {
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
	if f.json {
		return printJSON(cmd.OutOrStdout(), struct {
			ChangePoints []verdict.ChangePoint `json:"change_points"`
		}{points})
	}
	return reports.ChangePoints(cmd.OutOrStdout(), len(histories), points, style(cmd.OutOrStdout()))
}
