package queue

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/store"
)

func TestPassingFaultsAreTriedThreeTimes(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) {
		w.outcome = takes(time.Second, errPassing)
		w.submit(ci, order("a"))
		time.Sleep(10 * time.Second)
		w.is("a queued")
		w.reason("a", "try 1 of 3: the registry does not answer")
		time.Sleep(10 * time.Minute)
		w.is("a failed")
		w.reason("a", "tried 3 times; the last time: the registry does not answer")
		w.began("a", "a-2", "a-3")
		if log := w.logs["a"].String(); !strings.Contains(log, "measuring a-3") || !strings.Contains(log, "try 2 of 3") {
			t.Errorf("the log is %q", log)
		}
	})
}

func TestLastingFaultsAreNotTriedAgain(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) {
		w.outcome = func(context.Context, results.Job) error { return errors.New("it does not compile\nat all") }
		w.submit(ci, order("a"))
		time.Sleep(time.Hour)
		w.is("a failed")
		w.reason("a", "it does not compile")
		w.began("a")
	})
}

func TestARunnerThatPanicsFailsItsJobAlone(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) {
		w.outcome = func(_ context.Context, job results.Job) error {
			if job.ID == "a" {
				panic("unthinkable")
			}
			return nil
		}
		w.submit(ci, order("a"))
		w.submit(ci, order("b"))
		time.Sleep(time.Minute)
		w.is("a failed", "b done")
		w.reason("a", "perfrun itself failed: unthinkable")
	})
}

func TestCancelOfARunningJob(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) {
		w.submit(ci, order("a"))
		time.Sleep(time.Second)
		w.is("a running")
		if _, err := w.Cancel(t.Context(), ci, "a", "wrong branch"); err != nil {
			t.Error(err)
		}
		w.is("a cancelled")
		w.reason("a", "cancelled by ci: wrong branch")
		if job, err := w.Cancel(t.Context(), ci, "a", "again"); err != nil || job.State != results.JobCancelled {
			t.Errorf("%+v, %v", job, err)
		}
		w.reason("a", "cancelled by ci: wrong branch")
	})
}

func TestAJobTakesNoLongerThanAllowed(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) {
		w.outcome = takes(24*time.Hour, nil)
		w.submit(ci, order("a"))
		time.Sleep(3 * time.Hour)
		w.is("a failed")
		w.reason("a", "longer than 2h")
	})
}

func TestPauseAndReady(t *testing.T) {
	var full atomic.Bool
	inBubble(t, false, func(t *testing.T, w *world) {
		w.Ready = func(context.Context) error {
			if full.Load() {
				return errors.New("the disk is full")
			}
			return nil
		}
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { w.Serve(ctx) })
		defer group.Wait()
		defer stop()
		if err := w.Pause(t.Context(), nikhil, "a demo"); err != nil {
			t.Fatal(err)
		}
		w.submit(ci, order("a"))
		time.Sleep(time.Hour)
		w.is("a queued")
		if view, err := w.View(t.Context()); err != nil || view.Paused == nil || view.Paused.By != "nikhil" || view.Paused.Why != "a demo" {
			t.Errorf("%+v, %v", view, err)
		}
		full.Store(true)
		if err := w.Resume(t.Context(), nikhil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		w.is("a queued")
		if view, err := w.View(t.Context()); err != nil || view.Held != "the disk is full" {
			t.Errorf("%+v, %v", view, err)
		}
		full.Store(false)
		time.Sleep(time.Hour)
		w.is("a done")
	})
}

// TestWhatADeadDaemonLeft puts jobs into each state that a crash can leave behind.
func TestWhatADeadDaemonLeft(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		check := func(id, owner, reason string, tries int, run results.State, want string) {
			t.Helper()
			w.submit(ci, order(id))
			err := w.Store.ChangeJobs(t.Context(), func(jobs store.Jobs) error {
				job, _, err := jobs.Get(id)
				if err != nil {
					return err
				}
				job.State, job.Owner, job.Reason, job.Tries, job.Started, job.Heartbeat = results.JobRunning, owner, reason, tries, w.Now(), w.Now()
				w.states[job.RunID()] = run
				return jobs.Save(job)
			})
			if err != nil {
				t.Fatal(err)
			}
			w.recover(t.Context())
			job, err := w.Job(t.Context(), id)
			if got := string(job.State) + ": " + job.Reason; err != nil || got != want {
				t.Errorf("%s is %q, %v, want %q", id, got, err, want)
			}
		}
		check("done", "dead", "", 1, results.Done, "done: ")
		check("cut", "dead", "", 1, results.Measuring, "queued: try 1 of 3: interrupted when the daemon stopped")
		check("never-recorded", "dead", "", 1, "", "queued: try 1 of 3: interrupted when the daemon stopped")
		check("crashes-us", "dead", "", 3, results.Failed, "failed: tried 3 times; the last time: interrupted when the daemon stopped")
		check("quarantined", "dead", "", 1, results.Quarantined, "failed: its run is quarantined")
		check("was-cancelled", "dead", "cancelled by ci", 1, results.Cancelled, "cancelled: cancelled by ci")
		check("lives", "somebody", "", 1, results.Measuring, "running: ")
		time.Sleep(lease + time.Second)
		w.recover(t.Context())
		w.reason("lives", "interrupted")
	})
}

func TestTheDaemonStopsAndBeginsAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perfrun.db")
	synctest.Test(t, func(t *testing.T) {
		first := newWorld(t, path)
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		first.submit(ci, order("a"))
		first.Serve(ctx)
		first.is("a queued")
		first.reason("a", "interrupted")
		if err := first.Store.Close(); err != nil {
			t.Fatal(err)
		}
		second := newWorld(t, path)
		ctx, stop = context.WithTimeout(t.Context(), 10*time.Minute)
		defer stop()
		second.Serve(ctx)
		second.is("a done")
		second.began("a-2")
		if err := second.Store.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestAStopOfTheDaemonIsNoTry: who upgrades a box in the midst of a job takes nothing from
// it, but a run that gets the daemon stopped ends all the same.
func TestAStopOfTheDaemonIsNoTry(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		serve := func(d time.Duration) {
			t.Helper()
			ctx, stop := context.WithTimeout(t.Context(), d)
			defer stop()
			w.Serve(ctx)
		}
		w.outcome = takes(time.Hour, nil)
		w.submit(ci, order("a"))
		for range 4 {
			serve(time.Minute)
			w.is("a queued")
		}
		w.reason("a", "interrupted when the daemon stopped")
		w.outcome = takes(time.Second, errPassing)
		serve(5 * time.Second)
		w.reason("a", "try 1 of 3: the registry does not answer")
		w.outcome = takes(time.Hour, nil)
		for range 3 {
			w.is("a queued")
			serve(10 * time.Minute)
		}
		w.is("a failed")
		w.reason("a", "tried 3 times; the last time: interrupted when the daemon stopped")
		w.began("a", "a-2", "a-3", "a-4", "a-5", "a-6", "a-7", "a-8")
	})
}

// TestAStopInTheMidstOfAQueryIsAStop: what a try asks of the database then tells only
// that it was cancelled, and neither why nor by whom.
func TestAStopInTheMidstOfAQueryIsAStop(t *testing.T) {
	query := func(ctx context.Context, _ results.Job) error {
		<-ctx.Done()
		return fmt.Errorf("list runs: %w", ctx.Err())
	}
	t.Run("of the daemon", func(t *testing.T) {
		inBubble(t, false, func(t *testing.T, w *world) {
			w.outcome = query
			w.submit(ci, order("a"))
			ctx, stop := context.WithTimeout(t.Context(), time.Second)
			defer stop()
			w.Serve(ctx)
			w.is("a queued")
			w.reason("a", "interrupted when the daemon stopped")
		})
	})
	t.Run("by a person", func(t *testing.T) {
		inBubble(t, true, func(t *testing.T, w *world) {
			w.outcome = query
			w.submit(ci, order("a"))
			time.Sleep(time.Second)
			if _, err := w.Cancel(t.Context(), ci, "a", "wrong branch"); err != nil {
				t.Error(err)
			}
			w.is("a cancelled")
			w.reason("a", "cancelled by ci: wrong branch")
		})
	})
}

func TestHeartbeats(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) {
		w.outcome = takes(time.Hour, nil)
		w.submit(ci, order("a"))
		time.Sleep(30 * time.Minute)
		job, err := w.Job(t.Context(), "a")
		if err != nil || time.Since(job.Heartbeat) > beat {
			t.Errorf("after half an hour the heartbeat is %s old, %v", time.Since(job.Heartbeat), err)
		}
		if err := w.Alive(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAQueueThatHangsIsNotAlive(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		w.tick()
		if err := w.Alive(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(lease + time.Second)
		if err := w.Alive(t.Context()); err == nil {
			t.Error("it is said to be alive")
		}
	})
}

// TestCancelBetweenClaimAndStart: somebody is quicker than the queue.
func TestCancelBetweenClaimAndStart(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		w.submit(ci, order("a"))
		job, found, _, err := w.claim(t.Context())
		if err != nil || !found {
			t.Fatal(found, err)
		}
		if _, err := w.Cancel(t.Context(), ci, "a", ""); err != nil {
			t.Fatal(err)
		}
		w.try(t.Context(), job)
		w.is("a cancelled")
	})
}

// TestACancelledJobIsNotTriedAgain: its try failed in the moment in which it was
// cancelled, of something that passes.
func TestACancelledJobIsNotTriedAgain(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		w.outcome = func(context.Context, results.Job) error {
			if _, err := w.Cancel(t.Context(), ci, "a", "wrong commit"); err != nil {
				t.Error(err)
			}
			return errPassing
		}
		w.submit(ci, order("a"))
		job, _, _, err := w.claim(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.try(t.Context(), job)
		w.is("a cancelled")
		w.reason("a", "cancelled by ci: wrong commit")
	})
}

// TestAJobGoesOnAfterTheClockRanAhead: neither what waits for its next try nor who was
// served in a year that is not here yet waits for it.
func TestAJobGoesOnAfterTheClockRanAhead(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		ahead := 10 * 365 * 24 * time.Hour
		w.Now = func() time.Time { return time.Now().Add(ahead) }
		w.outcome = takes(time.Second, errPassing)
		w.submit(ci, order("a"))
		job, _, _, err := w.claim(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.try(t.Context(), job)
		w.submit(ci, order("z")) // ordered when it seemed to be later
		ahead = 0
		w.is("a queued", "z queued")
		w.outcome = takes(time.Second, nil)
		w.submit(dev, order("b"))
		w.submit(dev, order("c"))
		w.submit(ci, order("d"))
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
		defer stop()
		w.Serve(ctx)
		w.began("a", "a-2", "b", "z", "c", "d")
	})
}
