package main

import (
	"encoding/json"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results/verdict/rehearse"
)

// ticking prints values that vary by at most a percent, and are the same on every
// machine: it counts its own executions.
const ticking = `#!/bin/sh
set -e
n=0
[ -e count.n ] && read -r n <count.n
echo $((n + 1)) >count.n
echo "latency 10$((n * 7 % 11 % 10)).5 s"
`

const tickingSuite = `suite: ticking
policy: {rounds: 12, warmups: 1, max_time: 2m}
benchmarks:
  - {name: tick, run: sh tick, format: values}
`

// TestSimulate calibrates, then asks what the policy would find.
func TestSimulate(t *testing.T) {
	w := newWorld(t)
	w.commit("tick", "tick", ticking, ".gitignore", "*.n\n", "perf.yml", tickingSuite)
	refused := func(code int, said string, args ...string) {
		t.Helper()
		if r := w.perfrun(append([]string{"simulate"}, args...)...); r.code != code || !strings.Contains(r.stderr, said) || r.stdout != "" {
			t.Errorf("simulate %q ended with %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}
	host := []string{"--engine", "host", "--quiet", "none"}
	refused(exitBadInput, "run perfrun calibrate first", host...)
	w.ok([]int{0}, append([]string{"calibrate", "--rounds", "20"}, host...)...)
	refused(exitFailed, "engine host, not docker; run perfrun calibrate first")
	refused(exitBadInput, `--effect: "0" is no slow-down`, "--effect", "0")
	refused(exitBadInput, `--effect: "much"`, "--effect", "much")
	refused(exitBadInput, `--effect: "100%"`, "--effect", "100%")
	refused(exitBadInput, "--min-effect:", "--min-effect", "-1%")
	refused(exitBadInput, "--rounds:", "--rounds", "0")
	refused(exitBadInput, "--runs:", "--runs", "-1")
	refused(exitBadInput, "--max-time:", "--max-time", "-1m")
	refused(exitBadInput, "--engine:", "--engine", "moon")

	forecast := func(args ...string) (f rehearse.Forecast) {
		t.Helper()
		r := w.ok([]int{0}, append(append([]string{"simulate", "--json", "--runs", "40"}, host...), args...)...)
		w.must(json.Unmarshal([]byte(r.stdout), &f))
		if len(f.Metrics) != 1 || f.Runs != 40 {
			t.Fatalf("%+v", f)
		}
		if !strings.Contains(r.stderr, "simulated 40 of 40 runs") {
			t.Errorf("no progress: %s", r.stderr)
		}
		return f
	}
	asked := forecast()
	if m := asked.Metrics[0]; m.Power < 0.95 || m.FalseAlarms > 0.1 || m.Smallest < 0.02 || m.Smallest > 0.04 || m.Price <= 0 {
		t.Errorf("%+v", m)
	}
	if m := forecast("--min-effect", "10%", "--max-time", "1h").Metrics[0]; m.Power > 0 || m.Limit != rehearse.ByMinEffect {
		t.Errorf("with another minimum effect: %+v", m)
	}
	if f := forecast("--rounds", "6", "--fixed"); f.Rounds != 6 || len(f.Looks) != 1 || f.Metrics[0].Rounds != 6 {
		t.Errorf("with other rounds: %+v", f)
	}
	table := w.ok([]int{0}, append([]string{"simulate"}, host...)...).stdout
	for _, want := range []string{"finds 3.0 %", "false alarms", "tick", "latency", "Of 200 simulated runs: a share near 50 % is known to ±7 %", "calibration " + asked.Calibration} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	if strings.Contains(table, "\x1b") {
		t.Error("colours in what is no terminal")
	}
	// A benchmark that the calibration does not know is said to be missing.
	w.commit("two", "perf.yml", tickingSuite+"  - {name: tock, run: sh tick, format: values}\n")
	if f := forecast(); len(f.Missing) != 1 || f.Missing[0].Benchmark != "tock" {
		t.Errorf("missing: %+v", f.Missing)
	}
	refused(exitFailed, "tock: it is not in the calibration; run perfrun calibrate again", append(host, "--only", "tock")...)
}
