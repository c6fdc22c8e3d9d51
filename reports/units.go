package reports

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/perf/benchunit"
)

// mostWord is how many cells a word from outside may take where space is tight:
// a unit, a verdict, a revision.
const mostWord = 24

// Value words v, given in unit, for people: four digits, a prefix that fits,
// "1.234 ms", "12.34 MiB", "42 faults". A value that is not finite becomes
// "n/a". The unit may hold any text; it is shown as Plain shows it.
func Value(v float64, unit string) string {
	v, unit = benchunit.Tidy(v, unit)
	if !finite(v) {
		return "n/a"
	}
	scaler := scalerFor(v, unit)
	number := strconv.FormatFloat(v/scaler.Factor, 'f', scaler.Prec, 64)
	if exotic(v) {
		number = strconv.FormatFloat(v, 'e', 3, 64)
	}
	return joined(number, scaler.Prefix, unit)
}

// exotic reports whether v lies beyond every prefix, so that only an exponent
// can show it.
func exotic(v float64) bool {
	size := math.Abs(v)
	return size >= 1e18 || size > 0 && size < 1e-12
}

func scalerFor(v float64, unit string) benchunit.Scaler {
	count := v == math.Trunc(v) && math.Abs(v) < 10_000
	switch {
	case exotic(v), v == 0, count && !prefixable(unit):
		return benchunit.Scaler{Prec: 0, Factor: 1}
	case count && math.Abs(v) < 1000 && benchunit.ClassOf(unit) == benchunit.Binary:
		return benchunit.Scaler{Prec: 0, Factor: 1}
	case unit == "%":
		return benchunit.Scaler{Prec: 2, Factor: 1}
	}
	return benchunit.CommonScale([]float64{v}, benchunit.ClassOf(unit))
}

// prefixable reports whether unit is one that takes a prefix as in "ms" or
// "KiB/s"; an unknown word does not: "1.234k widgets".
func prefixable(unit string) bool {
	numerator, _, _ := strings.Cut(unit, "/")
	switch numerator {
	case "sec", "s", "B", "b", "bit", "Hz", "J", "W", "V", "A":
		return true
	}
	return false
}

// joined puts number, prefix and unit together; seconds are written "s".
func joined(number, prefix, unit string) string {
	return strings.TrimRight(number+glue(prefix, unit), " ")
}

func glue(prefix, unit string) string {
	if !prefixable(unit) {
		return prefix + " " + shortened(Plain(unit), mostWord)
	}
	if rest, ok := strings.CutPrefix(unit, "sec"); ok {
		unit = "s" + rest
	}
	return " " + prefix + shortened(Plain(unit), mostWord)
}

// axisUnit picks how a chart shows values of unit whose largest size is given:
// what to multiply them by, and the name of the unit they are in then.
func axisUnit(largest float64, unit string) (factor float64, name string) {
	factor, tidied := benchunit.Tidy(1, unit)
	largest *= factor
	scaler := benchunit.CommonScale([]float64{largest}, benchunit.ClassOf(tidied))
	if tidied == "%" || exotic(largest) {
		scaler = benchunit.Scaler{Factor: 1}
	}
	return factor / scaler.Factor, strings.TrimSpace(glue(scaler.Prefix, tidied))
}

// Change words a change given as a fraction: 0.031 is "+3.1 %". The minus sign
// is the ASCII one, for terminals.
func Change(f float64) string {
	percent := f * 100
	size := math.Abs(percent)
	switch {
	case !finite(percent):
		return "n/a"
	case size < 0.005:
		return "0.0 %"
	case size < 0.995:
		return fmt.Sprintf("%+.2f %%", percent)
	case size < 99.95:
		return fmt.Sprintf("%+.1f %%", percent)
	case size < 1e6:
		return fmt.Sprintf("%+.0f %%", percent)
	}
	return fmt.Sprintf("%+.1e %%", percent)
}

// interval words a 95 % interval: "+2.8 % to +3.4 %".
func interval(low, high float64) string { return Change(low) + " to " + Change(high) }

// share words a fraction that has no sign: "2.0 %".
func share(f float64) string { return strings.TrimPrefix(Change(f), "+") }

// tickChange words a tick on the axis of changes: "+20 %".
func tickChange(f float64) string {
	if math.Abs(f) < 1e-9 {
		return "0"
	}
	return minus(fmt.Sprintf("%+.4g %%", f*100))
}

// sign matches the sign of a negative number, not a hyphen in a word.
var sign = regexp.MustCompile(`(^|[\s\[(])-([0-9.])`)

// minus writes the true minus sign before numbers, for pages.
func minus(s string) string { return sign.ReplaceAllString(s, "${1}−${2}") }
