package box

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Records is what a box's status is made from.
type Records interface {
	// Calibrated returns when each suite that a class measured since a time was last
	// calibrated; the zero time where it never was.
	Calibrated(ctx context.Context, class string, since time.Time) (map[string]time.Time, error)
	// Disturbances sums up what befell the latest runs of a class that are done.
	Disturbances(ctx context.Context, class string, most int) (sum results.Disturbances, runs int, err error)
}

// watchedRuns are the latest, of which the contaminated share is taken.
const watchedRuns = 5

// Look fills in what a status says of the queue, of the disk below some folders and
// of what was measured here: runs of another class of hosts came from elsewhere.
// Version, host, class and link are the caller's.
func (s *Status) Look(ctx context.Context, view results.QueueView, records Records, folders ...string) error {
	s.queue(view)
	for _, folder := range folders {
		free, err := free(folder)
		if err != nil {
			return err
		}
		if s.DiskFree == 0 || free < s.DiskFree {
			s.DiskFree = free
		}
	}
	return s.look(ctx, records, cmp.Or(s.Class, s.Host)) // as runs have it
}

// look asks for what was measured here. No record is read: a status is asked for twice a
// minute, also while something is measured.
func (s *Status) look(ctx context.Context, records Records, class string) error {
	latest, err := records.Calibrated(ctx, class, s.Now.Add(-results.CalibrationAge))
	if err != nil {
		return err
	}
	s.Calibrations = []Calibrated{}
	for _, suite := range slices.Sorted(maps.Keys(latest)) {
		s.Calibrations = append(s.Calibrations, Calibrated{suite, latest[suite]})
	}
	sum, _, err := records.Disturbances(ctx, class, watchedRuns)
	if err == nil && sum.Watched > 0 {
		s.Contaminated = new(float64(sum.Disturbed) / float64(sum.Watched))
	}
	return err
}

func (s *Status) queue(view results.QueueView) {
	s.Paused, s.Waiting, s.LastDone, s.Held = view.Paused != nil, len(view.Waiting), view.Last, view.Held
	if len(view.Running) > 0 {
		s.Running = view.Running[0].ID
	}
	for _, place := range view.Waiting {
		s.OldestWaits = max(s.OldestWaits, s.Now.Sub(place.Created))
	}
}
