package chart

import (
	"math"
	"slices"
)

// Readout is what a script needs to tell a reader what lies under the pointer.
// It belongs beside the picture as JSON, in a script element of the class
// "points". It holds no value, only places and words: numbers are worded by the
// program alone, so page and script cannot disagree.
type Readout struct {
	Lines   []ReadoutLine `json:"lines"`
	Commits []int         `json:"commits"` // that Words are of, ascending
	Words   []string      `json:"words"`   // what the titles of all their spots go on with
}

// ReadoutLine is one line's spots, as lists side by side.
type ReadoutLine struct {
	Name    string    `json:"name"`
	Class   string    `json:"class"`
	Commits []int     `json:"commits"`
	Heights []float64 `json:"heights"` // in user units of the picture
	Titles  []string  `json:"titles"`
	Hrefs   []string  `json:"hrefs"` // empty where there is none to follow
}

// Readout returns the spots that SVG draws.
func (h History) Readout() Readout {
	a := h.axes(historyLeft, historyRight, historyTop, historyBottom)
	out := Readout{Lines: make([]ReadoutLine, len(h.Lines)), Commits: []int{}, Words: []string{}}
	for n, l := range h.Lines {
		kept := l.kept(int(historyRight - historyLeft))
		r := ReadoutLine{
			Name: l.Name, Class: l.Class, Commits: make([]int, 0, len(kept)), Heights: make([]float64, 0, len(kept)),
			Titles: make([]string, 0, len(kept)), Hrefs: make([]string, 0, len(kept)),
		}
		for _, i := range kept {
			p, y := l.Points[i], missingLane
			if finite(p.Value) {
				y = a.y.At(p.Value)
			}
			title := p.Title
			if title == "" {
				title = spotWords(p, h.Unit)
			}
			r.Commits, r.Heights = append(r.Commits, p.X), append(r.Heights, math.Round(y*100)/100)
			r.Titles, r.Hrefs = append(r.Titles, title), append(r.Hrefs, link(p.Href))
		}
		out.Lines[n] = r
		out.Commits = append(out.Commits, r.Commits...)
	}
	slices.Sort(out.Commits)
	out.Commits = slices.DeleteFunc(slices.Compact(out.Commits), func(commit int) bool { return a.said(commit) == "" })
	for _, commit := range out.Commits {
		out.Words = append(out.Words, a.said(commit))
	}
	return out
}

// spotWords words a spot for which the caller has no words.
func spotWords(p Spot, unit string) string {
	if !finite(p.Value) {
		return "no value"
	}
	return valueWord(p.Value, unit)
}
