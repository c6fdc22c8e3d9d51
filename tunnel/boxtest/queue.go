package boxtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Queue keeps jobs in memory.
type Queue struct {
	mu        sync.Mutex
	jobs      []results.Job // oldest first
	schedules map[string]results.Schedule
	deeds     []results.Deed
	paused    *results.Pause
	broken    error // what the next requests end with
}

// Break makes everything that is asked end with an error; nil mends it.
func (q *Queue) Break(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.broken = err
}

// Set makes a job be in a state.
func (q *Queue) Set(id string, state results.JobState) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if job := q.find(id); job != nil {
		job.State = state
	}
}

// Same makes a job be answered by another's run.
func (q *Queue) Same(id, other string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.find(id).Same = other
}

// Deeds counts what was done with a verb. What was asked for again is not done
// again.
func (q *Queue) Deeds(verb string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, deed := range q.deeds {
		if deed.Verb == verb {
			n++
		}
	}
	return n
}

func (q *Queue) find(id string) *results.Job {
	for i := range q.jobs {
		if q.jobs[i].ID == id {
			return &q.jobs[i]
		}
	}
	return nil
}

// begin locks, and checks that the queue is not broken and the role reaches.
func (q *Queue) begin(who results.Person, role results.Role) error {
	q.mu.Lock()
	if q.broken != nil {
		return q.broken
	}
	if !who.Role.Reaches(role) {
		return problem("role "+string(who.Role), "it does not reach", "")
	}
	return nil
}

func (q *Queue) did(who results.Person, verb, object string) {
	q.deeds = append(q.deeds, results.Deed{At: time.Now(), Person: who, Verb: verb, Object: object})
}

func problem(where, what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: where, What: what, Next: next}
}

// anyone reads.
var anyone = results.Person{Name: "anyone", Role: results.Viewer}

// Submit queues an order that is not there yet.
func (q *Queue) Submit(_ context.Context, who results.Person, order results.Order) (results.Job, error) {
	err := q.begin(who, results.Submitter)
	defer q.mu.Unlock()
	if err != nil {
		return results.Job{}, err
	}
	if order.Repository != "app" {
		return results.Job{}, problem("repository", fmt.Sprintf("there is no %q", order.Repository), "use app")
	}
	if job := q.find(order.ID); job != nil {
		if job.Order != order || job.Submitter != who.Name {
			return results.Job{}, problem("job "+order.ID, "another order has this id", "")
		}
		return *job, nil
	}
	return q.add(who, order, "submit"), nil
}

func (q *Queue) add(who results.Person, order results.Order, verb string) results.Job {
	job := results.Job{Order: order, Submitter: who.Name, Origin: who.From, State: results.JobQueued, Created: time.Now().UTC()}
	q.jobs = append(q.jobs, job)
	q.did(who, verb, order.ID)
	return job
}

// Cancel ends a job. A job that is cancelled already stays so.
func (q *Queue) Cancel(_ context.Context, who results.Person, id, why string) (results.Job, error) {
	err := q.begin(who, results.Submitter)
	defer q.mu.Unlock()
	if err != nil {
		return results.Job{}, err
	}
	job := q.find(id)
	switch {
	case job == nil:
		return results.Job{}, problem("job "+id, "there is no such job", "")
	case job.Submitter != who.Name && !who.Role.Reaches(results.Admin):
		return results.Job{}, problem("job "+id, "it is "+job.Submitter+"'s", "")
	case job.State.Final():
		return results.Job{}, problem("job "+id, "it is "+string(job.State)+" already", "")
	}
	job.State, job.Reason = results.JobCancelled, who.Name+": "+why
	q.did(who, "cancel", id)
	return *job, nil
}

// Pause stops the queue.
func (q *Queue) Pause(_ context.Context, who results.Person, why string) error {
	err := q.begin(who, results.Admin)
	defer q.mu.Unlock()
	if err == nil {
		q.paused = &results.Pause{By: who.Name, Why: why, Since: time.Now().UTC()}
		q.did(who, "pause", "")
	}
	return err
}

// Resume lets it go on.
func (q *Queue) Resume(_ context.Context, who results.Person) error {
	err := q.begin(who, results.Admin)
	defer q.mu.Unlock()
	if err == nil {
		q.paused = nil
		q.did(who, "resume", "")
	}
	return err
}

// View is the queue as it is.
func (q *Queue) View(context.Context) (view results.QueueView, err error) {
	err = q.begin(anyone, results.Viewer)
	defer q.mu.Unlock()
	view.Paused = q.paused
	for _, job := range q.jobs {
		switch job.State {
		case results.JobRunning:
			view.Running = append(view.Running, results.Place{Job: job, Run: results.Measuring, LeftAbout: time.Minute})
		case results.JobQueued:
			view.Waiting = append(view.Waiting, results.Place{Job: job, BeginsIn: time.Hour})
		}
	}
	return view, err
}

// Job is one job.
func (q *Queue) Job(_ context.Context, id string) (results.Job, error) {
	err := q.begin(anyone, results.Viewer)
	defer q.mu.Unlock()
	if err != nil {
		return results.Job{}, err
	}
	if job := q.find(id); job != nil {
		return *job, nil
	}
	return results.Job{}, problem("job "+id, "there is no such job", "")
}

// Jobs lists jobs, newest first. The cursor is the last id that was given.
func (q *Queue) Jobs(_ context.Context, after string, limit int) (list []results.Job, next string, err error) {
	err = q.begin(anyone, results.Viewer)
	defer q.mu.Unlock()
	begun := after == ""
	for _, job := range slices.Backward(q.jobs) {
		switch {
		case !begun:
			begun = job.ID == after
		case len(list) == limit:
			return list, list[limit-1].ID, err
		default:
			list = append(list, job)
		}
	}
	if !begun {
		return nil, "", problem("after", "there is no such job", "")
	}
	return list, "", err
}

// Schedules lists them by name.
func (q *Queue) Schedules(context.Context) ([]results.Schedule, error) {
	err := q.begin(anyone, results.Viewer)
	defer q.mu.Unlock()
	var list []results.Schedule
	for _, name := range slices.Sorted(maps.Keys(q.schedules)) {
		list = append(list, q.schedules[name])
	}
	return list, err
}

// AddSchedule adds one whose name is free.
func (q *Queue) AddSchedule(_ context.Context, who results.Person, schedule results.Schedule) error {
	err := q.begin(who, results.Admin)
	defer q.mu.Unlock()
	if err != nil {
		return err
	}
	if _, taken := q.schedules[schedule.Name]; taken {
		return problem("schedule "+schedule.Name, "there is one already", "")
	}
	if q.schedules == nil {
		q.schedules = map[string]results.Schedule{}
	}
	schedule.By, schedule.Created = who.Name, time.Now().UTC()
	q.schedules[schedule.Name] = schedule
	q.did(who, "schedule add", schedule.Name)
	return nil
}

// RemoveSchedule removes one that is there.
func (q *Queue) RemoveSchedule(_ context.Context, who results.Person, name string) error {
	err := q.begin(who, results.Admin)
	defer q.mu.Unlock()
	if err != nil {
		return err
	}
	if _, known := q.schedules[name]; !known {
		return problem("schedule "+name, "there is none", "")
	}
	delete(q.schedules, name)
	q.did(who, "schedule remove", name)
	return nil
}

// RunNow makes a job each time that it is called.
func (q *Queue) RunNow(_ context.Context, who results.Person, name, _ string) (results.Job, error) {
	err := q.begin(who, results.Admin)
	defer q.mu.Unlock()
	if err != nil {
		return results.Job{}, err
	}
	schedule, known := q.schedules[name]
	if !known {
		return results.Job{}, problem("schedule "+name, "there is none", "")
	}
	order := schedule.Order
	order.ID = fmt.Sprintf("run-now-%d", len(q.jobs))
	return q.add(who, order, "run-now"), nil
}

// Audit is what was done, newest first.
func (q *Queue) Audit(_ context.Context, limit int) ([]results.Deed, error) {
	err := q.begin(anyone, results.Viewer)
	defer q.mu.Unlock()
	deeds := slices.Clone(q.deeds)
	slices.Reverse(deeds)
	return deeds[:min(limit, len(deeds))], err
}
