package reports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// exampleTimeline has two segments, the first of them longer than a terminal is
// wide, and a step of every state.
func exampleTimeline() *verdict.Timeline {
	t := &verdict.Timeline{
		Series: results.Series{Suite: "s", Branch: "main", Class: "office", Benchmark: "join\x1b[31m", Metric: results.Metric{Name: "wall", Unit: "sec", Better: results.Lower}},
		Name:   "s/join\x1b[31m:wall@office",
	}
	for i := range 200 {
		value := 0.010
		if i >= 100 && i < 150 {
			value = 0.015
		}
		t.Moments = append(t.Moments, verdict.Moment{
			Commit: results.Commit{Rev: fmt.Sprintf("%040d", i), When: time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)}, Value: value,
		})
	}
	t.Segments = []verdict.Segment{{From: 0, To: 190, Environment: "e"}, {From: 190, To: 200, Environment: "f"}}
	at := time.Date(2026, 6, 1, 23, 0, 0, 0, time.UTC)
	step := func(index int, change float64, kind string, state verdict.StepState) verdict.TimedStep {
		return verdict.TimedStep{
			ChangePoint: verdict.ChangePoint{Series: t.Name, Index: index, Change: change, Low: change - 0.01, High: change + 0.01, Kind: kind, Good: "good\x1b[31m", Bad: "bad"},
			State:       state, Announced: at,
		}
	}
	t.Steps = []verdict.TimedStep{
		step(100, 0.5, verdict.KindRegression, verdict.StateRecovered), step(150, -1.0/3, verdict.KindRecovery, ""),
		step(170, 0.05, verdict.KindRegression, verdict.StateAccepted), step(180, 0.1, verdict.KindRegression, verdict.StateOpen),
		step(195, 0.2, verdict.KindRegression, verdict.StateEmerging), step(198, -0.2, verdict.KindImprovement, ""),
	}
	t.Steps[2].Accepted = &results.Acceptance{By: "nik\x1b[31m", At: at, Reason: "wanted\x1b[31m"}
	t.Steps[3].Note = "announced here; all points together place it at commit \x1b[31m"
	t.Steps[4].Announced = time.Time{}
	return t
}

func TestTimelineInATerminal(t *testing.T) {
	check := func(what string, style TableStyle, write func(b *strings.Builder, style TableStyle) error, want ...string) {
		t.Helper()
		var b strings.Builder
		if err := write(&b, style); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(b.String(), text) {
				t.Errorf("%s: no %q in\n%s", what, text, b.String())
			}
		}
		if strings.Contains(b.String(), "\x1b[31m") || strings.Contains(b.String(), "\x1b") != style.Color {
			t.Errorf("%s: a name paints the terminal, or colours are not as asked:\n%q", what, b.String())
		}
		for line := range strings.Lines(b.String()) {
			if style.Width >= 80 && words.Cells(strings.TrimRight(line, "\n")) > style.Width && !style.Color {
				t.Errorf("%s: wider than %d: %q", what, style.Width, line)
			}
		}
	}
	one := func(b *strings.Builder, style TableStyle) error { return Timeline(b, exampleTimeline(), style) }
	check("a series", TableStyle{}, one, `s/join\x1b[31m:wall@office`, "200 commits of branch main, better is lower. Bars go from 10.00 ms to 15.00 ms",
		strings.Repeat("▁", 38)+strings.Repeat("█", 19), "\n"+strings.Repeat(" ", 38)+"^"+strings.Repeat(" ", 18)+"v", "Segment 2 of 2, environment f: 000000000000 (2026-07-10)",
		"+50.0 %", "2026-06-01  regression   recovered", "accepted [3]", `[3] accepted by nik\x1b[31m on 2026-06-01: wanted\x1b[31m.`, `[4] announced here;`, "-           regression   emerging")
	check("a series on a narrow terminal", TableStyle{Width: 80}, one, "Segment 1 of 2")
	check("in colour", TableStyle{Width: 120, Color: true}, one, "\x1b[1;31mopen [4]")
	all := func(b *strings.Builder, style TableStyle) error { return Steps(b, 3, exampleTimeline().Steps, style) }
	check("all series", TableStyle{Width: 140}, all, `s/join\x1b[31m:wall@office`, "3 series: 1 open regression, 1 emerging, 1 accepted, 1 recovered, 1 improvement.")
	check("no steps", TableStyle{}, func(b *strings.Builder, style TableStyle) error { return Steps(b, 1, nil, style) }, "1 series: 0 open regressions.")
	check("no points", TableStyle{}, func(b *strings.Builder, style TableStyle) error {
		return Timeline(b, &verdict.Timeline{Name: "a\x1b[31m"}, style)
	}, `a\x1b[31m has no points.`)
	check("a flat series without steps", TableStyle{}, func(b *strings.Builder, style TableStyle) error {
		flat := exampleTimeline()
		flat.Moments, flat.Segments, flat.Steps = flat.Moments[:3], []verdict.Segment{{From: 0, To: 3}}, nil
		return Timeline(b, flat, style)
	}, "▁▁▁\n", "No step.")
	accepted := []results.Acceptance{*exampleTimeline().Steps[2].Accepted}
	check("what is accepted", TableStyle{Width: 100}, func(b *strings.Builder, style TableStyle) error {
		return Accepted(b, accepted, style, accepted[0].At.Add(time.Hour))
	}, `nik\x1b[31m`, "1 h", `wanted\x1b[31m`)
	check("nothing accepted", TableStyle{}, func(b *strings.Builder, style TableStyle) error { return Accepted(b, nil, style, time.Time{}) }, "Nothing is accepted.")
}
