package verdict

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// TestExplain: the steps are those of the verdict that stands beside them.
func TestExplain(t *testing.T) {
	check := func(what string, record *results.Record, steps, words string) {
		t.Helper()
		got := Explain(record)
		var names, said []string
		for _, step := range got[0].Steps {
			names, said = append(names, step.Name), append(said, step.Words)
		}
		if diff := cmp.Diff(steps, strings.Join(names, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		if !strings.Contains(strings.Join(said, "\n"), words) {
			t.Errorf("%s: no %q in\n%s", what, words, strings.Join(said, "\n"))
		}
		if diff := cmp.Diff(Judge(record)[0], got[0].Comparison); diff != "" {
			t.Errorf("%s: another verdict is explained:\n%s", what, diff)
		}
	}
	quiet := func(seed uint64, n int, center float64) []float64 { return noisy(seed, n, center, 0.005) }
	first := [2][]float64{quiet(1, 20, 1), quiet(2, 20, 1.05)}
	check("confirmed", planned(20, first, [2][]float64{quiet(3, 20, 1), quiet(4, 20, 1.05)}),
		"executions rounds change neighbours looking early interval test suite effect second block verdict", "by which the alarm is confirmed")
	check("judged once", recordOf(wall, first[0], first[1]),
		"executions rounds change neighbours interval test suite effect verdict", "it is number 1 of the 1 comparisons")
	shared, too := sameSides(3, 12, 0.2, 0.003)
	check("paired", recordOf(wall, shared, too),
		"executions rounds change neighbours interval test suite effect verdict", "Wilcoxon's signed rank test")
	check("too few to pair", recordOf(wall, shared[:6], too[:6]),
		"executions rounds change neighbours interval test suite effect verdict", "6 rounds with both sides are too few to tell")
	check("too few", recordOf(wall, first[0][:3], first[1][:3]), "executions verdict", "cannot tell: only 3 executions")
	broken := recordOf(wall, first[0], nil)
	check("broken", broken, "", "")
}

// TestDigest: the same samples have the same digest, and any change another.
func TestDigest(t *testing.T) {
	of := func(list []Comparison) string {
		t.Helper()
		digest, err := Digest(list)
		if err != nil || len(digest) != 64 {
			t.Fatalf("digest %q, %v", digest, err)
		}
		return digest
	}
	record := recordOf(wall, noisy(1, 20, 1, 0.03), noisy(2, 20, 1.05, 0.03))
	list := Judge(record)
	want := of(list)
	if again := of(Judge(record)); again != want {
		t.Error("the same samples have another digest")
	}
	list[0].Low *= 1 + 1e-15
	if of(list) != want {
		t.Error("a last bit matters")
	}
	list[0].Low *= 1 + 1e-6
	if of(list) == want {
		t.Error("another number does not matter")
	}
}

// TestExplainInUnits: values as people read them, both on one scale.
func TestExplainInUnits(t *testing.T) {
	check := func(a, b float64, unit, wantA, wantB string) {
		t.Helper()
		if x, y := valued(a, b, unit); x != wantA || y != wantB {
			t.Errorf("%g and %g %s: %q and %q, want %q and %q", a, b, unit, x, y, wantA, wantB)
		}
	}
	check(0.000815238, 0.00120391, "sec", "815.2 µs", "1203.9 µs")
	check(815238, 806100, "ns/op", "815.2 µs/op", "806.1 µs/op")
	check(1<<20, 3<<20, "B", "1.000 MiB", "3.000 MiB")
	check(2, 3, "", "2.000", "3.000")
	record := recordOf(wall, noisy(1, 20, 0.000815, 0.005), noisy(2, 20, 0.00084, 0.005))
	for _, step := range Explain(record)[0].Steps {
		if step.Name == "change" && !strings.Contains(step.Words, " µs on base and 8") {
			t.Errorf("the change is said as %q", step.Words)
		}
	}
}
