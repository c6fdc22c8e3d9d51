package verdict

import (
	"cmp"
	"math"
	"slices"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/changepoint"
)

// Timeline is a series as runs have made it: what was measured of each commit, and
// where its level stepped.
type Timeline struct {
	Series   results.Series `json:"series"`
	Name     string         `json:"name"`
	Moments  []Moment       `json:"points"` // segment by segment, each in the order of its commits
	Segments []Segment      `json:"segments"`
	Steps    []TimedStep    `json:"change_points"` // in the order of their moments
	// Unreadable are points that are there and cannot be read.
	Unreadable int `json:"unreadable,omitempty"`
}

// Moment is what all runs say of one commit in one environment.
type Moment struct {
	Commit results.Commit `json:"commit"`
	Value  float64        `json:"value"` // median of what the runs say
	Low    float64        `json:"low"`   // the least of their quartiles, and the largest
	High   float64        `json:"high"`
	Runs   []string       `json:"runs"` // oldest first
}

// Segment is the part of a timeline in one environment: moments From to To-1.
type Segment struct {
	From        int    `json:"from"`
	To          int    `json:"to"`
	Environment string `json:"environment"`
}

// StepState says what has become of a step.
type StepState string

// The states of steps. Improvements and recoveries are neither: theirs is empty.
const (
	StateOpen      StepState = "open"      // a regression that nobody has mended or accepted
	StateRecovered StepState = "recovered" // a later step took it back
	StateAccepted  StepState = "accepted"  // a person wants it so
	StateEmerging  StepState = "emerging"  // not announced yet: more points must show that it stays
)

// TimedStep is a step at its place in a timeline. Its Index counts moments; -1 where
// the commit has none.
type TimedStep struct {
	ChangePoint
	State     StepState           `json:"state,omitempty"`
	Source    results.StepSource  `json:"source,omitempty"` // empty while it emerges
	Run       string              `json:"run,omitempty"`    // that announced it
	Announced time.Time           `json:"announced,omitzero"`
	Note      string              `json:"note,omitempty"` // where what was announced is not what all points together say
	Accepted  *results.Acceptance `json:"accepted,omitempty"`
	// Commit is the first with the new level, with what runs know of it.
	Commit results.Commit `json:"-"`
	// GoodCommit is the last with the old level, in the same way.
	GoodCommit results.Commit `json:"-"`
}

// NewTimeline lays a series out. points must be all of it, those of one commit in
// the order in which runs were made; steps and acceptances may be those of other
// series as well.
func NewTimeline(series results.Series, points []results.Point, steps []results.Step, accepted []results.Acceptance) *Timeline {
	return TimelineOf(results.NewHistory(series, points), steps, accepted)
}

// TimelineOf is NewTimeline for points in columns.
func TimelineOf(h results.History, steps []results.Step, accepted []results.Acceptance) *Timeline {
	t := &Timeline{
		Series: h.Series, Name: h.Series.String(), Unreadable: h.Unreadable,
		Moments: make([]Moment, 0, len(h.Values)), Segments: []Segment{}, Steps: []TimedStep{},
	}
	for _, some := range byEnvironment(h) {
		from := len(t.Moments)
		t.addMoments(h, some)
		t.Segments = append(t.Segments, Segment{from, len(t.Moments), h.Environments[h.Environment[some[0]]]})
	}
	for _, step := range steps {
		if step.Series == h.Series {
			t.Steps = append(t.Steps, t.timed(step))
		}
	}
	slices.SortStableFunc(t.Steps, func(a, b TimedStep) int { return cmp.Compare(a.Index, b.Index) })
	t.settle(accepted)
	return t
}

// Settled says what became of the steps of a series, given in the order in which they
// were announced, without its points: in the order of their commits' dates, and without
// an index. It says what a timeline would, but for what is accepted by the name of a
// commit beside the step, which only points tell; sure is false where that may be.
func Settled(series results.Series, steps []results.Step, accepted []results.Acceptance) (list []TimedStep, sure bool) {
	t := TimelineOf(results.History{Series: series}, steps, accepted)
	slices.SortStableFunc(t.Steps, byCommit)
	unaccepted := slices.ContainsFunc(t.Steps, func(s TimedStep) bool { return s.Kind == KindRegression && s.Accepted == nil })
	return t.Steps, !unaccepted || !slices.ContainsFunc(accepted, t.concerns)
}

// concerns reports whether somebody accepted something of the benchmark.
func (t *Timeline) concerns(a results.Acceptance) bool {
	return a.Suite == t.Series.Suite && a.Benchmark == t.Series.Benchmark
}

// byCommit orders steps by the dates of their commits.
func byCommit(a, b TimedStep) int { return a.Commit.When.Compare(b.Commit.When) }

// byEnvironment splits points, and orders the parts by their first commit. A
// machine that returns to an environment goes on with its segment.
func byEnvironment(h results.History) (parts [][]int) {
	at := make([]int, len(h.Environments)) // 1 + the environment's part
	for i, e := range h.Environment {
		if at[e] == 0 {
			parts = append(parts, nil)
			at[e] = len(parts)
		}
		parts[at[e]-1] = append(parts[at[e]-1], i)
	}
	return parts
}

// addMoments puts together what runs say of the same commit. Most commits have one
// run: the lists of all of them lie in one piece until they grow.
func (t *Timeline) addMoments(h results.History, points []int) {
	first, at := len(t.Moments), make(map[string]int, len(points))
	runs, values := make([]string, len(points)), make([]float64, len(points))
	all := make([][]float64, 0, len(points))
	for n, i := range points {
		from := h.Sources[i]
		k, known := at[from.Commit.Rev]
		if !known {
			k = len(all)
			at[from.Commit.Rev] = k
			t.Moments = append(t.Moments, Moment{Commit: from.Commit, Low: h.Lows[i], High: h.Highs[i], Runs: runs[n : n : n+1]})
			all = append(all, values[n:n:n+1])
		}
		m := &t.Moments[first+k]
		m.Low, m.High, m.Runs = min(m.Low, h.Lows[i]), max(m.High, h.Highs[i]), append(m.Runs, from.Run)
		all[k] = append(all[k], h.Values[i])
	}
	for k, values := range all {
		m := &t.Moments[first+k]
		if m.Value = values[0]; len(values) > 1 {
			m.Value = median(values)
		}
	}
}

// EnvironmentOf returns the environment in which a moment was measured.
func (t *Timeline) EnvironmentOf(moment int) string {
	for _, s := range t.Segments {
		if s.From <= moment && moment < s.To {
			return s.Environment
		}
	}
	return ""
}

func (t *Timeline) timed(s results.Step) TimedStep {
	step := TimedStep{
		ChangePoint: ChangePoint{
			Series: t.Name, Index: t.find(s.Environment, s.Bad), Change: s.Change, Low: s.Low, High: s.High,
			Before: s.Before, After: s.After, Kind: KindImprovement, Good: s.Good, Bad: s.Bad,
		},
		Source: s.Source, Run: s.Run, Announced: s.Announced, Commit: s.Commit, GoodCommit: s.GoodCommit,
	}
	step.GoodCommit.Rev = s.Good
	if step.Commit.Rev = s.Bad; step.Index >= 0 {
		step.Commit = t.Moments[step.Index].Commit
	}
	if s.Worse() {
		step.Kind = KindRegression
	}
	return step
}

// find returns the moment of a commit in an environment; -1 if there is none.
func (t *Timeline) find(environment, rev string) int {
	for _, s := range t.Segments {
		if s.Environment == environment {
			if i := slices.IndexFunc(t.Moments[s.From:s.To], func(m Moment) bool { return m.Commit.Rev == rev }); i >= 0 {
				return s.From + i
			}
		}
	}
	return -1
}

// settle gives each regression its state: the last one before a step that takes it
// back is recovered, whatever lies between. Before is by the dates of commits: machines of
// several environments may measure by turns.
func (t *Timeline) settle(accepted []results.Acceptance) {
	order := make([]*TimedStep, len(t.Steps))
	for i := range t.Steps {
		order[i] = &t.Steps[i]
	}
	slices.SortStableFunc(order, func(a, b *TimedStep) int { return byCommit(*a, *b) })
	for i, step := range order {
		if step.Kind == KindRegression {
			step.State = StateOpen
			step.Accepted = t.acceptance(step, accepted)
			if step.Accepted != nil {
				step.State = StateAccepted
			}
			continue
		}
		for k := i - 1; k >= 0; k-- {
			if before := order[k]; before.State == StateOpen && recovers(before.ChangePoint, step.ChangePoint) {
				before.State, step.Kind = StateRecovered, KindRecovery
				break
			}
		}
	}
}

// near is how far apart two places can be that are one step: where exactly noise
// lets it be seen.
const near = 2

// acceptance finds the one that covers a step, or nil: a person accepts what a run
// showed, whose head may lie beside the step.
func (t *Timeline) acceptance(step *TimedStep, accepted []results.Acceptance) *results.Acceptance {
	for i := range accepted {
		a := &accepted[i]
		if !t.concerns(*a) {
			continue
		}
		if a.Commit == step.Bad {
			return a
		}
		at := slices.IndexFunc(t.Moments, func(m Moment) bool { return m.Commit.Rev == a.Commit })
		if at >= 0 && step.Index >= 0 && max(at-step.Index, step.Index-at) <= near {
			return a
		}
	}
	return nil
}

// history is one segment as the detection of change points sees it.
func (t *Timeline) history(s Segment) History {
	h := History{Series: t.Name, Better: t.Series.Metric.Better}
	for _, m := range t.Moments[s.From:s.To] {
		h.Values, h.Commits = append(h.Values, m.Value), append(h.Commits, m.Commit.Rev)
	}
	return h
}

// same reports whether an announced step is the one that is seen now.
func same(known TimedStep, seen ChangePoint) bool {
	return known.Index >= 0 && max(known.Index-seen.Index, seen.Index-known.Index) <= near &&
		(known.After > known.Before) == (seen.After > seen.Before)
}

func (t *Timeline) note(s Segment, seen []ChangePoint) {
	for i := range t.Steps {
		step := &t.Steps[i]
		if step.Index < s.From || step.Index >= s.To {
			continue
		}
		k := slices.IndexFunc(seen, func(c ChangePoint) bool { return same(*step, c) })
		switch {
		case k < 0 && t.settled(s, step.Index):
			step.Note = "announced, but all points together do not show it as a lasting step"
		case k >= 0 && seen[k].Index != step.Index:
			step.Note = "announced here; all points together place it at commit " + short(seen[k].Bad)
		}
	}
}

// settled reports whether the levels on both sides of a step lasted long enough to
// be seen without knowing where to look.
func (t *Timeline) settled(s Segment, at int) bool {
	from, to := s.From, s.To
	for _, other := range t.Steps {
		switch {
		case other.Index > from && other.Index < at:
			from = other.Index
		case other.Index > at && other.Index < to:
			to = other.Index
		}
	}
	return min(at-from, to-at) >= changepoint.Settled
}

func short(rev string) string { return rev[:min(12, len(rev))] }

// Announce returns the steps that the latest points of the timeline make sure of and
// that were not announced before: points of one environment, of which changepoint.Window
// are enough. run is the one that brought the latest.
func (t *Timeline) Announce(run string, at time.Time) (steps []results.Step) {
	for _, s := range t.Segments {
		h, last := t.history(s), -1
		for _, known := range t.Steps {
			if known.Index >= s.From && known.Index < s.To {
				last = max(last, known.Index-s.From)
			}
		}
		for _, p := range changepoint.Latest(h.Values, last) {
			c := h.compare(h.Values[max(0, last):p], h.Values[p:])
			steps = append(steps, results.Step{
				Series: t.Series, Environment: s.Environment, Good: h.lastBefore(0, p), Bad: h.Commits[p], Change: c.Change, Low: c.Low, High: c.High,
				Before: c.Before, After: c.After, Source: results.FromHistory, Run: run, Announced: at,
			})
			last = p
		}
	}
	return steps
}

// MostWorrying returns the steps of timelines: open regressions first, the largest
// of them first, then those that emerge, and with all also what is accepted,
// recovered or better.
func MostWorrying(timelines []*Timeline, all bool) []TimedStep {
	list := []TimedStep{}
	for _, t := range timelines {
		for _, step := range t.Steps {
			if all || step.State == StateOpen || step.State == StateEmerging && step.Kind == KindRegression {
				list = append(list, step)
			}
		}
	}
	order := []StepState{StateOpen, StateEmerging, StateAccepted, StateRecovered, ""}
	slices.SortStableFunc(list, func(a, b TimedStep) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State)), -cmp.Compare(math.Abs(a.Change), math.Abs(b.Change)))
	})
	return list
}
