package jsonfile

import (
	"fmt"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
	"mtrlz.dev/perfrun/results/formats/unit"
)

const googleNext = "write it with --benchmark_format=json or --benchmark_out=FILE"

// googleRun is one element of "benchmarks": a repetition, or an aggregate of
// several.
type googleRun struct {
	object
	name      string // as printed
	of        string // the benchmark, without what an aggregate appends
	aggregate bool
	statistic string // of an aggregate: "median"; empty where it does not say
}

// readGoogle reads what Google Benchmark's JSONReporter writes
// (src/json_reporter.cc).
func readGoogle(c *collector, top jsontext.Value) error {
	runs, err := googleRuns(top)
	if err != nil {
		return err
	}
	repeated := map[string]bool{} // benchmarks whose repetitions are there
	aggregates := map[string][]googleRun{}
	var order []string
	for _, run := range runs {
		switch {
		case run.members["error_occurred"].Is(true):
			c.fail(run.of, run.Problem(fmt.Sprintf("benchmark %s failed: %s", quote(run.of), quote(run.textOr("error_message", ""))), "correct the benchmark"))
		case run.members["skipped"].Is(true) || run.has("big_o") || run.has("rms"):
		case run.aggregate:
			if aggregates[run.of] == nil {
				order = append(order, run.of)
			}
			aggregates[run.of] = append(aggregates[run.of], run)
		default:
			repeated[run.of] = true
			if err := c.google(run, ""); err != nil {
				return err
			}
		}
	}
	for _, of := range order {
		if repeated[of] {
			continue // a summary of what is there
		}
		if err := c.googleSummary(of, aggregates[of]); err != nil {
			return err
		}
	}
	return nil
}

// googleRuns reads what can be said of each element alone, and then finds the
// aggregates of versions before 1.5, which show in the name only.
func googleRuns(top jsontext.Value) ([]googleRun, error) {
	file, err := asObject(top, "a file of Google Benchmark", googleNext)
	if err != nil {
		return nil, err
	}
	list, err := file.member("benchmarks", jsontext.Array)
	if err != nil {
		return nil, err
	}
	var runs []googleRun
	names := map[string]bool{}
	for element := range list.Elements() {
		o, err := asObject(element, "a benchmark", googleNext)
		if err != nil {
			return nil, err
		}
		name, err := o.text("name")
		if err != nil {
			return nil, err
		}
		names[name] = true
		run := googleRun{object: o, name: name, of: name, statistic: o.textOr("aggregate_name", "")}
		if run.aggregate = o.textOr("run_type", "") == "aggregate"; run.aggregate {
			run.of = o.textOr("run_name", strings.TrimSuffix(name, "_"+run.statistic))
		}
		runs = append(runs, run)
	}
	for i := range runs {
		runs[i].byName(names)
	}
	return runs, nil
}

// googleStatistics are the aggregates that every version computes.
var googleStatistics = []string{"mean", "median", "stddev", "cv"}

// byName recognises an aggregate that does not say that it is one: its name ends
// like one, and what it is of is there, or its other aggregates are.
func (run *googleRun) byName(names map[string]bool) {
	if run.has("run_type") {
		return
	}
	for _, statistic := range googleStatistics {
		of, ends := strings.CutSuffix(run.name, "_"+statistic)
		if ends && (names[of] || names[of+"_mean"] && names[of+"_stddev"]) {
			run.of, run.aggregate, run.statistic = of, true, statistic
		}
	}
}

// googleSummary takes one aggregate where the repetitions were not kept
// (--benchmark_report_aggregates_only): the median, else the mean, else one
// that does not say what it is.
func (c *collector) googleSummary(of string, list []googleRun) error {
	for _, statistic := range []string{"median", "mean", ""} {
		found := false
		for _, run := range list {
			if run.statistic != statistic || run.textOr("aggregate_unit", "time") != "time" {
				continue
			}
			found = true
			if statistic == "" {
				statistic = "aggregate"
			}
			if err := c.google(run, statistic); err != nil {
				return err
			}
		}
		if found {
			return nil
		}
	}
	c.fail(of, list[0].Problem(fmt.Sprintf("benchmark %s has aggregates only, and neither median nor mean", quote(of)), "leave out --benchmark_report_aggregates_only"))
	return nil
}

// googleFields are the members that are neither a time nor a counter.
var googleFields = []string{
	"family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations",
	"real_time", "cpu_time", "cpu_coefficient", "real_coefficient", "rms",
}

// google adds the metrics of one run; statistic is empty for a repetition.
func (c *collector) google(run googleRun, statistic string) error {
	scale := run.textOr("time_unit", "ns")
	for _, key := range []string{"real_time", "cpu_time"} {
		value, err := run.number(key)
		if err != nil {
			return err
		}
		seconds, ok := unit.Seconds(value, scale)
		if !ok {
			return run.members["time_unit"].Problem(fmt.Sprintf("%q is no unit of time", scale), "")
		}
		c.put(run.members[key], googleMetric(run.of, key, "sec/op", statistic), summaryOf(statistic, "its repetitions"), seconds)
	}
	for key, v := range run.Members() {
		if value, ok := v.Number(); ok && !slices.Contains(googleFields, key) {
			c.put(v, googleMetric(run.of, key, googleUnit(key), statistic), summaryOf(statistic, "its repetitions"), value)
		}
	}
	return nil
}

// googleMetric names a metric. A counter that is a rate is not marked as one in
// the file; its name has to say so.
func googleMetric(of, key, unitOf, statistic string) results.Metric {
	m := results.Metric{Case: of, Name: strings.TrimSpace(statistic + " " + key), Unit: unitOf, Better: unit.Better(unitOf)}
	if strings.HasSuffix(key, "_per_second") || strings.HasSuffix(key, "/s") {
		m.Better = results.Higher
	}
	return m
}

// googleUnit is the unit of a counter that Google Benchmark itself names; those of
// a benchmark's own have none.
func googleUnit(counter string) string {
	switch counter {
	case "bytes_per_second":
		return "B/s"
	case "items_per_second":
		return "items/s"
	case "allocs_per_iter":
		return "allocs/op"
	case "max_bytes_used", "total_allocated_bytes", "net_heap_growth":
		return "B"
	}
	return ""
}

// summaryOf says what a value is a summary of; empty for one that is none.
func summaryOf(statistic, of string) string {
	if statistic == "" {
		return ""
	}
	return "the " + statistic + " of " + of
}
