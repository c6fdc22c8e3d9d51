package harness

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/results"
)

// A duet executes both sides of a benchmark at the same time, each on CPUs of its
// own: what a neighbour on the same hardware does then hits both alike, and cancels
// out of their ratio (Bulej et al., "Duet Benchmarking: Improving Measurement Accuracy
// in the Cloud", ICPE 2020). The sides share what cores share, memory and last-level
// cache, so that a quiet machine measures better one side at a time. Which side has
// which half of the CPUs is drawn as the order is elsewhere, and reversed in the next
// round: halves that are not alike favour nobody.

// chooseCPUs lays out the CPUs, and for a duet splits those of the benchmark.
func (j *job) chooseCPUs(topology host.Topology, asked cpuset.Set, duet bool) (err error) {
	count := j.mostCPUs()
	if !duet {
		j.layout, err = topology.Choose(count, asked, j.level)
		return err
	}
	if j.level == results.LevelNone {
		return &results.Problem{Kind: results.BadInput, Where: "--duet", What: "nothing is pinned at level none, and each side needs CPUs of its own", Next: "give --quiet pin"}
	}
	if j.suite.Services != nil && len(j.suite.Services.Measured) > 0 {
		return &results.Problem{Kind: results.BadInput, Where: "--duet", What: "the suite has measured services, which would be on the other side's CPUs", Next: "measure without --duet"}
	}
	if j.layout, err = topology.Choose(2*count, asked, j.level); err != nil {
		return err
	}
	if j.halves, err = topology.Halves(j.layout.Bench, count); err != nil {
		return err
	}
	j.layout.Guards = append(j.layout.Guards, results.Guard{
		Aspect: "method", Held: true,
		Detail: fmt.Sprintf("both sides were executed at the same time (duet), one on cpus %s, the other on %s, changing places", j.halves[0], j.halves[1]),
	})
	return nil
}

func (j *job) isDuet() bool { return len(j.halves[0]) > 0 }

// method is the fact that a run's values come from a duet: they are not comparable
// with those of sides that had the machine to themselves.
func (j *job) method() []results.Fact {
	if !j.isDuet() {
		return nil
	}
	return []results.Fact{{Name: results.MethodFact, Value: results.MethodDuet}}
}

// groups splits a round's slots into what is executed together: one execution, or
// both sides of a benchmark.
func (j *job) groups(slots []slot) (groups [][]slot) {
	size := 1
	if j.isDuet() {
		size = 2
	}
	for ; len(slots) > 0; slots = slots[size:] {
		groups = append(groups, slots[:size:size])
	}
	return groups
}

// launchLead is how long after its orders a duet begins: what samplers do between an
// order and its launch takes some milliseconds.
const launchLead = 25 * time.Millisecond

// together executes a group's slots at the same time.
func (b *bench) together(ctx context.Context, j *job, group []slot) ([]results.Execution, error) {
	if j.suite.Benchmarks[group[0].benchmark].Cold {
		if err := dropPageCache(); err != nil {
			return nil, err
		}
	}
	if len(group) == 1 {
		execution, err := b.execute(ctx, j, launch{slot: group[0], cpus: j.cpusOf(j.suite.Benchmarks[group[0].benchmark]), begin: b.now()})
		return []results.Execution{execution}, err
	}
	launches := make([]launch, len(group))
	for i, s := range group {
		launches[i] = launch{slot: s, cpus: j.halves[i].First(j.suite.Benchmarks[s.benchmark].CPUs), begin: b.now()}
		b.watcher(launches[i].cpus) // made here: the map is not for two goroutines
	}
	return b.duet(ctx, j, launches)
}

func (b *bench) duet(ctx context.Context, j *job, launches []launch) ([]results.Execution, error) {
	executions, errs := make([]results.Execution, len(launches)), make([]error, len(launches))
	at := time.Now().Add(launchLead)
	var group sync.WaitGroup
	for i, l := range launches {
		l.at = at
		group.Go(func() { executions[i], errs[i] = b.execute(ctx, j, l) })
	}
	group.Wait()
	return executions, errors.Join(errs...)
}

// sharedFate contaminates both executions of a duet where one is: what is compared is
// a pair, and both are taken again.
func sharedFate(executions []results.Execution) {
	for i := range executions {
		other := executions[len(executions)-1-i]
		if len(executions) == 2 && len(executions[i].Contaminated) == 0 && len(other.Contaminated) > 0 {
			executions[i].Contaminated = []string{fmt.Sprintf("%s was disturbed beside it: %s", other.Side, other.Contaminated[0])}
			return
		}
	}
}
