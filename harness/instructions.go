package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mtrlz.dev/perfrun/harness/cgroup"
	"mtrlz.dev/perfrun/harness/counters"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/suite"
	"mtrlz.dev/perfrun/results"
)

const (
	instructionsFlag   = "--instructions"
	instructionsAspect = "instructions" // of the guard that says how far the counts can be trusted
)

// ParseInstructions reads what the user gave as --instructions; empty is as the suite
// says.
func ParseInstructions(text string) (suite.Instructions, error) {
	switch way := suite.Instructions(text); way {
	case "", suite.InstructionsNone, suite.InstructionsPerf, suite.InstructionsCallgrind:
		return way, nil
	}
	return "", &results.Problem{
		Kind: results.BadInput, Where: instructionsFlag, What: fmt.Sprintf("there is no way %q to count instructions", text),
		Next: "say perf, callgrind, or none",
	}
}

// countBy decides how a run counts, if this machine can, and returns what was asked
// for. A calibration does without exact counts: they have no noise. Whether valgrind
// is in an image shows when the container is there.
func (h *Harness) countBy(j *job, request Request) (asked suite.Instructions, err error) {
	asked = cmp.Or(request.Instructions, j.suite.Policy.Instructions)
	if asked == suite.InstructionsCallgrind && request.Kind == results.Calibration {
		if request.Instructions != "" {
			return "", &results.Problem{
				Kind: results.BadInput, Where: instructionsFlag, What: "a calibration measures noise, and counts of callgrind have none",
				Next: "leave it out here, and give it to perfrun run",
			}
		}
		asked = suite.InstructionsNone
	}
	if j.instructions = asked; asked == suite.InstructionsPerf {
		err = h.uncounted(j, counters.Probe(counters.Instructions))
	}
	return asked, err
}

// uncounted goes on without counters where there are none: it says so once, keeps the
// reason with the run's environment, and passes on any other error.
func (h *Harness) uncounted(j *job, err error) error {
	absent, ok := errors.AsType[*counters.Absent](err)
	if !ok {
		return err
	}
	j.instructions = suite.InstructionsNone
	j.noteWay("absent: " + absent.Why)
	h.Progress.Say(fmt.Sprintf("instructions are not counted: %v; --instructions=callgrind counts them by simulation, where the image has valgrind", absent))
	return nil
}

// noteWay keeps with the run's environment how instructions are counted.
func (j *job) noteWay(way string) {
	j.run.Env = append(slices.DeleteFunc(slices.Clone(j.run.Env), func(f results.Fact) bool { return f.Name == results.InstructionsFact }),
		results.Fact{Name: results.InstructionsFact, Value: way})
}

// tally is how one place counts. A nil tally counts nothing.
type tally struct {
	counter *counters.Counter // nil where callgrind counts
	what    string            // the counter counts, for people
	version string            // of valgrind, where that counts
	quality
}

// quality is how good counts are.
type quality struct {
	made, estimated, missing int     // executions: all, with an estimate, with nothing
	least                    float64 // the smallest share of one that was counted
	trouble                  error   // the last
}

// openTally makes ready in a place what the run counts by. It comes after the place's
// sampler has started, and before anything is measured.
func (h *Harness) openTally(ctx context.Context, j *job, p *place) (*tally, error) {
	switch j.instructions {
	case suite.InstructionsPerf:
		j.noteWay(string(suite.InstructionsPerf))
		t, err := newTally(counters.Instructions, h.Engine.Name(), p, j.layout)
		return t, h.uncounted(j, err)
	case suite.InstructionsCallgrind:
		version, err := h.findValgrind(ctx, j, p)
		j.noteWay(string(suite.InstructionsCallgrind) + ", " + version)
		return &tally{version: version}, err
	}
	return nil, nil
}

// bothOrNone drops the counter of a side whose other has none: a metric of one side
// alone would be a lost result.
func (b *bench) bothOrNone(j *job) error {
	if j.instructions != suite.InstructionsNone {
		return nil
	}
	var problems error
	for _, p := range b.sides {
		problems = errors.Join(problems, p.tally.close())
		p.tally = nil
	}
	return problems
}

// newTally counts the cgroup of a container. Processes are followed instead where
// there is no container, where the sampler's other threads share the benchmark's
// CPUs and would be counted too, or where this user may not watch whole CPUs.
func newTally(event counters.Event, engine string, p *place, layout host.Layout) (*tally, error) {
	thread := p.spawner.TID
	apart := len(layout.Sampler) > 0 && layout.Bench.Minus(layout.Sampler).Equal(layout.Bench)
	if engine != "host" && apart {
		folder, _, err := cgroup.Find("/", p.session.PID, cgroup.Events)
		if err == nil {
			var counter *counters.Counter
			if counter, err = counters.Open(counters.Target{Cgroup: folder, CPUs: layout.Bench, Thread: thread}, event); err == nil {
				return &tally{counter: counter, what: fmt.Sprintf("all that the container did on cpus %s", layout.Bench), quality: quality{least: 1}}, nil
			}
		}
	}
	counter, err := counters.Open(counters.Target{Thread: thread}, event)
	if err != nil {
		return nil, err
	}
	return &tally{counter: counter, what: "all processes of a benchmark", quality: quality{least: 1}}, nil
}

func (t *tally) close() error {
	if t == nil || t.counter == nil {
		return nil
	}
	return t.counter.Close()
}

// counting is one execution that is counted by the processor.
type counting struct {
	tally *tally // nil: it is not
	begin counters.Reading
	err   error
}

// begin reads the counter before an execution.
func (t *tally) begin() (c counting) {
	if t != nil && t.counter != nil {
		c.tally = t
		c.begin, c.err = t.counter.Read()
	}
	return c
}

// end reads the counter after the execution and returns its count as a sample; none
// where nothing was counted. An estimate is better than a hole, which would make the
// metric broken; how many there were is said in the end.
func (c counting) end() []results.Sample {
	if c.tally == nil {
		return nil
	}
	end, err := c.tally.counter.Read()
	counted := end.Since(c.begin)
	if !c.tally.add(counted, errors.Join(c.err, err)) {
		return nil
	}
	return []results.Sample{{Metric: results.Instructions(), Value: float64(counted.Value)}}
}

// addCount gives an execution its count, unless it is of no use or yields such a metric
// by itself, with which it would be mixed.
func addCount(e *results.Execution, count []results.Sample) {
	if e.Fault == nil && !e.Yields(results.Instructions()) {
		e.Samples = append(e.Samples, count...)
	}
}

// add reports whether a count is one.
func (q *quality) add(c counters.Count, err error) bool {
	q.made++
	if err != nil {
		q.trouble, c = err, counters.Count{}
	}
	switch {
	case c.Exact:
		return true
	case c.Share == 0:
		q.missing++
	default:
		q.estimated++
	}
	q.least = min(q.least, c.Share)
	return c.Share > 0
}

// plus adds up two sides.
func (q quality) plus(r quality) quality {
	return quality{
		made: q.made + r.made, estimated: q.estimated + r.estimated, missing: q.missing + r.missing,
		least: min(q.least, r.least), trouble: errors.Join(q.trouble, r.trouble),
	}
}

// guard says how far counts of something can be trusted.
func (q quality) guard(what string) results.Guard {
	detail := fmt.Sprintf("of %s of instructions %d are estimates and %d are missing", count(q.made, "count"), q.estimated, q.missing)
	switch {
	case q.estimated+q.missing == 0:
		return results.Guard{Aspect: instructionsAspect, Held: true, Detail: "the processor counted the user-mode instructions of " + what}
	case q.trouble != nil:
		detail += fmt.Sprintf(": %v", q.trouble)
	case q.least < 1:
		detail += fmt.Sprintf(": the processor counted only %.0f %% of the time of one, because others want its counters too (perf, the kernel's NMI watchdog)", 100*q.least)
	default:
		detail += ": the sampler did not come to rest"
	}
	return results.Guard{Aspect: instructionsAspect, Detail: detail}
}

// noteInstructions records with the run how the processor counted in a block.
func (h *Harness) noteInstructions(j *job, tallies ...*tally) {
	all, what := quality{least: 1}, ""
	for _, t := range tallies {
		if t != nil && t.counter != nil {
			all, what = all.plus(t.quality), t.what
		}
	}
	if what != "" {
		h.noteGuard(j, all.guard(what))
	}
}

// noteGuard puts a guard on the run's list, and says what does not hold. What did not
// hold in an earlier block does not hold for the run.
func (h *Harness) noteGuard(j *job, g results.Guard) {
	if !g.Held {
		h.Progress.Say(g.Detail)
	}
	for i, known := range j.run.Guards {
		if known.Aspect == g.Aspect {
			if known.Held {
				j.run.Guards[i] = g
			}
			return
		}
	}
	j.run.Guards = append(j.run.Guards, g)
}
