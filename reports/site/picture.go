package site

import (
	"fmt"
	"html/template"
	"math"
	"slices"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// drawn is a history with the words of all its points, which take a while.
type drawn struct{ chart.History }

// Drawn is the history to be drawn large.
func (m HistoryModel) Drawn() drawn { return drawn{m.chart(true)} }

// Points is what a script reads out under the pointer, as JSON in an element that is
// no script.
func (d drawn) Points() template.HTML {
	r := d.Readout()
	b := append(make([]byte, 0, 1024+64*len(r.Words)+80*d.Spots()), `<script type="application/json" class="points">{"lines":`...)
	b = appendList(b, r.Lines, appendReadout)
	b = appendList(append(b, `,"commits":`...), r.Commits, appendCount)
	b = appendList(append(b, `,"words":`...), r.Words, appendText)
	return template.HTML(append(b, `}</script>`...))
}

func (m HistoryModel) chart(worded bool) chart.History {
	h := chart.History{Commits: len(m.Commits), Label: words.Minus(shortName(m.Benchmark) + ": " + m.Sentence)}
	factor, unit := m.scale()
	h.Unit = unit
	for _, l := range m.Lines {
		h.Lines = append(h.Lines, m.line(l, factor, worded))
	}
	for i, c := range m.Commits {
		if worded {
			h.Words = append(h.Words, commitWords(c.Commit))
		}
		if c.Release != "" {
			h.Marks = append(h.Marks, chart.Mark{X0: i, X1: i, Kind: chart.Release, Title: words.Plain(c.Release)})
		}
	}
	for _, c := range m.Changes {
		if mark, drawn := m.mark(c, factor); drawn {
			h.Marks = append(h.Marks, mark)
		}
	}
	return h
}

// scale is the prefix that the largest value is read with.
func (m HistoryModel) scale() (factor float64, unit string) {
	largest := 0.0
	for _, l := range m.Lines {
		for _, p := range l.Points {
			largest = max(largest, p.Value, -p.Value)
		}
	}
	return words.AxisUnit(largest, m.Metric.Unit)
}

func (m HistoryModel) line(l HistoryLine, factor float64, worded bool) chart.Line {
	line := chart.Line{Name: shortName(l.Class), Class: lineClass(l.Class), Points: make([]chart.Spot, len(l.Points))}
	for i, p := range l.Points {
		line.Points[i] = chart.Spot{X: p.At, Value: p.Value * factor, Low: p.Low * factor, High: p.High * factor}
		if worded {
			line.Points[i].Title, line.Points[i].Href = words.Minus(words.Value(p.Value, m.Metric.Unit)), spotHref(p)
		}
		if i > 0 && p.Environment != l.Points[i-1].Environment {
			line.Segments = append(line.Segments, i)
		}
	}
	return line
}

// lineClass is what the style sheet knows a class of hosts by.
func lineClass(class string) string {
	if class == "office" || class == "cloud" {
		return class
	}
	return "other"
}

// commitWords name a commit where there is little room.
func commitWords(c results.Commit) string {
	if c.Subject == "" {
		return words.ShortRev(c)
	}
	return words.ShortRev(c) + " " + words.Plain(words.Shortened(c.Subject, 60))
}

// spotHref leads to the newest run that measured the commit.
func spotHref(p HistoryPoint) string {
	if len(p.Runs) == 0 {
		return ""
	}
	return "../" + runAddress(p.Runs[len(p.Runs)-1])
}

// mark places a step between its commits. One whose commits nobody measured here has
// no place, but where only the newest commits are drawn, one that is open and older
// stands at their left edge.
func (m HistoryModel) mark(c Change, factor float64) (chart.Mark, bool) {
	good, bad := m.placeOf(c.Good), m.placeOf(c.Bad)
	mark := chart.Mark{Kind: markKind(c.TimedStep), Before: c.Before * factor, After: c.After * factor}
	mark.Title = fmt.Sprintf("%s on %s: %s (%s), %s", stateMark(c.TimedStep).Word, shortName(c.Class), words.Minus(words.Change(c.Change)), words.Minus(words.Interval(c.Low, c.High)),
		words.ShortRev(results.Commit{Rev: c.Bad}))
	switch {
	case bad < 0 && m.older(c):
		mark.Title += ", before the first commit that is drawn"
		mark.Before, mark.After = math.NaN(), math.NaN() // as far as they were then
	case bad < 0:
		return chart.Mark{}, false
	case good < 0:
		mark.X0, mark.X1 = max(bad-1, 0), bad
	default:
		mark.X0, mark.X1 = good, bad
	}
	return mark, true
}

// older reports whether a step is open, and before all commits that are here.
func (m HistoryModel) older(c Change) bool {
	return m.newest && c.State == verdict.StateOpen && m.placeOf(c.Bad) < 0
}

// placeOf is the number of a commit; -1 where it is not here.
func (m HistoryModel) placeOf(rev string) int {
	return slices.IndexFunc(m.Commits, func(c CommitPlace) bool { return c.Rev == rev })
}

func markKind(s verdict.TimedStep) chart.MarkKind {
	switch {
	case s.State == verdict.StateAccepted:
		return chart.Accepted
	case s.Kind == verdict.KindRegression:
		return chart.Worse
	}
	return chart.Better
}
