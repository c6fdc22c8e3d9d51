package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

// named is an order for a head.
func named(id, head string) results.Order {
	o := order(id)
	o.Head = head
	return o
}

func TestTheSameIsMeasuredOnce(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		w.submit(ci, named("a", "main"))
		same := named("b", "main")
		same.Priority = results.PriorityMain
		if job := w.submit(dev, same); job.Same != "a" {
			t.Errorf("%+v", job)
		}
		if view, err := w.View(t.Context()); err != nil || len(view.Waiting) != 1 || len(view.Sharing) != 1 || view.Sharing[0].ID != "b" {
			t.Errorf("nobody sees who waits for the same: %+v, %v", view, err)
		}
		other := named("c", "main")
		other.Rounds = 5
		if job := w.submit(dev, other); job.Same != "" {
			t.Errorf("%+v", job)
		}
		if job, err := w.Job(t.Context(), "a"); err != nil || job.Priority != results.PriorityMain {
			t.Errorf("the one that waits is not as urgent as the more urgent: %+v, %v", job, err)
		}
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
		defer stop()
		w.Serve(ctx)
		w.began("a", "c")
		w.is("a done", "b done", "c done")
	})
}

func TestOnlyCommitsShareARunThatIsBeingMade(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) {
		commit := strings.Repeat("a", 40)
		w.submit(ci, named("a", commit))
		time.Sleep(time.Second)
		if job := w.submit(dev, named("b", commit)); job.Same != "a" {
			t.Errorf("%+v", job)
		}
		time.Sleep(time.Minute)
		w.submit(ci, named("c", "main"))
		time.Sleep(time.Second)
		if job := w.submit(dev, named("d", "main")); job.Same != "" {
			t.Errorf("main may be another commit by now: %+v", job)
		}
	})
}

func TestARunThatIsThereBelongsToNoNewJob(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		w.states["forged"] = results.Done
		_, err := w.Submit(t.Context(), ci, order("forged"))
		wants(t, err, "there is a run of this id already")
		w.submit(ci, order("a"))
		for run, want := range map[string]string{"a": "a", "a-2": "a", "a-x": "", "b": "", "b-2": ""} {
			if id, err := w.ByRun(t.Context(), run); id != want || err != nil {
				t.Errorf("run %s is of job %q, %v", run, id, err)
			}
		}
	})
}

func TestWhoWaitedForACancelledJobGetsARunOfTheirOwn(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		for _, id := range []string{"a", "b", "c"} {
			w.submit(ci, named(id, "main"))
		}
		if _, err := w.Cancel(t.Context(), ci, "a", ""); err != nil {
			t.Fatal(err)
		}
		b, _ := w.Job(t.Context(), "b")
		c, _ := w.Job(t.Context(), "c")
		if b.Same != "" || c.Same != "b" {
			t.Errorf("b waits for %q, c for %q", b.Same, c.Same)
		}
	})
}

// TestTheUrgencyOfOneOutlivesTheJobThatItSharesARunWith: a release must not wait behind
// ad-hoc jobs because somebody else cancelled theirs.
func TestTheUrgencyOfOneOutlivesTheJobThatItSharesARunWith(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		w.submit(ci, named("a", "main"))
		w.submit(ci, named("b", "main"))
		urgent := named("c", "main")
		urgent.Priority = results.PriorityRelease
		w.submit(dev, urgent)
		if _, err := w.Cancel(t.Context(), ci, "a", ""); err != nil {
			t.Fatal(err)
		}
		if b, err := w.Job(t.Context(), "b"); err != nil || b.Priority != results.PriorityRelease {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

func TestANewerCommitTakesThePlaceOfOlderOnes(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		push := func(who results.Person, id, branch string) {
			o := order(id)
			o.Branch = branch
			w.submit(who, o)
		}
		push(ci, "a", "feature")
		push(ci, "other", "another")
		push(dev, "devs", "feature")
		w.submit(ci, order("none"))
		push(ci, "b", "feature")
		w.is("a superseded", "other queued", "devs queued", "none queued", "b queued")
		w.reason("a", "job b has a newer commit of feature")
	})
}

func TestView(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) {
		w.submit(ci, order("first"))
		time.Sleep(2 * time.Minute)
		for _, id := range []string{"a", "b", "c"} {
			w.submit(ci, order(id))
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		view, err := w.View(t.Context())
		if err != nil || len(view.Running) != 1 || len(view.Waiting) != 2 || view.Last.IsZero() {
			t.Fatalf("%+v, %v", view, err)
		}
		if left := view.Running[0].LeftAbout.Round(time.Second); left != 40*time.Second {
			t.Errorf("%s are left", left)
		}
		if begins := view.Waiting[1].BeginsIn.Round(time.Second); begins != 100*time.Second || view.Waiting[1].ID != "c" {
			t.Errorf("%s begins in %s", view.Waiting[1].ID, begins)
		}
	})
}

func TestJobsInPages(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		var want, got []string
		for i := range 7 {
			want = append(want, w.submit(ci, order(fmt.Sprintf("j%d", i))).ID)
		}
		slices.Reverse(want)
		for after := ""; ; {
			list, next, err := w.Jobs(t.Context(), after, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, job := range list {
				got = append(got, job.ID)
			}
			if after = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		_, _, err := w.Jobs(t.Context(), "nothing", 3)
		wants(t, err, "none of that id")
	})
}

// TestTurnsLaws: turns loses and doubles nobody, puts the urgent first, a person's
// own by age, and nobody twice before another who waits as urgently once.
func TestTurnsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var waiting []results.Job
		for i := range rapid.IntRange(0, 30).Draw(t, "jobs") {
			waiting = append(waiting, results.Job{
				Order:     results.Order{ID: fmt.Sprint(i), Priority: rapid.SampledFrom(results.Priorities()).Draw(t, "priority")},
				Submitter: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "who"),
				Created:   time.Unix(int64(i), 0),
			})
		}
		served := map[string]time.Time{"a": time.Unix(2, 0), "b": time.Unix(1, 0)}
		ordered := turns(waiting, served)
		seen := map[string]int{}
		for i, job := range ordered {
			seen[job.ID]++
			for _, later := range ordered[i+1:] {
				switch {
				case moreUrgent(later.Priority, job.Priority):
					t.Fatalf("%v before %v", job, later)
				case later.Priority == job.Priority && later.Submitter == job.Submitter && later.Created.Before(job.Created):
					t.Fatalf("%v before the older %v", job, later)
				}
			}
		}
		if len(seen) != len(waiting) || len(ordered) != len(waiting) {
			t.Fatalf("%d of %d are there", len(seen), len(waiting))
		}
		count := map[results.Priority]map[string]int{}
		for i, job := range ordered {
			if count[job.Priority] == nil {
				count[job.Priority] = map[string]int{}
			}
			count[job.Priority][job.Submitter]++
			for _, later := range ordered[i+1:] {
				if later.Priority == job.Priority && count[job.Priority][later.Submitter] < count[job.Priority][job.Submitter]-1 {
					t.Fatalf("%s has %d turns before %s has one", job.Submitter, count[job.Priority][job.Submitter], later.Submitter)
				}
			}
		}
	})
}

// TestNobodyAsksTheDatabaseTwiceAtOnce: who holds one of its few connections and waits
// for another waits for ever, as soon as enough people do the same.
func TestNobodyAsksTheDatabaseTwiceAtOnce(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		const people = 8 // more than there are connections
		w.submit(ci, order("a"))
		if _, found, _, err := w.claim(t.Context()); err != nil || !found {
			t.Fatal(found, err)
		}
		var all, group sync.WaitGroup
		all.Add(people)
		w.State = func(ctx context.Context, run string) (results.State, error) {
			all.Done()
			all.Wait() // until everybody is here
			return w.Store.State(ctx, run)
		}
		for range people {
			group.Go(func() {
				if view, err := w.View(t.Context()); err != nil || len(view.Running) != 1 {
					t.Errorf("%+v, %v", view, err)
				}
			})
		}
		group.Wait()
		w.State = func(ctx context.Context, _ string) (results.State, error) {
			return "", w.Pause(ctx, nikhil, "while somebody submits")
		}
		w.submit(ci, order("b"))
	})
}
