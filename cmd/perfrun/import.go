package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
)

func importCommand() *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:     "import FILE",
		GroupID: "keep",
		Short:   "Take a run that was measured elsewhere into the database",
		Long: `Import reads a run that perfrun export --format json wrote, here or on another
machine, and stores it with every sample. A run that is here already changes
nothing; another one with its id is refused. What it measured of commits of a main
branch becomes part of their history, under the class of the host it names.`,
		Example: "  perfrun import run.json\n  perfrun export latest | ssh box perfrun import -",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(errors.New("name one file, or - for standard input"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return importFile(cmd, db, args[0]) },
	}
	addDB(cmd, &db)
	return cmd
}

func importFile(cmd *cobra.Command, db, name string) error {
	record, err := readRun(cmd, name)
	if err != nil {
		return err
	}
	writer, err := openWriter(cmd.Context(), db)
	if err != nil {
		return err
	}
	defer writer.Close()
	added, err := writer.Import(cmd.Context(), record)
	if err != nil {
		return err
	}
	if record.Run.State == results.Done { // again where it was here: that may have been cut off
		if err := harness.Remember(cmd.Context(), writer, record); err != nil {
			return err
		}
	}
	if !added {
		fmt.Fprintf(os.Stderr, "run %s is here already\n", reports.Plain(record.Run.ID))
		return nil
	}
	fmt.Fprintf(os.Stderr, "imported run %s: %d executions\n", reports.Plain(record.Run.ID), len(record.Executions))
	return nil
}

func readRun(cmd *cobra.Command, name string) (*results.Record, error) {
	if name == "-" {
		return export.Read(cmd.InOrStdin(), "standard input")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, &results.Problem{Kind: results.BadInput, Where: name, What: "it cannot be read", Next: "name a file that perfrun export --format json wrote", Err: err}
	}
	defer file.Close()
	return export.Read(io.Reader(file), name)
}
