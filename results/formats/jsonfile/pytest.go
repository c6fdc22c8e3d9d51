package jsonfile

import (
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

const pytestNext = "write it with --benchmark-json=FILE"

// readPytest reads what pytest-benchmark writes (BenchmarkSession in
// src/pytest_benchmark/session.py; the same since 2.5, but for what was added).
func readPytest(c *collector, top jsontext.Value) error {
	file, err := asObject(top, "a file of pytest-benchmark", pytestNext)
	if err != nil {
		return err
	}
	list, err := file.member("benchmarks", jsontext.Array)
	if err != nil {
		return err
	}
	for element := range list.Elements() {
		o, err := asObject(element, "a benchmark", pytestNext)
		if err != nil {
			return err
		}
		if err := c.pytest(o); err != nil {
			return err
		}
	}
	return nil
}

// pytest adds one test.
func (c *collector) pytest(o object) error {
	name := o.textOr("fullname", "")
	if name == "" {
		var err error
		if name, err = o.text("name"); err != nil {
			return err
		}
	}
	statsValue, err := o.member("stats", jsontext.Object)
	if err != nil {
		return err
	}
	stats, _ := asObject(statsValue, `"stats"`, pytestNext)
	metric := results.Metric{Case: name, Name: "time", Unit: "sec/op", Better: results.Lower}
	if rounds := pytestRounds(o, stats); rounds != nil {
		return c.add(o.Value, Entry{Metric: metric, Groups: [][]float64{rounds}})
	}
	statistic, value, err := pytestSummary(stats)
	if err != nil {
		return err
	}
	metric.Name = statistic + " time"
	of := "its rounds"
	if rounds, err := stats.number("rounds"); err == nil {
		of = fmt.Sprintf("%v rounds", rounds)
	}
	return c.add(o.Value, Entry{Metric: metric, Groups: [][]float64{{value}}, Summary: summaryOf(statistic, of)})
}

// pytestRounds returns the times of all rounds, if the file has them
// (--benchmark-save-data); nil if it has none or only some of them.
func pytestRounds(o, stats object) []float64 {
	for _, place := range []object{stats, o} {
		values, err := numbers(place.members["data"], "data", pytestNext)
		if err != nil || len(values) == 0 {
			continue
		}
		if rounds, err := stats.number("rounds"); err == nil && rounds != float64(len(values)) {
			continue
		}
		return values
	}
	return nil
}

// pytestSummary returns the median, or else the mean.
func pytestSummary(stats object) (statistic string, value float64, err error) {
	for _, statistic := range []string{"median", "mean"} {
		if value, err := stats.number(statistic); err == nil {
			return statistic, value, nil
		}
	}
	return "", 0, stats.Problem("there is neither data nor a median nor a mean", strings.Join([]string{pytestNext, "--benchmark-save-data"}, " "))
}
