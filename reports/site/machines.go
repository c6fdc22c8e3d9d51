package site

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"time"

	"mtrlz.dev/perfrun/reports/chart"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// MachineModel is a class of hosts: how noisy it is, and what was done about it.
type MachineModel struct {
	Class        string               `json:"class"`
	Sentence     string               `json:"sentence"`
	Noise        []results.Noise      `json:"noise"`        // of the latest calibration of every suite, largest floor first
	Calibrations []CalibrationLine    `json:"calibrations"` // oldest first
	Disturbed    DisturbedModel       `json:"disturbed"`
	Alarms       []results.AlarmTally `json:"alarms"`
	Hosts        []HostLine           `json:"hosts"`
	Quiet        results.Quiet        `json:"quiet"` // of the newest run
	Guards       []results.Guard      `json:"guards"`
	Environment  []results.Fact       `json:"environment"`
	Run          string               `json:"run,omitempty"` // that Quiet, Guards and Environment are of
	Unread       Unread               `json:"cannot_be_read,omitempty"`
}

// DisturbedModel is how often the machines of a class disturbed what they measured.
type DisturbedModel struct {
	Runs     int            `json:"runs"` // the newest that were watched
	Watched  int            `json:"watched"`
	Share    float64        `json:"share"` // of the executions that were watched
	Reasons  []DisturbedWhy `json:"reasons"`
	Sentence string         `json:"sentence"`
}

// DisturbedWhy is a quantity that was beyond its limit. An execution may have several.
type DisturbedWhy struct {
	Quantity   string  `json:"quantity"`
	Executions int     `json:"executions"`
	Share      float64 `json:"share"` // of those that were watched
}

// HostLine is one host of the class.
type HostLine struct {
	Name string    `json:"name"`
	Runs int       `json:"runs"` // among the newest
	Last time.Time `json:"last"`
}

func (s *Site) machine(ctx context.Context, name string, _ url.Values) (page, error) {
	r := s.reading(ctx)
	lanes, err := s.lanes(ctx)
	r.part("runs", err)
	shelf, err := s.catalogue(ctx)
	r.part("histories", err)
	if _, err := r.end(); err != nil {
		return page{}, err
	}
	all := classesOf(shelf, lanes)
	i := slices.IndexFunc(all, func(class string) bool { return key(class) == name })
	if i < 0 {
		return page{}, missing("machines/" + name)
	}
	m := s.newMachine(ctx, r, all[i], lanes)
	m.Unread, err = r.end()
	p := page{kind: "machine", title: shortName(all[i]), model: m, holds: r.holds(HoldsRuns), csv: m.csv, repeat: "perfrun doctor; perfrun quiet status"}
	for _, c := range m.Calibrations {
		p.at = later(p.at, c.At)
	}
	return p, err
}

func (s *Site) newMachine(ctx context.Context, r *reading, class string, lanes []lane) MachineModel {
	m := MachineModel{Class: class, Noise: []results.Noise{}, Calibrations: []CalibrationLine{}, Alarms: []results.AlarmTally{}, Hosts: []HostLine{}}
	calibrations, err := s.calibrations(ctx, class, lanes)
	r.part("calibrations", err)
	r.part("noise", m.calibrated(ctx, s, calibrations))
	r.part("environment", s.addNewest(ctx, &m))
	tallies, err := s.alarms(ctx)
	r.part("alarms", err)
	for _, t := range tallies {
		if slices.ContainsFunc(m.Hosts, func(h HostLine) bool { return h.Name == t.Host }) {
			m.Alarms = append(m.Alarms, t)
		}
	}
	m.Disturbed, err = s.disturbed(ctx, class)
	r.part("disturbed", err)
	m.Sentence = m.says(r.unread["calibrations"] != "")
	return m
}

// calibrated adds what calibrations, newest first, say.
func (m *MachineModel) calibrated(ctx context.Context, s *Site, calibrations []CalibrationLine) error {
	m.Calibrations = append(m.Calibrations, calibrations...)
	slices.Reverse(m.Calibrations)
	noise, err := s.noiseOf(ctx, calibrations)
	m.Noise = append(m.Noise, noise...)
	slices.SortStableFunc(m.Noise, func(a, b results.Noise) int { return cmp.Compare(b.Floor, a.Floor) })
	return err
}

// disturbed sums up what befell the newest runs of a class.
func (s *Site) disturbed(ctx context.Context, class string) (DisturbedModel, error) {
	sum, runs, err := s.source.Disturbances(ctx, class, mostRuns)
	m := DisturbedModel{Runs: runs, Watched: sum.Watched, Reasons: []DisturbedWhy{}}
	if sum.Watched == 0 {
		m.Sentence = "Nothing was watched yet: what disturbs its executions is not known."
		return m, err
	}
	for quantity, n := range sum.Reasons {
		m.Reasons = append(m.Reasons, DisturbedWhy{quantity, n, float64(n) / float64(sum.Watched)})
	}
	slices.SortFunc(m.Reasons, func(a, b DisturbedWhy) int {
		return cmp.Or(b.Executions-a.Executions, cmp.Compare(a.Quantity, b.Quantity))
	})
	m.Share = float64(sum.Disturbed) / float64(sum.Watched)
	m.Sentence = fmt.Sprintf("Of %s in its %s, %s.", several(sum.Watched, "watched execution"), newestRuns(runs), disturbedWords(sum.Disturbed, m.Share))
	return m, err
}

func newestRuns(n int) string {
	if n == 1 {
		return "newest run"
	}
	return fmt.Sprintf("newest %d runs", n)
}

func disturbedWords(n int, share float64) string {
	switch n {
	case 0:
		return "none was disturbed"
	case 1:
		return fmt.Sprintf("1 (%s) was disturbed. It does not count, and was taken again", words.Share(share))
	}
	return fmt.Sprintf("%d (%s) were disturbed. They do not count, and were taken again", n, words.Share(share))
}

// addNewest adds the hosts of the newest runs of the class, and what the newest says of
// its machine.
func (s *Site) addNewest(ctx context.Context, m *MachineModel) error {
	runs, err := s.source.Measured(ctx, m.Class, mostRuns)
	if err != nil || len(runs) == 0 {
		return err
	}
	m.Hosts = hostsOf(runs)
	whole, err := s.source.Run(ctx, runs[0].ID)
	m.Run, m.Quiet, m.Guards, m.Environment = runs[0].ID, whole.Quiet, whole.Guards, whole.Env
	return err
}

// hostsOf are the hosts of runs, the one that ran last first.
func hostsOf(runs []results.Run) []HostLine {
	list, at := []HostLine{}, map[string]int{}
	for _, r := range runs {
		name := results.FactOf(r.Env, "host.name")
		if name == "" {
			name = r.Class
		}
		i, known := at[name]
		if !known {
			i = len(list)
			at[name], list = i, append(list, HostLine{Name: name, Last: r.Created})
		}
		list[i].Runs++
	}
	return list
}

func (m MachineModel) says(unread bool) string {
	if len(m.Calibrations) == 0 && unread {
		return "What its calibrations found cannot be read."
	}
	if len(m.Calibrations) == 0 {
		return "It was never calibrated: how much chance alone moves its benchmarks is not known, and its verdicts rest on the minimum effect alone. perfrun calibrate measures it."
	}
	last := m.Calibrations[len(m.Calibrations)-1]
	said := fmt.Sprintf("Chance alone moves half of its benchmarks by up to %s, and the worst by %s; no verdict calls less a regression.", words.Share(last.Floor), words.Share(last.Worst))
	false_, all := 0.0, 0
	for _, n := range m.Noise {
		if finite(n.FalseAlarms) {
			false_, all = false_+n.FalseAlarms, all+1
		}
	}
	if all > 0 {
		said += fmt.Sprintf(" Base measured against itself, %s of comparisons would have raised a false alarm without the floor.", words.Share(false_/float64(all)))
	}
	return said
}

// Drawn is the noise floors of the calibrations over time.
func (m MachineModel) Drawn() drawn {
	h := chart.History{Commits: len(m.Calibrations), Unit: "%", Over: "calibration", Label: fmt.Sprintf("Noise floor over %s: %s", several(len(m.Calibrations), "calibration"), m.Sentence)}
	floor, worst := chart.Line{Name: "median of the benchmarks", Class: "office"}, chart.Line{Name: "worst benchmark", Class: "cloud"}
	for i, c := range m.Calibrations {
		href, at := "../"+runAddress(c.Run), shortName(c.Suite)+" "+words.Stamp(c.At)
		floor.Points = append(floor.Points, chart.Spot{X: i, Value: 100 * c.Floor, Low: math.NaN(), High: math.NaN(), Title: words.Share(c.Floor) + ", " + at, Href: href})
		worst.Points = append(worst.Points, chart.Spot{X: i, Value: 100 * c.Worst, Low: math.NaN(), High: math.NaN(), Title: words.Share(c.Worst) + ", " + at, Href: href})
	}
	h.Lines = []chart.Line{floor, worst}
	return drawn{h}
}

// machineLines are the classes of hosts with their latest calibration.
func (s *Site) machineLines(ctx context.Context, classes []string, lanes []lane) (lines []MachineLine, err error) {
	lines = []MachineLine{}
	for _, class := range classes {
		line := MachineLine{Class: class, Page: machineAddress(class)}
		list, bad := s.calibrations(ctx, class, lanes)
		if bad != nil {
			line.Unread, err = why(bad), cmp.Or(err, bad)
		}
		if len(list) > 0 {
			line.Calibrated, line.Floor, line.Worst, line.Trend = list[0].At, list[0].Floor, list[0].Worst, trend(list)
		}
		lines = append(lines, line)
	}
	return lines, err
}

// mostTrend is how many calibrations the overview's trend has.
const mostTrend = 5

// trend is the noise floors of the suite that was calibrated last, oldest first.
func trend(newestFirst []CalibrationLine) (floors []float64) {
	for _, c := range newestFirst {
		if c.Suite == newestFirst[0].Suite && len(floors) < mostTrend {
			floors = append(floors, c.Floor)
		}
	}
	slices.Reverse(floors)
	return floors
}

// Trending says how the noise of a machine went; nothing where there is no past.
func (l MachineLine) Trending() string {
	n := len(l.Trend)
	if n < 2 {
		return ""
	}
	return fmt.Sprintf("%s → %s over the last %d calibrations", words.Share(l.Trend[0]), words.Share(l.Trend[n-1]), n)
}
