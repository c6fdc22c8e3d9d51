package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/files"
	"mtrlz.dev/perfrun/results/formats/table"
	"mtrlz.dev/perfrun/results/verdict"
)

var (
	errOneRun      = errors.New("name one run: an id, the beginning of one, or latest")
	errRunOrTable  = errors.New("name one run, or two files, or give --csv FILE")
	errRunAndTable = errors.New("name a run or files, or give --csv, not both")
)

// compareFlags are what compare is told.
type compareFlags struct {
	db, csv      string
	minEffect    string
	json, strict bool
}

func compareCommand() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:         "compare {RUN | OLD NEW | --csv FILE}",
		Annotations: ofBoxes,
		GroupID:     "look",
		Short:       "Judge samples, of a run, of files or of a table, and print a verdict per benchmark",
		Long: `Compare recomputes every verdict of a run from its stored samples; the same
samples always give the same answer. The exit code is that of perfrun run.

OLD and NEW are files or folders with what a benchmark tool wrote: go test -bench,
Criterion, Google Benchmark, hyperfine, pytest-benchmark, JMH, perfrun export. Which
it is, they show themselves.

With --csv it judges a table as one suite. The table has the header
benchmark,side,group,value: side is base or head, and values of one group share
one luck, as those of an execution, a build or an instance do. Columns metric,
unit and better (lower or higher) may be added.`,
		Example: "  perfrun compare latest\n  perfrun compare old.txt new.txt\n  perfrun compare 3f9a --json --strict\n  perfrun compare --csv measured.csv --min-effect 3%",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.csv != "" && len(args) > 0:
				return usage(errRunAndTable)
			case f.csv != "":
				return f.compareTable(cmd)
			case len(args) == 2:
				return f.compareFiles(cmd, args[0], args[1])
			case len(args) == 1:
				return f.compareRun(cmd, args[0])
			}
			return usage(errRunOrTable)
		},
	}
	cmd.Flags().StringVar(&f.csv, "csv", "", "judge the table in `FILE`, - for standard input")
	cmd.Flags().StringVar(&f.minEffect, "min-effect", "", "least `CHANGE` that counts, like 3% (default: a run's own; 2% for a table)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "exit with 3 when a benchmark's verdict is cannot tell")
	addDB(cmd, &f.db)
	return cmd
}

func (f *compareFlags) compareRun(cmd *cobra.Command, ref string) error {
	record, err := openRecord(cmd, f.db, ref)
	if err != nil {
		return err
	}
	if f.minEffect != "" {
		effect, err := fraction("--min-effect", f.minEffect)
		if err != nil {
			return err
		}
		for i := range record.Run.Bench {
			record.Run.Bench[i].MinEffect = effect
		}
	}
	comparisons := verdict.Judge(record)
	if err := printComparisons(cmd, record, comparisons, f.json); err != nil {
		return err
	}
	return verdictExit(comparisons, f.strict)
}

// effect is the least change that counts where no run says so.
func (f *compareFlags) effect() (float64, error) {
	if f.minEffect == "" {
		return verdict.DefaultMinEffect, nil
	}
	return fraction("--min-effect", f.minEffect)
}

func (f *compareFlags) compareFiles(cmd *cobra.Command, old, fresh string) error {
	effect, err := f.effect()
	if err != nil {
		return err
	}
	base, err := files.Read(cmd.Context(), old)
	if err != nil {
		return err
	}
	head, err := files.Read(cmd.Context(), fresh)
	if err != nil {
		return err
	}
	joined, err := files.Join(base, head)
	if err != nil {
		return err
	}
	for _, set := range []*files.Set{base, head} {
		for _, broken := range set.Broken {
			fmt.Fprintf(os.Stderr, "%s: %s failed: %s\n", words.Plain(set.Path), words.Plain(broken.Benchmark), words.Plain(broken.Why))
		}
		for _, note := range set.Notes {
			fmt.Fprintf(os.Stderr, "%s: %s\n", words.Plain(set.Path), words.Plain(note))
		}
	}
	pairs := make([]verdict.Pair, len(joined))
	for i, p := range joined {
		pairs[i] = verdict.Pair{Benchmark: p.Benchmark, Metric: p.Metric, MinEffect: effect, Base: p.Base, Head: p.Head}
	}
	return f.conclude(cmd, verdict.Compare(pairs))
}

func (f *compareFlags) compareTable(cmd *cobra.Command) error {
	effect, err := f.effect()
	if err != nil {
		return err
	}
	var pairs []verdict.Pair
	err = readTable(cmd, f.csv, func(r io.Reader, name string) (err error) {
		pairs, err = table.ReadComparisons(r, name, effect)
		return err
	})
	if err != nil {
		return err
	}
	return f.conclude(cmd, verdict.Compare(pairs))
}

// conclude prints comparisons of something that is no run: machines get them in
// the order of the input, people the worst first.
func (f *compareFlags) conclude(cmd *cobra.Command, comparisons []verdict.Comparison) error {
	out := cmd.OutOrStdout()
	var err error
	if f.json {
		err = printJSON(out, struct {
			Comparisons []verdict.Comparison `json:"comparisons"`
		}{comparisons})
	} else {
		err = reports.Table(out, comparisons, style(out))
	}
	if err != nil {
		return err
	}
	return verdictExit(comparisons, f.strict)
}

// readTable opens a table, or standard input for -.
func readTable(cmd *cobra.Command, path string, read func(io.Reader, string) error) error {
	if path == "-" {
		return read(cmd.InOrStdin(), "standard input")
	}
	file, err := os.Open(path)
	if err != nil {
		return &results.Problem{Kind: results.BadInput, Where: path, What: "it cannot be read: " + strings.TrimPrefix(err.Error(), "open "+path+": "), Next: "name a table of comma-separated values", Err: err}
	}
	defer file.Close()
	return read(file, path)
}

// fraction reads a share as people write it: 3% or 0.03.
func fraction(where, text string) (float64, error) {
	number, isPercent := strings.CutSuffix(strings.TrimSpace(text), "%")
	var value float64
	var rest string
	if n, _ := fmt.Sscanf(strings.TrimSpace(number)+"\n", "%g%s", &value, &rest); n != 1 || !(value >= 0) || value > 1e6 {
		return 0, &results.Problem{Kind: results.BadInput, Where: where, What: fmt.Sprintf("%q is no share", text), Next: "give one like 3% or 0.03"}
	}
	if isPercent {
		value /= 100
	}
	return value, nil
}
