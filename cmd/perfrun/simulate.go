package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict/rehearse"
)

// simulateFlags are what simulate is told.
type simulateFlags struct {
	request           harness.Request
	engine, only, db  string
	quiet             string
	effect, minEffect string
	maxTime           time.Duration
	runs              int
	json              bool
	least             float64 // minEffect as a fraction
}

func simulateCommand() *cobra.Command {
	f := simulateFlags{}
	cmd := &cobra.Command{
		Use:     "simulate [--effect CHANGE]",
		GroupID: "machine",
		Short:   "Play the suite's policy on this machine's noise: what it would find, and what it would cost",
		Long: `Simulate plays whole runs of the suite with values drawn from its latest
calibration on this machine, by the rules of real runs: looks, max_time, a second
block. It prints for every metric how often a slow-down by the effect would be
called a regression, the smallest one that 9 of 10 runs find, how often nothing at
all raises an alarm, and how many rounds and how much time that takes.

The policy is the suite's as it lies in the working tree; --min-effect, --rounds,
--max-time and --fixed ask what if. Nothing is measured. The same question gets the
same answer: another --seed shows how much of it is luck.`,
		Example: "  perfrun simulate\n  perfrun simulate --effect 2% --min-effect 1% --rounds 80 --max-time 30m",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.simulate(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.request.Suite, "suite", harness.DefaultSuite, "suite `FILE`, read from the working tree if it lies in the repository")
	flags.StringVar(&f.request.Repo, "repo", ".", "`DIR` of the git repository")
	flags.StringVar(&f.only, "only", "", "only benchmarks whose name matches `REGEX`")
	flags.StringVar(&f.effect, "effect", "3%", "`CHANGE` for the worse that should be found")
	flags.StringVar(&f.minEffect, "min-effect", "", "least `CHANGE` that counts (default: the suite's)")
	flags.IntVar(&f.request.Rounds, "rounds", 0, "measured rounds of a run, at most (default: the suite's)")
	flags.DurationVar(&f.maxTime, "max-time", 0, "`TIME` that the rounds of a run may take, like 20m (default: the suite's)")
	flags.BoolVar(&f.request.Fixed, "fixed", false, "all rounds are measured, however sure the verdicts are before")
	flags.StringVar(&f.engine, "engine", "docker", "where runs are executed: docker or host")
	flags.StringVar(&f.quiet, "quiet", "", "how much of the machine runs take: none, pin, or isolate (default: as the machine is configured)")
	flags.IntVar(&f.runs, "runs", 0, "how many runs to simulate (default: 200; fewer, but 60 at least, for more than 5 metrics)")
	flags.Int64Var(&f.request.Seed, "seed", 0, "seed of the simulation")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	addDB(cmd, &f.db)
	return cmd
}

func (f *simulateFlags) simulate(cmd *cobra.Command) error {
	effect, err := f.check(cmd)
	if err != nil {
		return err
	}
	outlook, err := f.outlook(cmd)
	if err != nil {
		return err
	}
	f.adjust(&outlook.Run)
	shown := newProgress(os.Stderr)
	defer shown.end()
	forecast, err := rehearse.Rehearse(cmd.Context(), rehearse.Question{
		Run: outlook.Run, Calibration: outlook.Calibration, Effect: effect, Runs: f.runs, Seed: uint64(f.request.Seed), Progress: shown.simulated,
	})
	shown.end()
	if err != nil {
		return err
	}
	if len(forecast.Metrics) == 0 {
		return &results.Problem{
			Kind: results.CannotRun, Where: "suite " + forecast.Suite, What: "nothing of it can be simulated: " + forecast.Missing[0].Benchmark + ": " + forecast.Missing[0].Why,
			Next: "run perfrun calibrate again",
		}
	}
	if f.json {
		return printJSON(cmd.OutOrStdout(), forecast)
	}
	return reports.Forecast(cmd.OutOrStdout(), forecast, style(cmd.OutOrStdout()))
}

// check reads the flags that cobra only knows as strings.
func (f *simulateFlags) check(cmd *cobra.Command) (effect float64, err error) {
	bad := func(flag, what, next string) error {
		return &results.Problem{Kind: results.BadInput, Where: flag, What: what, Next: next}
	}
	if effect, err = fraction("--effect", f.effect); err != nil {
		return 0, err
	}
	if effect <= 0 || effect >= 1 {
		return 0, bad("--effect", strconv.Quote(f.effect)+" is no slow-down to look for", "give one above 0 and below 100%, like 3%")
	}
	if f.minEffect != "" {
		if f.least, err = fraction("--min-effect", f.minEffect); err != nil {
			return 0, err
		}
	}
	if f.request.Quiet, err = level("--quiet", f.quiet); err != nil {
		return 0, err
	}
	changed := cmd.Flags().Changed
	switch {
	case f.engine != "docker" && f.engine != "host":
		return 0, bad("--engine", strconv.Quote(f.engine)+" is no engine", "give docker or host")
	case f.request.Rounds < 0 || changed("rounds") && f.request.Rounds == 0:
		return 0, bad("--rounds", strconv.Itoa(f.request.Rounds)+" is no number of rounds", "give 1 or more")
	case f.runs < 0 || changed("runs") && f.runs == 0 || f.runs > mostRuns:
		return 0, bad("--runs", strconv.Itoa(f.runs)+" is no number of runs to simulate", fmt.Sprintf("give 1 to %d", mostRuns))
	case f.maxTime < 0 || changed("max-time") && f.maxTime == 0:
		return 0, bad("--max-time", f.maxTime.String()+" is no time", "give one like 20m")
	case f.request.Seed < 0:
		return 0, bad("--seed", "it is negative", "give 0 or more")
	}
	if f.only != "" {
		if f.request.Only, err = regexp.Compile(f.only); err != nil {
			return 0, bad("--only", err.Error(), "give a regular expression in Go's syntax")
		}
	}
	return effect, nil
}

// mostRuns are far more than any question needs.
const mostRuns = 100_000

// outlook asks what a run would be, here and now.
func (f *simulateFlags) outlook(cmd *cobra.Command) (*harness.Outlook, error) {
	machine, err := openMachine()
	if err != nil {
		return nil, err
	}
	reader, err := openLocal(cmd.Context(), f.db)
	if problem, ok := errors.AsType[*results.Problem](err); ok && errors.Is(err, fs.ErrNotExist) {
		problem.Next = "run perfrun calibrate first, or name another file with --db"
	}
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	h := harness.Harness{Store: reader, Machine: machine, Now: time.Now}
	return h.Outlook(cmd.Context(), f.engine, f.request)
}

// adjust puts what if in the place of what the suite says.
func (f *simulateFlags) adjust(run *results.Run) {
	if f.maxTime > 0 {
		run.Plan.MaxTime = f.maxTime
	}
	if f.minEffect == "" {
		return
	}
	for i := range run.Bench {
		run.Bench[i].MinEffect = f.least
	}
}

// simulated shows how far a simulation has come.
func (p *progress) simulated(done, all int) {
	if p.terminal {
		p.draw(fmt.Sprintf("%3d %%  simulated run %d of %d", 100*done/all, done, all), "")
		return
	}
	if tenth := max(1, all/10); done%tenth == 0 {
		fmt.Fprintf(p.out, "simulated %d of %d runs\n", done, all)
	}
}
