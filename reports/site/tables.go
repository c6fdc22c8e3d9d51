package site

import (
	"slices"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// mostPoints is how many points a page lists; all of them are in its data.
const mostPoints = 60

// pointLine is one line of the table of points.
type pointLine struct {
	Commit           results.Commit
	Release          string
	Class            string
	Value, Quartiles string
	Run              string // the newest that measured it
}

// Newest lists the newest points of all hosts, newest first.
func (m HistoryModel) Newest() []pointLine {
	type place struct{ line, point int }
	var all []place
	for n, l := range m.Lines {
		for i := max(0, len(l.Points)-mostPoints); i < len(l.Points); i++ {
			all = append(all, place{n, i})
		}
	}
	slices.SortStableFunc(all, func(a, b place) int {
		return m.Lines[b.line].Points[b.point].At - m.Lines[a.line].Points[a.point].At
	})
	var list []pointLine
	for _, at := range all[:min(len(all), mostPoints)] {
		l, p := m.Lines[at.line], m.Lines[at.line].Points[at.point]
		c := m.Commits[p.At]
		line := pointLine{
			Commit: c.Commit, Release: c.Release, Class: l.Class,
			Value: words.Minus(words.Value(p.Value, m.Metric.Unit)), Quartiles: words.Minus(words.Range(p.Low, p.High, m.Metric.Unit)),
		}
		if n := len(p.Runs); n > 0 {
			line.Run = p.Runs[n-1]
		}
		list = append(list, line)
	}
	return list
}

// Older is how many points Newest leaves out.
func (m HistoryModel) Older() int { return max(0, m.spots()-mostPoints) }

// changesView is a table of steps; Named where they are of several benchmarks.
type changesView struct {
	List  []Change
	Named bool
	Label string
	Root  string
	Site  *Site
}

func changes(v view, list []Change, named bool, label string) changesView {
	return changesView{list, named, label, v.Root, v.Site}
}
