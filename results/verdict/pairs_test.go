package verdict

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func alone(values []float64) [][]float64 {
	groups := make([][]float64, len(values))
	for i, v := range values {
		groups[i] = []float64{v}
	}
	return groups
}

func TestCompare(t *testing.T) {
	check := func(what string, base, head [][]float64, want Verdict, reason string) {
		t.Helper()
		got := Compare([]Pair{{Benchmark: "b", Metric: wall, MinEffect: DefaultMinEffect, Base: base, Head: head}})[0]
		if got.Verdict != want || !strings.Contains(got.Reason, reason) {
			t.Errorf("%s: %q because %q; want %q because %q", what, got.Verdict, got.Reason, want, reason)
		}
	}
	quiet, other := noisy(1, 20, 1, 0.005), noisy(2, 20, 1, 0.005)
	check("slower", alone(quiet), alone(scaled(other, 1.1)), Regression, "slower than base; minimum effect 2 %")
	check("equal", alone(quiet), alone(other), NoChange, "any change lies within")
	check("one process a side", [][]float64{quiet}, [][]float64{scaled(other, 2)}, CannotTell, "all values of a side come from one group: they share its luck")
	check("one build on head", alone(quiet), [][]float64{scaled(other, 2)}, CannotTell, "one group")
	check("three instances", [][]float64{quiet, quiet, quiet}, [][]float64{other, other, other}, CannotTell, "only 3 groups a side")
	check("no head", alone(quiet), nil, Broken, "lost on head")
	check("no base", nil, alone(quiet), CannotTell, "new on head")
	check("nothing", nil, nil, Broken, "neither side has a value")
	check("empty groups", [][]float64{{}, {}}, alone(quiet), CannotTell, "new on head")
	check("not finite in a group", append(alone(quiet), []float64{1, math.NaN(), 1}), alone(other), CannotTell, "not finite")
	check("sides of very different size", alone(quiet[:6]), alone(noisy(3, 5000, 1.1, 0.005)), Regression, "slower")
}

// TestGroupsCount: what groups share is not averaged away by values within them.
func TestGroupsCount(t *testing.T) {
	groups := func(seed uint64, center float64) (list [][]float64) {
		for i, level := range noisy(seed, 10, center, 0.05) {
			list = append(list, noisy(seed+uint64(i)+100, 200, level, 0.001))
		}
		return list
	}
	got := Compare([]Pair{{Benchmark: "b", Metric: wall, MinEffect: 0.02, Base: groups(1, 1), Head: groups(2, 1)}})[0]
	if got.Verdict != CannotTell || got.Base.N != 10 || got.High-got.Low < 0.04 {
		t.Errorf("ten groups that differ by 5 %%: %+v", got)
	}
	// Values that scatter within few groups make the interval wider than their
	// medians alone would.
	scatter := make([][]float64, 8)
	for i := range scatter {
		scatter[i] = noisy(uint64(i), 3, 1, 0.1)
	}
	nested := Compare([]Pair{{Benchmark: "b", Metric: wall, MinEffect: 0.02, Base: scatter, Head: scatter}})[0]
	plain := Compare([]Pair{{Benchmark: "b", Metric: wall, MinEffect: 0.02, Base: alone(middlesOf(scatter)), Head: alone(middlesOf(scatter))}})[0]
	if nested.High-nested.Low <= plain.High-plain.Low {
		t.Errorf("scatter within groups has no part: [%v, %v] and [%v, %v]", nested.Low, nested.High, plain.Low, plain.High)
	}
}

// TestSuiteIsJudgedAsOne: what would be an alarm alone is none among many without
// any, and is one among many that are.
func TestSuiteIsJudgedAsOne(t *testing.T) {
	one := Pair{Benchmark: "one", Metric: wall, MinEffect: 0.02, Base: alone(noisy(2, 10, 1, 0.03)), Head: alone(noisy(102, 10, 1.045, 0.03))}
	suite := func(n int, center float64) []Pair {
		list := []Pair{one}
		for i := range n {
			list = append(list, Pair{
				Benchmark: fmt.Sprint(i), Metric: wall, MinEffect: 0.02,
				Base: alone(noisy(uint64(1000+i), 10, 1, 0.03)), Head: alone(noisy(uint64(2000+i), 10, center, 0.03)),
			})
		}
		return list
	}
	single, among, amongAlarms := Compare(suite(0, 1))[0], Compare(suite(60, 1))[0], Compare(suite(60, 1.3))[0]
	if single.Verdict != Regression || math.Abs(single.Q-5*single.P) > 1e-12 {
		t.Errorf("alone: %q, p %v, q %v", single.Verdict, single.P, single.Q)
	}
	if among.Verdict != CannotTell || !strings.Contains(among.Reason, "among so many comparisons") || among.P != single.P || among.Q <= single.Q {
		t.Errorf("among 61: %q because %s", among.Verdict, among.Reason)
	}
	if amongAlarms.Verdict != Regression || amongAlarms.Q > 2*single.P {
		t.Errorf("among 60 regressions: %q because %s", amongAlarms.Verdict, amongAlarms.Reason)
	}
}

// TestFalseDiscoveries holds the adjusted values to those worked out by hand.
func TestFalseDiscoveries(t *testing.T) {
	check := func(p []float64, want ...float64) {
		t.Helper()
		all := make([]*Comparison, len(p))
		for i := range p {
			all[i] = &Comparison{P: p[i]}
		}
		discover(all)
		for i, c := range all {
			if math.Abs(c.Q-want[i]) > 1e-12 {
				t.Errorf("q of %v is %v, want %v", p[i], c.Q, want[i])
			}
		}
	}
	check(nil)
	check([]float64{0.01}, 0.05)
	check([]float64{0.5}, 1)
	check([]float64{0.04, 0.01, 0.02, 0.03, 0.5}, 0.05, 0.05, 0.05, 0.05, 0.5)
	check([]float64{0.001, 0.04, 0.04, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9}, 0.01, 4./30, 4./30, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9)
}
