package queue

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// Ids become parts of paths and of the names of runs. One that ends in a dash and
// digits could be the run of another job's second try.
var (
	plainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	tryID   = regexp.MustCompile(`-[0-9]+$`)
	timeID  = regexp.MustCompile(`-[0-9]{8}T[0-9]{4}$`) // of a schedule's job
	commit  = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// check refuses an order that cannot be one.
func (q *Queue) check(order results.Order) error {
	if !plainID.MatchString(order.ID) || tryID.MatchString(order.ID) || order.ID == "latest" {
		return bad(fmt.Sprintf("id %q", order.ID[:min(len(order.ID), 80)]), "this cannot be a job's id",
			"use up to 64 letters, digits, dots, dashes and underscores, and no dash and number at the end")
	}
	for what, text := range map[string]string{
		"repository": order.Repository, "base": order.Base, "head": order.Head, "branch": order.Branch, "suite": order.Suite, "only": order.Only,
	} {
		if len(text) > mostText || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return bad(what, fmt.Sprintf("it is longer than %d bytes, or no plain text", mostText), "")
		}
	}
	switch {
	case !slices.Contains(results.Priorities(), order.Priority):
		return bad("priority "+strconv.Quote(string(order.Priority)), "there is none of that name", fmt.Sprintf("use one of %s", results.Priorities()))
	case order.Rounds < 0 || order.Rounds > 1_000_000:
		return bad("rounds", "they must be from 0 to 1,000,000", "")
	case math.IsNaN(order.MinEffect) || order.MinEffect < 0 || order.MinEffect >= 1:
		return bad("min_effect", "it must be a fraction from 0 to below 1", "")
	}
	return q.Check(order)
}

// Submit puts an order into the queue. The same order again is the same job; another
// order under the same id is refused. Where an open job asks for the same
// measurement, its run answers this one too. A newer commit of a branch takes the
// place of older ones that wait, if they are the same submitter's.
func (q *Queue) Submit(ctx context.Context, who results.Person, order results.Order) (job results.Job, err error) {
	if err := may(who, results.Submitter, "submit"); err != nil {
		return job, err
	}
	// Who takes the next ids of a schedule would keep it from submitting.
	if timeID.MatchString(order.ID) {
		return job, bad("id "+strconv.Quote(order.ID[:min(len(order.ID), 80)]), "an id that ends in such a time is that of a schedule's job", "make another id")
	}
	return q.enqueue(ctx, who, who.From, order)
}

// enqueue is Submit for somebody who may.
func (q *Queue) enqueue(ctx context.Context, who results.Person, origin string, order results.Order) (job results.Job, err error) {
	if err := q.check(order); err != nil {
		return job, err
	}
	// Looked up before anything is locked: it takes a connection of its own.
	run, err := q.State(ctx, order.ID)
	if err != nil {
		return job, err
	}
	err = q.change(ctx, func(jobs store.Jobs) error {
		known, found, err := jobs.Get(order.ID)
		if err != nil {
			return err
		}
		if found {
			job = known
			return theSame(known, order)
		}
		// A run that came from elsewhere must not be taken for this one's.
		if run != "" {
			return bad("job "+order.ID, "there is a run of this id already", "make a new id for each order")
		}
		job = results.Job{Order: order, Submitter: who.Name, Origin: origin, State: results.JobQueued, Created: q.Now().UTC().Round(0)}
		return q.add(jobs, who, &job)
	})
	return job, err
}

// theSame refuses another order under an id that is taken.
func theSame(known results.Job, order results.Order) error {
	asked := known.Order
	asked.Priority = order.Priority // others may have made it more urgent
	if asked == order {
		return nil
	}
	return bad("job "+order.ID, "another order has this id", "make a new id for each order")
}

// add stores a new job, after what it makes superfluous and what makes it so.
func (q *Queue) add(jobs store.Jobs, who results.Person, job *results.Job) error {
	if n, mine, err := jobs.Open(job.Submitter); err != nil || n >= mostOpen || mine >= mostEach {
		return either(err, &results.Problem{
			Kind: results.CannotRun, Where: "queue", What: fmt.Sprintf("%d jobs are in it already, %d of them yours", n, mine), Next: "cancel some, or wait", Passing: true,
		})
	}
	if err := q.share(jobs, job); err != nil {
		return err
	}
	if err := q.supersede(jobs, *job); err != nil {
		return err
	}
	detail := fmt.Sprintf("%s of %s, base %s, head %s, %s", job.Suite, job.Repository, cmp.Or(job.Base, "merge base"), job.Head, job.Priority)
	if job.Same != "" {
		detail += ", the same as " + job.Same
	}
	if err := jobs.Note(q.deed(who, "submit", job.ID, detail)); err != nil {
		return err
	}
	return jobs.Save(*job)
}

// either returns err where it is one.
func either(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// share finds an open job whose run answers this one as well. One that waits is
// made as urgent as the more urgent of the two.
func (q *Queue) share(jobs store.Jobs, job *results.Job) error {
	alike, err := jobs.Alike(job.Order)
	if err != nil {
		return err
	}
	for _, other := range alike {
		if !answers(other, job.Order) {
			continue
		}
		job.Same, job.Reason = other.ID, "job "+other.ID+" measures the same"
		if other.State == results.JobQueued && moreUrgent(job.Priority, other.Priority) {
			other.Priority = job.Priority
			return jobs.Save(other)
		}
		return nil
	}
	return nil
}

// answers reports whether the run of a job is what an order asks for. What waits
// finds its commits when it begins; what runs has found them, so that only full
// names of commits mean the same now as then.
func answers(job results.Job, order results.Order) bool {
	asked := job.Order
	asked.ID, asked.Priority, asked.Branch = order.ID, order.Priority, order.Branch
	fixed := commit.MatchString(order.Head) && (order.Base == "" || commit.MatchString(order.Base))
	return asked == order && (job.State == results.JobQueued || fixed)
}

func moreUrgent(a, b results.Priority) bool {
	list := results.Priorities()
	return slices.Index(list, a) < slices.Index(list, b)
}

// supersede ends what waits for older commits of the same branch.
func (q *Queue) supersede(jobs store.Jobs, newer results.Job) error {
	if newer.Branch == "" {
		return nil
	}
	older, err := jobs.OfBranch(newer.Repository, newer.Branch)
	if err != nil {
		return err
	}
	for _, job := range older {
		if job.Submitter != newer.Submitter || job.Suite != newer.Suite || job.Only != newer.Only || job.Head == newer.Head {
			continue
		}
		job.State, job.Ended, job.Reason = results.JobSuperseded, q.Now(), "job "+newer.ID+" has a newer commit of "+newer.Branch
		if err := q.end(jobs, job, false); err != nil {
			return err
		}
	}
	return nil
}
