package site

import (
	"context"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"sync"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// Multiple is one small history. Its points are data of its own page.
type Multiple struct {
	Page      string         `json:"page"`
	State     string         `json:"state,omitempty"` // of its most worrying step
	Benchmark string         `json:"benchmark"`
	Metric    results.Metric `json:"metric"`
	Hosts     []string       `json:"hosts"` // what each class of them says, in a sentence
	Picture   template.HTML  `json:"-"`     // of its newest commits
	Notes     []string       `json:"-"`     // what the picture does not show by itself
	newest    []newestPoint
}

// newestPoint is the last that a class of hosts measured.
type newestPoint struct {
	class, commit    string
	value, low, high float64
	scatter          float64
}

// drawings remembers small histories, each of which is on several pages.
type drawings struct {
	mu sync.Mutex
	at map[string]drawing // by the key of the history
}

type drawing struct {
	Multiple
	edition int64
	series  int // of so many classes of hosts
	at      time.Time
}

// mostDrawings bounds what is remembered: each is some ten kilobytes.
const mostDrawings = 3000

// multiple is the newest part of a history, as it is in an edition. Without one nothing is
// remembered.
func (s *Site) multiple(ctx context.Context, edition results.Edition, g group, all []Change) (Multiple, error) {
	if edition == (results.Edition{}) {
		return s.newMultiple(ctx, g, all)
	}
	if m, known := s.drawings.of(g, edition.Findings); known {
		return m, nil
	}
	m, err := s.newMultiple(ctx, g, all)
	if err == nil {
		s.drawings.keep(g.Key, drawing{m, edition.Findings, len(g.Series), time.Now()})
	}
	return m, err
}

func (d *drawings) of(g group, edition int64) (Multiple, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, found := d.at[g.Key]
	return known.Multiple, found && known.edition >= edition && known.series == len(g.Series) && time.Since(known.at) < longest
}

// keep remembers a drawing. Where there is no room those of older editions go; where there
// is none then, it is drawn again.
func (d *drawings) keep(key string, one drawing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at == nil {
		d.at = map[string]drawing{}
	}
	if len(d.at) >= mostDrawings {
		maps.DeleteFunc(d.at, func(_ string, old drawing) bool { return old.edition < one.edition || time.Since(old.at) >= longest })
	}
	if len(d.at) < mostDrawings {
		d.at[key] = one
	}
}

func (s *Site) newMultiple(ctx context.Context, g group, all []Change) (Multiple, error) {
	of := g.first()
	m := Multiple{Page: "history/" + g.Key + ".html", Benchmark: of.Benchmark, Metric: of.Metric, Hosts: []string{}}
	var timelines []*verdict.Timeline
	histories, err := s.source.Latest(ctx, g.Series, recent)
	if err != nil {
		return m, err
	}
	for _, h := range histories {
		timelines = append(timelines, verdict.TimelineOf(h, nil, nil))
	}
	slices.SortFunc(timelines, func(a, b *verdict.Timeline) int { return compareClasses(a.Series.Class, b.Series.Class) })
	h := s.newHistory(group{g.Key, []results.Series{of}}, timelines)
	h.newest = true
	for _, c := range all {
		if c.Page == m.Page {
			h.Changes = append(h.Changes, c)
		}
	}
	if len(h.Changes) > 0 {
		m.State = stateMark(h.Changes[0].TimedStep).Word
	}
	h.Sentence = h.says()
	m.draw(h)
	return m, nil
}

// draw takes from a history what is shown of it.
func (m *Multiple) draw(h HistoryModel) {
	m.Picture, m.Notes = h.chart(false).Small(), h.notes()
	for _, l := range h.Lines {
		m.Hosts = append(m.Hosts, l.Class+": "+l.Sentence)
		if n := len(l.Points); n > 0 {
			p := l.Points[n-1]
			m.newest = append(m.newest, newestPoint{l.Class, h.Commits[p.At].Rev, p.Value, p.Low, p.High, l.Scatter})
		}
	}
}

// notes are what a small history does not show by itself: steps before its first commit,
// and noise.
func (m HistoryModel) notes() (notes []string) {
	for _, c := range m.Changes {
		if m.older(c) {
			notes = append(notes, words.Minus(fmt.Sprintf("On %s %s since %s, before these %s.", shortName(c.Class), words.Change(c.Change), words.ShortRev(c.Commit), several(len(m.Commits), "commit"))))
		}
	}
	for _, l := range m.Lines {
		if l.Scatter > noisy {
			notes = append(notes, fmt.Sprintf("On %s this series is noisy: %s.", shortName(l.Class), l.noise()))
		}
	}
	return notes
}
