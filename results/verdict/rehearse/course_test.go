package rehearse

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// whole plays a run from one record that grows, as the harness does: nothing that a
// benchmark said is kept from look to look.
func whole(run results.Run, values map[string][2][]float64) (rounds []int, confirm []verdict.Confirmation, looked []verdict.Standing) {
	record := &results.Record{Run: run}
	rounds = make([]int, len(run.Bench))
	settled := make([]bool, len(run.Bench))
	for round := range run.Plan.Rounds {
		for i, b := range run.Bench {
			if !settled[i] {
				rounds[i]++
				record.Executions = append(record.Executions, pair(b.Name, round, values[b.Name])...)
			}
		}
		if slices.Contains(run.Plan.Looks, round+1) {
			looked = verdict.Look(record)
			for i, s := range looked {
				settled[i] = settled[i] || s.Settled
			}
		}
	}
	return rounds, verdict.ToConfirm(record), looked
}

func pair(benchmark string, round int, values [2][]float64) (list []results.Execution) {
	for k, side := range results.Sides() {
		list = append(list, results.Execution{
			Benchmark: benchmark, Side: side, Round: round, Samples: []results.Sample{{Metric: wall, Value: values[k][round]}},
		})
	}
	return list
}

// given is a machine that gives known values.
type given struct {
	run        results.Run
	values     map[string][2][]float64
	executions map[int][]results.Execution
}

func (g *given) Execute(i, round int) {
	name := g.run.Bench[i].Name
	g.executions[i] = append(g.executions[i], pair(name, round, g.values[name])...)
}

func (g *given) Parts(i, _ int) []verdict.Part {
	run := g.run
	run.Bench = run.Bench[i : i+1]
	return verdict.Parts(&results.Record{Run: run, Executions: g.executions[i]})
}

// TestFirstIsWhatTheHarnessDoes: benchmark by benchmark, keeping what is settled, a
// run goes as far as one that is judged as a whole at every look.
func TestFirstIsWhatTheHarnessDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 20).Draw(t, "rounds")
		run := results.Run{Plan: results.Plan{Rounds: most, Looks: verdict.Schedule(most, rapid.Bool().Draw(t, "fixed"))}}
		values := map[string][2][]float64{}
		for i := range rapid.IntRange(1, 4).Draw(t, "benchmarks") {
			name := strconv.Itoa(i)
			run.Bench = append(run.Bench, results.Benchmark{Name: name, MinEffect: 0.02})
			noise, slower := rapid.Float64Range(0, 0.1).Draw(t, "noise"), rapid.SampledFrom([]float64{0, 0.2}).Draw(t, "slower")
			value := rapid.SliceOfN(rapid.Float64Range(1, 1+noise), most, most)
			sides := [2][]float64{value.Draw(t, "base"), value.Draw(t, "head")}
			for k := range sides[1] {
				sides[1][k] *= 1 + slower
			}
			values[name] = sides
		}
		c := First(&run, nil, &given{run, values, map[int][]results.Execution{}})
		rounds, confirm, looked := whole(run, values)
		if diff := cmp.Diff(rounds, c.Rounds); diff != "" || c.OutOfTime || c.Used != 0 {
			t.Fatalf("rounds: %s", diff)
		}
		if diff := cmp.Diff(confirm, verdict.Alarmed(run, c.Parts)); diff != "" {
			t.Fatalf("to confirm: %s", diff)
		}
		if diff := cmp.Diff(looked, verdict.LookAt(run.Bench, c.Parts)); diff != "" {
			t.Fatalf("the last look: %s", diff)
		}
		want := make([]int, len(run.Bench))
		for _, b := range confirm {
			i, _ := strconv.Atoi(b.Benchmark)
			want[i] = b.Rounds
		}
		if again, used := c.Second(&run, nil); !slices.Equal(again, want) || used != 0 {
			t.Fatalf("the second block has %v rounds, want %v", again, want)
		}
	})
}

// TestBlockKeepsToItsTime: the first round is played, and none begins when the time
// is spent.
func TestBlockKeepsToItsTime(t *testing.T) {
	check := func(budget time.Duration, need, want []int, wantUsed time.Duration, wantOut bool) {
		t.Helper()
		got := make([]int, len(need))
		b := block{need: need, prices: []time.Duration{time.Second, 3 * time.Second}, budget: budget, execute: func(i, _ int) { got[i]++ }}
		b.play()
		if !slices.Equal(got, want) || b.used != wantUsed || b.outOfTime != wantOut {
			t.Errorf("%v for %v: %v rounds, %v, out of time: %v", budget, need, got, b.used, b.outOfTime)
		}
	}
	check(time.Hour, []int{5, 2}, []int{5, 2}, 11*time.Second, false)
	check(time.Hour, []int{0, 0}, []int{0, 0}, 0, false)
	check(1, []int{5, 2}, []int{1, 1}, 4*time.Second, true)
	check(5*time.Second, []int{5, 0}, []int{5, 0}, 5*time.Second, false)
	check(9*time.Second, []int{9, 2}, []int{3, 2}, 9*time.Second, true)
}

func TestFirstFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		first, asked := rapid.IntRange(0, n).Draw(t, "first"), 0
		got := firstFound(n, rapid.IntRange(0, n-1).Draw(t, "start"), func(rung int) bool {
			if rung < 0 || rung >= n {
				t.Fatalf("rung %d of %d", rung, n)
			}
			asked++
			return rung >= first
		})
		if got != first || asked > 15 {
			t.Fatalf("found %d instead of %d after %d questions", got, first, asked)
		}
	})
}

func TestLadder(t *testing.T) {
	check := func(m metric, first, last float64) {
		t.Helper()
		rungs := m.ladder()
		if rungs[0] != first || rungs[len(rungs)-1] != last || !slices.IsSorted(rungs) {
			t.Errorf("%v to %v", rungs[0], rungs[len(rungs)-1])
		}
		if at := m.start(rungs); at < 0 || at >= len(rungs) {
			t.Errorf("it starts at %d of %d", at, len(rungs))
		}
	}
	check(metric{Metric: wall, least: 0.02, guess: 0.04}, 0.02, mostSlower)
	check(metric{Metric: wall, guess: 99}, leastRung, mostSlower)
	check(metric{Metric: rate, least: 0.02}, 0.02, nearlyAll)
	check(metric{Metric: wall, least: 20}, mostSlower, mostSlower)
}

// TestDrawnStays: asking for more rounds changes none of those before, and blocks and
// runs have rounds of their own.
func TestDrawnStays(t *testing.T) {
	c := calibrated(30, stand{"one", "normal", 0.01, wall})
	s := newStage(planned(c, 12), c)
	r := s.rehearse(1, 0)
	few := slices.Clone(r.drawn(firstBlock, 0, 12))
	more := r.drawn(firstBlock, 0, 50)
	if len(more) != 50 || !slices.Equal(few, more[:12]) {
		t.Errorf("%v, then %v", few, more)
	}
	if slices.Equal(few, r.drawn(secondBlock, 0, 12)) || slices.Equal(few, s.rehearse(1, 1).drawn(firstBlock, 0, 12)) {
		t.Error("the same rounds again")
	}
}
