package harness

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/harness/counters/callgrind"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/sampler"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats"
)

const (
	// callgrindExecutions a side make an exact count, where all of a side agree: so
	// many package verdict asks for. Where they do not agree, as when processes race
	// for who waits for whom, callgrindMost are needed for a verdict.
	callgrindExecutions = 3
	callgrindMost       = 6
	// callgrindDir is made in a side's source tree, for the time of an execution.
	callgrindDir = ".perfrun-callgrind"
	// mostWords bounds what is repeated of a benchmark's own words, in characters.
	mostWords = 200
	// leastLimit is what even the shortest execution may take under callgrind.
	leastLimit = time.Minute
	// askIn bounds how long valgrind may take to say its version.
	askIn = time.Minute
)

// findValgrind returns the version of the valgrind in a place.
func (h *Harness) findValgrind(ctx context.Context, j *job, p *place) (string, error) {
	outcome, err := p.sampler.Execute(ctx, sampler.Order{
		Argv: []string{callgrind.Program, "--version"}, Dir: p.session.Work, Env: settings(j.suite.Env),
		Timeout: askIn, MaxOut: evidence, MaxErr: evidence,
	})
	version := strings.TrimSpace(string(outcome.Stdout))
	if err != nil || outcome.Error == "" && outcome.Accounts.ExitCode == 0 && version != "" {
		return version, err
	}
	where := "this machine"
	if h.Engine.Name() != "host" {
		where = "image " + j.run.HeadImage.Ref
	}
	why := outcome.Error
	if why == "" {
		why = fmt.Sprintf("%s --version ended with status %d", callgrind.Program, outcome.Accounts.ExitCode)
	}
	return "", &results.Problem{
		Kind: results.CannotRun, Where: where, What: "it has no valgrind that runs: " + why,
		Next: "install valgrind there (in Debian and Ubuntu the package valgrind), or leave out --instructions=callgrind",
	}
}

// countByCallgrind executes benchmarks under callgrind after the rounds of a block: in
// the first all of them, in the second those whose count is what it confirms. These
// executions are kept with the run like all others and have no other metric; the
// suite's max_time is not for them. A benchmark that does not run under callgrind
// loses that metric alone. A calibration needs none: what is exact has no noise.
func (h *Harness) countByCallgrind(ctx context.Context, j *job, b *bench, t *tally) error {
	if t == nil || t.version == "" || j.run.Kind == results.Calibration {
		return nil
	}
	wanted, lost := j.callgrindWanted(), 0
	if len(wanted) == 0 {
		return nil
	}
	h.Progress.Say(fmt.Sprintf("counting instructions with callgrind: %s, %d to %d executions a side", count(len(wanted), "benchmark"), callgrindExecutions, callgrindMost))
	for _, i := range wanted {
		taken, why, err := h.callgrindBoth(ctx, j, b, i)
		if err != nil {
			return err
		}
		if why != "" {
			lost++
			h.Progress.Say(fmt.Sprintf("  %s: not counted: %s", j.suite.Benchmarks[i].Name, why))
			continue
		}
		j.course.made += len(taken)
		if err := h.keep(ctx, j, taken); err != nil {
			return err
		}
	}
	g := results.Guard{
		Aspect: instructionsAspect, Held: lost == 0,
		Detail: fmt.Sprintf("callgrind (%s) counted the instructions in executions of their own", t.version),
	}
	if lost > 0 {
		g.Detail = fmt.Sprintf("callgrind (%s) could not count the instructions of %s", t.version, count(lost, "benchmark"))
	}
	h.noteGuard(j, g)
	return nil
}

// callgrindWanted lists the benchmarks to count in this block.
func (j *job) callgrindWanted() (list []int) {
	for i, b := range j.suite.Benchmarks {
		alarmed := !j.countsItself(b.Name) && slices.ContainsFunc(j.run.Alarms, func(a results.Alarm) bool { return a.Benchmark == b.Name && a.Metric == results.Instructions() })
		if !j.course.broken[i] && (j.course.block == firstBlock || alarmed) {
			list = append(list, i)
		}
	}
	return list
}

// callgrindBoth counts both sides of a benchmark. Either all of the executions have
// a count, or why says what went wrong with the first that has none.
func (h *Harness) callgrindBoth(ctx context.Context, j *job, b *bench, benchmark int) (taken []results.Execution, why string, err error) {
	if j.countsItself(j.suite.Benchmarks[benchmark].Name) {
		return nil, "it has a metric instructions of its own", nil
	}
	rounds := callgrindExecutions
	if j.course.block == secondBlock {
		rounds = callgrindMost // they did not agree in the first
	}
	for round := 0; round < rounds; round++ {
		for _, side := range results.Sides() {
			done := j.course.made + len(taken)
			h.Progress.Step(Step{
				Benchmark: j.suite.Benchmarks[benchmark].Name, Side: side, Block: j.course.block, Round: round, Rounds: rounds, Counting: true,
				Done: done, Total: j.course.made + 2*rounds,
			})
			execution, err := b.callgrind(ctx, j, slot{benchmark: benchmark, side: side})
			if err != nil {
				return nil, "", err
			}
			if execution.Fault != nil {
				return nil, fmt.Sprintf("%s: %s", side, faultWords(execution.Fault)), nil
			}
			execution.Seq, execution.Block, execution.Round = done, j.course.block, round
			taken = append(taken, execution)
		}
		if !agree(taken) {
			rounds = callgrindMost
		}
	}
	return taken, "", nil
}

// countsItself reports whether a benchmark's own output has the metric: the two would
// be taken for one.
func (j *job) countsItself(benchmark string) bool {
	counted := j.record().Counted()
	return slices.ContainsFunc(j.course.executions, func(e results.Execution) bool {
		return e.Benchmark == benchmark && e.Yields(results.Instructions()) && !counted(&e)
	})
}

// agree reports whether all executions of a side have the same count.
func agree(taken []results.Execution) bool {
	first := map[results.Side]float64{}
	for _, e := range taken {
		value := e.Samples[0].Value
		if known, seen := first[e.Side]; seen && known != value {
			return false
		}
		first[e.Side] = value
	}
	return true
}

// faultWords add to a fault the last line that was written about it.
func faultWords(f *results.Fault) string {
	lines := strings.Split(strings.TrimSpace(f.Stderr), "\n")
	if last := []rune(lines[len(lines)-1]); len(last) > 0 {
		return fmt.Sprintf("%s; it said %q", f.Detail, string(last[:min(len(last), mostWords)]))
	}
	return f.Detail
}

// callgrindLimit bounds an execution under callgrind: it may take as many times longer
// than the longest that was timed as valgrind can make it, on one CPU, and twice that. A
// program that hangs there is not waited for as long as the suite's timeout would allow.
func (j *job) callgrindLimit(benchmark suite.Benchmark, cpus int) time.Duration {
	slower, longest := time.Duration(callgrind.MostSlower*max(1, cpus)), time.Duration(0)
	for _, e := range j.course.executions {
		if e.Benchmark == benchmark.Name && e.Witness != nil {
			longest = max(longest, e.Accounts.Wall)
		}
	}
	if longest == 0 {
		longest = j.suite.TimeoutOf(benchmark)
	}
	return max(leastLimit, 2*slower*longest)
}

// callgrind makes one execution under callgrind. Its environment always has the same
// size: that is part of what is counted.
func (b *bench) callgrind(ctx context.Context, j *job, s slot) (execution results.Execution, err error) {
	place, benchmark := b.sides[s.side], j.suite.Benchmarks[s.benchmark]
	argv, _ := benchmark.Argv()
	cpus := j.cpusOf(benchmark)
	limit := j.callgrindLimit(benchmark, len(cpus))
	if err := place.emptyCallgrind(); err != nil {
		return execution, err
	}
	defer func() { err = errors.Join(err, place.tree.RemoveAll(callgrindDir)) }()
	execution = results.Execution{Benchmark: benchmark.Name, Side: s.side, Started: b.now()}
	outcome, err := place.sampler.Execute(ctx, sampler.Order{
		Argv: callgrind.Args(path.Join(place.session.Work, callgrindDir), argv),
		Dir:  path.Join(place.session.Work, benchmark.Dir), Env: settings(j.suite.Env, benchmark.Env),
		CPUs: cpus.String(), Timeout: limit, MaxOut: sampler.DefaultMaxOut, MaxErr: sampler.DefaultMaxErr,
	})
	if err != nil {
		if ctx.Err() == nil {
			err = place.lost(err)
		}
		return execution, err
	}
	execution.Accounts = outcome.Accounts
	execution.Samples, execution.Fault = judgeOutcome(outcome, limit.String(), nil, func() ([]results.Sample, error) {
		value, err := callgrind.Count(place.tree, callgrindDir)
		if errors.Is(err, callgrind.ErrNothing) {
			err = fmt.Errorf("%w: %w", formats.ErrNoResult, err)
		}
		return []results.Sample{{Metric: results.Instructions(), Value: float64(value)}}, err
	})
	return execution, nil
}

// emptyCallgrind makes the folder for one execution, with nothing of another in it.
func (p *place) emptyCallgrind() error {
	err := p.tree.RemoveAll(callgrindDir)
	if err == nil {
		err = p.tree.Mkdir(callgrindDir, 0o700)
	}
	if err == nil && p.as != (engine.As{}) {
		err = p.tree.Lchown(callgrindDir, p.as.UID, p.as.GID)
	}
	if err != nil {
		return fmt.Errorf("make a folder for callgrind's counts: %w", err)
	}
	return nil
}
