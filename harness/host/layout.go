package host

import (
	"fmt"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// Layout says which CPUs do what during a run.
type Layout struct {
	Bench    cpuset.Set      // the benchmark's
	Siblings cpuset.Set      // the other CPUs of their cores, which nobody should use
	Sampler  cpuset.Set      // the sampler's threads beside the one that launches; Harness unless isolated
	Harness  cpuset.Set      // perfrun's own
	Guards   []results.Guard // what this layout protects from, and what it cannot
}

// Choose lays out the allowed CPUs for benchmarks that use up to count of them.
// With asked it takes exactly those; else the highest-numbered physical cores
// but never CPU 0's, one CPU of each core, all of one NUMA node where one has
// enough. Where there is only one core, benchmark and harness share it.
//
// At level none nothing is pinned: everything may run anywhere. At level isolate
// the sampler gets a core of its own, because its container is cut off from the
// CPUs of everybody else; with less than three cores it shares the harness's, and
// there can be no isolation.
func (t Topology) Choose(count int, asked cpuset.Set, level results.Level) (Layout, error) {
	if level == results.LevelNone {
		return t.unpinned(count, asked)
	}
	bench := asked
	if len(asked) == 0 {
		bench = t.pick(count)
	}
	if err := t.check(count, bench, len(asked) > 0); err != nil {
		return Layout{}, err
	}
	harness := t.Allowed.Minus(t.cores(bench))
	if len(harness) == 0 { // every core is the benchmark's: at least not the same CPU
		harness = t.Allowed.Minus(bench)
	}
	if len(harness) == 0 {
		harness = t.Allowed.First(1)
	}
	sampler := harness
	if level == results.LevelIsolate {
		sampler, harness = t.split(bench, harness)
	}
	return Layout{
		Bench: bench, Siblings: t.cores(bench).Minus(bench), Sampler: sampler, Harness: harness,
		Guards: t.guards(bench, sampler.Union(harness)),
	}, nil
}

// Halves splits a benchmark's CPUs into two sets of the same size with no core in
// common, for two sides that are executed at the same time. Each has at least count.
func (t Topology) Halves(bench cpuset.Set, count int) (halves [2]cpuset.Set, err error) {
	for _, core := range t.Cores {
		own := bench.Minus(bench.Minus(core.CPUs))
		i := 0
		if len(halves[1]) < len(halves[0]) {
			i = 1
		}
		halves[i] = halves[i].Union(own)
	}
	if len(halves[0]) != len(halves[1]) || len(halves[0]) < count {
		return halves, &results.Problem{
			Kind: results.BadInput, Where: "--duet", What: fmt.Sprintf("cpus %s cannot be split into two equal sets of %d or more with no core in common", bench, count),
			Next: "name others with --cpus, or measure without --duet",
		}
	}
	return halves, nil
}

// unpinned is the layout of level none.
func (t Topology) unpinned(count int, asked cpuset.Set) (Layout, error) {
	bench := t.Allowed
	if len(asked) > 0 {
		bench = asked
	}
	if err := t.check(count, bench, len(asked) > 0); err != nil {
		return Layout{}, err
	}
	return Layout{Bench: bench, Sampler: t.Allowed, Harness: t.Allowed, Guards: []results.Guard{{
		Aspect: "cpus", Detail: fmt.Sprintf("nothing was pinned (--quiet none): benchmarks, perfrun and all other programs shared cpus %s", bench),
	}}}, nil
}

// split gives the sampler one CPU of the highest core that is left, and keeps at
// least one core for everybody else. It returns the same set twice where that
// cannot be.
func (t Topology) split(bench, rest cpuset.Set) (sampler, harness cpuset.Set) {
	for _, core := range t.candidates() {
		if len(core.CPUs.Minus(rest)) > 0 || core.CPUs.Contains(0) {
			continue
		}
		shared := t.cores(bench).Within(rest) // there was nothing else
		if left := rest.Minus(t.cores(core.CPUs)); len(left) > 0 && !shared {
			return core.CPUs.First(1), left
		}
	}
	return rest, rest
}

// pick takes one CPU from each of count cores, from the highest on.
func (t Topology) pick(count int) cpuset.Set {
	candidates := t.candidates()
	for _, core := range candidates { // the node of the highest core that has enough
		var node []Core
		for _, other := range candidates {
			if other.Node == core.Node {
				node = append(node, other)
			}
		}
		if len(node) >= count {
			candidates = node
			break
		}
	}
	var cpus []int
	for _, core := range candidates[:min(count, len(candidates))] {
		cpus = append(cpus, core.CPUs[0])
	}
	return cpuset.Of(cpus...)
}

// candidates are the cores whose CPUs are all ours, from the highest down; the
// core of CPU 0, which the kernel uses most, only comes when there is no other.
func (t Topology) candidates() []Core {
	var first, last []Core
	for i := len(t.Cores) - 1; i >= 0; i-- {
		core := t.Cores[i]
		usable := core.CPUs.Minus(core.CPUs.Minus(t.Allowed))
		if len(usable) == 0 {
			continue
		}
		if core.CPUs.Contains(0) {
			last = append(last, Core{usable, core.Node})
		} else {
			first = append(first, Core{usable, core.Node})
		}
	}
	return append(first, last...)
}

func (t Topology) check(count int, bench cpuset.Set, asked bool) error {
	problem := results.Problem{Kind: results.BadInput, Where: "--cpus"}
	if !asked {
		problem.Where = ""
	}
	switch {
	case !bench.Within(t.Online):
		problem.What = fmt.Sprintf("cpu %s does not exist or is offline", bench.Minus(t.Online))
		problem.Next = fmt.Sprintf("this machine has cpus %s", t.Online)
	case !bench.Within(t.Allowed):
		problem.What = fmt.Sprintf("cpu %s is not allowed to this process", bench.Minus(t.Allowed))
		problem.Next = fmt.Sprintf("it may use cpus %s", t.Allowed)
	case len(bench) < count:
		problem.What = fmt.Sprintf("a benchmark wants %d cpus and there are %d for it", count, len(bench))
		problem.Next = "lower its cpus: in the suite, name more with --cpus, or use a larger machine"
	default:
		return nil
	}
	return &problem
}

// cores widens a set to every CPU of the cores it touches.
func (t Topology) cores(cpus cpuset.Set) cpuset.Set {
	wide := cpus
	for _, core := range t.Cores {
		if len(cpus.Minus(core.CPUs)) < len(cpus) {
			wide = wide.Union(core.CPUs)
		}
	}
	return wide
}

// guards says in plain words what the layout protects from.
func (t Topology) guards(bench, harness cpuset.Set) []results.Guard {
	guards := []results.Guard{{
		Aspect: "cpus", Held: true,
		Detail: fmt.Sprintf("benchmarks ran on cpus %s, perfrun itself on %s", bench, harness),
	}}
	if len(bench.Minus(harness)) < len(bench) {
		guards[0] = results.Guard{
			Aspect: "cpus",
			Detail: fmt.Sprintf("benchmarks and perfrun shared cpu %s: this process may use no other", harness),
		}
	}
	if shared := t.cores(bench).Minus(bench); len(shared) > 0 {
		guards = append(guards, results.Guard{
			Aspect: "core siblings", Held: false,
			Detail: fmt.Sprintf("cpus %s share cores with the benchmark's; whatever ran there took part of its speed", shared),
		})
	}
	if bench.Contains(0) {
		guards = append(guards, results.Guard{
			Aspect: "cpu 0",
			Detail: "benchmarks ran on cpu 0, where the kernel does most of its own work",
		})
	}
	if nodes := t.nodes(bench); nodes > 1 {
		guards = append(guards, results.Guard{
			Aspect: "numa",
			Detail: fmt.Sprintf("the benchmark's cpus lie on %d NUMA nodes", nodes),
		})
	}
	return guards
}

func (t Topology) nodes(cpus cpuset.Set) int {
	nodes := map[int]bool{}
	for _, cpu := range cpus {
		nodes[t.node(cpu)] = true
	}
	return len(nodes)
}
