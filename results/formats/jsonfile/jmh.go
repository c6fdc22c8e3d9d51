package jsonfile

import (
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
	"mtrlz.dev/perfrun/results/formats/unit"
)

const jmhNext = "write it with -rf json -rff FILE"

// jmhModes names the primary metric of each mode (Mode.shortLabel), so that
// results of several modes in one file (-bm all) stay apart.
var jmhModes = map[string]string{
	"thrpt": "throughput", "avgt": "time", "sample": "sampled time", "ss": "single-shot time",
}

// jmhTextUnit is the unit of what profilers say in words (TextResult), whose score
// is no number.
const jmhTextUnit = "---"

// readJMH reads what JMH's JSONResultFormat writes.
func readJMH(c *collector, top jsontext.Value) error {
	if top.Kind() != jsontext.Array {
		return top.Problem(fmt.Sprintf("a file of JMH is %s instead of a list", top.Kind()), jmhNext)
	}
	for element := range top.Elements() {
		o, err := asObject(element, "a benchmark", jmhNext)
		if err != nil {
			return err
		}
		if err := c.jmh(o); err != nil {
			return err
		}
	}
	return nil
}

// jmh adds the metrics of one benchmark in one mode.
func (c *collector) jmh(o object) error {
	name, err := o.text("benchmark")
	if err != nil {
		return err
	}
	if o.has("params") {
		name = named(name, o.members["params"])
	}
	mode, err := o.text("mode")
	if err != nil {
		return err
	}
	if jmhModes[mode] == "" {
		return o.members["mode"].Problem(fmt.Sprintf("there is no mode %s", quote(mode)), "the modes of JMH are thrpt, avgt, sample and ss")
	}
	primary, err := o.jmhMetric("primaryMetric")
	if err != nil {
		return err
	}
	if err := c.jmhMetric(primary, name, jmhModes[mode]); err != nil {
		return err
	}
	for key, v := range o.members["secondaryMetrics"].Members() {
		secondary, err := asObject(v, "a secondary metric", jmhNext)
		if err != nil {
			return err
		}
		if err := c.jmhMetric(secondary, name, strings.TrimPrefix(key, "·")); err != nil { // the dot went with 1.36
			return err
		}
	}
	return nil
}

func (o object) jmhMetric(key string) (object, error) {
	v, err := o.member(key, jsontext.Object)
	if err != nil {
		return object{}, err
	}
	return asObject(v, fmt.Sprintf("%q", key), jmhNext)
}

// jmhMetric adds one metric: its forks, or what is left of them.
func (c *collector) jmhMetric(o object, name, metric string) error {
	scoreUnit, err := o.text("scoreUnit")
	if err != nil {
		return err
	}
	if scoreUnit == jmhTextUnit {
		return nil
	}
	_, base := unit.Base(1, scoreUnit)
	entry := Entry{Metric: results.Metric{Case: name, Name: metric, Unit: base, Better: jmhBetter(metric, base)}}
	switch {
	case o.filled("rawData"):
		entry.Groups, err = jmhForks(o.members["rawData"], scoreUnit)
	case o.filled("rawDataHistogram"):
		return c.jmhSampled(o, entry, scoreUnit)
	default:
		return c.jmhScore(o, entry, scoreUnit)
	}
	switch {
	case err != nil:
		return err
	case len(entry.Groups) == 0: // forks without an iteration
		return c.jmhScore(o, entry, scoreUnit)
	}
	return c.add(o.Value, entry)
}

// filled reports whether a list is there and holds something: without raw data
// (-Djmh.json.rawData=false) it is empty.
func (o object) filled(key string) bool {
	for range o.members[key].Elements() {
		return true
	}
	return false
}

// jmhBetter is the direction that the unit has, but for what JMH's own profilers
// report: garbage is never better for coming faster, and instructions per clock
// are.
func jmhBetter(metric, base string) results.Direction {
	switch {
	case strings.HasPrefix(metric, "gc."):
		return results.Lower
	case base == "insns/clk":
		return results.Higher
	}
	return unit.Better(base)
}

// jmhForks reads [[iteration, ...], ...], one list a fork.
func jmhForks(list jsontext.Value, scoreUnit string) (groups [][]float64, err error) {
	for fork := range list.Elements() {
		if fork.Kind() != jsontext.Array {
			return nil, fork.Problem(fmt.Sprintf("a fork is %s instead of a list", fork.Kind()), jmhNext)
		}
		var group []float64
		for iteration := range fork.Elements() {
			value, err := jmhNumber(iteration)
			if err != nil {
				return nil, err
			}
			value, _ = unit.Base(value, scoreUnit)
			group = append(group, value)
		}
		if len(group) > 0 {
			groups = append(groups, group)
		}
	}
	return groups, nil
}

// jmhScore takes the score where there is no raw data: a mean over all forks
// (in mode sample over all calls).
func (c *collector) jmhScore(o object, entry Entry, scoreUnit string) error {
	v, there := o.members["score"]
	if !there {
		return o.missing("rawData")
	}
	score, err := jmhNumber(v)
	if err != nil {
		return err
	}
	score, _ = unit.Base(score, scoreUnit)
	entry.Metric.Name = "mean " + entry.Metric.Name
	entry.Groups, entry.Summary = [][]float64{{score}}, summaryOf("mean", "its iterations")
	return c.add(o.Value, entry)
}

// jmhNumber reads a number; JMH writes those that are none as text.
func jmhNumber(v jsontext.Value) (float64, error) {
	if text, is := v.Text(); is {
		if value, known := jmhWords[text]; known {
			return value, nil
		}
	}
	value, ok := v.Number()
	if !ok {
		return 0, v.Problem(fmt.Sprintf("there is %s instead of a number", v.Kind()), jmhNext)
	}
	return value, nil
}
