package reports

import (
	"fmt"
	"html/template"
	"math"
	"regexp"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// mostEvidence is how many bytes of a benchmark's output a page repeats.
const mostEvidence = 8 << 10

// mostTyped is how long a name may be in a command that a reader is to paste.
const mostTyped = 500

// benchView is one benchmark with all its comparisons.
type benchView struct {
	Name    string
	Command string
	About   string // format and CPUs
	Metrics []metricView
	More    int // metrics that there is no room for
	Meanwhile
	Raw      string
	RawCount int
	RawNote  string // said in place of raw data
	Repeat   string // the command that measures this benchmark again; empty: not known
	Accept   string // the command that takes its regression as intended; empty: it has none
}

// metricView is one comparison as a section.
type metricView struct {
	ID, Name        string
	History         string   // where it is shown over commits; empty: nowhere
	Row             RowModel // with true minus signs
	Mark            words.Mark
	Measured        bool // on one side at least
	Sides           []summaryView
	Quantiles       []quantileView
	Test, Second    string
	Samples         template.HTML
	Distribution    template.HTML
	Rounds          roundsView
	Open, Faults    bool
	Warmups, Ranges bool
	Disturbed       bool
	SecondFrom      int    // the execution with which a second block begins, counted from 1; 0: there is none
	Missing         string // said in place of the charts
}

type summaryView struct{ Side, N, Median, CV, Range string }

// newBench makes all that is shown of one benchmark, given its comparisons and where they
// are shown over commits.
func newBench(run results.Run, name string, rows []comparedRow, samples sampleIndex, history func(string, results.Metric) string) benchView {
	view := benchView{Name: words.Plain(name), Raw: samples.raw(name), RawCount: len(samples.byBenchmark[name])}
	view.RawNote = samples.rawNote(run, name)
	for _, r := range rows {
		metric := newMetric(r, samples)
		if history != nil {
			metric.History = history(name, r.Metric)
		}
		view.Metrics = append(view.Metrics, metric)
		if r.Verdict == verdict.Regression && len(name) <= mostTyped {
			view.Accept = words.ShellCommand([]string{"perfrun", "accept", run.ID, name, "--reason"}) + " WHY"
		}
	}
	if len(run.Command) > 0 && len(name) <= mostTyped && !slices.Contains(run.Command, "--") { // of a flag given twice, the last counts
		view.Repeat = words.ShellCommand(append(slices.Clone(run.Command), "--only", "^"+regexp.QuoteMeta(name)+"$"))
	}
	view.Meanwhile = newMeanwhile(samples.timed(name), run.Quiet.Unseen)
	at := slices.IndexFunc(run.Bench, func(b results.Benchmark) bool { return b.Name == name })
	if at < 0 {
		return view
	}
	b := run.Bench[at]
	view.Command = words.Block(b.Command)
	about := []string{}
	if b.Format != "" {
		about = append(about, "format "+words.Plain(b.Format))
	}
	if b.CPUs > 0 {
		about = append(about, fmt.Sprintf("%d %s", b.CPUs, several(b.CPUs, "CPU")))
	}
	view.About = strings.Join(about, ", ")
	return view
}

func several(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func newMetric(r comparedRow, samples sampleIndex) metricView {
	c := r.Comparison
	view := metricView{
		ID: rowID(r.at), Name: words.Shortened(r.model.Name(), mostName), Row: trueMinus(r.model), Mark: words.MarkOf(c.Verdict),
		Open:     c.Verdict != verdict.NoChange && c.Verdict != verdict.CannotTell,
		Measured: c.Base.N+c.Head.N > 0,
	}
	if r.model.Change != "" {
		view.Test, view.Second = testWords(c), blockWords(c.Second)
	}
	view.Sides, view.Quantiles = newSummaries(c), newQuantiles(c)
	view.draw(c, samples)
	return view
}

// trueMinus writes the true minus sign in all that a page shows of a row.
func trueMinus(r RowModel) RowModel {
	for _, field := range []*string{&r.Base, &r.Head, &r.Change, &r.Interval, &r.Reason} {
		*field = words.Minus(*field)
	}
	r.Warnings = slices.Clone(r.Warnings)
	for i, w := range r.Warnings {
		r.Warnings[i] = words.Minus(w)
	}
	return r
}

func directionWords(d results.Direction) string {
	switch d {
	case results.Lower, results.Higher:
		return string(d) + " is better"
	}
	return ""
}

// medianWords words the medians of both sides; empty where a side has none.
func medianWords(c verdict.Comparison) (base, head string) {
	base, head = words.Pair(c.Base.Median, c.Head.Median, c.Metric.Unit)
	switch {
	case c.Base.N == 0 && c.Head.N == 0:
		return "", ""
	case c.Base.N == 0:
		return "", words.Value(c.Head.Median, c.Metric.Unit)
	case c.Head.N == 0:
		return words.Value(c.Base.Median, c.Metric.Unit), ""
	}
	return base, head
}

func moreWords(c verdict.Comparison) string {
	if c.Verdict != verdict.CannotTell || c.MoreRounds <= 0 {
		return ""
	}
	return fmt.Sprintf("About %d more %s would settle it.", c.MoreRounds, several(c.MoreRounds, "round"))
}

func testWords(c verdict.Comparison) string {
	least := fmt.Sprintf("A change below %s does not count.", words.Share(c.LeastEffect()))
	if c.Exact {
		return "Counts without spread: no test is needed. " + least
	}
	how := "two-sided rank test"
	if c.Paired {
		how += ", round by round"
	}
	return fmt.Sprintf("%s, %s after all comparisons of the suite are counted (%s). By the other estimate the change is %s. %s",
		pWords("p", c.P), pWords("q", c.Q), how, words.Minus(words.Change(c.Shift)), least)
}

func pWords(name string, p float64) string {
	if p < 0.001 {
		return name + " < 0.001"
	}
	return fmt.Sprintf("%s = %.3f", name, p)
}

// blockWords says what a second block says of an alarm.
func blockWords(b *verdict.Block) string {
	if b == nil || b.Base.N+b.Head.N == 0 {
		return ""
	}
	return fmt.Sprintf("Second block, in new containers: %d executions of base and %d of head, %s (%s), %s: the alarm is %s.",
		b.Base.N, b.Head.N, words.Minus(words.Change(b.Change)), words.Minus(words.Interval(b.Low, b.High)), pWords("p", b.P), b.Outcome)
}

func newSummaries(c verdict.Comparison) []summaryView {
	if c.Base.N+c.Head.N == 0 {
		return nil
	}
	base, head := medianWords(c)
	return []summaryView{
		newSummary(results.Base, c.Base, base, c.Metric.Unit),
		newSummary(results.Head, c.Head, head, c.Metric.Unit),
	}
}

func newSummary(side results.Side, s verdict.Summary, median, unit string) summaryView {
	view := summaryView{string(side), fmt.Sprint(s.N), "–", "–", "–"}
	if s.N > 0 {
		view.Median = words.Minus(median)
	}
	if s.N > 1 {
		view.CV = words.Share(s.CV)
	}
	if len(s.Values) > 0 {
		view.Range = words.Minus(words.Range(slices.Min(s.Values), slices.Max(s.Values), unit))
	}
	return view
}

// draw adds the two charts, or says why there are none.
func (v *metricView) draw(c verdict.Comparison, samples sampleIndex) {
	points := samples.points(c.Benchmark, c.Metric)
	measured := 0
	for _, p := range points {
		v.Faults = v.Faults || p.Kind == chart.Faulty
		v.Warmups = v.Warmups || p.Kind == chart.Warmup
		v.Disturbed = v.Disturbed || p.Kind == chart.Contaminated
		v.Ranges = v.Ranges || p.Low < p.High
		if p.Kind != chart.Faulty {
			measured++
		}
	}
	again := func(e results.Execution) bool { return e.Block > 0 }
	v.SecondFrom = 1 + slices.IndexFunc(samples.executions(c.Benchmark, c.Metric), again)
	if measured == 0 {
		v.Missing = "There is no value to draw."
		return
	}
	about := fmt.Sprintf("%s: base median %s, head median %s", v.Name, orNone(v.Row.Base), orNone(v.Row.Head))
	factor, unit := words.AxisUnit(largestOf(points), c.Metric.Unit)
	base, head := factor*drawnMedian(c.Base), factor*drawnMedian(c.Head)
	v.Samples = chart.Samples{
		Points: scaledPoints(points, factor), BaseMedian: base, HeadMedian: head, Unit: unit,
		Label: fmt.Sprintf("%d executions of %s", len(points), about),
	}.SVG()
	v.Distribution = chart.Distribution{
		Base: scaled(c.Base.Values, factor), Head: scaled(c.Head.Values, factor),
		BaseMedian: base, HeadMedian: head, Unit: unit, Label: "Distribution of " + about,
	}.SVG()
	v.Rounds = newRounds(samples.executions(c.Benchmark, c.Metric), c)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func largestOf(points []chart.Point) float64 {
	largest := 0.0
	for _, p := range points {
		largest = max(largest, math.Abs(p.Low), math.Abs(p.High))
	}
	return largest
}

func scaledPoints(points []chart.Point, factor float64) []chart.Point {
	for i := range points {
		p := &points[i]
		p.Value, p.Low, p.High = p.Value*factor, p.Low*factor, p.High*factor
	}
	return points
}

func scaled(values []float64, factor float64) []float64 {
	shown := make([]float64, len(values))
	for i, v := range values {
		shown[i] = v * factor
	}
	return shown
}

func drawnMedian(s verdict.Summary) float64 {
	if s.N == 0 {
		return math.NaN()
	}
	return s.Median
}
