package site

import (
	"context"
	"encoding/xml"
	"fmt"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results/verdict"
)

// mostEntries is how many steps the feed holds.
const mostEntries = 50

// atomFeed and what is in it follow RFC 4287.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Title   string      `xml:"title"`
	ID      string      `xml:"id"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	Title   string   `xml:"title"`
	ID      string   `xml:"id"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

// feed tells of regressions and recoveries as they are announced, newest first.
func (s *Site) feed(ctx context.Context) (Document, error) {
	r := s.reading(ctx)
	all, err := s.standing(ctx, "")
	r.part("feed", err)
	if _, err := r.end(); err != nil {
		return Document{}, err
	}
	f := atomFeed{
		Title: words.Plain(s.options.Name) + ": regressions and recoveries", ID: "urn:perfrun:feed:" + key(s.options.Name), Author: words.Plain(s.options.Name),
		Links: []atomLink{{"self", "feed.atom"}, {"alternate", "index.html"}},
	}
	var updated time.Time
	for _, c := range byAnnouncement(all) {
		f.Entries = append(f.Entries, newEntry(c))
		updated = later(updated, c.Announced)
	}
	f.Updated = atomTime(updated)
	text, err := xml.MarshalIndent(f, "", " ")
	return Document{Type: "application/atom+xml; charset=utf-8", Body: append([]byte(xml.Header), text...), Holds: r.holds(HoldsFindings), At: updated}, err
}

// atomTime writes a time as feeds want it, who have no word for an unknown one.
func atomTime(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format(time.RFC3339)
}

func newEntry(c Change) atomEntry {
	word := stateMark(c.TimedStep).Word
	if c.Kind == verdict.KindRegression {
		word = "regression"
	}
	at := key(c.Suite, c.Benchmark, c.Metric.Case, c.Metric.Name, c.Metric.Unit, c.Class, c.Bad, c.Run)
	before, after := words.Pair(c.Before, c.After, c.Metric.Unit)
	summary := fmt.Sprintf("%s to %s (%s, 95 %% interval %s) on %s, first commit %s", before, after,
		words.Change(c.Change), words.Interval(c.Low, c.High), words.Plain(c.Class), words.ShortRev(c.Commit))
	if c.Commit.Subject != "" {
		summary += " " + words.Plain(words.Shortened(c.Commit.Subject, longestSubject))
	}
	return atomEntry{
		Title: fmt.Sprintf("%s: %s %s %s", word, words.Plain(c.Benchmark), words.Plain(c.Metric.String()), words.Change(c.Change)),
		ID:    "urn:perfrun:step:" + at, Updated: atomTime(c.Announced), Link: atomLink{Href: c.Page}, Summary: summary,
	}
}
