package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

var (
	nikhil = results.Person{Name: "nikhil", Role: results.Admin, From: "192.0.2.1"}
	ci     = results.Person{Name: "ci", Role: results.Submitter, From: "192.0.2.2"}
	dev    = results.Person{Name: "dev", Role: results.Submitter}
	guest  = results.Person{Name: "guest", Role: results.Viewer}
)

// errPassing is a fault that passes.
var errPassing = errors.New("the registry does not answer")

// world is a queue with a runner that does what a test says.
type world struct {
	*Queue
	t       testing.TB
	mu      sync.Mutex
	begun   []string // ids of runs
	logs    map[string]*strings.Builder
	states  map[string]results.State
	outcome func(ctx context.Context, job results.Job) error
}

func (w *world) Run(ctx context.Context, job results.Job, log io.Writer) error {
	w.mu.Lock()
	w.begun = append(w.begun, job.RunID())
	w.mu.Unlock()
	fmt.Fprintf(log, "measuring %s\n", job.RunID())
	return w.outcome(ctx, job)
}

// takes makes runs that take some time.
func takes(d time.Duration, err error) func(context.Context, results.Job) error {
	return func(ctx context.Context, _ results.Job) error {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(d):
			return err
		}
	}
}

type logFile struct {
	io.Writer
}

func (logFile) Close() error { return nil }

// newWorld makes a queue over a database in path.
func newWorld(t testing.TB, path string) *world {
	t.Helper()
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, logs: map[string]*strings.Builder{}, states: map[string]results.State{}, outcome: takes(time.Minute, nil)}
	w.Queue = New(Options{
		Store: db, Runner: w, Passing: func(err error) bool { return errors.Is(err, errPassing) },
		State: func(_ context.Context, run string) (results.State, error) { return w.states[run], nil },
		Dead:  func(owner string) bool { return owner == "dead" },
		Log: func(id string) (io.WriteCloser, error) {
			if w.logs[id] == nil {
				w.logs[id] = &strings.Builder{}
			}
			return logFile{w.logs[id]}, nil
		},
		Owner: "me", MaxTime: 2 * time.Hour, Now: time.Now,
	})
	return w
}

// inBubble runs a test with a clock of its own, and a queue that serves where it is
// asked to.
func inBubble(t *testing.T, serving bool, test func(t *testing.T, w *world)) {
	path := filepath.Join(t.TempDir(), "perfrun.db")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, path)
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		if serving {
			group.Go(func() { w.Serve(ctx) })
		}
		test(t, w)
		stop()
		group.Wait()
		if err := w.Store.Close(); err != nil {
			t.Error(err)
		}
	})
}

func order(id string) results.Order {
	return results.Order{ID: id, Repository: "db", Head: "head-" + id, Suite: "perf.yml", Priority: results.PriorityPull}
}

// submit puts an order in that must be taken.
func (w *world) submit(who results.Person, o results.Order) results.Job {
	w.t.Helper()
	job, err := w.Submit(w.t.Context(), who, o)
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(time.Millisecond) // so that each has an age of its own
	return job
}

// states of jobs as "id state" lines.
func (w *world) is(want ...string) {
	w.t.Helper()
	synctest.Wait()
	list, _, err := w.Jobs(w.t.Context(), "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, job := range slices.Backward(list) {
		got = append(got, job.ID+" "+string(job.State))
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("the jobs are %q, want %q", got, want)
	}
}

func (w *world) reason(id, want string) {
	w.t.Helper()
	job, err := w.Job(w.t.Context(), id)
	if err != nil || !strings.Contains(job.Reason, want) {
		w.t.Errorf("job %s: %q, %v, want %q", id, job.Reason, err, want)
	}
}

func (w *world) began(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.begun, want) {
		w.t.Errorf("begun were %q, want %q", w.begun, want)
	}
}

func TestOneRunAtATimeByPriorityThenInTurns(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		for i := range 3 {
			w.submit(ci, order(fmt.Sprintf("ci%d", i)))
		}
		w.submit(dev, order("dev0"))
		urgent := order("release")
		urgent.Priority = results.PriorityRelease
		w.submit(ci, urgent)
		var most, now int
		w.outcome = func(context.Context, results.Job) error {
			now++
			most = max(most, now)
			time.Sleep(time.Minute)
			now--
			return nil
		}
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
		defer stop()
		w.Serve(ctx)
		w.began("release", "dev0", "ci0", "ci1", "ci2") // ci was served by the release, so it is dev's turn
		w.is("ci0 done", "ci1 done", "ci2 done", "dev0 done", "release done")
		if most != 1 {
			t.Errorf("%d runs were made at once", most)
		}
	})
}

func TestSubmitIsIdempotent(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		first := w.submit(ci, order("a"))
		if again := w.submit(ci, order("a")); again != first {
			t.Errorf("the same order again is %+v, was %+v", again, first)
		}
		other := order("a")
		other.Head = "another"
		_, err := w.Submit(t.Context(), ci, other)
		wants(t, err, "another order has this id")
		w.is("a queued")
		deeds, err := w.Audit(t.Context(), 10)
		if err != nil || len(deeds) != 1 || deeds[0].Person != ci || deeds[0].Verb != "submit" || deeds[0].Object != "a" {
			t.Errorf("the audit is %+v, %v", deeds, err)
		}
	})
}

// wants checks that an error is a problem that says something.
func wants(t *testing.T, err error, what string) {
	t.Helper()
	if problem, ok := errors.AsType[*results.Problem](err); !ok || !strings.Contains(problem.Error(), what) {
		t.Errorf("the error is %v, want a problem with %q", err, what)
	}
}

func TestRolesAndOwners(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		w.submit(ci, order("a"))
		_, err := w.Submit(t.Context(), guest, order("b"))
		wants(t, err, "the role viewer may not submit")
		_, err = w.Cancel(t.Context(), guest, "a", "")
		wants(t, err, "may not cancel")
		_, err = w.Cancel(t.Context(), dev, "a", "")
		wants(t, err, "it is ci's")
		wants(t, w.Pause(t.Context(), ci, ""), "may not pause")
		wants(t, w.Resume(t.Context(), ci), "may not resume")
		wants(t, w.AddSchedule(t.Context(), ci, results.Schedule{}), "may not schedule")
		wants(t, w.RemoveSchedule(t.Context(), ci, "x"), "may not schedule")
		_, err = w.Cancel(t.Context(), nikhil, "nothing", "")
		wants(t, err, "none of that id")
		w.is("a queued")
		if _, err = w.Cancel(t.Context(), nikhil, "a", "by\nmistake"); err != nil {
			t.Error(err)
		}
		w.is("a cancelled")
		w.reason("a", "cancelled by nikhil: by mistake")
	})
}

func TestBadOrders(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		w.Check = func(o results.Order) error {
			if o.Repository != "db" {
				return bad("repository", "this box does not measure it", "")
			}
			return nil
		}
		check := func(want string, spoil func(*results.Order)) {
			t.Helper()
			o := order("a")
			spoil(&o)
			_, err := w.Submit(t.Context(), ci, o)
			wants(t, err, want)
		}
		for _, id := range []string{"", "latest", "../a", "-a", "a-2", "a b", strings.Repeat("a", 65)} {
			check("cannot be a job's id", func(o *results.Order) { o.ID = id })
		}
		check("does not measure", func(o *results.Order) { o.Repository = "other" })
		check("none of that name", func(o *results.Order) { o.Priority = "at once" })
		check("no plain text", func(o *results.Order) { o.Head = "a\x00b" })
		check("longer than", func(o *results.Order) { o.Only = strings.Repeat("a", mostText+1) })
		check("rounds", func(o *results.Order) { o.Rounds = -1 })
		check("min_effect", func(o *results.Order) { o.MinEffect = 1 })
		w.is()
	})
}
