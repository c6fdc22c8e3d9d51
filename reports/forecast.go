package reports

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/words"

	"mtrlz.dev/perfrun/results/verdict/rehearse"
)

// Forecast writes what a policy would find and what it would cost: a row for each
// metric, what the columns mean, and what to do where it finds too little. On a
// narrow terminal columns go, the least telling first.
func Forecast(w io.Writer, f *rehearse.Forecast, style TableStyle) error {
	var b strings.Builder
	if len(f.Metrics) > 0 {
		writeForecast(&b, f, style)
		b.WriteByte('\n')
		for _, line := range forecastWords(f) {
			writeWrapped(&b, "", line, style.Width)
		}
		b.WriteByte('\n')
		for _, line := range advice(f) {
			writeWrapped(&b, "", line, style.Width)
		}
	}
	for _, missing := range f.Missing {
		writeWrapped(&b, "", fmt.Sprintf("%s is not simulated: %s. perfrun calibrate measures it.", words.Plain(missing.Benchmark), words.Plain(missing.Why)), style.Width)
	}
	return flush(w, &b)
}

// forecastField is one column.
type forecastField struct {
	column
	word func(rehearse.Metric) cell
}

func forecastFields(f *rehearse.Forecast) []forecastField {
	number := func(head string, word func(rehearse.Metric) string) forecastField {
		return forecastField{column{head, true, 0}, func(m rehearse.Metric) cell { return cell{text: word(m)} }}
	}
	return []forecastField{
		{column{"benchmark", false, 10}, func(m rehearse.Metric) cell { return cell{text: words.Plain(m.Benchmark)} }},
		{column{"metric", false, 6}, func(m rehearse.Metric) cell { return cell{text: words.Plain(m.Metric.String())} }},
		{column{"finds " + words.Share(f.Effect), true, 0}, func(m rehearse.Metric) cell { return cell{portion(m.Power), colorOfLimit(m.Limit)} }},
		number("smallest", func(m rehearse.Metric) string {
			if m.Smallest == 0 {
				return "-"
			}
			return words.Share(m.Smallest)
		}),
		number("false alarms", func(m rehearse.Metric) string { return portion(m.FalseAlarms) }),
		number("confirmed", func(m rehearse.Metric) string { return portion(m.Confirmed) }),
		number("rounds", func(m rehearse.Metric) string { return fmt.Sprintf("%.1f", m.Rounds) }),
		number("time", func(m rehearse.Metric) string { return lasting(time.Duration(m.Rounds * float64(m.Price))) }),
	}
}

// forecastLayouts are the columns shown, tried in this order until one fits.
var forecastLayouts = [][]int{{0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 6, 7}, {0, 1, 2, 3, 6}, {0, 1, 2, 3}, {0, 2}}

func writeForecast(b *strings.Builder, f *rehearse.Forecast, style TableStyle) {
	fields := forecastFields(f)
	for i, layout := range forecastLayouts {
		g := grid{}
		for _, at := range layout {
			g.columns = append(g.columns, fields[at].column)
		}
		for _, m := range f.Metrics {
			var row []cell
			for _, at := range layout {
				row = append(row, fields[at].word(m))
			}
			g.rows = append(g.rows, row)
		}
		widths, fits := g.widths(style.Width)
		if !fits && i < len(forecastLayouts)-1 {
			continue
		}
		if !fits {
			widths, _ = g.widths(0)
		}
		g.write(b, widths, style.Color)
		return
	}
}

func colorOfLimit(limit rehearse.Limit) string {
	if limit == rehearse.Enough {
		return green
	}
	return yellow
}

// portion words a share of simulated runs.
func portion(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// lasting words a time with two figures.
func lasting(d time.Duration) string {
	switch {
	case d < 100*time.Second:
		return fmt.Sprintf("%.2g s", max(d.Seconds(), 0.01))
	case d < 100*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h %02d min", (d - d%time.Hour).Hours(), int(d.Minutes())%60)
}

// forecastWords say what the columns mean, and what the whole suite does.
func forecastWords(f *rehearse.Forecast) []string {
	run := fmt.Sprintf("a run takes about %s while nothing changes, and 9 of 10 at most %s", lasting(f.Time), lasting(f.Long))
	if f.MaxTime > 0 {
		run += fmt.Sprintf("; max_time is %s", lasting(f.MaxTime))
	}
	return []string{
		fmt.Sprintf("finds %s: the share of runs that call it a regression where this metric alone is so much worse.", words.Share(f.Effect)),
		"smallest: the smallest such change that 9 of 10 runs find.",
		"false alarms: the share of runs with an alarm while nothing changes; confirmed: with one that the second block does not refute.",
		"rounds, time: what the first block takes while nothing changes, on average.",
		fmt.Sprintf("Of %d simulated runs: a share near 50 %% is known to ±%.0f %%, none at all means less than %s. Drawn from calibration %s.",
			f.Runs, 100*f.Uncertainty, portion(min(1, 3/float64(f.Runs))), words.Plain(f.Calibration)),
		fmt.Sprintf("Suite %s, at most %d rounds: %s, builds not counted. %s of such runs raise an alarm, %s a confirmed one.",
			words.Plain(f.Suite), f.Rounds, run, portion(f.FalseAlarms), portion(f.Confirmed)),
	}
}

// mostAdvice bounds how many metrics are spoken of.
const mostAdvice = 8

// advice says what to do for what is not found, the least found first.
func advice(f *rehearse.Forecast) (lines []string) {
	var open []rehearse.Metric
	for _, m := range f.Metrics {
		if m.Limit != rehearse.Enough {
			open = append(open, m)
		}
	}
	slices.SortStableFunc(open, func(a, b rehearse.Metric) int { return cmp.Compare(a.Power, b.Power) })
	for _, m := range open[:min(len(open), mostAdvice)] {
		name := strings.TrimSpace(words.Plain(m.Benchmark) + " " + words.Plain(m.Metric.String()))
		lines = append(lines, fmt.Sprintf("%s: %s.", name, limitWords(m, f)))
	}
	if more := len(open) - mostAdvice; more > 0 {
		lines = append(lines, fmt.Sprintf("And %d more find %s in fewer than 9 of 10 runs.", more, words.Share(f.Effect)))
	}
	if len(open) == 0 {
		lines = append(lines, fmt.Sprintf("At least 9 of 10 runs find %s wherever it is.", words.Share(f.Effect)))
	}
	if f.OutOfTime >= 0.1 {
		lines = append(lines, fmt.Sprintf("In %s of runs max_time ends the first block before everything is settled.", portion(f.OutOfTime)))
	}
	return lines
}

// limitWords say what hides a change, and what would show it.
func limitWords(m rehearse.Metric, f *rehearse.Forecast) string {
	effect := words.Share(f.Effect)
	switch m.Limit {
	case rehearse.ByMinEffect:
		where := "too near to"
		if f.Effect < m.MinEffect {
			where = "below"
		}
		return fmt.Sprintf("%s is %s its minimum effect of %s; see --min-effect %.2g%%", effect, where, words.Share(m.MinEffect), 100*m.NeedLeast)
	case rehearse.ByFloor:
		text := fmt.Sprintf("its noise floor of %s hides %s; it takes a quieter machine", words.Share(m.LeastEffect), effect)
		if m.NeedCalibration > 0 {
			text += fmt.Sprintf(", or a calibration of about %d rounds", roundly(m.NeedCalibration))
		}
		return text
	case rehearse.ByTooFew:
		return fmt.Sprintf("no verdict on values that vary comes from %d rounds; see --rounds %d", m.Reached, m.Need)
	case rehearse.ByRatio:
		return "its values are not all above zero, so that a change of it has no size"
	case rehearse.ByNoise:
		if m.Need == 0 {
			return fmt.Sprintf("its noise hides %s, and no number of rounds is worth waiting for", effect)
		}
		return fmt.Sprintf("%s of runs find %s in at most %d rounds; at least 8 of 10 would in %d or so, which take a max_time of about %s",
			portion(m.Power), effect, m.Reached, roundly(m.Need), lasting(m.NeedTime))
	}
	return "enough"
}

// roundly rounds an estimate up to two figures.
func roundly(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit - 1) / unit * unit
}
