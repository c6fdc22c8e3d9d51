package queue

import (
	"context"
	"slices"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// timesKept is how many of a suite's latest jobs an estimate is made from.
const timesKept = 5

// Job returns one job.
func (q *Queue) Job(ctx context.Context, id string) (job results.Job, err error) {
	err = q.Store.ReadJobs(ctx, func(jobs store.Jobs) error {
		var found bool
		if job, found, err = jobs.Get(id); err == nil && !found {
			err = noJob(id)
		}
		return err
	})
	return job, err
}

// ByRun returns the id of the job whose try a run of this id is, or would be; empty
// where there is none. A schedule's jobs have their ids before they are submitted.
func (q *Queue) ByRun(ctx context.Context, run string) (id string, err error) {
	err = q.Store.ReadJobs(ctx, func(jobs store.Jobs) error {
		for _, name := range []string{run, tryID.ReplaceAllString(run, "")} {
			found, err := taken(jobs, name)
			if err != nil || found {
				id = name
				return err
			}
		}
		return nil
	})
	return id, err
}

// taken reports whether an id is a job's, or that of one which a schedule will submit.
func taken(jobs store.Jobs, id string) (bool, error) {
	_, found, err := jobs.Get(id)
	if err != nil || found || !timeID.MatchString(id) {
		return found, err
	}
	_, found, err = find(jobs, timeID.ReplaceAllString(id, ""))
	return found, err
}

// Jobs returns up to limit jobs, the newest first, beginning after the one whose id
// is given; next is what to give for those that follow, empty where none do.
func (q *Queue) Jobs(ctx context.Context, after string, limit int) (list []results.Job, next string, err error) {
	err = q.Store.ReadJobs(ctx, func(jobs store.Jobs) error {
		if list, err = jobs.Newest(after, limit+1); err != nil || len(list) > 0 || after == "" {
			return err
		}
		if _, found, err := jobs.Get(after); err != nil || !found {
			return either(err, noJob(after))
		}
		return nil
	})
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].ID
	}
	return list, next, err
}

// View returns what runs, what waits in the order in which it will be begun, and how
// long all that takes by what the suites took before.
func (q *Queue) View(ctx context.Context) (view results.QueueView, err error) {
	var running, waiting []results.Job
	guess := guesses{known: map[[2]string]time.Duration{}}
	err = q.Store.ReadJobs(ctx, func(jobs store.Jobs) error {
		guess.jobs = jobs
		if view.Paused, err = jobs.Pause(); err != nil {
			return err
		}
		if running, err = jobs.Running(); err != nil {
			return err
		}
		if waiting, err = inTurn(jobs, q.Now()); err != nil {
			return err
		}
		if view.Sharing, err = jobs.Sharing(); err != nil {
			return err
		}
		if view.Last, err = jobs.LastDone(); err != nil {
			return err
		}
		return q.places(&view, running, waiting, guess)
	})
	// Not before: who holds a connection to the database and waits for another one
	// waits for ever, where enough others do.
	for i := range view.Running {
		if err == nil {
			view.Running[i].Run, err = q.State(ctx, view.Running[i].RunID())
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	view.Held = q.held
	return view, err
}

// places fills in when everything begins.
func (q *Queue) places(view *results.QueueView, running, waiting []results.Job, guess guesses) error {
	now, ahead := q.Now(), time.Duration(0)
	view.Running, view.Waiting = []results.Place{}, make([]results.Place, 0, len(waiting))
	for _, job := range running {
		estimate, err := guess.of(job)
		if err != nil {
			return err
		}
		left := max(estimate-now.Sub(job.Started), 0)
		view.Running = append(view.Running, results.Place{Job: job, Estimate: estimate, LeftAbout: left})
		ahead += left
	}
	for _, job := range waiting {
		estimate, err := guess.of(job)
		if err != nil {
			return err
		}
		view.Waiting = append(view.Waiting, results.Place{Job: job, Estimate: estimate, BeginsIn: max(ahead, job.NotBefore.Sub(now))})
		ahead += estimate
	}
	return nil
}

// guesses are the estimates of suites, each looked up once.
type guesses struct {
	jobs  store.Jobs
	known map[[2]string]time.Duration
}

// of is the median of what the suite's latest jobs took; 0 where there were none.
func (g guesses) of(job results.Job) (time.Duration, error) {
	key := [2]string{job.Repository, job.Suite}
	if known, ok := g.known[key]; ok {
		return known, nil
	}
	times, err := g.jobs.Times(job.Repository, job.Suite, timesKept)
	if err != nil {
		return 0, err
	}
	slices.Sort(times)
	if len(times) > 0 {
		g.known[key] = times[len(times)/2]
	} else {
		g.known[key] = 0
	}
	return g.known[key], nil
}

// Audit returns the latest deeds, the latest first.
func (q *Queue) Audit(ctx context.Context, limit int) ([]results.Deed, error) {
	return q.Store.Audit(ctx, limit)
}
