package site

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// How much an overview lists; it says how much more there is.
const (
	mostOpen = 40
	mostNews = 12
	mostRuns = 200
)

// OverviewModel is the first page: what got slower and is nobody's doing on purpose,
// what is missing, and whether the machines can be believed.
type OverviewModel struct {
	Sentence string             `json:"sentence"`
	At       time.Time          `json:"at,omitzero"` // when the newest run began or ended
	Open     []Change           `json:"open"`        // regressions, worst first
	OpenMore int                `json:"open_more,omitempty"`
	News     []Change           `json:"news"`      // other steps, newest first
	Pictures []Multiple         `json:"histories"` // of the worst, or of the newest steps where nothing is open
	Trouble  []Trouble          `json:"trouble"`
	Queue    *results.QueueView `json:"queue,omitempty"`
	Suites   []SuiteLine        `json:"suites"`
	Machines []MachineLine      `json:"machines"`
	Health   []results.Finding  `json:"health,omitempty"`
	Unread   Unread             `json:"cannot_be_read,omitempty"`
}

// SuiteLine is a suite with its newest runs.
type SuiteLine struct {
	Name       string    `json:"name"`
	Page       string    `json:"page"`
	Benchmarks int       `json:"benchmarks"`
	Open       int       `json:"open"` // regressions
	Runs       []RunLine `json:"runs"` // the newest of each class of hosts
}

// RunLine is a run in a list.
type RunLine struct {
	ID      string         `json:"id"`
	Page    string         `json:"page"`
	Suite   string         `json:"suite"`
	Class   string         `json:"class"`
	Kind    results.Kind   `json:"kind"`
	State   results.State  `json:"state"`
	Base    results.Commit `json:"base"`
	Head    results.Commit `json:"head"`
	Created time.Time      `json:"created"`
	Error   string         `json:"error,omitempty"`
	Broken  int            `json:"broken,omitempty"` // benchmarks and metrics without a result
}

// MachineLine is a class of hosts with its latest calibration.
type MachineLine struct {
	Class      string    `json:"class"`
	Page       string    `json:"page"`
	Calibrated time.Time `json:"calibrated,omitzero"`
	Floor      float64   `json:"floor"`                    // median of the noise floors of its benchmarks; 0: unknown
	Worst      float64   `json:"worst"`                    // the largest
	Trend      []float64 `json:"trend,omitempty"`          // the floors of its last calibrations, oldest first
	Unread     string    `json:"cannot_be_read,omitempty"` // of its calibrations
}

func (s *Site) overview(ctx context.Context, name string, _ url.Values) (page, error) {
	if name != "" {
		return page{}, missing("index/" + name)
	}
	m, err := remembered(ctx, s, &s.front, runsOf, s.newOverview)
	holds := HoldsRuns
	if len(m.Unread) > 0 {
		holds = HoldsAMoment
		s.front.forget()
	}
	if s.options.Live != nil && err == nil {
		holds, err = HoldsAMoment, s.alive(ctx, &m)
	}
	return page{kind: "overview", title: "Overview", model: m, holds: holds, csv: m.csv, raw: []link{{"summary for programs", "summary.json"}}, at: m.At, repeat: "perfrun list; perfrun history; perfrun queue"}, err
}

func (s *Site) newOverview(ctx context.Context) (OverviewModel, error) {
	m, r := OverviewModel{}, s.reading(ctx)
	edition := s.edition(ctx)
	all, err := s.standing(ctx, "")
	r.part("steps", err)
	open, rest := split(all)
	shelf, err := s.catalogue(ctx)
	r.part("histories", cmp.Or(err, shelf.partly))
	lanes, err := s.lanes(ctx)
	r.part("runs", err)
	if _, err := r.end(); err != nil {
		return m, err
	}
	m.Open, m.News = open[:min(len(open), mostOpen)], rest[:min(len(rest), mostNews)]
	m.OpenMore = len(open) - len(m.Open)
	m.Pictures, err = s.pictures(ctx, edition, shelf, all)
	r.part("pictures", err)
	m.Suites, m.At = suiteLines(shelf, lanes, open), newestOfAll(lanes)
	m.Trouble, err = s.troubles(ctx, lanes)
	r.part("trouble", err)
	m.Machines, err = s.machineLines(ctx, classesOf(shelf, lanes), lanes)
	r.part("machines", err)
	m.Unread, err = r.end()
	m.Sentence = m.says(len(open))
	return m, err
}

// newestOfAll is when the newest run began or ended.
func newestOfAll(lanes []lane) (at time.Time) {
	for _, l := range lanes {
		for _, r := range l.recent {
			at = later(later(at, r.Created), r.Finished)
		}
	}
	return at
}

// mostPictures is how many histories an overview draws.
const mostPictures = 8

// pictures are the histories that an eye should see first.
func (s *Site) pictures(ctx context.Context, edition results.Edition, shelf catalogue, all []Change) (list []Multiple, err error) {
	list, seen := []Multiple{}, map[string]bool{}
	for _, c := range all {
		g, known := shelf.histories[c.key()]
		if seen[c.Page] || !known || len(list) == mostPictures {
			continue
		}
		seen[c.Page] = true
		m, bad := s.multiple(ctx, edition, g, all)
		if bad != nil {
			err = cmp.Or(err, bad)
			continue
		}
		list = append(list, m)
	}
	return list, err
}

// alive adds what only a daemon knows.
func (s *Site) alive(ctx context.Context, m *OverviewModel) error {
	r := s.reading(ctx)
	r.part("database", nil) // it was read
	r.unread = maps.Clone(m.Unread)
	queue, err := s.options.Live.Queue(ctx)
	if err == nil {
		m.Queue = &queue
		m.Health, err = s.options.Live.Health(ctx)
	}
	r.part("box", err)
	m.Unread, err = r.end()
	return err
}

func (m OverviewModel) says(open int) string {
	switch {
	case len(m.Unread) > 0 && open == 0:
		return "Not everything can be read: what is open or missing is not known for sure."
	case len(m.Suites) == 0 && m.At.IsZero():
		return "Nothing has been measured yet."
	case open == 0 && len(m.Trouble) == 0:
		return "No regression is open, and no result is missing."
	case open == 0:
		return fmt.Sprintf("No regression is open, but %s missing or broken.", isAre(m.lost(), "result"))
	}
	worst := m.Open[0]
	said := fmt.Sprintf("%s open. The worst: %s %s on %s since %s.", isAre(open, "regression"), shortName(worst.Benchmark), words.Change(worst.Change),
		shortName(worst.Class), words.ShortRev(worst.Commit))
	if len(m.Trouble) > 0 {
		said += fmt.Sprintf(" And %s missing or broken.", isAre(m.lost(), "result"))
	}
	return said
}

// lost is how many results are missing: of whole runs and of benchmarks, listed or not.
func (m OverviewModel) lost() (n int) {
	for _, t := range m.Trouble {
		n += 1 + t.More
	}
	return n
}

func isAre(n int, one string) string {
	if n == 1 {
		return "1 " + one + " is"
	}
	return fmt.Sprintf("%d %ss are", n, one)
}

// suiteLines are the suites that have a history, and those of which only runs are known.
func suiteLines(shelf catalogue, lanes []lane, open []Change) []SuiteLine {
	lines := []SuiteLine{}
	at := map[string]int{}
	line := func(name string) *SuiteLine {
		i, known := at[name]
		if !known {
			i = len(lines)
			at[name] = i
			lines = append(lines, SuiteLine{Name: name, Page: suiteAddress(name), Runs: []RunLine{}})
		}
		return &lines[i]
	}
	for _, suite := range shelf.suites {
		line(suite.Name).Benchmarks = len(benchmarksOf(suite))
	}
	for _, l := range lanes {
		at := line(l.Suite)
		if l.Kind == results.Comparison && len(l.recent) > 0 {
			at.Runs = append(at.Runs, newRunLine(l.recent[0]))
		}
	}
	for _, c := range open {
		line(c.Suite).Open++
	}
	for i := range lines {
		slices.SortFunc(lines[i].Runs, func(a, b RunLine) int { return compareClasses(a.Class, b.Class) })
	}
	slices.SortStableFunc(lines, func(a, b SuiteLine) int { return cmp.Or(b.Open-a.Open, cmp.Compare(a.Name, b.Name)) })
	return lines
}

func benchmarksOf(s suiteGroup) map[string]bool {
	names := map[string]bool{}
	for _, g := range s.Groups {
		names[g.first().Benchmark] = true
	}
	return names
}

func newRunLine(r results.Run) RunLine {
	return RunLine{
		ID: r.ID, Page: runAddress(r.ID), Suite: r.Suite, Class: r.Class, Kind: r.Kind, State: r.State,
		Base: r.Base, Head: r.Head, Created: r.Created, Error: r.Error, Broken: r.Counts[string(verdict.Broken)],
	}
}

func suiteWord(suite string) string {
	if suite == "" {
		return "a suite without a name"
	}
	return shortName(suite)
}
