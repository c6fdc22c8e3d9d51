package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/beside"
	"mtrlz.dev/perfrun/results/verdict"
)

// hostsFlags are the flags of hosts as they are typed.
type hostsFlags struct {
	db, suite, decides string
	prices             []string
	limit              int
	json               bool
}

func hostsCommand() *cobra.Command {
	f := hostsFlags{}
	cmd := &cobra.Command{
		Use:         "hosts [RUN]",
		Annotations: ofBoxes,
		GroupID:     "look",
		Short:       "Set the office beside the cloud: what each saw of the same commits, and at what price",
		Long: `Hosts finds runs that compared the same two commits on hosts of different classes, as
perfrun ci makes them. With a run it sets that comparison on all classes beside each
other: changes with their intervals, whether they agree, and if not, whether the other
host could have seen it. Without one it sums up the latest such pairs: for which
benchmarks a class is good enough, and which need the one that decides.`,
		Example: `  perfrun hosts
  perfrun hosts latest --price cloud=0.34
  perfrun hosts --suite dataflow --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reader, err := openReader(cmd, f.db)
			if err != nil {
				return err
			}
			defer reader.Close()
			if len(args) == 1 {
				return f.one(cmd, reader, args[0])
			}
			return f.overTime(cmd, reader)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.suite, "suite", "", "only the suite `NAME`")
	flags.StringVar(&f.decides, "decides", "office", "`CLASS` of hosts that others are held against")
	flags.StringArrayVar(&f.prices, "price", nil, "what an hour on hosts of a class costs, like cloud=0.34; may be repeated (default: prices of the configuration)")
	flags.IntVarP(&f.limit, "limit", "n", 30, "sum up at most this many pairs of commits")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	addDB(cmd, &f.db)
	return cmd
}

// one sets all runs of a run's two commits beside each other.
func (f *hostsFlags) one(cmd *cobra.Command, reader records, ref string) error {
	prices, err := pricesOf(f.prices)
	if err != nil {
		return err
	}
	id, err := reader.Resolve(cmd.Context(), ref)
	if err != nil {
		return err
	}
	runs, err := reader.Runs(cmd.Context(), 0)
	if err != nil {
		return err
	}
	wanted := runs[slices.IndexFunc(runs, func(r results.Run) bool { return r.ID == id })]
	twins := twinsOf(runs, wanted, f.decides)
	if len(twins) < 2 {
		return &results.Problem{
			Kind: results.BadInput, Where: "run " + id, What: fmt.Sprintf("these commits were compared on hosts of class %q alone", wanted.Class),
			Next: "measure them on another kind of host (perfrun ci does both), or perfrun import what was measured there",
		}
	}
	hosts, rows, err := readTwins(cmd.Context(), reader, twins)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd.OutOrStdout(), struct {
			Hosts []results.Run `json:"hosts"`
			Rows  []beside.Row  `json:"rows"`
		}{twins, rows})
	}
	return reports.Beside(cmd.OutOrStdout(), hosts, rows, prices, style(cmd.OutOrStdout()))
}

// overTime sums up the latest pairs of commits.
func (f *hostsFlags) overTime(cmd *cobra.Command, reader records) error {
	runs, err := reader.Runs(cmd.Context(), 0)
	if err != nil {
		return err
	}
	var pairs [][]beside.Row
	for _, twins := range allTwins(runs, f.suite, f.decides) {
		if len(pairs) == f.limit {
			break
		}
		_, rows, err := readTwins(cmd.Context(), reader, twins)
		if err != nil {
			return err
		}
		pairs = append(pairs, rows)
	}
	standings := beside.OverTime(pairs)
	if f.json {
		return printJSON(cmd.OutOrStdout(), struct {
			Decides   string            `json:"decides"`
			Pairs     int               `json:"pairs"`
			Standings []beside.Standing `json:"standings"`
		}{f.decides, len(pairs), standings})
	}
	return reports.BesideOverTime(cmd.OutOrStdout(), standings, f.decides, style(cmd.OutOrStdout()))
}

// compared is what twins have in common.
func compared(r results.Run) [3]string { return [3]string{r.Suite, r.Base.Rev, r.Head.Rev} }

// twinsOf are the latest finished runs of one comparison, one of each class, the class
// that decides first.
func twinsOf(runs []results.Run, wanted results.Run, decides string) (twins []results.Run) {
	for _, r := range runs { // newest first
		known := slices.ContainsFunc(twins, func(t results.Run) bool { return t.Class == r.Class })
		if compared(r) == compared(wanted) && r.Kind == results.Comparison && r.State == results.Done && !r.Base.Dirty && !r.Head.Dirty && !known {
			twins = append(twins, r)
		}
	}
	slices.SortStableFunc(twins, func(a, b results.Run) int {
		if (a.Class == decides) != (b.Class == decides) {
			return map[bool]int{true: -1, false: 1}[a.Class == decides]
		}
		return strings.Compare(a.Class, b.Class)
	})
	return twins
}

// allTwins are the comparisons that the deciding class and another made, newest first.
func allTwins(runs []results.Run, suite, decides string) (list [][]results.Run) {
	groups := map[[3]string][]results.Run{}
	var order []results.Run // the newest of each group
	for _, r := range runs {
		if suite != "" && r.Suite != suite {
			continue
		}
		if groups[compared(r)] == nil {
			order = append(order, r)
		}
		groups[compared(r)] = append(groups[compared(r)], r)
	}
	for _, r := range order {
		if twins := twinsOf(groups[compared(r)], r, decides); len(twins) > 1 && twins[0].Class == decides {
			list = append(list, twins)
		}
	}
	return list
}

func readTwins(ctx context.Context, reader records, twins []results.Run) (hosts []beside.Host, rows []beside.Row, err error) {
	for _, r := range twins {
		record, err := reader.Record(ctx, r.ID)
		if err != nil {
			return nil, nil, err
		}
		hosts = append(hosts, beside.Of(record, verdict.Judge(record)))
	}
	return hosts, beside.Rows(hosts), nil
}

// pricesOf are the prices of this machine's configuration, and those that are typed
// instead.
func pricesOf(texts []string) (reports.Prices, error) {
	typed, err := parsePrices(texts)
	if err != nil {
		return nil, err
	}
	c, err := loadConfig()
	if err != nil {
		return nil, err
	}
	prices := reports.Prices{}
	maps.Copy(prices, c.Prices)
	maps.Copy(prices, typed)
	return prices, nil
}

// parsePrices reads CLASS=NUMBER.
func parsePrices(texts []string) (reports.Prices, error) {
	prices := reports.Prices{}
	for _, text := range texts {
		class, number, ok := strings.Cut(text, "=")
		price, err := strconv.ParseFloat(number, 64)
		if !ok || class == "" || err != nil || !(price >= 0 && price < 1e9) {
			return nil, &results.Problem{Kind: results.BadInput, Where: "--price", What: fmt.Sprintf("%.60q is no price", text), Next: "give one like cloud=0.34, per hour"}
		}
		prices[class] = price
	}
	return prices, nil
}
