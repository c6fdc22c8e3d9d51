package site

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// HistoryModel is one metric of one benchmark over the commits of a branch, as hosts
// of every class measured it.
type HistoryModel struct {
	Suite     string         `json:"suite"`
	Benchmark string         `json:"benchmark"`
	Metric    results.Metric `json:"metric"`
	Branch    string         `json:"branch"`
	Sentence  string         `json:"sentence"` // what it shows
	Commits   []CommitPlace  `json:"commits"`  // of all classes, oldest first
	Lines     []HistoryLine  `json:"hosts"`
	Changes   []Change       `json:"change_points"` // newest first
	// newest: of its commits only the newest are here, and steps may be older.
	newest bool
}

// CommitPlace is a commit with its number on the picture, and its release.
type CommitPlace struct {
	results.Commit
	Release string `json:"release,omitempty"`
}

// HistoryLine is what one class of hosts measured.
type HistoryLine struct {
	Class    string         `json:"class"`
	Points   []HistoryPoint `json:"points"` // by commit
	Scatter  float64        `json:"scatter"`
	Sentence string         `json:"sentence"`
	// Unreadable are points that are in the database and cannot be read.
	Unreadable int `json:"unreadable,omitempty"`
}

// HistoryPoint is what a class of hosts says of one commit in one environment.
type HistoryPoint struct {
	At          int      `json:"commit"` // index into Commits
	Value       float64  `json:"value"`
	Low         float64  `json:"low"` // quartiles of the executions
	High        float64  `json:"high"`
	Environment string   `json:"environment"`
	Runs        []string `json:"runs"`
}

// Change is a step of a series, with what people need to act on it.
type Change struct {
	verdict.TimedStep
	Suite     string         `json:"suite"`
	Benchmark string         `json:"benchmark"`
	Metric    results.Metric `json:"metric"`
	Class     string         `json:"class"`
	Commit    results.Commit `json:"commit"` // the first with the new level
	// GoodCommit is the last with the old level.
	GoodCommit results.Commit `json:"good_commit"`
	Page       string         `json:"page"` // of its history
}

func (s *Site) history(ctx context.Context, name string, _ url.Values) (page, error) {
	g, err := s.historyOf(ctx, name)
	if err != nil {
		return page{}, err
	}
	timelines, err := s.timelines(ctx, g)
	if err != nil {
		return page{}, err
	}
	m := s.newHistory(g, timelines)
	title := fmt.Sprintf("%s %s", shortName(m.Benchmark), shortName(m.Metric.String()))
	p := page{kind: "history", title: title, model: m, holds: HoldsFindings, json: m.json, csv: m.csv, repeat: command("perfrun history", g.first().String())}
	for _, t := range timelines {
		for _, step := range t.Steps {
			p.at = later(p.at, step.Announced)
		}
	}
	for _, c := range m.Commits {
		p.at = later(p.at, c.When)
	}
	return p, nil
}

// timelines reads what every class says of a group.
func (s *Site) timelines(ctx context.Context, g group) ([]*verdict.Timeline, error) {
	e, err := s.entries(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]*verdict.Timeline, len(g.Series))
	for i, series := range g.Series {
		history, err := s.source.History(ctx, series)
		if err != nil {
			return nil, err
		}
		seen, err := s.source.LookBack(ctx, series)
		if err != nil {
			return nil, err
		}
		list[i] = s.looked.timelineOf(history, seen, e.steps[series], e.acceptedOf(series))
	}
	slices.SortFunc(list, func(a, b *verdict.Timeline) int { return compareClasses(a.Series.Class, b.Series.Class) })
	return list, nil
}

func (s *Site) newHistory(g group, timelines []*verdict.Timeline) HistoryModel {
	of := g.first()
	m := HistoryModel{Suite: of.Suite, Benchmark: of.Benchmark, Metric: of.Metric, Branch: of.Branch, Lines: []HistoryLine{}, Changes: []Change{}}
	at := m.place(timelines, s.options.Releases)
	for _, t := range timelines {
		line := newLine(t, at)
		m.Lines = append(m.Lines, line)
		for _, step := range t.Steps {
			m.Changes = append(m.Changes, newChange(t.Series, step, m.commitOf(at, step.Bad), m.commitOf(at, step.Good)))
		}
	}
	slices.SortStableFunc(m.Changes, func(a, b Change) int { return cmp.Compare(at[b.Bad], at[a.Bad]) })
	m.Sentence = m.says()
	return m
}

// place puts the commits of all timelines in one order: by date, and where dates are
// missing or equal, as the timelines have them.
func (m *HistoryModel) place(timelines []*verdict.Timeline, releases map[string]string) map[string]int {
	most := 0
	for _, t := range timelines {
		most = max(most, len(t.Moments))
	}
	at := make(map[string]int, most)
	m.Commits = make([]CommitPlace, 0, most)
	for _, t := range timelines {
		for _, moment := range t.Moments {
			if _, known := at[moment.Commit.Rev]; !known {
				at[moment.Commit.Rev] = len(m.Commits)
				m.Commits = append(m.Commits, CommitPlace{moment.Commit, releases[moment.Commit.Rev]})
			}
		}
	}
	slices.SortStableFunc(m.Commits, func(a, b CommitPlace) int { return a.When.Compare(b.When) })
	for i, c := range m.Commits {
		at[c.Rev] = i
	}
	return at
}

func (m *HistoryModel) commitOf(at map[string]int, rev string) results.Commit {
	if i, known := at[rev]; known {
		return m.Commits[i].Commit
	}
	return results.Commit{Rev: rev}
}

func newChange(series results.Series, step verdict.TimedStep, bad, good results.Commit) Change {
	return Change{
		TimedStep: step, Suite: series.Suite, Benchmark: series.Benchmark, Metric: series.Metric, Class: series.Class,
		Commit: bad, GoodCommit: good, Page: historyAddress(series),
	}
}

// key is that of the history that the step is in.
func (c Change) key() string {
	return strings.TrimSuffix(strings.TrimPrefix(c.Page, "history/"), ".html")
}

func newLine(t *verdict.Timeline, at map[string]int) HistoryLine {
	line := HistoryLine{Class: t.Series.Class, Points: make([]HistoryPoint, 0, len(t.Moments)), Unreadable: t.Unreadable}
	for _, segment := range t.Segments {
		for _, m := range t.Moments[segment.From:segment.To] {
			line.Points = append(line.Points, HistoryPoint{at[m.Commit.Rev], m.Value, m.Low, m.High, segment.Environment, m.Runs})
		}
	}
	slices.SortStableFunc(line.Points, func(a, b HistoryPoint) int { return cmp.Compare(a.At, b.At) })
	line.Scatter = scatter(line.Points)
	line.Sentence = line.says(t.Series.Metric.Unit)
	return line
}

// noisy is the scatter from which on a page warns: a step of 5 % needs many points to
// be told from it.
const noisy = 0.02

// scatter is how far the points of a line lie from each other where nothing steps: the
// standard deviation that the median of the differences of successive points of one
// environment stands for (1.4826, and the root of 2 because two points scatter), as a
// fraction of the median. 0 where there are too few.
func scatter(points []HistoryPoint) float64 {
	steps, values := make([]float64, 0, len(points)), make([]float64, 0, len(points))
	for i, p := range points {
		values = append(values, math.Abs(p.Value))
		if i > 0 && points[i-1].Environment == p.Environment {
			steps = append(steps, math.Abs(p.Value-points[i-1].Value))
		}
	}
	level := middle(values)
	if len(steps) < 3 || level == 0 {
		return 0
	}
	return 1.4826 * middle(steps) / math.Sqrt2 / level
}

func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return sorted[half-1]/2 + sorted[half]/2
}

func (l HistoryLine) says(unit string) string {
	if l.Unreadable > 0 {
		broken := several(l.Unreadable, "point") + " cannot be read: the database is damaged, perfrun db check says where"
		l.Unreadable = 0
		return l.says(unit) + "; " + broken
	}
	if len(l.Points) == 0 {
		return "nothing is measured"
	}
	last := l.Points[len(l.Points)-1]
	said := fmt.Sprintf("%s, now %s", several(len(l.Points), "point"), words.Value(last.Value, unit))
	switch {
	case l.Scatter == 0:
		return said
	case l.Scatter > noisy:
		return said + "; this series is noisy: " + l.noise()
	}
	return said + "; neighbouring points scatter by " + words.Share(l.Scatter)
}

// noise says what is hard to see in a noisy line.
func (l HistoryLine) noise() string {
	return fmt.Sprintf("neighbouring points scatter by %s, so a step of less than about %s is hard to see in it", words.Share(l.Scatter), words.Share(3*l.Scatter))
}

// says is the sentence of the page: what an eye would see first.
func (m *HistoryModel) says() string {
	open, emerging := 0, 0
	for _, c := range m.Changes {
		switch c.State {
		case verdict.StateOpen:
			open++
		case verdict.StateEmerging:
			emerging++
		}
	}
	announced := len(m.Changes) - emerging
	said := fmt.Sprintf("%s over %s of branch %s; %s is better.", shortName(m.Metric.String()), several(len(m.Commits), "commit"), shortName(m.Branch), words.Better(m.Metric))
	switch {
	case announced == 0:
		said += " No step was announced."
	case open == 0:
		said += fmt.Sprintf(" %s, no regression open.", several(announced, "step"))
	default:
		said += fmt.Sprintf(" %s, %s open.", several(announced, "step"), several(open, "regression"))
	}
	if emerging > 0 {
		said += fmt.Sprintf(" %s, not announced yet: more points must show that it stays.", emerges(emerging))
	}
	return said
}

func emerges(n int) string {
	if n == 1 {
		return "1 step emerges"
	}
	return fmt.Sprintf("%d steps emerge", n)
}

// spots is how many points all hosts have.
func (m HistoryModel) spots() (n int) {
	for _, l := range m.Lines {
		n += len(l.Points)
	}
	return n
}

// csv is every point as a line, for spreadsheets.
func (m HistoryModel) csv() []byte {
	b := append(make([]byte, 0, 256+160*m.spots()), "commit,date,class,environment,value,low,high,unit\n"...)
	unit := field(m.Metric.Unit)
	for _, l := range m.Lines {
		class := field(l.Class)
		for _, p := range l.Points {
			c := m.Commits[p.At]
			b = append(append(b, field(c.Rev)...), ',')
			b = append(c.When.UTC().AppendFormat(b, time.RFC3339), ',')
			b = append(append(append(append(b, class...), ','), field(p.Environment)...), ',')
			for _, v := range []float64{p.Value, p.Low, p.High} {
				b = append(strconv.AppendFloat(b, v, 'g', -1, 64), ',')
			}
			b = append(append(b, unit...), '\n')
		}
	}
	return b
}

// field is a cell of a line, quoted where it must be.
func field(s string) string {
	s = harmless(s)
	if !strings.ContainsAny(s, "\",\r\n") && (s == "" || s[0] != ' ') {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// harmless keeps spreadsheets from taking a name for a formula.
func harmless(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@' || s[0] == '\t' || s[0] == '\r') {
		return "'" + s
	}
	return s
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
