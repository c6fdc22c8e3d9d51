package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
)

// queueNow is when the queue of the tests is looked at.
var queueNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func exampleQueue() results.QueueView {
	place := func(id, submitter string, p results.Place) results.Place {
		p.ID, p.Repository, p.Suite, p.Head, p.Submitter = id, "db", "perf.yml", strings.Repeat("0a", 20), submitter
		p.Priority, p.Created = results.PriorityPull, queueNow.Add(-3*time.Hour)
		if p.State == "" {
			p.State = results.JobQueued
		}
		return p
	}
	failedOnce := place("b", "dev\x1b[31m", results.Place{Estimate: 10 * time.Minute, BeginsIn: 25 * time.Minute})
	failedOnce.Reason = "try 1 of 3: the registry does not answer\x1b[2J"
	return results.QueueView{
		Paused: &results.Pause{By: "nikhil", Why: "a demo\x07", Since: queueNow.Add(-time.Hour)}, Held: "only 3 MiB of disk are free",
		Running: []results.Place{place("running-one", "ci", results.Place{Job: results.Job{State: results.JobRunning}, Run: results.Measuring, Estimate: time.Hour, LeftAbout: 25 * time.Minute})},
		Sharing: []results.Job{{Order: results.Order{ID: "same"}, Submitter: "dev\x1b[31m", State: results.JobQueued, Same: "running-one"}},
		Waiting: []results.Place{failedOnce, place("c", "ci", results.Place{BeginsIn: 35 * time.Minute}), place("d", "ci", results.Place{Estimate: 30 * time.Hour, BeginsIn: 72 * time.Hour})},
	}
}

func TestQueueGolden(t *testing.T) {
	var b bytes.Buffer
	for _, style := range []TableStyle{{}, {Width: 100, Color: true}, {Width: 72}, {Width: 44}} {
		fmt.Fprintf(&b, "width %d\n", style.Width)
		if err := Queue(&b, exampleQueue(), style, queueNow); err != nil {
			t.Fatal(err)
		}
	}
	checkWidth(t, "queue at 44", b.String()[strings.Index(b.String(), "width 44"):], 44)
	many := results.QueueView{Last: queueNow.Add(-50 * time.Hour)}
	_ = Queue(&b, many, TableStyle{}, queueNow)
	for range 45 {
		many.Waiting, many.Sharing = append(many.Waiting, exampleQueue().Waiting[1]), append(many.Sharing, exampleQueue().Sharing[0])
	}
	var list bytes.Buffer
	_ = Queue(&list, many, TableStyle{}, queueNow)
	if n := strings.Count(list.String(), "\n"); n != 83 || !strings.Contains(list.String(), "and 5 more wait\n") {
		t.Errorf("%d lines:\n%s", n, list.String())
	}
	checkGolden(t, "queue.txt", b.Bytes())
}

func TestListsOfABoxGolden(t *testing.T) {
	var b bytes.Buffer
	style := TableStyle{Width: 110}
	order := results.Order{Repository: "db", Suite: "perf.yml", Head: "main", Base: "@last"}
	merge := order
	merge.Base = ""
	next := func(string) time.Time { return queueNow.Add(14 * time.Hour) }
	errs := []error{
		Schedules(&b, []results.Schedule{{Name: "nightly", Cron: "0 2 * * *", Order: order, By: "nikhil", LastJob: "nightly-20261123T0200"}, {Name: "x", Cron: "* * * * *", Order: merge}}, next, style),
		Schedules(&b, nil, next, style),
		Audit(&b, []results.Deed{
			{At: queueNow, Person: results.Person{Name: "ci", Role: results.Submitter, From: "192.0.2.1"}, Verb: "submit", Object: "a", Detail: "\x1b[2J"},
			{At: queueNow, Person: results.Person{Name: "root", Role: results.Admin}, Verb: "queue pause"},
		}, style),
		Keys(&b, []Key{{"ci", "submitter", "SHA256:abc"}}, style),
		JobSummary(&b, results.Job{Order: results.Order{ID: "a"}, State: results.JobFailed, Reason: "it does not compile\x1b[31m"}, style),
	}
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	checkGolden(t, "box.txt", b.Bytes())
	if strings.Contains(b.String(), "\x1b") {
		t.Error("an escape sequence got through")
	}
}
