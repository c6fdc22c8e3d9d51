package queue

import (
	"context"
	"strings"
	"unicode"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// Cancel ends a job that is not final: submitters their own, admins any. One that is
// being run is told to stop, keeps what it has measured, and is final when it has
// stopped. A job that is final stays as it is.
func (q *Queue) Cancel(ctx context.Context, who results.Person, id, why string) (job results.Job, err error) {
	if err := may(who, results.Submitter, "cancel"); err != nil {
		return job, err
	}
	cause := stoppedBy(who.Name, plain(why))
	err = q.change(ctx, func(jobs store.Jobs) error {
		var found bool
		if job, found, err = jobs.Get(id); err != nil {
			return err
		}
		switch {
		case !found:
			return noJob(id)
		case job.Submitter != who.Name && !who.Role.Reaches(results.Admin):
			return bad("job "+id, "it is "+job.Submitter+"'s", "ask them, or an admin")
		case job.State.Final():
			return nil
		}
		if err := jobs.Note(q.deed(who, "cancel", id, plain(why))); err != nil {
			return err
		}
		if job.State == results.JobRunning {
			job.Reason = cause.said
			return jobs.Save(job)
		}
		job.State, job.Ended, job.Reason = results.JobCancelled, q.Now(), cause.said
		return q.end(jobs, job, false)
	})
	if err == nil && job.State == results.JobRunning {
		q.interrupt(id, cause)
	}
	return job, err
}

// interrupt stops the try of a job, if it is the one that is being made.
func (q *Queue) interrupt(id string, cause error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.now != nil && q.now.id == id {
		q.now.stop(cause)
	}
}

// plain is what a person wrote, bounded and in one line.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.ToValidUTF8(text[:min(len(text), mostText)], "")
}

// Pause keeps anything new from being begun; what runs goes on.
func (q *Queue) Pause(ctx context.Context, who results.Person, why string) error {
	if err := may(who, results.Admin, "pause the queue"); err != nil {
		return err
	}
	return q.change(ctx, func(jobs store.Jobs) error {
		if err := jobs.Note(q.deed(who, "queue pause", "", plain(why))); err != nil {
			return err
		}
		return jobs.SetPause(&results.Pause{By: who.Name, Why: plain(why), Since: q.Now()})
	})
}

// Resume lets the queue go on.
func (q *Queue) Resume(ctx context.Context, who results.Person) error {
	if err := may(who, results.Admin, "resume the queue"); err != nil {
		return err
	}
	return q.change(ctx, func(jobs store.Jobs) error {
		if err := jobs.Note(q.deed(who, "queue resume", "", "")); err != nil {
			return err
		}
		return jobs.SetPause(nil)
	})
}
