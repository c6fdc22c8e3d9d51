package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"os"
	"os/user"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/results/verdict"
)

// runFlags are the flags of run as they are typed.
type runFlags struct {
	request                      harness.Request
	engine, cpus, only           string
	quiet, require, instructions string
	minEffect                    string
	askedBy, runAs, class        string // who ordered it of a box, and whom strangers' code runs as
	exitPassing                  bool
	notes                        []string // of how it came about, NAME=VALUE
	db                           string
	json, strict                 bool
	progress                     *progress
}

func runCommand() *cobra.Command {
	f := runFlags{}
	cmd := &cobra.Command{
		Use:     "run --base REV [--head REV]",
		GroupID: "measure",
		Short:   "Measure a head commit against a base commit, here and now",
		Long: `Run builds both commits in the suite's image, executes every benchmark of both
sides in random order, round by round, keeps each sample in the database, and
prints a verdict per benchmark. Ctrl-C ends it and keeps what was measured.

It stops by itself. After some rounds it looks at the verdicts, and measures no
more what is sure; looking is paid for, so that it costs no false alarms. What
changed is measured once more, in new containers: only what shows itself again is
called a regression or an improvement. The suite's max_time holds for all of it.

With --instructions it counts instructions as well, which hardly wobble: by the
processor in every execution, or, with --instructions=callgrind, by simulation in
three to six executions a side beside the rounds. Those take some tens of times as
long, are never timed, and max_time is not for them; the image must have valgrind.`,
		Example: `  perfrun run --base main --head HEAD
  perfrun run --base HEAD~1 --head . --only '^join'
  perfrun run --base main --instructions=callgrind
  perfrun run --engine host --base v1.0 --head v1.1 --rounds 30`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.revisionFlags(cmd, "base `REV`ision (required)")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "exit with 3 when a benchmark's verdict is cannot tell")
	f.measureFlags(cmd)
	f.jobFlags(cmd)
	return cmd
}

// revisionFlags are those of every verb that measures two commits.
func (f *runFlags) revisionFlags(cmd *cobra.Command, base string) {
	flags := cmd.Flags()
	flags.StringVar(&f.request.Suite, "suite", harness.DefaultSuite, "suite `FILE`, read from the head commit if it lies in the repository")
	flags.StringVar(&f.request.Repo, "repo", ".", "`DIR` of the git repository to measure")
	flags.StringVar(&f.request.Base, "base", "", base)
	flags.StringVar(&f.request.Head, "head", "HEAD", "head `REV`ision; . is the working tree as it is")
	flags.BoolVar(&f.request.Fixed, "fixed", false, "measure all rounds, however sure the verdicts are before")
	flags.StringVar(&f.minEffect, "min-effect", "", "least `CHANGE` that counts for every benchmark, like 3% (default: the suite's)")
}

// jobFlags are for runs that a box makes for others; people need none of them.
func (f *runFlags) jobFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.request.ID, "id", "", "id of the run")
	flags.StringVar(&f.askedBy, "asked-by", "", "who ordered the run")
	flags.BoolVar(&f.exitPassing, "exit-passing", false, "exit with 75 where another try may go well")
	flags.StringVar(&f.runAs, "run-as", "", "`UID:GID` that builds and benchmarks run as (default: who runs perfrun)")
	flags.StringVar(&f.class, "host-class", "", "`LABEL` of the kind of host (default: as the machine is configured)")
	flags.StringArrayVar(&f.notes, "note", nil, "`NAME=VALUE` to keep with the run")
	for _, name := range []string{"id", "asked-by", "exit-passing", "run-as", "host-class", "note"} {
		_ = flags.MarkHidden(name) // they exist
	}
}

// noArgs refuses words without a flag. A flag whose value can be left out takes it after
// = only.
func noArgs(cmd *cobra.Command, args []string) error {
	if flag := cmd.Flags().Lookup("instructions"); len(args) > 0 && flag.Changed && flag.Value.String() == flag.NoOptDefVal {
		return &results.Problem{
			Kind: results.BadInput, Where: "--instructions", What: fmt.Sprintf("%q stands apart from it", args[0]),
			Next: "write it in one word: --instructions=callgrind",
		}
	}
	return cobra.NoArgs(cmd, args)
}

// measureFlags are those of every verb that measures.
func (f *runFlags) measureFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.only, "only", "", "only benchmarks whose name matches `REGEX`")
	flags.StringVar(&f.engine, "engine", "docker", "where to execute: docker, or host for this machine as it is")
	flags.StringVar(&f.cpus, "cpus", "", "`LIST` of the benchmark's CPUs, like 2-3 (default: the suite's, else the highest core)")
	flags.Int64Var(&f.request.Seed, "seed", 0, "seed of the order and the environment sizes (default: drawn)")
	flags.IntVar(&f.request.Rounds, "rounds", 0, "measured rounds, at most (default: the suite's)")
	flags.StringVar(&f.quiet, "quiet", "", "how much of the machine to take: none, pin, or isolate (default: as the machine is configured)")
	flags.StringVar(&f.require, "require", "", "fail unless this `LEVEL` of quiet is reached: pin or isolate")
	flags.BoolVar(&f.request.Duet, "duet", false, "execute both sides at the same time, each on cores of its own: for rented machines with neighbours")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	flags.StringVar(&f.instructions, "instructions", "", "count user-mode instructions: perf by the processor, =callgrind by simulation in the image, =none (default: the suite's)")
	flags.Lookup("instructions").NoOptDefVal = string(suite.InstructionsPerf)
	addDB(cmd, &f.db)
}

func (f *runFlags) run(cmd *cobra.Command) error {
	f.request.Kind = results.Comparison
	err := f.withHarness(cmd, func(ctx context.Context, h *harness.Harness) error {
		run, runErr := f.measure(ctx, h)
		if run.ID == "" {
			return runErr
		}
		return f.conclude(cmd, h.Store, run, runErr)
	})
	if problem, ok := errors.AsType[*results.Problem](err); ok && f.exitPassing && problem.Passing {
		return passingError{err}
	}
	return err
}

// measure makes the run that the flags ask for.
func (f *runFlags) measure(ctx context.Context, h *harness.Harness) (results.Run, error) {
	defer f.progress.end()
	h.User, h.Machine.Class = cmp.Or(f.askedBy, h.User), cmp.Or(f.class, h.Machine.Class)
	return h.Measure(ctx, f.request)
}

// withHarness opens everything that measuring needs, and closes it.
func (f *runFlags) withHarness(cmd *cobra.Command, work func(context.Context, *harness.Harness) error) error {
	ctx := cmd.Context()
	if err := f.check(cmd); err != nil {
		return err
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	chosen, err := openEngine(ctx, f.engine, binary)
	if err != nil {
		return err
	}
	defer chosen.Close()
	db, err := store.Open(ctx, f.db)
	if err != nil {
		return err
	}
	defer db.Close()
	f.progress = newProgress(os.Stderr)
	defer f.progress.end()
	h, err := newHarness(chosen, db, f.progress, f.db)
	if err != nil {
		return err
	}
	if err := closeDeadRuns(ctx, db, f.progress); err != nil {
		return err
	}
	return work(ctx, h)
}

// check reads the flags that cobra only knows as strings.
func (f *runFlags) check(cmd *cobra.Command) (err error) {
	if f.request.Base == "" {
		return &results.Problem{Kind: results.BadInput, Where: "--base", What: "it names no revision", Next: "say what to compare with: perfrun run --base main"}
	}
	if f.request.CPUs, err = cpuset.Parse(f.cpus); err != nil {
		return &results.Problem{Kind: results.BadInput, Where: "--cpus", What: err.Error(), Next: "give a list like 2 or 2-3,6"}
	}
	if f.only != "" {
		if f.request.Only, err = regexp.Compile(f.only); err != nil {
			return &results.Problem{Kind: results.BadInput, Where: "--only", What: err.Error(), Next: "give a regular expression in Go's syntax"}
		}
	}
	if f.request.Rounds < 0 || cmd.Flags().Changed("rounds") && f.request.Rounds == 0 {
		return &results.Problem{Kind: results.BadInput, Where: "--rounds", What: strconv.Itoa(f.request.Rounds) + " is no number of rounds", Next: "give 1 or more"}
	}
	if f.request.Quiet, err = level("--quiet", f.quiet); err != nil {
		return err
	}
	if f.request.Require, err = level("--require", f.require); err != nil {
		return err
	}
	if f.request.Instructions, err = harness.ParseInstructions(f.instructions); err != nil {
		return err
	}
	if f.request.As, err = engine.ParseAs(f.runAs); err != nil {
		return err
	}
	if f.minEffect != "" {
		if f.request.MinEffect, err = fraction("--min-effect", f.minEffect); err != nil {
			return err
		}
		if f.request.MinEffect == 0 {
			return &results.Problem{Kind: results.BadInput, Where: "--min-effect", What: "every change counts more than none", Next: "give a share above 0, like 0.5%"}
		}
	}
	if f.request.Seed < 0 {
		return &results.Problem{Kind: results.BadInput, Where: "--seed", What: "it is negative", Next: "give 0 or more"}
	}
	if !cmd.Flags().Changed("seed") {
		f.request.Seed = mathrand.Int64N(math.MaxInt32) // short enough to type again
	}
	for _, note := range f.notes {
		name, value, _ := strings.Cut(note, "=")
		f.request.Notes = append(f.request.Notes, results.Fact{Name: name, Value: value})
	}
	if f.db, err = dbPath(f.db); err != nil {
		return err
	}
	if f.request.ID == "" {
		f.request.ID = newID()
	}
	return nil
}

// newID makes the id of a run or a job.
func newID() string {
	id := make([]byte, 6)
	_, _ = rand.Read(id) // never fails, see crypto/rand
	return hex.EncodeToString(id)
}

// conclude prints what a run yielded, also one that was broken off.
func (f *runFlags) conclude(cmd *cobra.Command, db harness.Store, run results.Run, runErr error) error {
	ctx := context.WithoutCancel(cmd.Context())
	record, err := db.Record(ctx, run.ID)
	if err != nil {
		return err
	}
	comparisons := verdict.Judge(record)
	if runErr == nil || len(record.Executions) > 0 {
		if err := printComparisons(cmd, record, comparisons, f.json); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "run %s is %s: perfrun report %s writes its page\n", run.ID, run.State, run.ID)
	if runErr != nil {
		return runErr
	}
	return verdictExit(comparisons, f.strict)
}

func openEngine(ctx context.Context, name, binary string) (engine.Engine, error) {
	switch name {
	case "docker":
		return engine.OpenDocker(ctx, binary)
	case "host":
		return engine.OpenHost(binary), nil
	}
	return nil, &results.Problem{Kind: results.BadInput, Where: "--engine", What: strconv.Quote(name) + " is no engine", Next: "give docker or host"}
}

func newHarness(chosen engine.Engine, db *store.Store, progress *progress, dbFile string) (*harness.Harness, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	self, err := host.Self()
	if err != nil {
		return nil, err
	}
	machine, err := openMachine()
	if err != nil {
		return nil, err
	}
	return &harness.Harness{
		Engine: chosen, Store: db, Progress: progress, Cache: cache, Logs: dbFile + "-logs",
		Lock: lockPath(), Machine: machine, Owner: self.String(), User: userName(),
		Versions: append([]results.Fact{{Name: "perfrun", Value: version}}, verdict.Methods()...),
		Now:      time.Now,
	}, nil
}

func lockPath() string {
	if path := os.Getenv("PERFRUN_LOCK"); path != "" {
		return path
	}
	return lock.DefaultPath
}

func userName() string {
	if current, err := user.Current(); err == nil {
		return current.Username
	}
	return strconv.Itoa(os.Getuid())
}

// closeDeadRuns ends runs whose perfrun is dead and could not say so.
func closeDeadRuns(ctx context.Context, db *store.Store, progress *progress) error {
	open, err := db.Unfinished(ctx)
	if err != nil {
		return err
	}
	for _, run := range open {
		owner, err := host.ParseProcess(run.Owner)
		if err == nil && (!owner.Here() || owner.Alive()) {
			continue
		}
		progress.Say(fmt.Sprintf("run %s was cut off while %s: what it measured is kept", run.ID, run.State))
		if err := db.SetState(ctx, run.ID, results.Failed, time.Now(), "perfrun was killed while "+string(run.State)); err != nil {
			return err
		}
	}
	return nil
}
