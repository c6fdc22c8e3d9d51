package site

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/results/export"
)

// json is what export.JSON makes of the model, for a fifth of the time: a written site has
// thousands of histories of thousands of points.
func (m HistoryModel) json() ([]byte, error) {
	text, err := export.JSON(struct {
		HistoryModel
		Commits any `json:"commits,omitempty"` // in the place of the model's, which come last
		Lines   any `json:"hosts,omitempty"`
	}{HistoryModel: m})
	if err != nil {
		return nil, err
	}
	b := slices.Grow(text[:len(text)-1], 256*len(m.Commits)+192*m.spots()) // without its bracket
	b = appendList(append(b, `,"commits":`...), m.Commits, appendPlace)
	b = appendList(append(b, `,"hosts":`...), m.Lines, appendLine)
	return append(b, '}'), nil
}

func appendList[T any](b []byte, list []T, one func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, v)
	}
	return append(b, ']')
}

func appendPlace(b []byte, c CommitPlace) []byte {
	b = appendText(append(b, `{"rev":`...), c.Rev)
	b = appendText(append(b, `,"asked":`...), c.Asked)
	b = appendText(append(b, `,"subject":`...), c.Subject)
	b = appendText(append(b, `,"author":`...), c.Author)
	b = append(c.When.AppendFormat(append(b, `,"when":"`...), time.RFC3339Nano), `","dirty":`...)
	b = appendText(append(strconv.AppendBool(b, c.Dirty), `,"branch":`...), c.Branch)
	if c.Release != "" {
		b = appendText(append(b, `,"release":`...), c.Release)
	}
	return append(b, '}')
}

func appendLine(b []byte, l HistoryLine) []byte {
	b = appendText(append(b, `{"class":`...), l.Class)
	b = appendList(append(b, `,"points":`...), l.Points, appendPoint)
	b = appendNumber(append(b, `,"scatter":`...), l.Scatter)
	b = appendText(append(b, `,"sentence":`...), l.Sentence)
	if l.Unreadable != 0 {
		b = strconv.AppendInt(append(b, `,"unreadable":`...), int64(l.Unreadable), 10)
	}
	return append(b, '}')
}

func appendPoint(b []byte, p HistoryPoint) []byte {
	b = strconv.AppendInt(append(b, `{"commit":`...), int64(p.At), 10)
	b = appendNumber(append(b, `,"value":`...), p.Value)
	b = appendNumber(append(b, `,"low":`...), p.Low)
	b = appendNumber(append(b, `,"high":`...), p.High)
	b = appendText(append(b, `,"environment":`...), p.Environment)
	b = appendList(append(b, `,"runs":`...), p.Runs, appendText)
	return append(b, '}')
}

// appendReadout is a line of what a script reads out, as encoding/json writes it.
func appendReadout(b []byte, l chart.ReadoutLine) []byte {
	b = appendText(append(b, `{"name":`...), l.Name)
	b = appendText(append(b, `,"class":`...), l.Class)
	b = appendList(append(b, `,"commits":`...), l.Commits, appendCount)
	b = appendList(append(b, `,"heights":`...), l.Heights, appendNumber)
	b = appendList(append(b, `,"titles":`...), l.Titles, appendText)
	b = appendList(append(b, `,"hrefs":`...), l.Hrefs, appendText)
	return append(b, '}')
}

func appendCount(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

func appendNumber(b []byte, v float64) []byte {
	if !finite(v) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// appendText quotes what needs no escape itself, which is nearly all.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, _ := json.Marshal(s) // a string: it cannot fail
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
