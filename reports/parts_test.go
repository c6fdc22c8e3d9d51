package reports

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

func TestQuantile(t *testing.T) {
	check := func(share, want float64, values ...float64) {
		t.Helper()
		if got := quantile(values, share); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile(%v, %g) = %g, want %g", values, share, got, want)
		}
	}
	check(0.1, 1, 1)
	check(0.5, 1.5, 1, 2)
	check(0.1, 1.1, 1, 2)
	check(0.9, 3.7, 1, 2, 3, 4)
	check(0.25, 2, 1, 2, 3, 4, 5)
	check(0.5, 0, -math.MaxFloat64, math.MaxFloat64)
	rapid.Check(t, func(t *rapid.T) {
		values := slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 40).Draw(t, "values")))
		if got := quantile(values, 0.5); math.Abs(got-median(values)) > 1e-6 {
			t.Fatalf("the middle quantile is %g, the median %g", got, median(values))
		}
	})
}

func TestQuantilesOfSides(t *testing.T) {
	c := verdict.Comparison{Metric: wall, Base: edgeSummary([]float64{1, 2, 3, 4, 5}), Head: edgeSummary([]float64{2, 4, 6, 8, 50})}
	if got := newQuantiles(c)[2]; got != (quantileView{"p50", "3.000 s", "6.000 s", "+100 %"}) {
		t.Errorf("middle: %q", got)
	}
	if got := newQuantiles(c)[4].Change; got != "+622 %" {
		t.Errorf("the slow end changes by %q", got)
	}
	if c.Head = edgeSummary([]float64{1, 2, 3}); newQuantiles(c) != nil {
		t.Error("three executions have quantiles")
	}
}

// round is an execution with one value of wall time.
func round(n int, side results.Side, value float64) results.Execution {
	return results.Execution{Round: n, Side: side, Samples: []results.Sample{{Metric: wall, Value: value}}}
}

// TestPairedRounds: what does not count is in no pair, and what was taken again is.
func TestPairedRounds(t *testing.T) {
	list := []results.Execution{
		round(0, results.Base, 1), round(0, results.Head, 2),
		round(1, results.Head, 9), round(1, results.Base, 2), round(1, results.Head, 3), // the first is disturbed, and taken again
		round(2, results.Base, 4),                            // without a counterpart
		round(3, results.Base, 1), round(3, results.Head, 7), // warm-ups
		round(4, results.Base, 1), round(4, results.Head, 8), // of a second block
		round(5, results.Base, 0), round(5, results.Head, 8), // without a ratio
		round(6, results.Base, 2), round(6, results.Head, 1), round(6, results.Base, 2), // the last has none to be paired with
	}
	list[2].Contaminated = []string{"x"}
	list[6].Warmup, list[7].Warmup, list[8].Block, list[9].Block = true, true, 1, 1
	view := newRounds(list, verdict.Comparison{Metric: wall})
	var changes []string
	for _, r := range view.Rows {
		changes = append(changes, r.Change)
	}
	if got := strings.Join(changes, ", "); got != "+100 %, +50.0 %, −50.0 %" {
		t.Errorf("changes %s", got)
	}
	if want := "Head was larger than base in 2 of 3 rounds, smaller in 1; the median of the rounds is +50.0 %."; view.Said != want {
		t.Errorf("said %q", view.Said)
	}
	if one := newRounds(list[:2], verdict.Comparison{Metric: wall}); one.Picture != "" || one.Rows != nil {
		t.Errorf("one round is drawn: %v", one)
	}
}

// TestMeanwhile: what was seen is drawn, what was not is said, and nothing is made up.
func TestMeanwhile(t *testing.T) {
	var list []results.Execution
	for i := range 6 {
		e := round(i, results.Base, 1)
		e.Witness = &results.Witness{Frequency: 3_000_000 + int64(i)*100_000, Interrupts: int64(i)}
		list = append(list, e)
	}
	list[3].Witness = nil
	list[5].Contaminated = []string{"other programs ran\x1b[2J"}
	view := newMeanwhile(list, []string{results.QuantitySteal})
	want := `Frequency, lowest 3.00 GHz to 3.50 GHz; interrupts of devices 0 to 5. Nothing at all of: temperature, involuntary switches, foreign. ` +
		`This machine does not show: steal. 1 disturbed execution is marked by lines.`
	if view.WitnessSaid != want {
		t.Errorf("said %q\nwant %q", view.WitnessSaid, want)
	}
	if n := strings.Count(string(view.Witness), `class="lane"`); n != 2 {
		t.Errorf("%d lanes, want 2", n)
	}
	if n := strings.Count(string(view.Witness), "h0"); n != 4 {
		t.Errorf("the lanes have %d pieces, want 2 each: nothing was recorded of one execution", n)
	}
	if len(view.Disturbed) != 1 || view.Disturbed[0] != (disturbedView{"Execution 6, base, round 6", `other programs ran\x1b[2J`}) {
		t.Errorf("disturbed %q", view.Disturbed)
	}
	lines := strings.Split(view.WitnessData, "\n")
	if len(lines) != 7 || lines[0] != "execution,frequency_khz,temperature_mc,steal_ns,involuntary-switches,interrupts,foreign_ns" ||
		lines[2] != "2,3100000,0,0,0,1,0" || lines[4] != "4,,,,,," {
		t.Errorf("data %q", lines)
	}
	for i := range list {
		list[i].Witness = nil
	}
	if view := newMeanwhile(list, nil); view.Witness != "" || view.WitnessSaid != "" || view.DisturbedN != 1 {
		t.Errorf("nobody watched: %+v", view)
	}
}

// TestManySamplesInOneExecution: the chart stays small and keeps the extremes.
func TestManySamplesInOneExecution(t *testing.T) {
	p := edgePage([]float64{1, 1, 1}, []float64{1, 1, 1})
	e := &p.Record.Executions[2]
	for i := range 100_000 {
		e.Samples = append(e.Samples, results.Sample{Metric: e.Samples[0].Metric, Value: 1 + math.Sin(float64(i))})
	}
	e.Samples[70_000].Value = 77
	text := renderPage(t, p)
	checkPage(t, text)
	if len(text) > 100_000 {
		t.Errorf("the page has %d bytes", len(text))
	}
	for _, want := range []string{"median of 100001 samples", `>80</text>`, "This benchmark has 100006 samples"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestOddNamesAndClocks: long names, text from right to left, commits without a date, a
// clock that went back: a page that says what it does not know.
func TestOddNamesAndClocks(t *testing.T) {
	long := strings.Repeat("n", 9_990) + "\u202e\u200b\u05d0\u05d1 end"
	p := fixturePage()
	run := &p.Record.Run
	run.Base.When, run.Head.When = time.Time{}, time.Date(12_026, 1, 1, 0, 0, 0, 0, time.UTC)
	run.Finished, run.Noise[0].At = run.Created.Add(-time.Hour), run.Created.Add(time.Hour)
	run.Bench[1].Name = long
	for i := range p.Record.Executions {
		e := &p.Record.Executions[i]
		e.Started = fixtureStart.Add(-time.Duration(i) * time.Minute)
		if e.Benchmark == "join" {
			e.Benchmark = long
		}
	}
	for i := range p.Comparisons {
		if p.Comparisons[i].Benchmark == "join" {
			p.Comparisons[i].Benchmark = long
		}
	}
	text := renderPage(t, p)
	page := checkPage(t, text)
	if strings.ContainsAny(text, "\u202e\u200b") {
		t.Error("a character that hides or reorders text is in the page")
	}
	if n := strings.Count(page.text, strings.Repeat("n", 9_000)); n != 1 {
		t.Errorf("the long name stands whole %d times, want once", n)
	}
	if strings.Contains(page.text, "0001-01-01") || strings.Contains(page.text, ", took") || !strings.Contains(page.text, "Frank M") {
		t.Error("a time is shown that nobody knows")
	}
	for _, machine := range page.attrs["datetime"] {
		if _, err := time.Parse(time.RFC3339, machine); err != nil {
			t.Errorf("time %q: %v", machine, err)
		}
	}
}

// TestCommandsOfABenchmark: what measures it again, and what accepts its regression.
func TestCommandsOfABenchmark(t *testing.T) {
	p := fixturePage()
	check := func(name, repeat, accept string) {
		t.Helper()
		view := newPageView(p, "")
		b := newBench(view.run, name, view.of[name], view.samples, nil)
		if !strings.HasSuffix(b.Repeat, repeat) || (b.Repeat == "") != (repeat == "") || b.Accept != accept {
			t.Errorf("%s: again %q, accept %q", name, b.Repeat, b.Accept)
		}
	}
	check("join", "--rounds 15 --only '^join$'", "perfrun accept 20261120-093000-4k7q join --reason WHY")
	check("a.b c", `--only '^a\.b c$'`, "")
	p.Record.Run.Command = append(p.Record.Run.Command, "--")
	check("scan", "", "")
}

// TestSecondBlockIsNamed: where its executions begin.
func TestSecondBlockIsNamed(t *testing.T) {
	p := edgePage([]float64{1, 2, 3}, []float64{1, 2, 3})
	if strings.Contains(renderPage(t, p), "second block</span>") {
		t.Error("a second block is named that is not there")
	}
	for i := range p.Record.Executions {
		p.Record.Executions[i].Seq = i
		p.Record.Executions[i].Block = i / 4
	}
	if !strings.Contains(renderPage(t, p), "from 5 on: second block") {
		t.Error("the page does not say where the second block begins")
	}
}
