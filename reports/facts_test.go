package reports

import (
	"html/template"
	"slices"
	"testing"

	"mtrlz.dev/perfrun/results"
)

func TestRoundsDone(t *testing.T) {
	check := func(name string, edit func(*results.Record), want int) {
		t.Helper()
		record := fixtureRecord()
		edit(record)
		if got := roundsDone(record); got != want {
			t.Errorf("%s: %d rounds done, want %d", name, got, want)
		}
	}
	check("all", func(*results.Record) {}, 15)
	check("cut in round 4", func(r *results.Record) { r.Executions = r.Executions[:5*12+6] }, 3)
	check("cut after the warm-ups", func(r *results.Record) { r.Executions = r.Executions[:2*12] }, 0)
	check("nothing", func(r *results.Record) { r.Executions = nil }, 0)
	check("one side only", func(r *results.Record) {
		r.Executions = slices.DeleteFunc(r.Executions, func(e results.Execution) bool { return e.Side == results.Head })
	}, 0)
	check("all broken", func(r *results.Record) {
		for i := range r.Executions {
			r.Executions[i].Fault = fixtureFault()
		}
	}, 15)
	check("no benchmark", func(r *results.Record) { r.Run.Bench = nil }, 0)
}

func TestBreakable(t *testing.T) {
	if got, want := Breakable("kernel.numa_balancing<b> v1."), template.HTML("kernel.<wbr/>numa_<wbr/>balancing&lt;b&gt; v1.<wbr/>"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
