package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results/verdict/rehearse"
)

func fixtureForecast() *rehearse.Forecast {
	return &rehearse.Forecast{
		Suite: "dataflow", Calibration: "3f9a12cd77e0", Rounds: 40, MaxTime: 10 * time.Minute, Effect: 0.03, Runs: 200, Uncertainty: 0.0693,
		Time: 4 * time.Minute, Long: 5*time.Minute + 40*time.Second, OutOfTime: 0.12, FalseAlarms: 0.015, Confirmed: 0,
		Metrics: []rehearse.Metric{
			{Benchmark: "join", Metric: wall, MinEffect: 0.02, LeastEffect: 0.02, Power: 1, Smallest: 0.022, Rounds: 6.4, Price: 2500 * time.Millisecond},
			{
				Benchmark: "join \x1b[2J消す", Metric: perIter, MinEffect: 0.02, LeastEffect: 0.02, Power: 0.45, FalseAlarms: 0.005, Smallest: 0.043, Rounds: 38.2, Reached: 40,
				Price: 2500 * time.Millisecond, Limit: rehearse.ByNoise, Need: 123, NeedTime: 13*time.Minute + 20*time.Second,
			},
			{Benchmark: "noise", Metric: wall, LeastEffect: 0.5, Power: 0.01, Rounds: 40, Reached: 40, Price: 3 * time.Minute, Limit: rehearse.ByNoise},
			{Benchmark: "load", Metric: maxRSS, MinEffect: 0.05, LeastEffect: 0.05, Smallest: 0.05, Rounds: 6, Limit: rehearse.ByMinEffect, NeedLeast: 0.0204},
			{Benchmark: "parse", Metric: wall, MinEffect: 0.02, LeastEffect: 0.068, Smallest: 0.08, Rounds: 12, Limit: rehearse.ByFloor, NeedLeast: 0.02, NeedCalibration: 231},
			{Benchmark: "parse", Metric: rate, LeastEffect: 0.4, Smallest: 0.8, Rounds: 12, Limit: rehearse.ByFloor},
			{Benchmark: "few", Metric: wall, Rounds: 5, Reached: 5, Limit: rehearse.ByTooFew, Need: 6},
			{Benchmark: "faults", Metric: wall, Rounds: 5, Limit: rehearse.ByRatio},
		},
		Missing: []rehearse.Missing{{Benchmark: "new\x07", Why: "it is not in the calibration"}},
	}
}

func TestForecastScreens(t *testing.T) {
	for _, s := range []TableStyle{{}, {Width: 80}, {Width: 60}, {Width: 40}, {Width: 120, Color: true}} {
		var b bytes.Buffer
		if err := Forecast(&b, fixtureForecast(), s); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("forecast-%d.txt", s.Width)
		checkGolden(t, name, b.Bytes())
		checkWidth(t, name, b.String(), s.Width)
		if text := b.String(); !s.Color && strings.ContainsAny(text, "\x1b\x07") {
			t.Errorf("width %d: a name reached the terminal raw", s.Width)
		}
	}
}

// TestForecastAdvice: all is well, and more is wrong than anybody reads.
func TestForecastAdvice(t *testing.T) {
	f := fixtureForecast()
	f.Metrics, f.OutOfTime, f.Missing = f.Metrics[:1], 0, nil
	check := func(want, not string) {
		t.Helper()
		var b bytes.Buffer
		if err := Forecast(&b, f, TableStyle{}); err != nil || !strings.Contains(b.String(), want) || strings.Contains(b.String(), not) {
			t.Errorf("%v: %q is not said, or %q is:\n%s", err, want, not, b.String())
		}
	}
	check("At least 9 of 10 runs find 3.0 % wherever it is.", "max_time ends")
	m := f.Metrics[0]
	m.Limit = rehearse.ByNoise
	for range 11 {
		f.Metrics = append(f.Metrics, m)
	}
	check("And 3 more find 3.0 % in fewer than 9 of 10 runs.", "At least 9 of 10")
	f.Metrics = nil
	f.Missing = []rehearse.Missing{{Benchmark: "new", Why: "it is not in the calibration"}}
	check("new is not simulated: it is not in the calibration. perfrun calibrate measures it.", "finds")
}

func TestLasting(t *testing.T) {
	check := func(d time.Duration, want string) {
		t.Helper()
		if got := lasting(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	check(0, "0.01 s")
	check(2340*time.Millisecond, "2.3 s")
	check(84*time.Second, "84 s")
	check(10*time.Minute, "10 min")
	check(125*time.Minute, "2 h 05 min")
	check(11*time.Hour, "11 h 00 min")
}

func TestRoundly(t *testing.T) {
	for n, want := range map[int]int{7: 7, 99: 99, 101: 110, 123: 130, 1234: 1300} {
		if got := roundly(n); got != want {
			t.Errorf("%d: %d, want %d", n, got, want)
		}
	}
}
