package queue

import (
	"cmp"
	"slices"
	"time"

	"mtrlz.dev/perfrun/results"
)

// turns puts waiting jobs in the order in which they are begun: the more urgent
// priority first; within one, submitters take turns, first who has waited longest
// since a job of theirs was begun; a submitter's own go by age. A hundred orders of
// one person thus hold up another's single one by one run.
func turns(waiting []results.Job, served map[string]time.Time) []results.Job {
	ordered := slices.Clone(waiting)
	slices.SortStableFunc(ordered, results.Job.Before)
	type line struct {
		priority  results.Priority
		submitter string
	}
	place, behind := make(map[string]int, len(ordered)), map[line]int{}
	for _, job := range ordered {
		mine := line{job.Priority, job.Submitter}
		place[job.ID] = behind[mine]
		behind[mine]++
	}
	slices.SortStableFunc(ordered, func(a, b results.Job) int {
		if a.Priority != b.Priority {
			return a.Before(b)
		}
		return cmp.Or(
			cmp.Compare(place[a.ID], place[b.ID]), served[a.Submitter].Compare(served[b.Submitter]), a.Before(b),
		)
	})
	return ordered
}

// due returns the first that may begin now, and when the next one may where none
// does.
func due(ordered []results.Job, now time.Time) (job results.Job, found bool, next time.Time) {
	for _, job := range ordered {
		if !job.NotBefore.After(now) {
			return job, true, time.Time{}
		}
		if next.IsZero() || job.NotBefore.Before(next) {
			next = job.NotBefore
		}
	}
	return job, false, next
}
