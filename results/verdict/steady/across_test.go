package steady

import (
	"math"
	"slices"
	"testing"

	"mtrlz.dev/perfrun/results/verdict/simulate"
)

func stream(t *testing.T, name string) simulate.Stream {
	t.Helper()
	for _, s := range simulate.Streams() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no stream %q", name)
	return simulate.Stream{}
}

// shareOf counts the runs of a stream in one of the states, by one side or by both.
func shareOf(s simulate.Stream, rounds, runs int, both bool, states ...State) (share float64) {
	for seed := range uint64(runs) {
		base, head := s.Run(seed, rounds, 0.03)
		f := Across(base)
		if both {
			f = Across(base, head)
		}
		if slices.Contains(states, f.State) {
			share += 1 / float64(runs)
		}
	}
	return share
}

// TestAcrossIsNotFooled: where nothing depends on time, hardly anything is found,
// whatever the distribution.
func TestAcrossIsNotFooled(t *testing.T) {
	for _, name := range []string{"normal", "log-normal", "heavy-tailed", "outliers", "ties", "bimodal", "bimodal-even", "shared", "order"} {
		for _, rounds := range []int{6, 10, 20, 40} {
			for _, both := range []bool{false, true} {
				if found := 1 - shareOf(stream(t, name), rounds, 500, both, Steady); found > 0.03 {
					t.Errorf("%s, %d rounds, both sides %v: %.1f %% not steady", name, rounds, both, 100*found)
				}
			}
		}
	}
	for _, name := range []string{"autocorrelated", "wandering"} { // not steady, but not warming up either
		if found := shareOf(stream(t, name), 40, 500, true, Warming, Slowing); found > 0.05 {
			t.Errorf("%s: %.1f %% have a warm-up", name, 100*found)
		}
	}
}

func TestAcrossFinds(t *testing.T) {
	check := func(name string, rounds int, both bool, least float64, states ...State) {
		t.Helper()
		if found := shareOf(stream(t, name), rounds, 300, both, states...); found < least {
			t.Errorf("%s, %d rounds, both sides %v: %v in %.0f %%, want %.0f %%", name, rounds, both, states, 100*found, 100*least)
		}
	}
	check("warming", 40, true, 0.7, Warming)
	check("warming", 20, true, 0.5, Warming)
	check("warming", 40, false, 0.6, Warming)
	if fading := shareOf(stream(t, "warming"), 10, 300, true, Unsettled); fading > 0.1 {
		t.Errorf("a warm-up of 10 rounds passes for a drift in %.0f %%", 100*fading)
	}
	check("drifting", 40, true, 0.75, Unsettled)
	check("drifting", 40, false, 0.65, Unsettled)
}

// rejects is a two-sided Mann-Whitney test at 5 %, by the normal approximation.
func rejects(base, head []float64) bool {
	n, m, sum := float64(len(base)), float64(len(head)), 0.0
	for _, r := range ranks(slices.Concat(base, head))[len(base):] {
		sum += r
	}
	z := (sum - m*(n+m+1)/2) / math.Sqrt(n*m*(n+m+1)/12)
	return math.Abs(z) > both
}

// TestLeavingOutFavoursNobody: the same warm-up is left out of both sides, and
// alarms stay what they should be, 5 %, in either direction; a change is found as
// often, and more often where there was a warm-up. (With it left in, alarms are fewer
// than they should be: it makes both sides scatter.)
func TestLeavingOutFavoursNobody(t *testing.T) {
	const runs = 2000
	for _, name := range []string{"warming", "normal", "log-normal", "heavy-tailed", "outliers", "bimodal"} {
		s := stream(t, name)
		var before, after, slower, found, foundAll float64
		for seed := range uint64(runs) {
			base, head := s.Run(seed, 24, 0)
			skip := Across(base, head).Skip
			b, h := base[skip:], head[skip:]
			if rejects(base, head) {
				before += 1. / runs
			}
			if rejects(b, h) {
				after += 1. / runs
				if median(h) > median(b) {
					slower += 1. / runs
				}
			}
			base, head = s.Run(seed, 24, 0.02)
			skip = Across(base, head).Skip
			if rejects(base, head) {
				foundAll += 1. / runs
			}
			if rejects(base[skip:], head[skip:]) {
				found += 1. / runs
			}
		}
		t.Logf("%s: alarms %.1f %%, after leaving out %.1f %%, of them slower %.1f %%; 2 %% found %.1f %% and %.1f %%", name, 100*before, 100*after, 100*slower, 100*foundAll, 100*found)
		deviation := math.Sqrt(0.05 * 0.95 / runs)
		if after > 0.05+3*deviation || name != "warming" && after > before+deviation || math.Abs(slower-after/2) > 3*deviation {
			t.Errorf("%s: alarms %.1f %% become %.1f %%, of them slower %.1f %%", name, 100*before, 100*after, 100*slower)
		}
		if found < foundAll-0.01 {
			t.Errorf("%s: found %.1f %% become %.1f %%", name, 100*foundAll, 100*found)
		}
	}
}

// TestLeavingOutInsideFavoursNobody is the same for samples: executions of both
// sides are looked at together, and each yields the median of what is left.
func TestLeavingOutInsideFavoursNobody(t *testing.T) {
	const runs = 600
	for _, name := range []string{"compiled", "caches", "flat-spikes"} {
		alarms := 0.0
		for seed := range uint64(runs) {
			values, _ := process(t, name).Run(seed, 24, 20)
			skip := Inside(values).Skip
			var sides [2][]float64
			for i, v := range values {
				sides[i%2] = append(sides[i%2], median(v[skip:]))
			}
			if rejects(sides[0], sides[1]) {
				alarms += 1. / runs
			}
		}
		if alarms > 0.05+3*math.Sqrt(0.05*0.95/runs) {
			t.Errorf("%s: %.1f %% alarms", name, 100*alarms)
		}
	}
}
