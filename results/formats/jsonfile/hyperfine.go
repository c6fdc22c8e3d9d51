package jsonfile

import (
	"fmt"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

const hyperfineNext = "write it with --export-json FILE"

// hyperfineLists are the measurements of single launches, and their units.
// Versions before 1.19 have the times only; some builds add the other two.
var hyperfineLists = []struct{ key, name, unit string }{
	{"times", "time", "sec"},
	{"user_times", "user", "sec"},
	{"system_times", "system", "sec"},
	{"memory_usage_byte", "memory", "B"},
}

// readHyperfine reads what hyperfine exports (BenchmarkResult in
// src/benchmark/benchmark_result.rs).
func readHyperfine(c *collector, top jsontext.Value) error {
	file, err := asObject(top, "a file of hyperfine", hyperfineNext)
	if err != nil {
		return err
	}
	list, err := file.member("results", jsontext.Array)
	if err != nil {
		return err
	}
	for element := range list.Elements() {
		o, err := asObject(element, "a result", hyperfineNext)
		if err != nil {
			return err
		}
		if err := c.hyperfine(o); err != nil {
			return err
		}
	}
	return nil
}

// hyperfine adds one command.
func (c *collector) hyperfine(o object) error {
	name, err := o.text("command")
	if err != nil {
		return err
	}
	if o.has("parameters") {
		name = named(name, o.members["parameters"])
	}
	if problem := hyperfineFailed(o, name); problem != nil {
		c.fail(name, problem)
		return nil
	}
	if !o.has("times") {
		return c.hyperfineSummary(o, name)
	}
	for _, l := range hyperfineLists {
		if !o.has(l.key) {
			continue
		}
		list, err := o.member(l.key, jsontext.Array)
		if err != nil {
			return err
		}
		values, err := numbers(list, fmt.Sprintf("%q", l.key), hyperfineNext)
		if err != nil {
			return err
		}
		if len(values) == 0 {
			c.fail(name, list.Problem(fmt.Sprintf("%q of %s is empty", l.key, quote(name)), hyperfineNext))
			continue
		}
		if err := c.add(o.Value, Entry{Metric: results.Metric{Case: name, Name: l.name, Unit: l.unit, Better: results.Lower}, Groups: apart(values)}); err != nil {
			return err
		}
	}
	return nil
}

// apart makes each value a group of its own.
func apart(values []float64) [][]float64 {
	groups := make([][]float64, len(values))
	for i := range values {
		groups[i] = values[i : i+1 : i+1]
	}
	return groups
}

// hyperfineSummary takes the median where the times were not kept.
func (c *collector) hyperfineSummary(o object, name string) error {
	median, err := o.number("median")
	if err != nil {
		return o.missing("times")
	}
	return c.add(o.Value, Entry{
		Metric:  results.Metric{Case: name, Name: "median time", Unit: "sec", Better: results.Lower},
		Groups:  [][]float64{{median}},
		Summary: summaryOf("median", "its launches"),
	})
}

// hyperfineFailed says how many launches did not end with status 0. hyperfine
// goes on after one only if it is told to ignore it (--ignore-failure); what a
// failing command takes is not what was to be measured.
func hyperfineFailed(o object, name string) *results.Problem {
	failed, launches, how := 0, 0, ""
	for code := range o.members["exit_codes"].Elements() {
		launches++
		status, isNumber := code.Number()
		if isNumber && status == 0 {
			continue
		}
		if failed++; failed > 1 {
			continue
		}
		how = "were ended by a signal"
		if isNumber {
			how = fmt.Sprintf("ended with status %v", status)
		}
	}
	if failed == 0 {
		return nil
	}
	return o.members["exit_codes"].Problem(fmt.Sprintf("%d of %d launches of %s %s", failed, launches, quote(name), how), "correct the command, or let a shell turn the status into 0")
}
