package words

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/perf/benchunit"
)

// farApart is from which ratio on two values are read with a prefix each: on one
// scale the smaller would be all zeros.
const farApart = 1e4

// least is the share of a difference that Change words as none: no digit shows it either.
const least = 5e-5

// mostDecimals is how many decimals show a difference.
const mostDecimals = 6

// Pair words two values that stand side by side: on one scale, and with as many digits
// as tell them apart.
func Pair(a, b float64, unit string) (string, string) {
	x, name := tidied(a, unit)
	y, _ := tidied(b, unit)
	low, high := math.Min(math.Abs(x), math.Abs(y)), math.Max(math.Abs(x), math.Abs(y))
	if !finite(x) || !finite(y) || exotic(x) || exotic(y) || low > 0 && high/low > farApart {
		return Value(a, unit), Value(b, unit)
	}
	scaler := scalerFor(high, name)
	apart := math.Abs(x-y) / scaler.Factor
	if math.Abs(x-y) < least*high {
		apart = 0
	}
	return scaled(x, scaler, apart, name), scaled(y, scaler, apart, name)
}

// scaled words one of two values that are so far apart on their scale: with at least
// three digits that count, and those in which it differs.
func scaled(v float64, scaler benchunit.Scaler, apart float64, unit string) string {
	decimals := scaler.Prec
	if v /= scaler.Factor; v != math.Trunc(v) {
		decimals = max(decimals, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	}
	if apart > 0 {
		decimals = max(decimals, -int(math.Floor(math.Log10(apart))))
	}
	return joined(strconv.FormatFloat(v, 'f', min(decimals, max(mostDecimals, scaler.Prec)), 64), scaler.Prefix, unit)
}

// Range words the ends of a range: "79.4 to 115.5 ms".
func Range(low, high float64, unit string) string {
	from, to := Pair(low, high, unit)
	number, name, _ := strings.Cut(from, " ")
	if _, other, found := strings.Cut(to, " "); found && name == other && !strings.ContainsAny(number, "kMGT") {
		from = number
	}
	return from + " to " + to
}
