package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// RunModel is what is said of one run, as data. The page, the table for a terminal,
// the annotation of a build and JSON are renderings of it, so that they cannot
// disagree. Text in it is harmless (see words.Plain), with ASCII minus signs.
type RunModel struct {
	Run     string                  `json:"run"`
	Suite   string                  `json:"suite"`
	State   results.State           `json:"state"`
	Said    string                  `json:"said"`   // what got slower, and by how much: one sentence
	Belief  string                  `json:"belief"` // whether to believe it: one sentence; empty where nothing was compared
	Doubts  []string                `json:"doubts,omitempty"`
	Outcome string                  `json:"outcome"` // how many of each verdict
	Counts  map[verdict.Verdict]int `json:"counts"`
	Rows    []RowModel              `json:"rows"`            // worst first
	Hosts   []HostWorth             `json:"hosts,omitempty"` // where others measured the same commits
}

// RowModel is one comparison: what it is called, its numbers, and their words.
type RowModel struct {
	Benchmark string          `json:"benchmark"`
	Metric    string          `json:"metric"` // empty where the benchmark broke before it named any
	Verdict   verdict.Verdict `json:"verdict"`
	Measured  *Measured       `json:"measured,omitempty"` // nil where there is no interval
	Base      string          `json:"base,omitempty"`     // medians, in units that people read; empty: none
	Head      string          `json:"head,omitempty"`
	Change    string          `json:"change,omitempty"`   // empty where there is no interval
	Interval  string          `json:"interval,omitempty"` // the same
	Direction string          `json:"direction,omitempty"`
	Reason    string          `json:"reason"`
	More      string          `json:"more,omitempty"` // what would settle it
	Warnings  []string        `json:"warnings,omitempty"`
	Beside    []OtherHost     `json:"beside,omitempty"`
}

// Measured are the numbers of a row as fractions of the base's median.
type Measured struct {
	Change     float64 `json:"change"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	MinEffect  float64 `json:"min_effect"`
	NoiseFloor float64 `json:"noise_floor,omitempty"`
}

// NewRunModel says of a page's run what every rendering of it says.
func NewRunModel(p Page) RunModel {
	run, sorted := p.Record.Run, worstFirst(p.Comparisons)
	m := RunModel{
		Run: words.Plain(run.ID), Suite: suiteName(run), State: run.State,
		Outcome: Outcome(sorted), Counts: counts(sorted), Rows: make([]RowModel, len(sorted)),
	}
	for i, c := range sorted {
		m.Rows[i] = newRowModel(c)
	}
	m.addOtherHosts(sorted, p)
	m.Said = saidOf(sorted)
	m.Doubts = doubts(p.Record, sorted)
	if len(sorted) > 0 {
		m.Belief = belief(m.Doubts)
	}
	return m
}

// JSON writes what is said of a run for programs. An error is one of w's.
func JSON(w io.Writer, p Page) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(NewRunModel(p))
}

func newRowModel(c verdict.Comparison) RowModel {
	row := RowModel{
		Benchmark: words.Plain(c.Benchmark), Metric: words.Plain(c.Metric.String()), Verdict: c.Verdict,
		Direction: directionWords(c.Metric.Better), Reason: words.Sentence(c.Reason), More: moreWords(c),
	}
	row.Base, row.Head = medianWords(c)
	for _, w := range c.Warnings {
		row.Warnings = append(row.Warnings, words.Sentence(w))
	}
	if hasInterval(c) {
		row.Change, row.Interval = words.Change(c.Change), words.Interval(c.Low, c.High)
		row.Measured = measuredOf(c)
	}
	return row
}

// measuredOf are a comparison's numbers; nil where one is none, which JSON cannot say.
func measuredOf(c verdict.Comparison) *Measured {
	m := Measured{c.Change, c.Low, c.High, c.MinEffect, c.NoiseFloor}
	if slices.ContainsFunc([]float64{m.Change, m.Low, m.High, m.MinEffect, m.NoiseFloor}, func(v float64) bool { return !finite(v) }) {
		return nil
	}
	return &m
}

// hasInterval reports whether a comparison's change means anything. One that was kept
// without its values, as a database keeps verdicts, has medians and an interval alone.
func hasInterval(c verdict.Comparison) bool {
	kept := len(c.Base.Values)+len(c.Head.Values) == 0 && min(c.Base.N, c.Head.N) > 0 && c.Low < c.High
	return c.HasInterval() || c.Verdict != verdict.Broken && kept
}

// Mark is how the row's verdict is shown.
func (r RowModel) Mark() words.Mark { return words.MarkOf(r.Verdict) }

// Name is the row in a sentence.
func (r RowModel) Name() string { return strings.TrimSpace(r.Benchmark + " " + r.Metric) }

// Phrase is the row in brief, as an annotation has it.
func (r RowModel) Phrase() string {
	mark := r.Mark()
	if r.Change == "" {
		return mark.Symbol + " " + mark.Word
	}
	return fmt.Sprintf("%s %s %s (%s)", mark.Symbol, mark.Word, r.Change, r.Interval)
}
