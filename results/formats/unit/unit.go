package unit

import (
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// perTime are the endings of a unit that counts something per time.
var perTime = []string{"/s", "/sec", "/second", "/min", "/minute", "/h", "/hour"}

// rates are units that are such a count under a name of their own.
var rates = []string{"ops", "iops", "qps", "rps", "tps", "fps", "bps", "kbps", "mbps", "gbps", "hz", "khz", "mhz", "ghz", "flops", "gflops"}

// Better guesses from a unit which way it is better: more per time is better
// ("B/s", "ops/sec", "qps"), of everything else less is ("sec/op", "B", "").
// Letter case does not matter.
func Better(unit string) results.Direction {
	unit = strings.ToLower(unit)
	if slices.Contains(rates, unit) || slices.ContainsFunc(perTime, func(end string) bool { return strings.HasSuffix(unit, end) }) {
		return results.Higher
	}
	return results.Lower
}

// scale is a unit of time as a fraction of seconds. Two whole numbers keep what
// is exact exact: 44.6/1e9 is the float64 nearest to 44.6 ns, 44.6*1e-9 is not.
type scale struct{ times, parts float64 }

// scales are the units of time, as tools spell them: Google Benchmark ns to s,
// JMH ns to day (its TimeValue.timeUnitToString), both kinds of µ.
var scales = map[string]scale{
	"ns": {1, 1e9}, "us": {1, 1e6}, "\u00b5s": {1, 1e6}, "\u03bcs": {1, 1e6}, "ms": {1, 1e3},
	"s": {1, 1}, "sec": {1, 1}, "second": {1, 1}, "seconds": {1, 1},
	"min": {60, 1}, "minute": {60, 1}, "hr": {3600, 1}, "hour": {3600, 1}, "h": {3600, 1}, "day": {86400, 1},
}

// Seconds turns a time into seconds; false if its unit is no unit of time.
func Seconds(value float64, unit string) (float64, bool) {
	s, ok := scales[unit]
	return value * s.times / s.parts, ok
}

// Base turns a value into base units: a time into "sec", a time per something
// into "sec/something", a count per time into "something/s". Any other unit
// comes back with its value as it was.
func Base(value float64, unit string) (float64, string) {
	counted, per, isRatio := strings.Cut(unit, "/")
	if seconds, ok := Seconds(value, counted); ok {
		return seconds, strings.Join(append([]string{"sec"}, strings.Split(unit, "/")[1:]...), "/")
	}
	if s, ok := scales[per]; isRatio && ok {
		return value / s.times * s.parts, counted + "/s"
	}
	return value, unit
}
