package files

import (
	"encoding/json"
	"errors"
	"fmt"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

// readExport reads what perfrun itself exports as JSON: the head side, which is
// what the run was made for.
func readExport(name string, text []byte) (*content, error) {
	var record results.Record
	if err := json.Unmarshal(text, &record); err != nil {
		return nil, misfit(name, text, err)
	}
	run := &record.Run
	if run.State == results.Quarantined {
		return nil, problem(name, "the run is quarantined and gives no verdict: "+run.Error, "measure again on a quiet machine")
	}
	c := &content{format: Perfrun}
	if run.State != results.Done {
		c.notes = append(c.notes, fmt.Sprintf("%s: the run ended as %q, so some of it may be missing.", name, run.State))
	}
	at := map[runKey]int{}
	faults := map[string]int{}
	for i := range record.Executions {
		e := &record.Executions[i]
		switch {
		case e.Side != results.Head || e.Warmup || e.Block != 0 || len(e.Contaminated) > 0:
		case e.Fault != nil:
			if faults[e.Benchmark]++; faults[e.Benchmark] == 1 {
				c.broken = append(c.broken, Broken{e.Benchmark, fmt.Sprintf("%s: execution %d: %s", name, e.Seq, e.Fault.Detail)})
			}
		default:
			c.execution(at, e)
		}
	}
	return c, nil
}

// execution adds the samples of one execution, one group a metric.
func (c *content) execution(at map[runKey]int, e *results.Execution) {
	begun := map[runKey]bool{}
	for _, s := range e.Samples {
		key := runKey{"", e.Benchmark, s.Metric.Key()}
		i, seen := at[key]
		if !seen {
			i = len(c.parts)
			at[key] = i
			c.parts = append(c.parts, Result{Benchmark: e.Benchmark, short: e.Benchmark, Metric: s.Metric})
		}
		part := &c.parts[i]
		if !begun[key] {
			begun[key] = true
			part.Groups = append(part.Groups, nil)
		}
		last := len(part.Groups) - 1
		part.Groups[last] = append(part.Groups[last], s.Value)
	}
}

// misfit is a problem with JSON that looks like an export and is none.
func misfit(name string, text []byte, err error) *results.Problem {
	next := "export the run anew with --format json"
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return problem(name, fmt.Sprintf("it looks like a perfrun export and is none: %v", err), next)
	}
	return problem(jsontext.Place(name, text, int(wrong.Offset)-1), fmt.Sprintf("it looks like a perfrun export, but %q is %s", wrong.Field, wrong.Value), next)
}
