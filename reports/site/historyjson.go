package site

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

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
	b = appendList(append(b, `,"commits":`...), m.Commits, CommitPlace.append)
	b = appendList(append(b, `,"hosts":`...), m.Lines, HistoryLine.append)
	return append(b, '}'), nil
}

func appendList[T any](b []byte, list []T, one func(T, []byte) []byte) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(v, b)
	}
	return append(b, ']')
}

func (c CommitPlace) append(b []byte) []byte {
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

func (l HistoryLine) append(b []byte) []byte {
	b = appendText(append(b, `{"class":`...), l.Class)
	b = appendList(append(b, `,"points":`...), l.Points, HistoryPoint.append)
	b = appendNumber(append(b, `,"scatter":`...), l.Scatter)
	b = appendText(append(b, `,"sentence":`...), l.Sentence)
	if l.Unreadable != 0 {
		b = strconv.AppendInt(append(b, `,"unreadable":`...), int64(l.Unreadable), 10)
	}
	return append(b, '}')
}

func (p HistoryPoint) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"commit":`...), int64(p.At), 10)
	b = appendNumber(append(b, `,"value":`...), p.Value)
	b = appendNumber(append(b, `,"low":`...), p.Low)
	b = appendNumber(append(b, `,"high":`...), p.High)
	b = appendText(append(b, `,"environment":`...), p.Environment)
	b = appendList(append(b, `,"runs":`...), p.Runs, func(run string, b []byte) []byte { return appendText(b, run) })
	return append(b, '}')
}

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
