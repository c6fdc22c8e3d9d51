package results

import "strings"

// Direction says which way a metric is better.
type Direction string

// The two directions.
const (
	Lower  Direction = "lower"
	Higher Direction = "higher"
)

// Metric is one quantity that a benchmark yields. Name, Case and Unit come from
// the benchmark's output and may hold any text.
type Metric struct {
	Case   string    `json:"case,omitempty"` // the named result inside the output ("Encode/small"); empty for the command as a whole
	Name   string    `json:"name"`           // "wall", "sec/op"
	Unit   string    `json:"unit"`           // base units: "sec", "B", "sec/op", "B/s", or the benchmark's own
	Better Direction `json:"better"`
}

// Key tells metrics of one benchmark apart; direction is not part of it.
type Key struct{ Case, Name, Unit string }

// Key returns the metric's identity within its benchmark.
func (m Metric) Key() Key { return Key{m.Case, m.Name, m.Unit} }

// String returns the metric as people read it: "Encode/small sec/op" or "wall".
func (m Metric) String() string {
	return strings.TrimSpace(m.Case + " " + m.Name)
}

// Time reports whether the metric is a duration, per something or not.
func (m Metric) Time() bool { return m.Unit == "sec" || strings.HasPrefix(m.Unit, "sec/") }

// The accounts of a process that a suite may name as metrics.
const (
	MetricWall        = "wall"
	MetricCPU         = "cpu"
	MetricUser        = "user"
	MetricSystem      = "system"
	MetricMaxRSS      = "max-rss"
	MetricMinorFaults = "minor-faults"
	MetricMajorFaults = "major-faults"
)

// accountMetrics gives for each account its unit and how to read it.
var accountMetrics = []struct {
	name, unit string
	read       func(Accounts) float64
}{
	{MetricWall, "sec", func(a Accounts) float64 { return a.Wall.Seconds() }},
	{MetricCPU, "sec", func(a Accounts) float64 { return (a.User + a.System).Seconds() }},
	{MetricUser, "sec", func(a Accounts) float64 { return a.User.Seconds() }},
	{MetricSystem, "sec", func(a Accounts) float64 { return a.System.Seconds() }},
	{MetricMaxRSS, "B", func(a Accounts) float64 { return float64(a.MaxRSS) }},
	{MetricMinorFaults, "faults", func(a Accounts) float64 { return float64(a.MinorFaults) }},
	{MetricMajorFaults, "faults", func(a Accounts) float64 { return float64(a.MajorFaults) }},
}

// AccountNames lists the accounts that can be metrics.
func AccountNames() []string {
	names := make([]string, len(accountMetrics))
	for i, m := range accountMetrics {
		names[i] = m.name
	}
	return names
}

// AccountSample reads the named account as a sample; false if there is no such
// account. Lower is better for all of them.
func AccountSample(a Accounts, name string) (Sample, bool) {
	for _, m := range accountMetrics {
		if m.name == name {
			return Sample{Metric{Name: name, Unit: m.unit, Better: Lower}, m.read(a)}, true
		}
	}
	return Sample{}, false
}
