package words

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPair(t *testing.T) {
	check := func(a, b float64, unit, wantA, wantB string) {
		t.Helper()
		if gotA, gotB := Pair(a, b, unit); gotA != wantA || gotB != wantB {
			t.Errorf("%g and %g %s are %q and %q, want %q and %q", a, b, unit, gotA, gotB, wantA, wantB)
		}
	}
	check(1003, 1203.5, "allocs/op", "1003 allocs/op", "1204 allocs/op")
	check(1204, 1203.5, "allocs/op", "1204.0 allocs/op", "1203.5 allocs/op")
	check(1003, 1204, "allocs/op", "1003 allocs/op", "1204 allocs/op")
	check(9999, 10001, "allocs/op", "9.999k allocs/op", "10.001k allocs/op")
	check(0.9993, 1.1, "sec", "0.999 s", "1.100 s")
	check(0.0794, 0.1155, "sec", "79.4 ms", "115.5 ms")
	check(0.1, 0.10004, "sec", "100.00 ms", "100.04 ms")
	check(0.221952, 0.221945, "sec", "222.0 ms", "221.9 ms")
	check(0.221952, 0.221953, "sec", "222.0 ms", "222.0 ms")
	check(0.0000349, 0.041, "sec", "0.0349 ms", "41.00 ms")
	check(1e-9, 0.041, "sec", "1.000 ns", "41.00 ms")
	check(1<<20, 1<<20+1<<10, "B", "1.0000 MiB", "1.0010 MiB")
	check(0, 3, "faults", "0 faults", "3 faults")
	check(0, 0.003, "sec", "0.000 ms", "3.000 ms")
	check(1379, 1399.4, "sec", "1379 s", "1399 s")
	check(math.NaN(), 1, "sec", "n/a", "1.000 s")
	check(1e300, 1, "sec", "1.000e+300 s", "1.000 s")
	check(-2, 2.5, "ms", "-2.000 ms", "2.500 ms")
}

func TestRange(t *testing.T) {
	check := func(low, high float64, unit, want string) {
		t.Helper()
		if got := Range(low, high, unit); got != want {
			t.Errorf("from %g to %g %s is %q, want %q", low, high, unit, got, want)
		}
	}
	check(0.0794, 0.1155, "sec", "79.4 to 115.5 ms")
	check(1003, 1204, "allocs/op", "1003 to 1204 allocs/op")
	check(12003, 12104, "allocs/op", "12.00k allocs/op to 12.10k allocs/op")
	check(1, 2, "", "1 to 2")
	check(1e-9, 0.041, "sec", "1.000 ns to 41.00 ms")
}

// TestPairTellsApart: two values that differ by a hundredth of a percent never look the
// same, and have one unit.
func TestPairTellsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(1, 1e12).Draw(t, "a") // smaller ones have prefixes for seconds alone
		b := a * (1 + rapid.SampledFrom([]float64{-0.5, -0.01, -0.0001, 0.0001, 0.02, 3}).Draw(t, "by"))
		unit := rapid.SampledFrom([]string{"sec", "B", "allocs/op", "B/s", ""}).Draw(t, "unit")
		x, y := Pair(a, b, unit)
		if x == y {
			t.Fatalf("%g and %g are both %q", a, b, x)
		}
		if suffix := func(s string) string { return strings.TrimLeft(s, "0123456789.") }; suffix(x) != suffix(y) {
			t.Fatalf("%q beside %q", x, y)
		}
	})
}
