package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// Serve makes one run at a time until ctx ends, and then stops the one that is being
// made. What cannot be done for now, because the database is full or held, is tried
// again: nothing but ctx ends it.
func (q *Queue) Serve(ctx context.Context) error {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { q.keepSchedules(ctx) })
	for ctx.Err() == nil {
		q.tick()
		q.recover(ctx)
		job, found, next, err := q.claim(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			report("begin the next job", err)
			q.sleep(ctx, again)
		case found:
			q.try(ctx, job)
		default:
			q.sleep(ctx, min(idle, max(next.Sub(q.Now()), 0)))
		}
	}
	return context.Cause(ctx)
}

// sleep waits until something may have changed; 0 is as long as idle.
func (q *Queue) sleep(ctx context.Context, wait time.Duration) {
	if wait == 0 {
		wait = idle
	}
	select {
	case <-ctx.Done():
	case <-q.wake:
	case <-time.After(wait):
	}
}

// tick notes that the queue is alive.
func (q *Queue) tick() { q.ticked.Store(new(time.Now())) }

// Alive returns an error where the queue hangs, or its database cannot be read. It
// says nothing about whether jobs fail.
func (q *Queue) Alive(ctx context.Context) error {
	if at := q.ticked.Load(); at != nil && time.Since(*at) > lease {
		return fmt.Errorf("the queue has not moved for %s", time.Since(*at).Round(time.Second))
	}
	return q.Store.ReadJobs(ctx, func(jobs store.Jobs) error {
		_, err := jobs.Pause()
		return err
	})
}

// claim takes the job whose turn it is, if anything may begin. next is when one may
// that waits for its time; zero where none does.
func (q *Queue) claim(ctx context.Context) (job results.Job, found bool, next time.Time, err error) {
	if err := q.Ready(ctx); err != nil {
		q.hold(firstLine(err))
		return job, false, next, nil
	}
	q.hold("")
	err = q.Store.ChangeJobs(ctx, func(jobs store.Jobs) error {
		if blocked, err := occupied(jobs); err != nil || blocked {
			return err
		}
		ordered, err := inTurn(jobs, q.Now())
		if err != nil {
			return err
		}
		if job, found, next = due(ordered, q.Now()); !found {
			return nil
		}
		job.State, job.Reason, job.Owner, job.NotBefore = results.JobRunning, "", q.Owner, time.Time{}
		job.Tries, job.Started, job.Heartbeat = job.Tries+1, q.Now(), q.Now()
		return jobs.Save(job)
	})
	return job, found && err == nil, next, err
}

// occupied reports whether the queue is paused or a run is being made.
func occupied(jobs store.Jobs) (bool, error) {
	pause, err := jobs.Pause()
	if err != nil || pause != nil {
		return true, err
	}
	running, err := jobs.Running()
	return len(running) > 0, err
}

// inTurn returns what waits in its order.
func inTurn(jobs store.Jobs, now time.Time) ([]results.Job, error) {
	waiting, err := jobs.Waiting()
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	served, err := jobs.Served(now)
	return turns(waiting, served), err
}

// hold notes why nothing is begun though jobs wait.
func (q *Queue) hold(why string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held = why
}

// try makes one try of a job and stores what became of it.
func (q *Queue) try(ctx context.Context, job results.Job) {
	running, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	defer context.AfterFunc(ctx, func() { stop(errStopping) })()
	limit := time.AfterFunc(q.MaxTime, func() {
		stop(tooLong{fmt.Sprintf("it took longer than %s, the most that a job may take here", q.MaxTime)})
	})
	defer limit.Stop()
	q.register(&attempt{job.ID, stop})
	defer q.register(nil)
	q.heed(ctx, job.ID)
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() { q.keepBeating(job.ID, done) })
	err := q.run(running, job)
	close(done)
	group.Wait()
	q.finish(ctx, job.ID, err)
}

func (q *Queue) register(a *attempt) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.now = a
}

// heed stops a try that was cancelled between its claim and its registration.
func (q *Queue) heed(ctx context.Context, id string) {
	if job, err := q.Job(ctx, id); err == nil && job.Reason != "" {
		q.interrupt(id, stopped{said: job.Reason})
	}
}

// run calls the Runner with the job's log. A Runner that panics has failed.
func (q *Queue) run(ctx context.Context, job results.Job) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("perfrun itself failed: %v", r)
		}
	}()
	log, err := q.Log(job.ID)
	if err != nil {
		return fmt.Errorf("open the job's log: %w", err)
	}
	defer log.Close()
	if job.Tries > 1 {
		fmt.Fprintf(log, "try %d of %d\n", counted(job), mostTries)
	}
	if err = whyStopped(ctx, q.Runner.Run(ctx, job, log)); err != nil {
		fmt.Fprintf(log, "%s\n", firstLine(err))
	}
	return err
}

// whyStopped is why a try was stopped, where what it was about says only that it was: a
// database tells of no cause, and a stop must not pass for a fault that lasts.
func whyStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return context.Cause(ctx)
	}
	return err
}

// keepBeating says that the job's owner lives.
func (q *Queue) keepBeating(id string, done <-chan struct{}) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
		}
		q.tick()
		if err := q.Store.ChangeJobs(context.Background(), func(jobs store.Jobs) error { return jobs.Beat(id, q.Owner, q.Now()) }); err != nil {
			report("say that job "+id+" is being run", err)
		}
	}
}

// finish stores what became of a try, however long the database takes: until that is
// done nothing else is begun. A daemon that is stopped meanwhile leaves it to the
// next one, which looks at the run.
func (q *Queue) finish(ctx context.Context, id string, err error) {
	for {
		failed := q.Store.ChangeJobs(context.WithoutCancel(ctx), func(jobs store.Jobs) error { return q.conclude(jobs, id, err) })
		if failed == nil {
			return
		}
		report("store how job "+id+" ended", failed)
		q.tick()
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
}

// conclude ends a running job, or puts it back.
func (q *Queue) conclude(jobs store.Jobs, id string, err error) error {
	job, found, getErr := jobs.Get(id)
	if getErr != nil || !found || job.State != results.JobRunning {
		return getErr
	}
	after, answered := q.settle(job, err)
	if !after.State.Final() {
		return jobs.Save(after)
	}
	return q.end(jobs, after, answered)
}
