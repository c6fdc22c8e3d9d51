package queue

import (
	"cmp"
	"context"
	"errors"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// recover deals with what a dead owner left as running: the run may be done and only
// the job not know it; somebody may have cancelled it; else it is tried again. An
// owner of whom nobody knows whether it lives has the length of a lease.
func (q *Queue) recover(ctx context.Context) {
	var running []results.Job
	err := q.Store.ReadJobs(ctx, func(jobs store.Jobs) (err error) {
		running, err = jobs.Running()
		return err
	})
	for _, job := range running {
		if q.Dead(job.Owner) || q.Now().Sub(job.Heartbeat).Abs() > lease {
			err = errors.Join(err, q.takeUp(ctx, job))
		}
	}
	if err != nil && ctx.Err() == nil {
		report("take up what was interrupted", err)
	}
}

// takeUp settles a job by what its run says.
func (q *Queue) takeUp(ctx context.Context, job results.Job) error {
	state, err := q.State(ctx, job.RunID())
	if err != nil {
		return err
	}
	outcome := errGone
	switch {
	case state == results.Done:
		outcome = nil
	case state == results.Quarantined:
		outcome = errors.New("its run is quarantined")
	}
	return q.Store.ChangeJobs(ctx, func(jobs store.Jobs) error {
		if err := jobs.Note(q.deed(system(), "take up", job.ID, "its process is gone; the run is "+cmp.Or(string(state), "not recorded"))); err != nil {
			return err
		}
		return q.conclude(jobs, job.ID, outcome)
	})
}
