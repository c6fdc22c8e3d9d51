package jsonfile

import (
	"fmt"
	"math"
	"strings"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/jsontext"
)

// The formats.
const (
	Google    = "google-benchmark"
	Hyperfine = "hyperfine"
	Pytest    = "pytest-benchmark"
	JMH       = "jmh"
	Action    = "github-action-benchmark"
)

// Entry is one metric of one benchmark.
type Entry struct {
	Metric  results.Metric // Case is the benchmark's name
	Groups  [][]float64    // finite, in Metric.Unit; the values of a group are of one process
	Summary string         // what the tool made one value of ("the median of 9 rounds"); empty where it kept all
}

// Failure is a benchmark that yielded nothing that counts, or not all.
type Failure struct {
	Case    string
	Problem *results.Problem // why, and where the file says so
}

// File is what one file holds.
type File struct {
	Format   string
	Entries  []Entry // in the order in which they first appear
	Failures []Failure
}

// formats holds how each format is read.
var formats = []struct {
	name string
	read func(*collector, jsontext.Value) error
}{
	{Google, readGoogle},
	{Hyperfine, readHyperfine},
	{Pytest, readPytest},
	{JMH, readJMH},
	{Action, readAction},
}

// Parse reads a file of a known format; see [Recognise]. An error is a
// [*results.Problem] with line and column. A file without any benchmark has
// neither entries nor failures.
func Parse(format string, top jsontext.Value) (*File, error) {
	for _, f := range formats {
		if f.name != format {
			continue
		}
		c := &collector{index: map[results.Key]int{}}
		if err := f.read(c, top); err != nil {
			return nil, err
		}
		return &File{format, c.entries, c.failures}, nil
	}
	return nil, top.Problem(fmt.Sprintf("there is no JSON format %q", format), "")
}

// collector gathers what a file holds.
type collector struct {
	entries  []Entry
	index    map[results.Key]int // into entries
	failures []Failure
}

// fail notes why a benchmark, or a metric of it, does not count; once each.
func (c *collector) fail(name string, problem *results.Problem) {
	for _, f := range c.failures {
		if f.Case == name && f.Problem.What == problem.What {
			return
		}
	}
	c.failures = append(c.failures, Failure{name, problem})
}

// add adds the groups of a metric, of which there may be no other.
func (c *collector) add(at jsontext.Value, e Entry) error {
	if _, twice := c.index[e.Metric.Key()]; twice {
		return at.Problem(fmt.Sprintf("benchmark %s has another result above", quote(e.Metric.Case)), "give every benchmark a name of its own; put results of several runs into a file each")
	}
	for _, group := range e.Groups {
		for _, value := range group {
			if !finite(value) {
				c.fail(e.Metric.Case, notFinite(at, e.Metric.Name, value))
				return nil
			}
		}
	}
	c.index[e.Metric.Key()] = len(c.entries)
	c.entries = append(c.entries, e)
	return nil
}

// put adds one value to the only group of a metric.
func (c *collector) put(at jsontext.Value, metric results.Metric, summary string, value float64) {
	if !finite(value) {
		c.fail(metric.Case, notFinite(at, metric.Name, value))
		return
	}
	i, known := c.index[metric.Key()]
	if !known {
		i = len(c.entries)
		c.index[metric.Key()] = i
		c.entries = append(c.entries, Entry{Metric: metric, Groups: [][]float64{nil}, Summary: summary})
	}
	c.entries[i].Groups[0] = append(c.entries[i].Groups[0], value)
}

func notFinite(at jsontext.Value, metric string, value float64) *results.Problem {
	return at.Problem(fmt.Sprintf("%s is %v, which is not finite", metric, value), "correct what the benchmark reports")
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// quote shows a name in an error, on one line and shortened.
func quote(text string) string {
	const most = 80
	if len(text) > most {
		return fmt.Sprintf("%q...", strings.ToValidUTF8(text[:most], ""))
	}
	return fmt.Sprintf("%q", text)
}
