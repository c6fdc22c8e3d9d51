package queue

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

func nightly() results.Schedule {
	return results.Schedule{Name: "nightly", Cron: "0 2 * * *", Order: results.Order{Repository: "db", Base: "@last", Head: "main", Suite: "perf.yml", Priority: results.PriorityMain}}
}

func TestNext(t *testing.T) {
	from := time.Date(2026, 3, 28, 12, 0, 0, 0, time.FixedZone("far", 5*3600))
	check := func(cron string, want ...string) {
		t.Helper()
		times, err := Next(cron, from, len(want))
		if err != nil {
			t.Fatal(err)
		}
		for i, at := range times {
			if got := at.Format(time.RFC3339); got != want[i] {
				t.Errorf("%s: time %d is %s, want %s", cron, i, got, want[i])
			}
		}
	}
	check("30 2 * * *", "2026-03-29T02:30:00Z", "2026-03-30T02:30:00Z") // where summer time begins there is no such hour
	check("0 2 * * 7", "2026-03-29T02:00:00Z", "2026-04-05T02:00:00Z")
	check("0 0 29 2 *", "2028-02-29T00:00:00Z")
	for _, cron := range []string{"", "@daily", "0 2 * *", "0 0 2 * * *", "61 2 * * *", "0 0 30 2 *", "0 2 * * * 2026", "x"} {
		_, err := Next(cron, from, 1)
		if err == nil {
			t.Errorf("%q passes", cron)
		}
		wants(t, err, "cron")
	}
}

func TestASchedule(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) { // the clock begins at midnight of 2000-01-01
		for range 2 { // the same again changes nothing
			if err := w.AddSchedule(t.Context(), nikhil, nightly()); err != nil {
				t.Fatal(err)
			}
		}
		other := nightly()
		other.Cron = "0 3 * * *"
		wants(t, w.AddSchedule(t.Context(), nikhil, other), "says something else")
		time.Sleep(48 * time.Hour)
		w.is("nightly-20000101T0200 done", "nightly-20000102T0200 done")
		list, err := w.Schedules(t.Context())
		if err != nil || len(list) != 1 || list[0].LastJob != "nightly-20000102T0200" || list[0].By != "nikhil" {
			t.Errorf("%+v, %v", list, err)
		}
		if job, err := w.RunNow(t.Context(), ci, "nightly", ""); err != nil || job.Origin != "schedule nightly" || job.Submitter != "ci" {
			t.Errorf("%+v, %v", job, err)
		}
		if err := w.RemoveSchedule(t.Context(), nikhil, "nightly"); err != nil {
			t.Error(err)
		}
		wants(t, w.RemoveSchedule(t.Context(), nikhil, "nightly"), "none of that name")
		time.Sleep(48 * time.Hour)
		w.is("nightly-20000101T0200 done", "nightly-20000102T0200 done", "nightly-20000103T0000 done")
	})
}

// TestRunNowIsOnceByItsRequest: the queue itself remembers a request, so that one sent
// again after the daemon has begun anew is the same job, in whatever minute.
func TestRunNowIsOnceByItsRequest(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		long := nightly()
		long.Name = strings.Repeat("n", 40)
		if err := w.AddSchedule(t.Context(), nikhil, long); err != nil {
			t.Fatal(err)
		}
		run := func(who results.Person, request string) string {
			t.Helper()
			job, err := w.RunNow(t.Context(), who, long.Name, request)
			if err != nil {
				t.Fatal(err)
			}
			return job.ID
		}
		first := run(ci, "one")
		time.Sleep(10 * time.Minute)
		if again := run(ci, "one"); again != first {
			t.Errorf("sent again it is job %s, before it was %s", again, first)
		}
		if other, another := run(ci, "two"), run(nikhil, "one"); other == first || another == first || other == another {
			t.Errorf("other requests are the same job %s %s %s", first, other, another)
		}
	})
}

func TestTimesThatPassedWithoutADaemonAreMadeUpForOnce(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		if err := w.AddSchedule(t.Context(), nikhil, nightly()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Hour)
		check := func() {
			t.Helper()
			list, err := w.Schedules(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			w.fire(t.Context(), list[0])
			w.is("nightly-20000105T0200 queued")
		}
		check()
		check()
		w.Now = func() time.Time { return time.Now().Add(-50 * time.Hour) } // the clock is set back
		check()
	})
}

func TestAScheduleThatCannotBeSubmittedSaysSo(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		if err := w.AddSchedule(t.Context(), nikhil, nightly()); err != nil {
			t.Fatal(err)
		}
		w.Check = func(results.Order) error { return bad("repository", "gone", "") }
		time.Sleep(24 * time.Hour)
		list, _ := w.Schedules(t.Context())
		w.fire(t.Context(), list[0])
		deeds, err := w.Audit(t.Context(), 1)
		if err != nil || deeds[0].Verb != "schedule" || deeds[0].Detail != "not submitted: repository: gone" {
			t.Errorf("%+v, %v", deeds, err)
		}
	})
}

func TestBadSchedules(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		check := func(want string, spoil func(*results.Schedule)) {
			t.Helper()
			s := nightly()
			spoil(&s)
			wants(t, w.AddSchedule(t.Context(), nikhil, s), want)
		}
		check("cannot be a schedule's name", func(s *results.Schedule) { s.Name = "../x" })
		check("cron", func(s *results.Schedule) { s.Cron = "never" })
		check("priority", func(s *results.Schedule) { s.Order.Priority = "" })
	})
}

// TestAScheduleGoesOnAfterTheClockRanAhead: a machine that wakes up in the wrong year
// must not wait for that year to come.
func TestAScheduleGoesOnAfterTheClockRanAhead(t *testing.T) {
	inBubble(t, true, func(t *testing.T, w *world) {
		var ahead atomic.Int64
		w.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		ahead.Store(int64(10 * 365 * 24 * time.Hour))
		fresh := nightly()
		fresh.Name = "fresh"
		for _, s := range []results.Schedule{nightly(), fresh} {
			if err := w.AddSchedule(t.Context(), nikhil, s); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.RemoveSchedule(t.Context(), nikhil, "fresh"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		if err := w.AddSchedule(t.Context(), nikhil, fresh); err != nil { // made, but not yet due
			t.Fatal(err)
		}
		w.is("nightly-20091229T0200 done")
		ahead.Store(0)
		time.Sleep(24 * time.Hour)
		w.is("nightly-20091229T0200 done", "fresh-20000102T0200 done", "nightly-20000102T0200 done")
	})
}

// TestNobodyTakesTheIDOfAScheduledJob: the ids of a schedule's jobs are easy to guess,
// and whoever has one first would keep the schedule from submitting.
func TestNobodyTakesTheIDOfAScheduledJob(t *testing.T) {
	inBubble(t, false, func(t *testing.T, w *world) {
		if err := w.AddSchedule(t.Context(), nikhil, nightly()); err != nil {
			t.Fatal(err)
		}
		_, err := w.Submit(t.Context(), ci, order("nightly-20000101T0200"))
		wants(t, err, "make another id")
		for run, want := range map[string]string{
			"nightly-20000101T0200": "nightly-20000101T0200", "nightly-20000101T0200-2": "nightly-20000101T0200", "weekly-20000101T0200": "", "nightly": "",
		} {
			if id, err := w.ByRun(t.Context(), run); id != want || err != nil {
				t.Errorf("run %s is of job %q, %v", run, id, err)
			}
		}
	})
}
