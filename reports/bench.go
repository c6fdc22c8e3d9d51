package reports

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// mostEvidence is how many bytes of a benchmark's output a page repeats.
const mostEvidence = 8 << 10

// benchView is one benchmark with all its comparisons.
type benchView struct {
	Name     string
	Command  string
	About    string // format and CPUs
	Metrics  []metricView
	Raw      string
	RawCount int
}

// metricView is one comparison, as a row of the table and as a section.
type metricView struct {
	ID                 string
	Mark               mark
	Benchmark, Metric  string
	Base, Head, Change string
	Interval           string
	Measured           bool   // on one side at least
	Direction          string // "lower is better"
	Reason             string
	More               string
	Warnings           []string
	Evidence           []evidenceView
	Sides              []summaryView
	Test, Second       string
	Samples            template.HTML
	Distribution       template.HTML
	Open, Faults       bool
	Warmups, Ranges    bool
	Disturbed          bool
	Missing            string // said in place of the charts
	row                int    // of the table: the place in the order worst first
}

type evidenceView struct {
	Where, Kind, Detail, Stderr, Stdout string
	Cut                                 bool
}

type summaryView struct{ Side, N, Median, CV, Range string }

// newBenches groups comparisons, given worst first, by benchmark: each
// benchmark stands where its worst comparison stands.
func newBenches(run results.Run, comparisons []verdict.Comparison, samples sampleIndex) []benchView {
	var benches []benchView
	at := map[string]int{}
	for i, c := range comparisons {
		n, seen := at[c.Benchmark]
		if !seen {
			n = len(benches)
			at[c.Benchmark] = n
			benches = append(benches, newBench(run, c.Benchmark, samples))
		}
		benches[n].Metrics = append(benches[n].Metrics, newMetric(i, c, samples))
	}
	return benches
}

func newBench(run results.Run, name string, samples sampleIndex) benchView {
	view := benchView{Name: Plain(name), Raw: samples.raw(name), RawCount: len(samples.byBenchmark[name])}
	at := slices.IndexFunc(run.Bench, func(b results.Benchmark) bool { return b.Name == name })
	if at < 0 {
		return view
	}
	b := run.Bench[at]
	view.Command = Block(b.Command)
	about := []string{}
	if b.Format != "" {
		about = append(about, "format "+Plain(b.Format))
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

func newMetric(row int, c verdict.Comparison, samples sampleIndex) metricView {
	view := metricView{
		ID:        fmt.Sprintf("c%d", row+1),
		Mark:      markOf(c.Verdict),
		Benchmark: Plain(c.Benchmark),
		Metric:    Plain(c.Metric.String()),
		Base:      minus(medianWords(c.Base, c.Metric.Unit)),
		Head:      minus(medianWords(c.Head, c.Metric.Unit)),
		Direction: directionWords(c.Metric.Better),
		Reason:    minus(sentence(c.Reason)),
		More:      moreWords(c),
		Open:      c.Verdict != verdict.NoChange && c.Verdict != verdict.CannotTell,
		Measured:  c.Base.N+c.Head.N > 0,
		row:       row,
	}
	if c.HasInterval() {
		view.Change = minus(Change(c.Change))
		view.Interval = minus(interval(c.Low, c.High))
		view.Test, view.Second = testWords(c), blockWords(c.Second)
	}
	for _, w := range c.Warnings {
		view.Warnings = append(view.Warnings, minus(sentence(w)))
	}
	for _, f := range c.Evidence {
		view.Evidence = append(view.Evidence, newEvidence(f, samples.where(c.Benchmark, f)))
	}
	view.Sides = newSummaries(c)
	view.draw(c, samples)
	return view
}

func directionWords(d results.Direction) string {
	switch d {
	case results.Lower, results.Higher:
		return string(d) + " is better"
	}
	return ""
}

func medianWords(s verdict.Summary, unit string) string {
	if s.N == 0 {
		return "–"
	}
	return Value(s.Median, unit)
}

func moreWords(c verdict.Comparison) string {
	if c.Verdict != verdict.CannotTell || c.MoreRounds <= 0 {
		return ""
	}
	return fmt.Sprintf("About %d more %s would settle it.", c.MoreRounds, several(c.MoreRounds, "round"))
}

func testWords(c verdict.Comparison) string {
	least := fmt.Sprintf("A change below %s does not count.", share(c.LeastEffect()))
	if c.Exact {
		return "Counts without spread: no test is needed. " + least
	}
	how := "two-sided rank test"
	if c.Paired {
		how += ", round by round"
	}
	return fmt.Sprintf("%s, %s after all comparisons of the suite are counted (%s). By the other estimate the change is %s. %s",
		pWords("p", c.P), pWords("q", c.Q), how, minus(Change(c.Shift)), least)
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
		b.Base.N, b.Head.N, minus(Change(b.Change)), minus(interval(b.Low, b.High)), pWords("p", b.P), b.Outcome)
}

func newEvidence(f results.Fault, where string) evidenceView {
	stderr, cutErr := tail(f.Stderr, mostEvidence)
	stdout, cutOut := tail(f.Stdout, mostEvidence)
	return evidenceView{
		Where: where, Kind: Plain(string(f.Kind)), Detail: Plain(f.Detail),
		Stderr: Block(stderr), Stdout: Block(stdout), Cut: cutErr || cutOut,
	}
}

func newSummaries(c verdict.Comparison) []summaryView {
	if c.Base.N+c.Head.N == 0 {
		return nil
	}
	return []summaryView{
		newSummary(results.Base, c.Base, c.Metric.Unit),
		newSummary(results.Head, c.Head, c.Metric.Unit),
	}
}

func newSummary(side results.Side, s verdict.Summary, unit string) summaryView {
	view := summaryView{string(side), fmt.Sprint(s.N), minus(medianWords(s, unit)), "–", "–"}
	if s.N > 1 {
		view.CV = share(s.CV)
	}
	if len(s.Values) > 0 {
		view.Range = minus(Value(slices.Min(s.Values), unit) + " to " + Value(slices.Max(s.Values), unit))
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
	if measured == 0 {
		v.Missing = "There is no value to draw."
		return
	}
	about := fmt.Sprintf("%s %s: base median %s, head median %s", v.Benchmark, v.Metric, v.Base, v.Head)
	factor, unit := axisUnit(largestOf(points), c.Metric.Unit)
	base, head := factor*drawnMedian(c.Base), factor*drawnMedian(c.Head)
	v.Samples = chart.Samples{
		Points: scaledPoints(points, factor), BaseMedian: base, HeadMedian: head, Unit: unit,
		Label: fmt.Sprintf("%d executions of %s", len(points), about),
	}.SVG()
	v.Distribution = chart.Distribution{
		Base: scaled(c.Base.Values, factor), Head: scaled(c.Head.Values, factor),
		BaseMedian: base, HeadMedian: head, Unit: unit, Label: "Distribution of " + about,
	}.SVG()
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
