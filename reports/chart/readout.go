package chart

import "math"

// Readout is what a script needs to tell a reader what lies under the pointer.
// It belongs beside the picture as JSON, in a script element of the class
// "points". It holds no value, only places and words: numbers are worded by the
// program alone, so page and script cannot disagree.
type Readout struct {
	Lines []ReadoutLine `json:"lines"`
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
	out := Readout{Lines: make([]ReadoutLine, len(h.Lines))}
	for n, l := range h.Lines {
		r := ReadoutLine{Name: l.Name, Class: l.Class, Commits: []int{}, Heights: []float64{}, Titles: []string{}, Hrefs: []string{}}
		for _, i := range l.kept(int(historyRight - historyLeft)) {
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
