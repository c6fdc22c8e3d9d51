package queue

import (
	"cmp"
	"slices"
	"time"

	"mtrlz.dev/perfrun/results"
)

// turns puts waiting jobs, the oldest first, in the order in which they are begun:
// the more urgent priority first; within one, submitters take turns, first who has
// waited longest since a job of theirs was begun; a submitter's own go by age. A
// hundred orders of one person thus hold up another's single one by one run. Age is
// the order in which they came, whatever the clock said then.
func turns(waiting []results.Job, served map[string]time.Time) []results.Job {
	ordered := slices.Clone(waiting)
	rank := func(job results.Job) int { return slices.Index(results.Priorities(), job.Priority) }
	slices.SortStableFunc(ordered, func(a, b results.Job) int { return cmp.Compare(rank(a), rank(b)) })
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
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)), cmp.Compare(place[a.ID], place[b.ID]), served[a.Submitter].Compare(served[b.Submitter]),
		)
	})
	return ordered
}

// due returns the first that may begin now, and when the next one may where none
// does. Nobody waits for longer than the longest pause between two tries: a time
// beyond that is of a clock that ran ahead.
func due(ordered []results.Job, now time.Time) (job results.Job, found bool, next time.Time) {
	for _, job := range ordered {
		if wait := job.NotBefore.Sub(now); wait <= 0 || wait > slices.Max(retryAfter) {
			return job, true, time.Time{}
		}
		if next.IsZero() || job.NotBefore.Before(next) {
			next = job.NotBefore
		}
	}
	return job, false, next
}
