package words

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/perf/benchunit"
)

// MostWord is how many cells a word from outside may take where space is tight:
// a unit, a verdict, a revision.
const MostWord = 24

// Value words v, given in unit, for people: four digits, a prefix that fits,
// "1.234 ms", "12.34 MiB", "42 faults". A value that is not finite becomes
// "n/a". The unit may hold any text; it is shown as Plain shows it.
func Value(v float64, unit string) string {
	v, unit = tidied(v, unit)
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

// tidied is a value in the unit without a prefix: nanoseconds as Go's benchmarks print
// them, and those that tables of other tools name.
func tidied(v float64, unit string) (float64, string) {
	switch unit {
	case "ms":
		return v / 1e3, "sec"
	case "us", "µs", "μs":
		return v / 1e6, "sec"
	}
	return benchunit.Tidy(v, unit)
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
	case math.Abs(v) >= 999.5 && math.Abs(v) < 10_000 && !prefixable(unit) && unit != "%": // as a count of so many is shown
		return benchunit.Scaler{Prec: 0, Factor: 1}
	case count && math.Abs(v) < 1000 && benchunit.ClassOf(unit) == benchunit.Binary:
		return benchunit.Scaler{Prec: 0, Factor: 1}
	case unit == "%":
		return benchunit.Scaler{Prec: 2, Factor: 1}
	}
	return commonScale(v, unit)
}

// commonScale is the prefix that fits; nobody reads kiloseconds.
func commonScale(v float64, unit string) benchunit.Scaler {
	if size := math.Abs(v); size >= 999.95 && (unit == "s" || strings.HasPrefix(unit, "sec")) {
		return benchunit.Scaler{Prec: 0, Factor: 1}
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
		return prefix + " " + Shortened(Plain(unit), MostWord)
	}
	if rest, ok := strings.CutPrefix(unit, "sec"); ok {
		unit = "s" + rest
	}
	return " " + prefix + Shortened(Plain(unit), MostWord)
}

// AxisUnit picks how a chart shows values of unit whose largest size is given:
// what to multiply them by, and the name of the unit they are in then.
func AxisUnit(largest float64, unit string) (factor float64, as string) {
	factor, name := tidied(1, unit)
	largest *= factor
	scaler := commonScale(largest, name)
	if name == "%" || exotic(largest) {
		scaler = benchunit.Scaler{Factor: 1}
	}
	return factor / scaler.Factor, strings.TrimSpace(glue(scaler.Prefix, name))
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

// Interval words a 95 % interval: "+2.8 % to +3.4 %".
func Interval(low, high float64) string { return Change(low) + " to " + Change(high) }

// Share words a fraction that has no sign: "2.0 %".
func Share(f float64) string { return strings.TrimPrefix(Change(f), "+") }

// TickChange words a tick on the axis of changes: "+20 %".
func TickChange(f float64) string {
	if math.Abs(f) < 1e-9 {
		return "0"
	}
	return Minus(fmt.Sprintf("%+.4g %%", f*100))
}

// sign matches the sign of a negative number, not a hyphen in a word.
var sign = regexp.MustCompile(`(^|[\s\[(])-([0-9.])`)

// Minus writes the true minus sign before numbers, for pages.
func Minus(s string) string {
	if !strings.Contains(s, "-") { // nearly always: a page has thousands of values
		return s
	}
	return sign.ReplaceAllString(s, "${1}−${2}")
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
