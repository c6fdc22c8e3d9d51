package harness_test

import (
	"strings"
	"syscall"
	"testing"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/results"
)

// pair is a benchmark whose sides need each other: base waits for what head says. It
// yields the number of its one CPU, from 1 on.
const pair = `#!/bin/sh
set -e
if [ "$1" = base ]; then read -r _ <"$2"; else echo here >"$2"; fi
echo "place $(($(sed -n 's/^Cpus_allowed_list:[^0-9]*//p' /proc/self/status) + 1)) s"
`

// newDuet makes a repository whose benchmark ends only where both sides are executed
// at the same time.
func newDuet(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, engine.OpenHost(program), "warmups: 1, rounds: 4, stop: fixed", stand{name: "x"})
	w.write("pair", pair)
	for _, side := range results.Sides() {
		w.write("perf.yml", "suite: duet\ntimeout: 20s\npolicy: {warmups: 1, rounds: 4, stop: fixed, retakes: 1}\nbenchmarks:\n  - {name: pair, run: ./run, format: values}\n")
		w.write("run", "#!/bin/sh\nexec ./pair "+string(side)+" "+w.dir+"/fifo\n")
		w.git("add", "--all")
		w.git("commit", "--quiet", "-m", string(side))
	}
	if err := syscall.Mkfifo(w.dir+"/fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestDuet(t *testing.T) {
	w := newDuet(t)
	request := w.request("a")
	request.Duet, request.Quiet = true, results.LevelPin
	record := w.measure(request)
	places := map[results.Side]map[float64]bool{results.Base: {}, results.Head: {}}
	for i := 0; i < len(record.Executions); i += 2 {
		one, two := record.Executions[i], record.Executions[i+1]
		if one.Fault != nil || two.Fault != nil || one.Side == two.Side || one.Round != two.Round || len(one.Samples) != 1 || len(two.Samples) != 1 {
			t.Fatalf("executions %d and %d are no pair: %+v, %+v", i, i+1, one, two)
		}
		if one.Samples[0].Value == two.Samples[0].Value {
			t.Errorf("executions %d and %d were on one CPU", i, i+1)
		}
		if (len(one.Contaminated) == 0) != (len(two.Contaminated) == 0) {
			t.Errorf("of executions %d and %d one is contaminated: %q, %q", i, i+1, one.Contaminated, two.Contaminated)
		}
		places[one.Side][one.Samples[0].Value], places[two.Side][two.Samples[0].Value] = true, true
	}
	if len(places[results.Base]) != 2 || len(places[results.Head]) != 2 {
		t.Errorf("the sides did not change places: %v", places)
	}
	if results.FactOf(record.Run.Env, results.MethodFact) != results.MethodDuet || !strings.Contains(strings.Join(record.Run.Command, " "), "--duet") {
		t.Errorf("the run does not say that it is a duet: %v, %v", record.Run.Env, record.Run.Command)
	}
	request.ID, request.Quiet = "b", results.LevelNone
	if _, err := w.h.Measure(t.Context(), request); err == nil || !strings.Contains(err.Error(), "--quiet pin") {
		t.Errorf("a duet with nothing pinned: %v", err)
	}
}
