package reports

import (
	"bytes"
	"html/template"
)

// mostPage is how many bytes a page may have: what a browser shows at once, and a
// build keeps without a second thought.
const mostPage = 1_480_000

// mostAsked is how many bytes a page may have that was asked for by the names of its
// benchmarks: what a reader asks for is not left out for being large.
const mostAsked = 16_000_000

// linkBytes is how much longer a row is that links to its benchmark.
const linkBytes = 40

// compose makes the page of a run.
func compose(p Page) ([]byte, error) { return composeOf(p, "") }

// composeOf makes the page of a run, or of one benchmark of it. The frame is made
// first; what room it leaves goes to benchmarks, worst first.
func composeOf(p Page, benchmark string) ([]byte, error) {
	view := newPageView(p, benchmark)
	frame, err := executed("page", view)
	if err != nil {
		return nil, err
	}
	room := mostPage
	if benchmark != "" || p.Only != "" {
		room = mostAsked
	}
	articles, err := view.fill(room - len(frame))
	if err != nil || len(articles) == 0 {
		return frame, err
	}
	view.Articles = articles
	return executed("page", view)
}

// fill makes as many benchmarks as fit into so many bytes, worst first, and links the
// rows to those that do. One that is too large is shown with its worst metrics alone,
// and does not keep smaller ones out.
func (v *pageView) fill(room int) (articles []template.HTML, err error) {
	tried := 0
	for _, name := range v.names {
		text, shown, err := v.article(name, room)
		if err != nil {
			return nil, err
		}
		if shown == 0 {
			if tried++; tried > mostTried { // the others are as large, and each costs time
				break
			}
			continue
		}
		rows := v.of[name][:shown]
		room -= len(text) + linkBytes*len(rows)
		articles = append(articles, template.HTML(text))
		v.link(rows)
	}
	v.LeftOut = len(v.names) - len(articles)
	return articles, nil
}

// article makes a benchmark with as many of its metrics, worst first, as fit; half of
// them where they do not, and so on. It returns how many are shown.
func (v *pageView) article(name string, room int) ([]byte, int, error) {
	rows := v.of[name]
	for n := len(rows); n > 0; n /= 2 {
		bench := newBench(v.run, name, rows[:n], v.samples, v.history)
		bench.More = len(rows) - n
		text, err := executed("bench", bench)
		if err != nil || len(text)+linkBytes*n <= room {
			return text, n, err
		}
	}
	return nil, 0, nil
}

// mostTried is how many benchmarks in all may not fit before the rest is left out.
const mostTried = 3

func executed(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
