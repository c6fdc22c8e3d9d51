package site

import (
	"context"
	"fmt"
	"net/url"
	"slices"

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
	m := SureModel{Tallies: []results.AlarmTally{}, Visible: []VisibleLine{}}
	runs, err := s.source.Runs(ctx, mostRuns)
	if err != nil {
		return page{}, err
	}
	if m.Tallies, err = s.tallies(ctx); err != nil {
		return page{}, err
	}
	for _, t := range m.Tallies {
		m.Runs, m.Confirmed, m.Refuted, m.Open = m.Runs+t.Runs, m.Confirmed+t.Confirmed, m.Refuted+t.Refuted, m.Open+t.Open
	}
	if err := s.addVisible(ctx, &m, runs); err != nil {
		return page{}, err
	}
	if err := s.addReplay(ctx, &m, runs); err != nil {
		return page{}, err
	}
	m.Sentence = m.says()
	p := page{kind: "sure", title: "How sure are we", model: m}
	if m.Run != "" {
		p.repeat = "perfrun replay " + words.ShellCommand([]string{m.Run})
	}
	return p, nil
}

func (s *Site) addVisible(ctx context.Context, m *SureModel, runs []results.Run) error {
	for _, class := range classesOf(catalogue{}, runs) {
		list, err := s.calibrations(ctx, class, runs)
		if err != nil {
			return err
		}
		line, seen := VisibleLine{Class: class}, map[string]bool{}
		var floors, visible, alarms []float64
		for _, c := range list {
			if seen[c.Suite] {
				continue
			}
			seen[c.Suite] = true
			for _, n := range c.Noise {
				if finite(n.Floor) && finite(n.Visible) && finite(n.FalseAlarms) {
					floors, visible, alarms = append(floors, n.Floor), append(visible, n.Visible), append(alarms, n.FalseAlarms)
				}
			}
		}
		line.Benchmarks, line.Floor, line.Visible, line.FalseAlarms = len(floors), middle(floors), middle(visible), mean(alarms)
		m.Visible = append(m.Visible, line)
	}
	return nil
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

// addReplay explains one verdict: of the newest run that is done, the worst.
func (s *Site) addReplay(ctx context.Context, m *SureModel, runs []results.Run) error {
	i := slices.IndexFunc(runs, func(r results.Run) bool { return r.State == results.Done && r.Kind == results.Comparison })
	if i < 0 {
		return nil
	}
	record, err := s.source.Record(ctx, runs[i].ID)
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(verdict.Explain(record), func(e verdict.Explained) bool { return len(e.Steps) == 0 })
	if len(list) == 0 {
		return nil
	}
	m.Replay, m.Run = &list[0], runs[i].ID // the worst comes first
	return nil
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
