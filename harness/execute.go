package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/sampler"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/harness/witness"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
)

// launch is a slot with where and when it is executed.
type launch struct {
	slot
	cpus  cpuset.Set
	begin time.Time // for one that could not be started
	at    time.Time // zero: at once
}

// execute makes one execution. An error means that the run cannot go on; what
// is wrong with the benchmark is the execution's fault.
func (b *bench) execute(ctx context.Context, j *job, s launch) (results.Execution, error) {
	place, benchmark := b.sides[s.side], j.suite.Benchmarks[s.benchmark]
	argv, _ := benchmark.Argv()
	counted := place.tally.begin()
	watcher := b.watcher(s.cpus)
	beside := place.beside.used()
	before, watchErr := watcher.Read(place.spawner)
	outcome, err := place.sampler.Execute(ctx, sampler.Order{
		Argv: argv, Dir: path.Join(place.session.Work, benchmark.Dir), Env: settings(j.suite.Env, benchmark.Env),
		EnvBytes: s.envBytes, CPUs: s.cpus.String(), At: s.at,
		Timeout: j.suite.TimeoutOf(benchmark), MaxOut: sampler.DefaultMaxOut, MaxErr: sampler.DefaultMaxErr,
	})
	after, afterErr := watcher.Read(place.spawner)
	instructions := counted.end()
	if err != nil {
		if ctx.Err() == nil {
			err = place.lost(err)
		}
		return results.Execution{}, err
	}
	execution := results.Execution{
		Benchmark: benchmark.Name, Side: s.side, Started: outcome.Started,
		EnvBytes: s.envBytes, Accounts: outcome.Accounts,
	}
	if watchErr == nil && afterErr == nil {
		own := outcome.Accounts
		own.System += outcome.Rehearsal + place.beside.used() - beside
		seen := witness.Diff(before, after, own)
		execution.Witness = &seen
	}
	if execution.Started.IsZero() {
		execution.Started = s.begin
	}
	read := func() ([]results.Sample, error) {
		return formats.Read(benchmark.Format, formats.Output{
			Stdout: outcome.Stdout, Truncated: outcome.StdoutLen > int64(len(outcome.Stdout)),
			Dir: place.tree.FS(), Since: execution.Started, CriterionDir: benchmark.CriterionDir, File: benchmark.Output,
			Accounts: outcome.Accounts, Account: benchmark.Accounts(),
		})
	}
	execution.Samples, execution.Fault = judgeOutcome(outcome, j.suite.TimeoutOf(benchmark).String(), benchmark.Accounts(), read)
	execution.Samples = benchmark.Override(execution.Samples)
	addCount(&execution, instructions)
	return execution, nil
}

// cpusOf are the CPUs of a benchmark: as many as it asks for, or all where nothing
// is pinned.
func (j *job) cpusOf(benchmark suite.Benchmark) cpuset.Set {
	if j.level == results.LevelNone {
		return j.layout.Bench
	}
	return j.layout.Bench.First(benchmark.CPUs)
}

// dropPageCache writes dirty pages to disk and forgets clean ones
// (Documentation/admin-guide/sysctl/vm.rst), so that a benchmark starts cold.
func dropPageCache() error {
	unix.Sync()
	if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0); err != nil {
		return &results.Problem{
			Kind: results.CannotRun, Where: "page_cache", What: fmt.Sprintf("the page cache cannot be dropped: %v", err),
			Next: "run as root, or say page_cache: warm", Err: err,
		}
	}
	return nil
}

// judgeOutcome says whether an outcome is usable, and reads its samples if so.
func judgeOutcome(o sampler.Outcome, limit string, accounts []string, read func() ([]results.Sample, error)) ([]results.Sample, *results.Fault) {
	fault := func(kind results.FaultKind, format string, args ...any) *results.Fault {
		return &results.Fault{
			Kind: kind, Detail: fmt.Sprintf(format, args...),
			Stderr: string(o.Stderr), Stdout: string(o.Stdout[max(0, len(o.Stdout)-evidence):]),
		}
	}
	switch {
	case o.Error != "":
		return nil, fault(results.FaultStart, "it could not be started: %s", o.Error)
	case o.TimedOut:
		return nil, fault(results.FaultTimeout, "it ran longer than %s and was killed", limit)
	case o.Accounts.Signal != 0:
		return nil, fault(results.FaultSignal, "signal %d (%s) ended it", o.Accounts.Signal, syscall.Signal(o.Accounts.Signal))
	case o.Accounts.ExitCode != 0:
		return nil, fault(results.FaultExit, "it ended with status %d", o.Accounts.ExitCode)
	case len(o.Leftover) > 0:
		return nil, fault(results.FaultLeftover, "it ended but left processes running (%s), which were killed; a benchmark must wait for its children", strings.Join(o.Leftover, ", "))
	case belowFloor(o, accounts):
		return nil, fault(results.FaultOutput, "its max-rss is not above %d bytes, the least that can be seen; take max-rss out of its metrics", o.RSSFloor)
	}
	samples, err := read()
	switch {
	case errors.Is(err, formats.ErrNoResult):
		return nil, fault(results.FaultNoResult, "%v", err)
	case err != nil:
		return nil, fault(results.FaultOutput, "%v", err)
	}
	return samples, nil
}

// evidence is how many bytes of standard output a fault keeps.
const evidence = 4096

// belowFloor reports whether max-rss is asked for and cannot be told from the
// sampler's own.
func belowFloor(o sampler.Outcome, accounts []string) bool {
	for _, name := range accounts {
		if name == results.MetricMaxRSS {
			return o.Accounts.MaxRSS <= o.RSSFloor
		}
	}
	return false
}
