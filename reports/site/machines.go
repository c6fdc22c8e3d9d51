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
}

// CalibrationLine is one calibration.
type CalibrationLine struct {
	Run   string    `json:"run"`
	Suite string    `json:"suite"`
	At    time.Time `json:"at"`
	Floor float64   `json:"floor"` // median of its benchmarks' noise floors
	Worst float64   `json:"worst"`
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
	runs, err := s.source.Runs(ctx, mostRuns)
	if err != nil {
		return page{}, err
	}
	shelf, err := s.catalogue(ctx, func(c catalogue) bool {
		return slices.ContainsFunc(c.classes, func(class string) bool { return key(class) == name })
	})
	if err != nil {
		return page{}, err
	}
	all := classesOf(shelf, runs)
	i := slices.IndexFunc(all, func(class string) bool { return key(class) == name })
	if i < 0 {
		return page{}, missing("machines/" + name)
	}
	m, err := s.newMachine(ctx, all[i], runs)
	p := page{kind: "machine", title: shortName(all[i]), model: m, repeat: "perfrun doctor; perfrun quiet status"}
	for _, c := range m.Calibrations {
		p.at = later(p.at, c.At)
	}
	return p, err
}

// classesOf are the classes of hosts that have measured something, the office first.
func classesOf(shelf catalogue, runs []results.Run) []string {
	all := slices.Clone(shelf.classes)
	for _, r := range runs {
		if !slices.Contains(all, r.Class) {
			all = append(all, r.Class)
		}
	}
	slices.SortFunc(all, compareClasses)
	return all
}

func (s *Site) newMachine(ctx context.Context, class string, runs []results.Run) (MachineModel, error) {
	m := MachineModel{Class: class, Noise: []results.Noise{}, Calibrations: []CalibrationLine{}, Alarms: []results.AlarmTally{}, Hosts: []HostLine{}}
	calibrations, err := s.calibrations(ctx, class, runs)
	if err != nil {
		return m, err
	}
	seen := map[string]bool{}
	for _, c := range calibrations { // newest first
		m.Calibrations = append(m.Calibrations, newCalibration(c))
		if !seen[c.Suite] {
			seen[c.Suite] = true
			m.Noise = append(m.Noise, c.Noise...)
		}
	}
	slices.Reverse(m.Calibrations)
	slices.SortStableFunc(m.Noise, func(a, b results.Noise) int { return cmp.Compare(b.Floor, a.Floor) })
	if err := s.addNewest(ctx, &m, runs); err != nil {
		return m, err
	}
	tallies, err := s.tallies(ctx)
	if err != nil {
		return m, err
	}
	for _, t := range tallies {
		if slices.ContainsFunc(m.Hosts, func(h HostLine) bool { return h.Name == t.Host }) {
			m.Alarms = append(m.Alarms, t)
		}
	}
	m.Sentence = m.says()
	m.Disturbed, err = s.disturbed(ctx, class)
	return m, err
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

// calibrations are those of a class, of all suites, newest first.
func (s *Site) calibrations(ctx context.Context, class string, runs []results.Run) (list []results.Run, err error) {
	seen := map[string]bool{}
	for _, r := range runs {
		if r.Class != class || seen[r.Suite] {
			continue
		}
		seen[r.Suite] = true
		some, err := s.source.Calibrations(ctx, r.Suite)
		if err != nil {
			return nil, err
		}
		list = append(list, slices.DeleteFunc(some, func(c results.Run) bool { return c.Class != class })...)
	}
	slices.SortStableFunc(list, func(a, b results.Run) int { return b.Created.Compare(a.Created) })
	return list, nil
}

func newCalibration(run results.Run) CalibrationLine {
	line := CalibrationLine{Run: run.ID, Suite: run.Suite, At: run.Finished}
	var floors []float64
	for _, n := range run.Noise {
		if finite(n.Floor) {
			floors = append(floors, n.Floor)
			line.Worst = max(line.Worst, n.Floor)
		}
	}
	line.Floor = middle(floors)
	return line
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// addNewest adds what the newest run of the class says of the machine.
func (s *Site) addNewest(ctx context.Context, m *MachineModel, runs []results.Run) error {
	at := map[string]int{}
	for _, r := range runs {
		if r.Class != m.Class {
			continue
		}
		if m.Run == "" && r.Kind != results.Elsewhere { // of which nothing is known but values
			whole, err := s.source.Run(ctx, r.ID)
			if err != nil {
				return err
			}
			m.Run, m.Quiet, m.Guards, m.Environment = r.ID, whole.Quiet, whole.Guards, whole.Env
		}
		name := results.FactOf(r.Env, "host.name")
		if name == "" {
			name = r.Class
		}
		i, known := at[name]
		if !known {
			i = len(m.Hosts)
			at[name] = i
			m.Hosts = append(m.Hosts, HostLine{Name: name, Last: r.Created})
		}
		m.Hosts[i].Runs++
	}
	return nil
}

func (m MachineModel) says() string {
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
func (s *Site) machineLines(ctx context.Context, shelf catalogue, runs []results.Run) ([]MachineLine, error) {
	lines := []MachineLine{}
	for _, class := range classesOf(shelf, runs) {
		line := MachineLine{Class: class, Page: machineAddress(class)}
		list, err := s.calibrations(ctx, class, runs)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			c := newCalibration(list[0])
			line.Calibrated, line.Floor, line.Worst = c.At, c.Floor, c.Worst
		}
		lines = append(lines, line)
	}
	return lines, nil
}
