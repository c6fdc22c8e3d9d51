package main

import (
	"errors"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/results/verdict"
)

var errOneRun = errors.New("name one run: an id, the beginning of one, or latest")

func compareCommand() *cobra.Command {
	var db string
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:     "compare RUN",
		GroupID: "look",
		Short:   "Judge a run's samples and print a verdict per benchmark",
		Long: `Compare recomputes every verdict of a run from its stored samples; the same
samples always give the same answer. The exit code is that of perfrun run.`,
		Example: "  perfrun compare latest\n  perfrun compare 3f9a --json --strict",
		Args:    oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			record, err := openRecord(cmd.Context(), db, args[0])
			if err != nil {
				return err
			}
			comparisons := verdict.Judge(record)
			if err := printComparisons(cmd, record, comparisons, asJSON); err != nil {
				return err
			}
			return verdictExit(comparisons, strict)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 3 when a benchmark's verdict is cannot tell")
	addDB(cmd, &db)
	return cmd
}
