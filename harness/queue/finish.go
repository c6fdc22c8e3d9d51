package queue

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// mostReason bounds why a job ended, in bytes: the log has all of it.
const mostReason = 2000

// end stores a job that is final. Those that waited for its run are answered with
// it, or, where the run was not made to its end, the first of them gets a run of
// its own that answers the others, as urgent as the most urgent of them.
func (q *Queue) end(jobs store.Jobs, job results.Job, answered bool) error {
	if err := jobs.Save(job); err != nil {
		return err
	}
	waiting, err := jobs.SameAs(job.ID)
	if err != nil {
		return err
	}
	for i, other := range waiting {
		switch {
		case answered:
			other.State, other.Reason, other.Started, other.Ended = job.State, job.Reason, job.Started, job.Ended
		case i == 0:
			other.Same, other.Reason = "", ""
			for _, behind := range waiting {
				if moreUrgent(behind.Priority, other.Priority) {
					other.Priority = behind.Priority
				}
			}
		default:
			other.Same, other.Reason = waiting[0].ID, "job "+waiting[0].ID+" measures the same"
		}
		if err := jobs.Save(other); err != nil {
			return err
		}
	}
	return nil
}

// interrupted is why a job waits again whose try did not come to its end.
const interrupted = "interrupted when the daemon stopped"

// The causes for which a try is stopped: the daemon was told to, or nobody saw how it
// ended. A run that kills the daemon is behind the second one, time and again.
var (
	errStopping = errors.New("the daemon stops")
	errGone     = errors.New("the daemon is gone")
)

// stopped is the cause of a try that somebody cancelled.
type stopped struct{ said string }

func (s stopped) Error() string { return s.said }

// stoppedBy says who cancelled, and why.
func stoppedBy(who, why string) stopped {
	if why == "" {
		return stopped{"cancelled by " + who}
	}
	return stopped{"cancelled by " + who + ": " + why}
}

// tooLong is the cause of a try that went over its time.
type tooLong struct{ text string }

func (t tooLong) Error() string { return t.text }

// settle says what becomes of a job whose try ended with an error or without, and
// whether its run answers those that wait for it.
func (q *Queue) settle(job results.Job, err error) (after results.Job, answered bool) {
	asked := job.Reason // a running job has one only where somebody cancelled it
	job.Ended, job.Reason, job.Owner = q.Now(), "", ""
	person, cancelled := errors.AsType[stopped](err)
	switch {
	case err == nil:
		job.State = results.JobDone
	case cancelled:
		job.State, job.Reason = results.JobCancelled, person.said
		return job, false
	case asked != "" && (errors.Is(err, errStopping) || errors.Is(err, errGone) || q.Passing(err)): // it is over for who cancelled it
		job.State, job.Reason = results.JobCancelled, asked
		return job, false
	case errors.Is(err, errStopping) && job.Stops < mostStops:
		job.Stops++
		return putBack(job, interrupted, 0), false
	case errors.Is(err, errStopping), errors.Is(err, errGone):
		return q.tryAgain(job, interrupted, 0)
	case q.Passing(err):
		return q.tryAgain(job, firstLine(err), retryAfter[min(max(counted(job), 1), len(retryAfter))-1])
	default:
		job.State, job.Reason = results.JobFailed, firstLine(err)
	}
	return job, true
}

// counted is how many tries of a job are its own.
func counted(job results.Job) int { return job.Tries - job.Stops }

// tryAgain puts a job back for a while, unless it was tried often enough.
func (q *Queue) tryAgain(job results.Job, why string, wait time.Duration) (results.Job, bool) {
	tries := counted(job)
	if tries >= mostTries {
		job.State, job.Reason = results.JobFailed, fmt.Sprintf("tried %d times; the last time: %s", tries, why)
		return job, true
	}
	return putBack(job, fmt.Sprintf("try %d of %d: %s", tries, mostTries, why), wait), false
}

// putBack lets a job wait for its next try.
func putBack(job results.Job, why string, wait time.Duration) results.Job {
	job.State, job.Reason, job.NotBefore = results.JobQueued, why, job.Ended.Add(wait)
	job.Heartbeat, job.Ended = time.Time{}, time.Time{}
	return job
}

// firstLine is an error in one bounded line.
func firstLine(err error) string {
	text, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	if len(text) > mostReason {
		text = strings.ToValidUTF8(text[:mostReason], "") + " ..."
	}
	return text
}
