package box

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Records is what a box's status is made from.
type Records interface {
	Runs(ctx context.Context, limit int) ([]results.Run, error)
	Record(ctx context.Context, id string) (*results.Record, error)
}

// What a status looks at.
const (
	latestRuns  = 500 // among which the calibrations are
	watchedRuns = 5   // of which the contaminated share is taken
)

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
	runs, err := records.Runs(ctx, latestRuns)
	if err != nil {
		return err
	}
	class := cmp.Or(s.Class, s.Host) // as runs have it
	runs = slices.DeleteFunc(slices.Clone(runs), func(run results.Run) bool { return run.Class != class })
	s.Calibrations = calibrated(runs)
	var watched []*results.Record
	for _, run := range runs {
		if run.State != results.Done || len(watched) == watchedRuns {
			continue
		}
		record, err := records.Record(ctx, run.ID)
		if err != nil {
			return err
		}
		watched = append(watched, record)
	}
	s.Contaminated = ContaminatedShare(watched)
	return nil
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

// calibrated finds the latest calibration of each suite that was measured; the zero
// time where there was none.
func calibrated(runs []results.Run) []Calibrated {
	latest := map[string]time.Time{}
	for _, run := range runs {
		at := latest[run.Suite]
		if run.State == results.Done && run.Kind == results.Calibration && run.Finished.After(at) {
			at = run.Finished
		}
		if run.State == results.Done {
			latest[run.Suite] = at
		}
	}
	list := []Calibrated{}
	for suite, at := range latest {
		list = append(list, Calibrated{suite, at})
	}
	slices.SortFunc(list, func(a, b Calibrated) int { return strings.Compare(a.Suite, b.Suite) })
	return list
}
