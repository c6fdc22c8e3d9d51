package harness_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// The stand-ins: nothing changed, changed, changed in the first block only, and too
// noisy to tell.
var (
	same   = stand{name: "same", noise: 0.003, first: 0, another: 0}
	slower = stand{name: "slower", noise: 0.005, first: 0.10, another: 0.10}
	flaky  = stand{name: "flaky", noise: 0.005, first: 0.10, another: 0}
	noisy  = stand{name: "noisy", noise: 0.15, first: 0.01, another: 0.01}
)

func onHost(t *testing.T, policy string, stands ...stand) *world {
	t.Helper()
	return newWorld(t, engine.OpenHost(program), policy, stands...)
}

// outcomes are a run's alarms by benchmark.
func outcomes(record *results.Record) map[string]results.AlarmOutcome {
	all := map[string]results.AlarmOutcome{}
	for _, a := range record.Run.Alarms {
		all[a.Benchmark] = a.Outcome
	}
	return all
}

// assertJudged holds that judging the stored run again gives what it ended with.
func assertJudged(t *testing.T, record *results.Record) {
	t.Helper()
	list := verdict.Judge(record)
	if counts := results.CountVerdicts(verdict.Outcomes(list)); !maps.Equal(counts, record.Run.Counts) {
		t.Errorf("the run ended with verdicts %v, judged again they are %v", record.Run.Counts, counts)
	}
	digest, err := verdict.Digest(list)
	if err != nil || record.Run.Judged != digest {
		t.Errorf("the run ended with verdicts %q, judged again they are %q, %v", record.Run.Judged, digest, err)
	}
}

// TestRunStopsByItself: what is sure is measured no more, the rest goes on alone,
// and an alarm is confirmed by new processes.
func TestRunStopsByItself(t *testing.T) {
	w := onHost(t, "warmups: 1", same, slower, flaky, noisy)
	record := w.measure(w.request("a"))
	run := record.Run
	if diff := cmp.Diff(verdict.Looks(40), run.Plan.Looks); diff != "" || run.Plan.Rounds != 40 || run.Plan.MaxTime != 10*time.Minute {
		t.Errorf("the plan is %+v", run.Plan)
	}
	first := map[string]int{}
	for _, b := range run.Bench {
		first[b.Name] = rounds(t, record, b.Name, 0)
	}
	for _, name := range []string{"same", "slower", "flaky"} {
		if !slices.Contains(run.Plan.Looks[:4], first[name]) {
			t.Errorf("%s was measured for %d rounds, want an early look of %v", name, first[name], run.Plan.Looks)
		}
	}
	if first["noisy"] != 40 {
		t.Errorf("the noisy one was measured for %d rounds", first["noisy"])
	}
	want := map[string]int{"same": 0, "slower": max(10, 2*first["slower"]), "flaky": max(10, 2*first["flaky"]), "noisy": 0}
	for name, n := range want {
		if got := rounds(t, record, name, 1); got != n {
			t.Errorf("%s has %d confirming rounds, want %d", name, got, n)
		}
	}
	if diff := cmp.Diff(map[string]results.AlarmOutcome{"slower": results.Confirmed, "flaky": results.Refuted}, outcomes(record)); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(w.starts))); len(w.starts) != 4 || len(distinct) != 4 {
		t.Errorf("samplers %v, want four", w.starts)
	}
	verdicts := map[string]verdict.Verdict{}
	for _, c := range verdict.Judge(record) {
		verdicts[c.Benchmark] = c.Verdict
	}
	if diff := cmp.Diff(map[string]verdict.Verdict{
		"same": verdict.NoChange, "slower": verdict.Regression, "flaky": verdict.CannotTell, "noisy": verdict.CannotTell,
	}, verdicts); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	assertJudged(t, record)
	w.heard(" rounds 3 of 4 benchmarks are settled", "  slower: latency: regression: ", "  noisy: still unsure", "after 40 rounds 3 of 4 benchmarks are settled",
		"confirming 2 alarms with new processes: ", "1 of 2 alarms are confirmed, 1 refuted", "still unsure of noisy: latency: cannot tell: ")

	tally, err := w.store.Alarms(t.Context(), "stand-ins")
	if err != nil || len(tally) != 1 || tally[0].Runs != 1 || tally[0].Confirmed != 1 || tally[0].Refuted != 1 || tally[0].Open != 0 || tally[0].Host == "" {
		t.Errorf("alarms of the suite: %+v, %v", tally, err)
	}
}

// TestRunRepeatsFromItsSeed: order and environments of both blocks, whose draws are
// not the same.
func TestRunRepeatsFromItsSeed(t *testing.T) {
	w := onHost(t, "warmups: 1", slower, same)
	lay := func(id string) (blocks [2][]string) {
		w.h.Cache = filepath.Join(w.dir, "cache-"+id) // the stand-ins begin anew
		for _, e := range w.measure(w.request(id)).Executions {
			blocks[e.Block] = append(blocks[e.Block], fmt.Sprintf("%v %d %s %s %d", e.Warmup, e.Round, e.Benchmark, e.Side, e.EnvBytes))
		}
		return blocks
	}
	one, two := lay("a"), lay("b")
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("the same seed, another order (-first +second):\n%s", diff)
	}
	first := map[string]bool{}
	for _, line := range one[0] {
		first[line] = true
	}
	if len(one[1]) == 0 || slices.ContainsFunc(one[1], func(line string) bool { return first[line] }) {
		t.Errorf("the second block repeats the draws of the first:\n%s", strings.Join(one[1], "\n"))
	}
}

// TestFixedRun measures all rounds, is judged once, and confirms all the same.
func TestFixedRun(t *testing.T) {
	check := func(what, policy string, change func(*harness.Request)) {
		t.Helper()
		w := onHost(t, policy, same, slower)
		request := w.request("a")
		change(&request)
		record := w.measure(request)
		if diff := cmp.Diff([]int{12}, record.Run.Plan.Looks); diff != "" {
			t.Errorf("%s: looks (-want +got):\n%s", what, diff)
		}
		if a, b := rounds(t, record, "same", 0), rounds(t, record, "slower", 0); a != 12 || b != 12 {
			t.Errorf("%s: %d and %d rounds, want 12", what, a, b)
		}
		if rounds(t, record, "slower", 1) != 12 || outcomes(record)["slower"] != results.Confirmed {
			t.Errorf("%s: alarms %v", what, record.Run.Alarms)
		}
		if request.Fixed != slices.Contains(record.Run.Command, "--fixed") {
			t.Errorf("%s: the command that repeats it is %q", what, record.Run.Command)
		}
	}
	check("by the suite", "warmups: 0, rounds: 12, stop: fixed", func(*harness.Request) {})
	check("by request", "warmups: 0", func(r *harness.Request) { r.Fixed, r.Rounds = true, 12 })
}

// TestMinEffectOfRequest is in place of every benchmark's own.
func TestMinEffectOfRequest(t *testing.T) {
	w := onHost(t, "warmups: 0, rounds: 12, min_effect: 5%", same, slower)
	request := w.request("a")
	request.MinEffect = 0.9
	record := w.measure(request)
	for _, b := range record.Run.Bench {
		if b.MinEffect != 0.9 {
			t.Errorf("%s has the minimum effect %v", b.Name, b.MinEffect)
		}
	}
	if i := slices.Index(record.Run.Command, "--min-effect"); i < 0 || record.Run.Command[i+1] != "90%" {
		t.Errorf("the command that repeats it is %q", record.Run.Command)
	}
}

// TestCalibrationMeasuresEverything: it has no looks, no alarms and no second block.
func TestCalibrationMeasuresEverything(t *testing.T) {
	w := onHost(t, "warmups: 0, rounds: 15", same, slower)
	request := w.request("a")
	request.Kind, request.Base = results.Calibration, "HEAD"
	w.measure(request)
	if _, err := w.h.Conclude(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	record := w.record("a")
	if len(record.Run.Plan.Looks) != 0 || len(record.Run.Alarms) != 0 || len(record.Run.Noise) != 2 || len(w.starts) != 2 {
		t.Errorf("plan %+v, alarms %v, noise %v, %d samplers", record.Run.Plan, record.Run.Alarms, record.Run.Noise, len(w.starts))
	}
	if a, b := rounds(t, record, "same", 0), rounds(t, record, "slower", 0); a != 15 || b != 15 {
		t.Errorf("%d and %d rounds, want 15", a, b)
	}
	assertJudged(t, record)
}

// TestTimeIsSpent: the first block may use two thirds of it, the second the rest,
// and what that leaves open is said. By this clock a round of one benchmark takes
// about 0.7 s.
func TestTimeIsSpent(t *testing.T) {
	check := func(maxTime string, stands []stand, alarm results.AlarmOutcome, least, most, confirming int, said ...string) {
		t.Helper()
		w := onHost(t, "warmups: 0, max_time: "+maxTime, stands...)
		record := w.measure(w.request("a"))
		if n := rounds(t, record, stands[0].name, 0); n < least || n > most {
			t.Errorf("%s: %d rounds, want %d to %d", maxTime, n, least, most)
		}
		if n := rounds(t, record, "slower", 1); confirming >= 0 && n != confirming || n < -confirming {
			t.Errorf("%s: %d confirming rounds, want %d", maxTime, n, confirming)
		}
		if got := outcomes(record)["slower"]; got != alarm {
			t.Errorf("%s: the alarm is %q, want %q", maxTime, got, alarm)
		}
		assertJudged(t, record)
		w.heard(said...)
	}
	// Both blocks have their time.
	check("10m", []stand{slower}, results.Confirmed, 6, 11, -12, "1 of 1 alarm is confirmed")
	// The noisy one uses up two thirds, the alarm is confirmed in the rest.
	check("24s", []stand{noisy, slower}, results.Confirmed, 9, 39, -6,
		"two thirds of the suite's max_time of 24s are spent, the rest is for confirming", "confirming 1 alarm with new processes")
	// The rest is too little.
	check("9s", []stand{slower}, results.Open, 6, 8, -1,
		"of which the suite's max_time of 9s leaves", "confirming rounds: the suite's max_time of 9s is spent, the others would take about", "1 still open")
}

// TestNoTimeToConfirm: one round takes more than all the time there is.
func TestNoTimeToConfirm(t *testing.T) {
	w := onHost(t, "warmups: 0, rounds: 8, max_time: 90s", slower)
	w.onStep = func(s harness.Step) {
		if s.Round == 5 {
			w.clock = w.clock.Add(time.Hour)
		}
	}
	record := w.measure(w.request("a"))
	if rounds(t, record, "slower", 1) != 0 || outcomes(record)["slower"] != results.Open || len(w.starts) != 2 {
		t.Errorf("alarms %v, %d samplers", record.Run.Alarms, len(w.starts))
	}
	w.heard("1 alarm cannot be confirmed: the suite's max_time of 1m30s is spent")
}

// TestCutOffWhileConfirming: the first block is kept, and its alarm is open, also
// for whoever finds the database as it is at that moment.
func TestCutOffWhileConfirming(t *testing.T) {
	w := onHost(t, "warmups: 1", slower, same)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	enough := errors.New("enough")
	var meanwhile *results.Record
	w.onStep = func(s harness.Step) {
		if s.Block == 1 && !s.Warmup && s.Round == 3 {
			meanwhile = w.record("a")
			cancel(enough)
		}
	}
	run, err := w.h.Measure(ctx, w.request("a"))
	if !errors.Is(err, enough) || run.State != results.Cancelled {
		t.Fatalf("the run is %s: %v", run.State, err)
	}
	record := w.record("a")
	for _, r := range []*results.Record{meanwhile, record} {
		if rounds(t, r, "slower", 0) < 6 || rounds(t, r, "slower", 1) != 3 {
			t.Errorf("%s: %d rounds and %d confirming ones", r.Run.State, rounds(t, r, "slower", 0), rounds(t, r, "slower", 1))
		}
		if diff := cmp.Diff(map[string]results.AlarmOutcome{"slower": results.Open}, outcomes(r)); diff != "" {
			t.Errorf("%s: alarms (-want +got):\n%s", r.Run.State, diff)
		}
	}
	if meanwhile.Run.State != results.Measuring {
		t.Errorf("while it confirmed it was %s", meanwhile.Run.State)
	}
	assertJudged(t, record)
	if c := verdict.Judge(record)[0]; c.Verdict != verdict.CannotTell || !strings.Contains(c.Reason, "no second block could confirm it: 3 executions a side") {
		t.Errorf("%s: %s", c.Verdict, c.Reason)
	}
}

// TestBrokenWhileConfirming: what breaks there is broken, and the others go on.
func TestBrokenWhileConfirming(t *testing.T) {
	w := onHost(t, "warmups: 0, rounds: 12", slower, stand{name: "breaks", noise: 0.005, first: 0.10, breaks: true})
	record := w.measure(w.request("a"))
	found := map[string]string{}
	for _, c := range verdict.Judge(record) {
		found[c.Benchmark] = fmt.Sprintf("%s: %s", c.Verdict, c.Reason)
	}
	if !strings.HasPrefix(found["breaks"], "broken: ") || !strings.Contains(found["breaks"], "failed in round 1 of the second block") || !strings.HasPrefix(found["slower"], "regression: ") {
		t.Errorf("verdicts: %v", found)
	}
	if n := rounds(t, record, "breaks", 1); n != 1 {
		t.Errorf("the broken one was measured for %d rounds", n)
	}
	if diff := cmp.Diff(map[string]results.AlarmOutcome{"slower": results.Confirmed}, outcomes(record)); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
	assertJudged(t, record)
}

// TestEstimatesHeedWhatDropsOut: the executions to come fall when a benchmark is
// settled, rise with no step, and end at none.
func TestEstimatesHeedWhatDropsOut(t *testing.T) {
	w := onHost(t, "warmups: 1, rounds: 20", same, noisy)
	w.measure(w.request("a"))
	totals := map[int]int{} // by round, the first that was said
	for _, s := range w.steps {
		if _, ok := totals[s.Round]; !ok && !s.Warmup {
			totals[s.Round] = s.Total
		}
	}
	if totals[0] != 84 || totals[19] >= 84 {
		t.Errorf("executions in all, by round: %v", totals)
	}
	last := w.steps[len(w.steps)-1]
	if last.Done != last.Total-1 || last.Left <= 0 || last.Left > 10*tick {
		t.Errorf("the last step is %+v", last)
	}
	if n := len(slices.Sorted(maps.Keys(totals))); n != 20 {
		t.Errorf("%d rounds", n)
	}
}

// TestSecondBlockInNewContainers does it in Docker.
func TestSecondBlockInNewContainers(t *testing.T) {
	docker, err := engine.OpenDocker(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	defer docker.Close()
	w := newWorld(t, docker, "warmups: 1, rounds: 15", slower, flaky)
	record := w.measure(w.request("a"))
	if diff := cmp.Diff(map[string]results.AlarmOutcome{"slower": results.Confirmed, "flaky": results.Refuted}, outcomes(record)); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
	w.heard("confirming 2 alarms in new containers: ")
	ids := map[string]bool{}
	for _, side := range results.Sides() {
		for _, id := range w.seen(side) {
			ids[id] = true
		}
	}
	if len(ids) != 4 {
		t.Errorf("containers %v, want four", slices.Sorted(maps.Keys(ids)))
	}
}
