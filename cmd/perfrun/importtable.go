package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/table"
)

// tableFlags are the flags of import for a history that another tool measured.
type tableFlags struct{ suite, branch, class, unit, better string }

func (f *tableFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.suite, "suite", "", "the file is a table series,value[,commit,environment]: take it in as the history of the suite `NAME`")
	flags.StringVar(&f.branch, "branch", "main", "of a table: the `BRANCH` whose commits it holds")
	flags.StringVar(&f.class, "class", "elsewhere", "of a table: the `CLASS` of hosts that measured it")
	flags.StringVar(&f.unit, "unit", "sec", "of a table: the `UNIT` of its values")
	flags.StringVar(&f.better, "better", string(results.Lower), "of a table: whether lower or higher values are better")
}

func (f *tableFlags) run(cmd *cobra.Command, db, name string) error {
	better := results.Direction(f.better)
	if !slices.Contains([]results.Direction{results.Lower, results.Higher}, better) {
		return &results.Problem{Kind: results.BadInput, Where: "--better", What: f.better + " is no direction", Next: "give lower or higher"}
	}
	if f.branch == "" || f.class == "" {
		return usage(errors.New("--branch and --class must not be empty: points without them belong to no history"))
	}
	var series []table.Series
	err := readTable(cmd, name, func(r io.Reader, name string) (err error) {
		series, err = table.ReadSeries(r, name)
		return err
	})
	if err != nil {
		return err
	}
	writer, err := openWriter(cmd.Context(), db)
	if err != nil {
		return err
	}
	defer writer.Close()
	history := harness.Elsewhere{Name: filepath.Base(name), Suite: f.suite, Branch: f.branch, Class: f.class, Unit: f.unit, Better: better, Series: series, At: time.Now()}
	commits, err := history.TakeIn(cmd.Context(), writer, newProgress(os.Stderr).taken)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "imported %d series over %d commits; perfrun history --suite shows them\n", len(series), commits)
	return nil
}

// taken shows how far the taking in of a table is.
func (p *progress) taken(done, all int) { p.part(done, all, "commits") }
