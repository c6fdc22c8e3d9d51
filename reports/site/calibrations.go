package site

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
)

// mostCalibrations is how many of the newest calibrations of a suite a page tells of.
const mostCalibrations = 50

// CalibrationLine is one calibration.
type CalibrationLine struct {
	Run   string    `json:"run"`
	Suite string    `json:"suite"`
	At    time.Time `json:"at"`
	Floor float64   `json:"floor"` // median of its benchmarks' noise floors
	Worst float64   `json:"worst"`
}

// floors remembers what calibrations found, which is concluded after they are done, and
// never changes then.
type floors struct {
	mu    sync.Mutex
	known map[string]CalibrationLine // by run
}

// calibrations are those of a class, of all suites, newest first. Those that cannot be
// read are not among them.
func (s *Site) calibrations(ctx context.Context, class string, lanes []lane) (list []CalibrationLine, err error) {
	for _, l := range lanes {
		if l.Kind != results.Calibration || l.Class != class {
			continue
		}
		runs, bad := s.source.DoneOf(ctx, l.Lane, mostCalibrations)
		for _, run := range runs {
			line, unread := s.calibration(ctx, run)
			if bad = unread; bad == nil {
				list = append(list, line)
				continue
			}
			break
		}
		if bad != nil && err == nil {
			err = bad
		}
	}
	slices.SortStableFunc(list, func(a, b CalibrationLine) int { return b.At.Compare(a.At) })
	return list, err
}

func (s *Site) calibration(ctx context.Context, run results.Run) (CalibrationLine, error) {
	s.floors.mu.Lock()
	line, known := s.floors.known[run.ID]
	s.floors.mu.Unlock()
	if known {
		return line, nil
	}
	noise, err := s.source.NoiseOf(ctx, run.ID)
	if err != nil {
		return line, err
	}
	line = newCalibration(run, noise)
	if len(noise) == 0 {
		return line, nil
	}
	s.floors.mu.Lock()
	defer s.floors.mu.Unlock()
	if s.floors.known == nil {
		s.floors.known = map[string]CalibrationLine{}
	}
	s.floors.known[run.ID] = line
	return line, nil
}

func newCalibration(run results.Run, noise []results.Noise) CalibrationLine {
	line := CalibrationLine{Run: run.ID, Suite: run.Suite, At: run.Finished}
	var floors []float64
	for _, n := range noise {
		if finite(n.Floor) {
			floors = append(floors, n.Floor)
			line.Worst = max(line.Worst, n.Floor)
		}
	}
	line.Floor = middle(floors)
	return line
}

// noiseOf is what the newest calibration of every suite says, of calibrations newest
// first.
func (s *Site) noiseOf(ctx context.Context, calibrations []CalibrationLine) (all []results.Noise, err error) {
	seen := map[string]bool{}
	for _, c := range calibrations {
		if seen[c.Suite] {
			continue
		}
		seen[c.Suite] = true
		noise, err := s.source.NoiseOf(ctx, c.Run)
		if err != nil {
			return all, err
		}
		all = append(all, noise...)
	}
	return all, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
