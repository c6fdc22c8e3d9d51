package unit_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/formats/unit"
)

func TestBetter(t *testing.T) {
	for name, want := range map[string]results.Direction{
		"": results.Lower, "sec/op": results.Lower, "B": results.Lower, "allocs/op": results.Lower, "sec": results.Lower, "shops": results.Lower,
		"B/s": results.Higher, "MB/s": results.Higher, "ops/sec": results.Higher, "req/S": results.Higher, "QPS": results.Higher, "ops": results.Higher,
	} {
		if got := unit.Better(name); got != want {
			t.Errorf("Better(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestBase(t *testing.T) {
	check := func(value float64, name string, want float64, wantUnit string) {
		t.Helper()
		if got, gotUnit := unit.Base(value, name); got != want || gotUnit != wantUnit {
			t.Errorf("%v %q is %v %q, want %v %q", value, name, got, gotUnit, want, wantUnit)
		}
	}
	check(44.6, "ns", 4.46e-8, "sec")
	check(44.6, "ns/op", 4.46e-8, "sec/op")
	check(3, "us/op/thread", 3e-6, "sec/op/thread")
	check(3, "µs", 3e-6, "sec")
	check(3, "μs/iter", 3e-6, "sec/iter")
	check(2, "min/op", 120, "sec/op")
	check(1, "day/op", 86400, "sec/op")
	check(5, "ops/ms", 5000, "ops/s")
	check(6, "ops/min", 0.1, "ops/s")
	check(7, "MB/sec", 7, "MB/s")
	check(7, "B/op", 7, "B/op")
	check(7, "Megabytes", 7, "Megabytes")
	check(7, "", 7, "")
	check(7, "/", 7, "/")
	check(1e300, "ops/ns", math.Inf(1), "ops/s") // what is not finite is for the caller to refuse
}

// TestBaseTwice: what is in base units stays as it is.
func TestBaseTwice(t *testing.T) {
	part := rapid.SampledFrom([]string{"", "ns", "us", "ms", "s", "sec", "op", "ops", "B", "h", "x"})
	rapid.Check(t, func(t *rapid.T) {
		name := part.Draw(t, "unit")
		if rapid.Bool().Draw(t, "ratio") {
			name += "/" + part.Draw(t, "per")
		}
		value, once := unit.Base(rapid.Float64Range(0, 1e9).Draw(t, "value"), name)
		if again, twice := unit.Base(value, once); again != value || twice != once {
			t.Fatalf("%q became %v %q and then %v %q", name, value, once, again, twice)
		}
	})
}
