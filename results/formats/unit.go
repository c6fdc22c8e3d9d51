package formats

import (
	"slices"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// perTime are the endings of a unit that counts something per time.
var perTime = []string{"/s", "/sec", "/second", "/min", "/minute", "/h", "/hour"}

// rates are units that are such a count under a name of their own.
var rates = []string{"ops", "iops", "qps", "rps", "tps", "fps", "bps", "kbps", "mbps", "gbps", "hz", "khz", "mhz", "ghz", "flops", "gflops"}

// BetterFor guesses from a unit which way it is better: more per time is better
// ("B/s", "ops/sec", "qps"), of everything else less is ("sec/op", "B", "").
// Letter case does not matter.
func BetterFor(unit string) results.Direction {
	unit = strings.ToLower(unit)
	if slices.Contains(rates, unit) || slices.ContainsFunc(perTime, func(end string) bool { return strings.HasSuffix(unit, end) }) {
		return results.Higher
	}
	return results.Lower
}
