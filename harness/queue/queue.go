package queue

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

// How a queue paces itself.
const (
	mostTries = 3
	// mostStops is how many tries of a job a stop of the daemon may cut short for nothing:
	// a run that gets the daemon stopped must end as well.
	mostStops = 5
	// beat is how often a running job's owner says that it lives; lease is after how
	// long of silence an owner of whom nothing else is known counts as dead.
	beat  = 15 * time.Second
	lease = 2 * time.Minute
	// idle is how long the queue sleeps where nothing is due: what holds it back from
	// outside, such as a full disk, tells nobody when it is over.
	idle = 15 * time.Second
	// again is how long a failed write to the database waits for its next try.
	again = 5 * time.Second
	// mostOpen bounds the jobs that may wait, and mostEach those of one person: who
	// orders without end must not keep others out.
	mostOpen = 20_000
	mostEach = 2_000
	// mostText bounds each text of an order, in bytes.
	mostText = 1000
)

// retryAfter is how long the next try waits after each that a passing fault ended.
var retryAfter = []time.Duration{time.Minute, 5 * time.Minute}

// Runner makes one try of a job. When ctx ends it stops and returns ctx's cause, or
// context.Canceled.
type Runner interface {
	Run(ctx context.Context, job results.Job, log io.Writer) error
}

// Options are what a queue needs of the world. All but Check and Ready must be set.
type Options struct {
	Store   *store.Store
	Runner  Runner
	Passing func(error) bool                                             // whether another try of what ended so may go well
	State   func(ctx context.Context, run string) (results.State, error) // how far a run is; empty: there is none
	Dead    func(owner string) bool                                      // whether that process is gone for sure
	Log     func(id string) (io.WriteCloser, error)                      // where a job's log is written; appended to by later tries
	Check   func(results.Order) error                                    // refuses what can never be carried out
	Ready   func(context.Context) error                                  // why nothing may begin now, for people; nil: it may
	Owner   string                                                       // names this process so that Dead knows it
	MaxTime time.Duration                                                // that a try may take
	Now     func() time.Time
}

// Queue is the queue of a box. Its methods may be called at once from many
// goroutines; Serve only once.
type Queue struct {
	Options
	wake   chan struct{}
	ticked atomic.Pointer[time.Time] // when Serve was last seen to move
	mu     sync.Mutex                // of the rest
	now    *attempt                  // the try that is being made; nil: none
	held   string                    // why nothing is begun though jobs wait
}

// attempt is the try that is being made.
type attempt struct {
	id   string
	stop context.CancelCauseFunc
}

// New makes a queue. Nothing is begun before Serve.
func New(o Options) *Queue {
	if o.Check == nil {
		o.Check = func(results.Order) error { return nil }
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	return &Queue{Options: o, wake: make(chan struct{}, 1)}
}

// Nudge makes Serve look again: what held it back may have passed.
func (q *Queue) Nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// change runs fn in a transaction and, where it noted a deed, lets Serve look.
func (q *Queue) change(ctx context.Context, fn func(store.Jobs) error) error {
	err := q.Store.ChangeJobs(ctx, fn)
	if err == nil {
		q.Nudge()
	}
	return err
}

// deed is an entry of the audit for what somebody does now.
func (q *Queue) deed(who results.Person, verb, object, detail string) results.Deed {
	return results.Deed{At: q.Now(), Person: who, Verb: verb, Object: object, Detail: detail}
}

// system is who the audit names for what the queue does by itself.
func system() results.Person { return results.Person{Name: "perfrun", Role: results.Admin} }

// may refuses what somebody's role does not reach.
func may(who results.Person, wanted results.Role, doing string) error {
	if who.Role.Reaches(wanted) {
		return nil
	}
	return &results.Problem{
		Kind: results.BadInput, Where: who.Name, What: fmt.Sprintf("the role %s may not %s", who.Role, doing),
		Next: fmt.Sprintf("ask for the role %s: perfrun access add, on the box", wanted),
	}
}

func bad(where, what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: where, What: what, Next: next}
}

// noJob is the problem of an id that means nothing here.
func noJob(id string) error {
	return bad(fmt.Sprintf("job %q", id[:min(len(id), 80)]), "there is none of that id", "perfrun queue and perfrun list show what there is")
}

// report tells the daemon's log of what could not be done for now.
func report(doing string, err error) {
	slog.Warn("queue: "+doing, "error", strings.ReplaceAll(err.Error(), "\n", "; "))
}
