package site

import (
	"cmp"
	"context"
	"slices"

	"mtrlz.dev/perfrun/results"
)

// mostFailed is how far back one lane is looked at for what its next run did not mend.
const mostFailed = 50

// lane is where runs follow one another, with the newest of them: back to the last that
// is done, where anything was measured.
type lane struct {
	results.Lane
	recent []results.Run
}

// done returns the newest run that is done.
func (l lane) done() (results.Run, bool) {
	if n := len(l.recent); n > 0 && l.recent[n-1].State == results.Done {
		return l.recent[n-1], true
	}
	return results.Run{}, false
}

// lanes returns all lanes. Where one cannot be read the others are there.
func (s *Site) lanes(ctx context.Context) (list []lane, err error) {
	all, err := s.source.Lanes(ctx)
	for _, l := range all {
		most := mostFailed
		if l.Kind == results.Elsewhere {
			most = 1 // they never fail
		}
		recent, bad := s.source.Recent(ctx, l, most)
		if bad != nil && err == nil {
			err = bad
		}
		list = append(list, lane{l, recent})
	}
	return list, err
}

// newestOf returns the newest runs of a suite, newest first. What was measured elsewhere
// fills the list where too little was measured here.
func (s *Site) newestOf(ctx context.Context, lanes []lane, suite string) (list []results.Run, err error) {
	var elsewhere []results.Run
	for _, l := range lanes {
		if l.Suite != suite {
			continue
		}
		some, err := s.source.RunsOf(ctx, l.Lane, mostNews)
		if err != nil {
			return nil, err
		}
		if l.Kind == results.Elsewhere {
			elsewhere = append(elsewhere, some...)
		} else {
			list = append(list, some...)
		}
	}
	slices.SortStableFunc(list, newestFirst)
	slices.SortStableFunc(elsewhere, newestFirst)
	list = append(list, elsewhere...)
	return list[:min(len(list), mostNews)], nil
}

func newestFirst(a, b results.Run) int {
	return cmp.Or(b.Created.Compare(a.Created), compareClasses(a.Class, b.Class))
}

// classesOf are the classes of hosts that have measured something, the office first.
func classesOf(shelf catalogue, lanes []lane) []string {
	all := slices.Clone(shelf.classes)
	for _, l := range lanes {
		if !slices.Contains(all, l.Class) {
			all = append(all, l.Class)
		}
	}
	slices.SortFunc(all, compareClasses)
	return all
}

// suitesOf are the suites of which there are runs.
func suitesOf(lanes []lane) (names []string) {
	for _, l := range lanes {
		if !slices.Contains(names, l.Suite) {
			names = append(names, l.Suite)
		}
	}
	return names
}
