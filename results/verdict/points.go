package verdict

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/montanaflynn/stats"

	"mtrlz.dev/perfrun/results"
)

// Points is what a run says of the commits that a main branch holds: for each
// benchmark, metric and side the median of the executions that count, of both
// blocks. A benchmark that failed says nothing.
func Points(record *results.Record) (points []results.Point) {
	run := record.Run
	second := collect(record, secondBlock)
	for i, h := range collect(record, firstBlock) {
		if _, broken := h.broken(results.Done); broken {
			continue
		}
		for _, s := range h.series {
			for _, side := range results.Sides() {
				commit := sideCommit(run, side)
				values := s.values[side]
				if more := second[i].index[s.metric.Key()]; more != nil {
					values = slices.Concat(values, more.values[side])
				}
				if commit.Branch == "" || commit.Dirty || len(values) == 0 || !slices.ContainsFunc(values, finite) {
					continue
				}
				points = append(points, point(seriesOf(run, commit, h.benchmark.Name, s.metric), run, side, values))
			}
		}
	}
	return points
}

func sideCommit(run results.Run, side results.Side) results.Commit {
	if side == results.Base {
		return run.Base
	}
	return run.Head
}

func seriesOf(run results.Run, commit results.Commit, benchmark string, metric results.Metric) results.Series {
	return results.Series{Suite: run.Suite, Branch: commit.Branch, Class: run.Class, Benchmark: benchmark, Metric: metric}
}

func point(series results.Series, run results.Run, side results.Side, values []float64) results.Point {
	p := results.Point{
		Series: series, Run: run.ID, Side: side, Commit: sideCommit(run, side),
		Environment: EnvironmentOf(run, side, series.Benchmark, series.Metric), N: len(values),
	}
	p.Low, p.Value, p.High = Middle(values)
	return p
}

// Middle returns the median of values, at least one, and the quartiles around it; of
// fewer than three, the least and the largest.
func Middle(values []float64) (low, middle, high float64) {
	quartiles, err := stats.Quartile(values)
	if low, high = quartiles.Q1, quartiles.Q3; err != nil || !finite(low) || !finite(high) {
		low, high = slices.Min(values), slices.Max(values)
	}
	return low, median(values), high
}

// notEnvironment are the facts that may differ between values that are compared:
// hosts of one class are meant to be alike.
var notEnvironment = []string{"host.name"}

// notOfType are those that differ between rented machines of one type, as they are given
// out: the type stands for all of them.
var notOfType = []string{"cpu.model", "cpu.microcode", "kernel.cmdline", "memory.bytes"}

// dependsOn are the facts that an environment is made of.
func dependsOn(all []results.Fact) []results.Fact {
	rented := results.FactOf(all, results.CloudTypeFact) != ""
	return slices.DeleteFunc(slices.Clone(all), func(f results.Fact) bool {
		ofType := slices.Contains(notOfType, f.Name) || strings.HasPrefix(f.Name, "mitigation.")
		return slices.Contains(notEnvironment, f.Name) || rented && ofType
	})
}

// Environment is a digest of what values of one side of a benchmark depend on
// besides the commit: the machine, how quiet it was, the image, and how the
// benchmark is executed.
func Environment(run results.Run, side results.Side, benchmark string) string {
	image := run.HeadImage
	if side == results.Base {
		image = run.BaseImage
	}
	facts := dependsOn(run.Env)
	knobs := map[string]bool{}
	for _, k := range run.Quiet.Knobs {
		knobs[k.Name] = k.Outcome == results.KnobApplied || k.Outcome == results.KnobAlready
	}
	bench := results.Benchmark{}
	if i := slices.IndexFunc(run.Bench, func(b results.Benchmark) bool { return b.Name == benchmark }); i >= 0 {
		bench = run.Bench[i]
	}
	text, _ := json.Marshal([]any{ // plain data: it cannot fail
		facts, run.Plan.Engine, run.Quiet.Reached, run.Quiet.Shield, knobs, image.Digest, []byte(bench.Command), bench.Format, bench.CPUs,
	})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// EnvironmentOf is the digest for one metric. How instructions were counted, or that
// they were not, is no part of what the others depend on.
func EnvironmentOf(run results.Run, side results.Side, benchmark string, metric results.Metric) string {
	if metric.Key() != results.Instructions().Key() {
		run.Env = slices.DeleteFunc(slices.Clone(run.Env), func(f results.Fact) bool { return f.Name == results.InstructionsFact })
	}
	return Environment(run, side, benchmark)
}

// RunSteps are the changes between two commits of one main branch that a run
// found: their place is known from the start.
func RunSteps(record *results.Record, comparisons []Comparison) (steps []results.Step) {
	run := record.Run
	if run.Head.Branch == "" || run.Base.Branch != run.Head.Branch || run.Head.Dirty || run.Base.Dirty || run.Base.Rev == run.Head.Rev {
		return nil
	}
	for _, c := range comparisons {
		if c.Verdict != Regression && c.Verdict != Improvement {
			continue
		}
		steps = append(steps, results.Step{
			Series: seriesOf(run, run.Head, c.Benchmark, c.Metric), Environment: EnvironmentOf(run, results.Head, c.Benchmark, c.Metric),
			Good: run.Base.Rev, Bad: run.Head.Rev, Change: c.Change, Low: c.Low, High: c.High,
			Before: c.Base.Median, After: c.Head.Median, Source: results.FromRun, Run: run.ID, Announced: run.Finished,
		})
	}
	return steps
}
