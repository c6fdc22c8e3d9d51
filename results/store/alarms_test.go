package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// TestAlarmsAreCounted: by suite and host, each run that could have had alarms,
// and no other.
func TestAlarmsAreCounted(t *testing.T) {
	s, _ := fresh(t)
	n := 0
	add := func(suite, host string, change func(*results.Run), outcomes ...results.AlarmOutcome) {
		t.Helper()
		n++
		run := exampleRun(string(rune('a' + n)))
		run.Suite, run.State, run.Finished, run.Alarms = suite, results.Done, run.Created.Add(time.Hour), nil
		run.Env = []results.Fact{{Name: "cpu.model", Value: "x"}, {Name: "host.name", Value: host}}
		for _, outcome := range outcomes {
			run.Alarms = append(run.Alarms, results.Alarm{Benchmark: "join", Metric: results.Metric{Name: "wall"}, Outcome: outcome})
		}
		if change != nil {
			change(&run)
		}
		if err := s.SaveRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	add("dataflow", "box", nil, results.Confirmed, results.Refuted)
	add("dataflow", "box", nil)
	add("dataflow", "box", nil, results.Refuted, results.Open)
	add("dataflow", hostile, nil, results.Confirmed)
	add("'; DROP TABLE runs; --", "box", nil, results.Open)
	cutOff := func(r *results.Run) { r.State = results.Failed }
	add("dataflow", "box", cutOff, results.Open)
	add("dataflow", "box", cutOff) // before it could have alarms
	add("dataflow", "box", func(r *results.Run) { r.State = results.Quarantined }, results.Refuted)
	add("dataflow", "box", func(r *results.Run) { r.Kind = results.Calibration }, results.Refuted)
	add("dataflow", "box", func(r *results.Run) { r.Plan.Looks = nil })
	add("dataflow", "box", func(r *results.Run) { r.Plan.Looks = []int{} })
	add("dataflow", "box", func(r *results.Run) { r.State, r.Finished = results.Measuring, time.Time{} }, results.Open)

	hostiles := results.AlarmTally{Suite: "dataflow", Host: hostile, Runs: 1, Confirmed: 1}
	box := results.AlarmTally{Suite: "dataflow", Host: "box", Runs: 4, Confirmed: 1, Refuted: 2, Open: 2}
	other := results.AlarmTally{Suite: "'; DROP TABLE runs; --", Host: "box", Runs: 1, Open: 1}
	check := func(suite string, want ...results.AlarmTally) {
		t.Helper()
		got, err := s.Alarms(t.Context(), suite)
		if diff := cmp.Diff(append([]results.AlarmTally{}, want...), got); diff != "" || err != nil {
			t.Errorf("suite %q (-want +got), %v:\n%s", suite, err, diff)
		}
	}
	check("", other, hostiles, box)
	check("dataflow", hostiles, box)
	check("'; DROP TABLE runs; --", other)
	check("none")
}
