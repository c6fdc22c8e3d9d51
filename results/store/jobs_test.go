package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

func someJob(id string) results.Job {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	return results.Job{
		Order: results.Order{
			ID: id, Repository: "db" + hostile, Base: "base" + hostile, Head: "head", Branch: "b" + hostile, Suite: "perf.yml",
			Only: hostile, Rounds: 7, MinEffect: 0.03, Priority: results.PriorityMain,
		},
		Submitter: "ci" + hostile, Origin: "192.0.2.1", State: results.JobRunning, Reason: hostile, Created: at, NotBefore: at.Add(1),
		Tries: 2, Stops: 1, Owner: "me", Heartbeat: at.Add(2), Started: at.Add(3), Ended: at.Add(4),
	}
}

func openQueue(t *testing.T) (*Store, func(func(Jobs) error)) {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "perfrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, func(change func(Jobs) error) {
		t.Helper()
		if err := s.ChangeJobs(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
}

func TestJobsComeBackAsTheyWere(t *testing.T) {
	_, do := openQueue(t)
	want := someJob("a")
	do(func(jobs Jobs) error { return jobs.Save(want) })
	do(func(jobs Jobs) error {
		got, found, err := jobs.Get("a")
		if diff := cmp.Diff(want, got); diff != "" || !found {
			t.Errorf("found %v:\n%s", found, diff)
		}
		return err
	})
}

func TestAJobThatEndedStaysAsItEnded(t *testing.T) {
	s, do := openQueue(t)
	job := someJob("a")
	job.State = results.JobDone
	do(func(jobs Jobs) error { return jobs.Save(job) })
	job.State = results.JobQueued
	if err := s.ChangeJobs(t.Context(), func(jobs Jobs) error { return jobs.Save(job) }); err == nil || !strings.Contains(err.Error(), "it ended as done") {
		t.Error(err)
	}
}

func TestListsOfJobs(t *testing.T) {
	_, do := openQueue(t)
	do(func(jobs Jobs) error {
		for _, j := range []struct{ id, state, same string }{{"q", "queued", ""}, {"r", "running", ""}, {"s", "queued", "q"}, {"d", "done", ""}} {
			job := someJob(j.id)
			job.State, job.Same = results.JobState(j.state), j.same
			if err := jobs.Save(job); err != nil {
				return err
			}
		}
		return nil
	})
	do(func(jobs Jobs) error {
		order := someJob("").Order
		check := func(what string, want string, list []results.Job, err error) {
			t.Helper()
			var ids []string
			for _, j := range list {
				ids = append(ids, j.ID)
			}
			if got := strings.Join(ids, " "); got != want || err != nil {
				t.Errorf("%s: %q, %v, want %q", what, got, err, want)
			}
		}
		list, err := jobs.Waiting()
		check("waiting", "q", list, err)
		list, err = jobs.Running()
		check("running", "r", list, err)
		list, err = jobs.Alike(order)
		check("alike", "q r", list, err)
		list, err = jobs.OfBranch(order.Repository, order.Branch)
		check("of a branch", "q s", list, err)
		list, err = jobs.SameAs("q")
		check("the same", "s", list, err)
		list, err = jobs.Newest("", 3)
		check("newest", "d s r", list, err)
		list, err = jobs.Newest("r", 3)
		check("after r", "q", list, err)
		if n, theirs, err := jobs.Open("ci" + hostile); n != 3 || theirs != 3 || err != nil {
			t.Errorf("%d are open, %d of them theirs, %v", n, theirs, err)
		}
		if n, theirs, err := jobs.Open("ci"); n != 3 || theirs != 0 || err != nil {
			t.Errorf("%d are open, %d of them another's, %v", n, theirs, err)
		}
		if early, err := jobs.Served(someJob("").Started.Add(-1)); len(early) > 0 || err != nil {
			t.Errorf("served in the future: %v, %v", early, err)
		}
		served, err := jobs.Served(someJob("").Started)
		if at := served["ci"+hostile]; !at.Equal(someJob("").Started) {
			t.Errorf("served %v, %v", served, err)
		}
		times, err := jobs.Times(order.Repository, order.Suite, 5)
		if len(times) != 1 || times[0] != 1 || err != nil {
			t.Errorf("times %v, %v", times, err)
		}
		last, err := jobs.LastDone()
		if !last.Equal(someJob("").Ended) {
			t.Errorf("last done %v", last)
		}
		return err
	})
}

func TestBeatsAreTheOwnersAlone(t *testing.T) {
	_, do := openQueue(t)
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	do(func(jobs Jobs) error { return jobs.Save(someJob("a")) })
	check := func(owner string, want time.Time) {
		t.Helper()
		do(func(jobs Jobs) error {
			if err := jobs.Beat("a", owner, at); err != nil {
				return err
			}
			job, _, err := jobs.Get("a")
			if !job.Heartbeat.Equal(want) {
				t.Errorf("a beat of %s: %s, want %s", owner, job.Heartbeat, want)
			}
			return err
		})
	}
	check("another", someJob("").Heartbeat)
	check("me", at)
}

func TestSchedulesPausesAndAudit(t *testing.T) {
	s, do := openQueue(t)
	order := someJob("").Order
	order.Repository, order.Base, order.Branch, order.Only = "db", "@last", "", "^a\"<b>$" // a schedule's order travels as JSON
	want := results.Schedule{Name: "nightly", Cron: "0 2 * * *", Order: order, By: hostile, Created: someJob("").Created, LastJob: "x"}
	pause := &results.Pause{By: "nikhil", Why: hostile, Since: someJob("").Created}
	deed := results.Deed{At: someJob("").Created, Person: results.Person{Name: "ci", Role: results.Submitter, From: "::1"}, Verb: "submit", Object: hostile, Detail: hostile}
	do(func(jobs Jobs) error {
		return firstOf(jobs.SaveSchedule(want), jobs.SetPause(pause), jobs.SetPause(pause), jobs.Note(deed))
	})
	do(func(jobs Jobs) error {
		list, err := jobs.Schedules()
		if diff := cmp.Diff([]results.Schedule{want}, list); diff != "" {
			t.Error(diff)
		}
		found, pauseErr := jobs.Pause()
		if diff := cmp.Diff(pause, found); diff != "" {
			t.Error(diff)
		}
		removed, removeErr := jobs.RemoveSchedule("nightly")
		again, againErr := jobs.RemoveSchedule("nightly")
		if !removed || again {
			t.Errorf("removed %v, then %v", removed, again)
		}
		return firstOf(err, pauseErr, removeErr, againErr, jobs.SetPause(nil))
	})
	do(func(jobs Jobs) error {
		if found, err := jobs.Pause(); found != nil {
			t.Errorf("%+v, %v", found, err)
		}
		return nil
	})
	deeds, err := s.Audit(t.Context(), 5)
	if diff := cmp.Diff([]results.Deed{deed}, deeds); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
