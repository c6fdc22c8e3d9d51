package site

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// SureModel is how sure this installation is of what it says, by its own numbers.
type SureModel struct {
	Sentence  string               `json:"sentence"`
	Confirmed int                  `json:"confirmed"` // alarms that were there again
	Refuted   int                  `json:"refuted"`
	Open      int                  `json:"open"`
	Runs      int                  `json:"runs"`
	Tallies   []results.AlarmTally `json:"tallies"`
	Visible   []VisibleLine        `json:"visible"`
	Replay    *verdict.Explained   `json:"replay,omitempty"` // of the newest run with something to explain
	Run       string               `json:"run,omitempty"`    // that Replay is of
	Unread    Unread               `json:"cannot_be_read,omitempty"`
}

// VisibleLine is what a class of hosts can see.
type VisibleLine struct {
	Class       string  `json:"class"`
	Benchmarks  int     `json:"benchmarks"`
	Floor       float64 `json:"floor"`        // median over its benchmarks
	Visible     float64 `json:"visible"`      // median
	FalseAlarms float64 `json:"false_alarms"` // mean
}

func (s *Site) sure(ctx context.Context, name string, _ url.Values) (page, error) {
	if name != "" {
		return page{}, missing("sure/" + name)
	}
	m, r := SureModel{Tallies: []results.AlarmTally{}, Visible: []VisibleLine{}}, s.reading(ctx)
	lanes, err := s.lanes(ctx)
	r.part("runs", err)
	tallies, err := s.alarms(ctx)
	r.part("alarms", err)
	if _, err := r.end(); err != nil {
		return page{}, err
	}
	for _, t := range tallies {
		m.Tallies = append(m.Tallies, t)
		m.Runs, m.Confirmed, m.Refuted, m.Open = m.Runs+t.Runs, m.Confirmed+t.Confirmed, m.Refuted+t.Refuted, m.Open+t.Open
	}
	r.part("visible", s.addVisible(ctx, &m, lanes))
	r.part("replay", s.addReplay(ctx, &m, lanes))
	if m.Unread, err = r.end(); err != nil {
		return page{}, err
	}
	m.Sentence = m.says()
	p := page{kind: "sure", title: "How sure are we", model: m, holds: r.holds(HoldsRuns), csv: m.csv}
	if m.Run != "" {
		p.repeat = "perfrun replay " + words.ShellCommand([]string{m.Run})
	}
	return p, nil
}

func (s *Site) addVisible(ctx context.Context, m *SureModel, lanes []lane) (err error) {
	for _, class := range classesOf(catalogue{}, lanes) {
		calibrations, bad := s.calibrations(ctx, class, lanes)
		noise, worse := s.noiseOf(ctx, calibrations)
		err = cmp.Or(err, bad, worse)
		m.Visible = append(m.Visible, visible(class, noise))
	}
	return err
}

func visible(class string, noise []results.Noise) VisibleLine {
	var floors, smallest, alarms []float64
	for _, n := range noise {
		if finite(n.Floor) && finite(n.Visible) && finite(n.FalseAlarms) {
			floors, smallest, alarms = append(floors, n.Floor), append(smallest, n.Visible), append(alarms, n.FalseAlarms)
		}
	}
	return VisibleLine{Class: class, Benchmarks: len(floors), Floor: middle(floors), Visible: middle(smallest), FalseAlarms: mean(alarms)}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	if len(values) == 0 {
		return 0
	}
	return sum / float64(len(values))
}

// played remembers the last verdict that was explained: to do so takes all samples of a
// run, which never change.
type played struct {
	mu     sync.Mutex
	run    string
	replay *verdict.Explained // nil: it has nothing to explain
}

// addReplay explains one verdict: of the newest run that is done, the worst.
func (s *Site) addReplay(ctx context.Context, m *SureModel, lanes []lane) error {
	var newest results.Run
	for _, l := range lanes {
		if run, is := l.done(); is && l.Kind == results.Comparison && (newest.ID == "" || newestFirst(run, newest) < 0) {
			newest = run
		}
	}
	if newest.ID == "" {
		return nil
	}
	s.played.mu.Lock()
	defer s.played.mu.Unlock()
	if s.played.run != newest.ID {
		record, err := s.source.Record(ctx, newest.ID)
		if err != nil {
			return err
		}
		s.played.run, s.played.replay = newest.ID, worst(verdict.Explain(record))
	}
	if s.played.replay != nil {
		m.Replay, m.Run = s.played.replay, newest.ID
	}
	return nil
}

// worst is the first explanation that tells something; nil where none does.
func worst(list []verdict.Explained) *verdict.Explained {
	list = slices.DeleteFunc(list, func(e verdict.Explained) bool { return len(e.Steps) == 0 })
	if len(list) == 0 {
		return nil
	}
	return &list[0] // the worst comes first
}

func (m SureModel) says() string {
	alarms := m.Confirmed + m.Refuted + m.Open
	if alarms == 0 {
		return fmt.Sprintf("%s here raised no alarm yet, so this installation's own share of false ones is not known.", several(m.Runs, "run"))
	}
	said := fmt.Sprintf("Of %s in %s, a second measurement confirmed %d and refuted %d; %d stayed open. Refuted ones never became a verdict.",
		several(alarms, "alarm"), several(m.Runs, "run"), m.Confirmed, m.Refuted, m.Open)
	if share := reports.FalseShare(results.AlarmTally{Confirmed: m.Confirmed, Refuted: m.Refuted}); share != "" {
		said += fmt.Sprintf(" Of the %d that were settled, the share of false ones is %s.", m.Confirmed+m.Refuted, share)
	}
	return said
}
