package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// historyFlags are the flags of history as they are typed.
type historyFlags struct {
	db, suite, add, csv, better string
	all, json                   bool
}

func historyCommand() *cobra.Command {
	f := historyFlags{}
	cmd := &cobra.Command{
		Use:         "history [SERIES | --suite NAME | --csv FILE]",
		Annotations: ofBoxes,
		GroupID:     "look",
		Short:       "Show where benchmarks stepped to another level over the commits of the main branch",
		Long: `Every run adds what it measured of commits that the main branch holds to their
history. History lists the steps that were announced: what a run found between
two commits, and what showed only over many. A step once announced stays; a
regression closes when a later step takes it back, and is quiet when it is
accepted (perfrun accept). With a suite, steps that only emerge are listed too;
with a series, named in full or by any part that no other has, also its points.

With --csv it reads a table with the header series,value, and perhaps commit and
environment, in time order, many series a file, and prints the change points.

Where the environment changes (kernel, image, how the benchmark is executed) a
new segment begins: that is no step, and nothing is compared across it.`,
		Example: "  perfrun history\n  perfrun history --suite dataflow --all\n  perfrun history join:wall\n  perfrun history --csv nightly.csv --json",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.suite, "suite", "", "only series of the suite `NAME`")
	flags.BoolVar(&f.all, "all", false, "also what is recovered or accepted, and improvements")
	flags.StringVar(&f.csv, "csv", "", "read the table in `FILE`, - for standard input")
	flags.StringVar(&f.better, "better", string(results.Lower), "whether lower or higher values of the table are better")
	flags.StringVar(&f.add, "add", "", "add the `RUN` to the history, if that failed when it ended")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	addDB(cmd, &f.db)
	return cmd
}

func (f *historyFlags) run(cmd *cobra.Command, args []string) error {
	others := len(args) > 0 || f.suite != "" || f.add != ""
	switch {
	case f.csv != "" && others || f.add != "" && (len(args) > 0 || f.suite != ""):
		return usage(errors.New("name a series, or --suite, or --csv, or --add: only one of them"))
	case f.csv != "":
		return f.table(cmd)
	case cmd.Flags().Changed("better"):
		return usage(errors.New("--better is for --csv: runs know which way their metrics are better"))
	case f.add != "":
		return f.remember(cmd.Context())
	}
	reader, err := openReader(cmd, f.db)
	if err != nil {
		return err
	}
	defer reader.Close()
	if len(args) > 0 {
		return f.one(cmd, reader, args[0])
	}
	return f.overview(cmd, reader)
}

// remember is for a run whose history could not be written when it ended.
func (f *historyFlags) remember(ctx context.Context) error {
	writer, err := openWriter(ctx, f.db)
	if err != nil {
		return err
	}
	defer writer.Close()
	id, err := writer.Resolve(ctx, f.add)
	if err != nil {
		return err
	}
	record, err := writer.Record(ctx, id)
	if err != nil {
		return err
	}
	if record.Run.State != results.Done {
		return &results.Problem{Kind: results.BadInput, Where: "run " + id, What: "it is " + string(record.Run.State) + " and has no place in the history", Next: "add one that is done"}
	}
	if err := harness.Outcomes(ctx, writer, record); err != nil {
		return err
	}
	return harness.Remember(ctx, writer, record)
}

// overview lists the steps of all series.
func (f *historyFlags) overview(cmd *cobra.Command, reader records) error {
	all, err := reader.Series(cmd.Context(), f.suite)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return f.nothing()
	}
	steps, accepted, err := f.known(cmd.Context(), reader)
	if err != nil {
		return err
	}
	chosen := all
	if f.suite == "" { // a look back at everything takes too long
		chosen = slices.DeleteFunc(slices.Clone(all), func(s results.Series) bool {
			return !slices.ContainsFunc(steps, func(step results.Step) bool { return step.Series == s })
		})
	}
	timelines, err := load(cmd.Context(), reader, chosen, steps, accepted, f.suite != "")
	if err != nil {
		return err
	}
	list := verdict.MostWorrying(timelines, f.all)
	if f.json {
		return printJSON(cmd.OutOrStdout(), struct {
			Series       int                 `json:"series"`
			ChangePoints []verdict.TimedStep `json:"change_points"`
		}{len(all), list})
	}
	return reports.Steps(cmd.OutOrStdout(), len(all), list, style(cmd.OutOrStdout()))
}

func (f *historyFlags) nothing() error {
	where := "the database"
	if f.suite != "" {
		where = "suite " + strconv.Quote(f.suite)
	}
	return &results.Problem{
		Kind: results.CannotRun, Where: where, What: "it has no history yet",
		Next: "points come from runs that are done, of commits that the main branch holds (perfrun run --base HEAD~1 on it)",
	}
}

func (f *historyFlags) known(ctx context.Context, reader records) ([]results.Step, []results.Acceptance, error) {
	steps, err := reader.Steps(ctx, f.suite)
	if err != nil {
		return nil, nil, err
	}
	accepted, err := reader.Acceptances(ctx, f.suite)
	return steps, accepted, err
}

// load reads series and lays them out, in the order of their names.
func load(ctx context.Context, reader records, all []results.Series, steps []results.Step, accepted []results.Acceptance, back bool) ([]*verdict.Timeline, error) {
	slices.SortFunc(all, results.Series.Compare)
	timelines := make([]*verdict.Timeline, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, series := range all {
		group.Go(func() error {
			points, err := reader.Points(ctx, series)
			if err != nil {
				return err
			}
			timelines[i] = verdict.NewTimeline(series, points, steps, accepted)
			if back {
				timelines[i].LookBack()
			}
			return nil
		})
	}
	return timelines, group.Wait()
}

// one shows a series with its points.
func (f *historyFlags) one(cmd *cobra.Command, reader records, name string) error {
	all, err := reader.Series(cmd.Context(), f.suite)
	if err != nil {
		return err
	}
	series, err := resolveSeries(all, name)
	if err != nil {
		return err
	}
	steps, accepted, err := f.known(cmd.Context(), reader)
	if err != nil {
		return err
	}
	timelines, err := load(cmd.Context(), reader, []results.Series{series}, steps, accepted, true)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd.OutOrStdout(), timelines[0])
	}
	return reports.Timeline(cmd.OutOrStdout(), timelines[0], style(cmd.OutOrStdout()))
}

// resolveSeries finds the series of this name, or the only one that has it in its
// name.
func resolveSeries(all []results.Series, name string) (results.Series, error) {
	var found []results.Series
	var names []string
	for _, s := range all {
		if s.String() == name {
			return s, nil
		}
		if strings.Contains(s.String(), name) {
			found, names = append(found, s), append(names, strconv.Quote(s.String()))
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	slices.Sort(names)
	problem := &results.Problem{Kind: results.BadInput, Where: "series " + strconv.Quote(name), What: "there is none with this in its name", Next: "perfrun history lists series with steps, perfrun show the benchmarks of a run"}
	if len(found) > 1 {
		problem.What, problem.Next = fmt.Sprintf("it fits %d series", len(found)), "name one: "+strings.Join(names[:min(5, len(names))], ", ")
	}
	return results.Series{}, problem
}
