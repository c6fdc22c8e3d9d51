package queue

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/adhocore/gronx"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// plainName are the names of schedules: they become part of their jobs' ids.
var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Next returns the next n times of a cron expression after from, in UTC: five fields
// (minute, hour, day of month, month, day of week). One without five further times is
// a *results.Problem.
func Next(cron string, from time.Time, n int) ([]time.Time, error) {
	if len(strings.Fields(cron)) != 5 || !gronx.IsValid(cron) {
		return nil, bad(fmt.Sprintf("cron %q", cron[:min(len(cron), 80)]), "this is no cron expression of five fields",
			"write minute, hour, day of month, month and day of week, in UTC: 0 2 * * * is every night at two")
	}
	var times []time.Time
	for at := from.UTC(); len(times) < n; {
		next, err := gronx.NextTickAfter(cron, at, false)
		if err != nil {
			return nil, bad(fmt.Sprintf("cron %q", cron), "no such time ever comes", "")
		}
		times, at = append(times, next), next
	}
	return times, nil
}

// Schedules returns all schedules by name.
func (q *Queue) Schedules(ctx context.Context) (list []results.Schedule, err error) {
	err = q.Store.ReadJobs(ctx, func(jobs store.Jobs) error {
		list, err = jobs.Schedules()
		return err
	})
	return list, err
}

// AddSchedule begins to submit an order again and again. The same again changes
// nothing; another one of the name is refused.
func (q *Queue) AddSchedule(ctx context.Context, who results.Person, s results.Schedule) error {
	if err := may(who, results.Admin, "schedule"); err != nil {
		return err
	}
	if !plainName.MatchString(s.Name) {
		return bad(fmt.Sprintf("schedule %q", s.Name[:min(len(s.Name), 80)]), "this cannot be a schedule's name", "use up to 40 small letters, digits and dashes")
	}
	if _, err := Next(s.Cron, q.Now(), 1); err != nil {
		return err
	}
	if err := q.check(orderAt(s, q.Now())); err != nil {
		return err
	}
	return q.change(ctx, func(jobs store.Jobs) error {
		known, found, err := find(jobs, s.Name)
		if err != nil {
			return err
		}
		if found && known.Cron == s.Cron && known.Order == s.Order {
			return nil
		}
		if found {
			return bad("schedule "+s.Name, "there is one of this name, which says something else", "perfrun schedule remove "+s.Name)
		}
		if err := jobs.Note(q.deed(who, "schedule add", s.Name, fmt.Sprintf("%s: %s of %s", s.Cron, s.Order.Suite, s.Order.Repository))); err != nil {
			return err
		}
		s.By, s.Created, s.Last, s.LastJob = who.Name, q.Now(), time.Time{}, ""
		return jobs.SaveSchedule(s)
	})
}

func find(jobs store.Jobs, name string) (results.Schedule, bool, error) {
	list, err := jobs.Schedules()
	for _, s := range list {
		if s.Name == name {
			return s, true, err
		}
	}
	return results.Schedule{}, false, err
}

func noSchedule(name string) error {
	return bad(fmt.Sprintf("schedule %q", name[:min(len(name), 80)]), "there is none of that name", "perfrun schedule list shows all")
}

// RemoveSchedule ends a schedule. Jobs that it submitted stay.
func (q *Queue) RemoveSchedule(ctx context.Context, who results.Person, name string) error {
	if err := may(who, results.Admin, "schedule"); err != nil {
		return err
	}
	return q.change(ctx, func(jobs store.Jobs) error {
		removed, err := jobs.RemoveSchedule(name)
		if err != nil || !removed {
			return either(err, noSchedule(name))
		}
		return jobs.Note(q.deed(who, "schedule remove", name, ""))
	})
}

// RunNow submits a schedule's order at once. The same request again is the same job,
// also after the daemon began anew; one without a name is so within a minute.
func (q *Queue) RunNow(ctx context.Context, who results.Person, name, request string) (job results.Job, err error) {
	if err := may(who, results.Submitter, "submit"); err != nil {
		return job, err
	}
	var known results.Schedule
	var found bool
	err = q.Store.ReadJobs(ctx, func(jobs store.Jobs) error {
		known, found, err = find(jobs, name)
		return err
	})
	if err != nil || !found {
		return job, either(err, noSchedule(name))
	}
	order := orderAt(known, q.Now())
	if request != "" {
		order.ID = fmt.Sprintf("%s-r%x", name, sha256.Sum256([]byte(who.Name+"\x00"+request)))[:len(name)+2+16]
	}
	return q.enqueue(ctx, who, "schedule "+name, order)
}

// orderAt is the order that a schedule submits for a time.
func orderAt(s results.Schedule, at time.Time) results.Order {
	order := s.Order
	order.ID = s.Name + "-" + at.UTC().Format("20060102T1504")
	return order
}

// keepSchedules submits what is due, looking at the beginning of every minute.
func (q *Queue) keepSchedules(ctx context.Context) {
	for ctx.Err() == nil {
		list, err := q.Schedules(ctx)
		for _, s := range list {
			q.fire(ctx, s)
		}
		if err != nil && ctx.Err() == nil {
			report("read schedules", err)
		}
		now := time.Now()
		select {
		case <-ctx.Done():
		case <-time.After(now.Truncate(time.Minute).Add(time.Minute).Sub(now)):
		}
	}
}

// fire submits what a schedule is due for. Of several times that passed while no
// daemon ran, the latest alone counts; a clock that goes back fires nothing twice.
func (q *Queue) fire(ctx context.Context, s results.Schedule) {
	now := q.Now().UTC()
	due, err := gronx.PrevTickBefore(s.Cron, now, true)
	switch {
	case err != nil:
		return
	case s.Last.After(now) || s.Created.After(now):
		q.goBack(ctx, s.Name, now, due)
		return
	case !due.After(s.Created) || !due.After(s.Last):
		return
	}
	who := results.Person{Name: s.By, Role: results.Admin}
	job, err := q.enqueue(ctx, who, "schedule "+s.Name, orderAt(s, due))
	if problem, refused := errors.AsType[*results.Problem](err); err != nil && (!refused || problem.Passing) {
		report("submit for schedule "+s.Name, err)
		return
	}
	q.amend(ctx, s.Name, func(jobs store.Jobs, known *results.Schedule) error {
		known.Last, known.LastJob = due, job.ID
		if err == nil {
			return nil
		}
		return jobs.Note(q.deed(system(), "schedule", s.Name, "not submitted: "+firstLine(err)))
	})
}

// goBack makes a schedule go on whose times are of a clock that ran ahead: it would
// wait until they come. The time that is due is left out, because it may have been
// carried out; one that was and comes again has the id of the job that it was.
func (q *Queue) goBack(ctx context.Context, name string, now, due time.Time) {
	q.amend(ctx, name, func(_ store.Jobs, known *results.Schedule) error {
		if known.Created.After(now) {
			known.Created = now
		}
		if known.Last.After(now) {
			known.Last = due
		}
		return nil
	})
}

// amend changes a schedule, if it is still there.
func (q *Queue) amend(ctx context.Context, name string, change func(store.Jobs, *results.Schedule) error) {
	err := q.Store.ChangeJobs(ctx, func(jobs store.Jobs) error {
		known, found, err := find(jobs, name)
		if err != nil || !found {
			return err
		}
		if err := change(jobs, &known); err != nil {
			return err
		}
		return jobs.SaveSchedule(known)
	})
	if err != nil {
		report("note that schedule "+name+" was carried out", err)
	}
}
