package server_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/boxtest"
	"mtrlz.dev/perfrun/tunnel/server"
	"mtrlz.dev/perfrun/tunnel/wire"
)

var night = results.Schedule{Name: "night", Cron: "0 2 * * *", Order: results.Order{Repository: "app", Head: "main", Suite: "perf.yml", Priority: results.PriorityMain}}

// What is sent again under its name is answered as the first time, and is done
// once, also when both are under way at the same time.
func TestOnce(t *testing.T) {
	box := boxtest.Start(t)
	k := as(t, box, nikhil)
	for range 2 {
		if r := k.ask("POST", "/v1/schedules", night, wire.HeaderRequest, "add"); r.StatusCode != http.StatusNoContent || r.text != "" {
			t.Errorf("%d %s", r.StatusCode, r.text)
		}
	}
	answers := make([]string, 20)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() {
			answers[i] = k.ask("POST", "/v1/schedules/night/run", nil, wire.HeaderRequest, fmt.Sprint("run", i%2)).text
		})
	}
	wait.Wait()
	if n := box.Queue.Deeds("run-now"); n != 2 || answers[0] != answers[2] || answers[1] != answers[19] || answers[0] == answers[1] {
		t.Errorf("%d runs, answered with %q", n, answers)
	}
	check := func(k talker, method, path string, body any, name string, status int) {
		t.Helper()
		if r := k.ask(method, path, body, wire.HeaderRequest, name); r.StatusCode != status {
			t.Errorf("%s %s as %s: %d %s, want %d", method, path, name, r.StatusCode, r.text, status)
		}
	}
	check(k, "POST", "/v1/schedules", night, "another", 400) // the queue's own refusal
	check(k, "POST", "/v1/schedules", night, "another", 400)
	check(k, "DELETE", "/v1/schedules/night", nil, "add", 409)
	check(k, "POST", "/v1/queue/pause", wire.Reason{Why: "x"}, "add", 409)
	check(as(t, box, results.Person{Name: "olga", Role: results.Admin}), "POST", "/v1/schedules/night/run", nil, "run0", 200)
	if n := box.Queue.Deeds("run-now"); n != 3 {
		t.Errorf("another's name is taken for ours: %d runs", n)
	}
}

// Only so many answers are kept.
func TestAnswersAreForgotten(t *testing.T) {
	box := boxtest.Start(t, server.Few)
	k := as(t, box, nikhil)
	for _, name := range []string{"one", "one", "two", "one"} {
		k.ask("POST", "/v1/queue/pause", wire.Reason{Why: "x"}, wire.HeaderRequest, name)
	}
	if n := box.Queue.Deeds("pause"); n != 3 {
		t.Errorf("paused %d times", n)
	}
}

// Everything that can be managed, once through.
func TestManage(t *testing.T) {
	box := boxtest.Start(t)
	admin, submitter := as(t, box, nikhil), as(t, box, ci)
	job := into[results.Job](t, submitter.ask("POST", "/v1/jobs", order))
	if job.Order != order || job.Submitter != "ci" || job.State != results.JobQueued {
		t.Errorf("%+v", job)
	}
	into[results.Job](t, submitter.ask("POST", "/v1/jobs", order))
	second := order
	second.ID = "a2"
	into[results.Job](t, admin.ask("POST", "/v1/jobs", second))
	if r := submitter.ask("POST", "/v1/jobs/a2/cancel", wire.Reason{Why: "mine!"}); r.StatusCode != http.StatusBadRequest {
		t.Errorf("another's job: %d %s", r.StatusCode, r.text)
	}
	if got := into[results.Job](t, admin.ask("POST", "/v1/jobs/a1/cancel", wire.Reason{Why: "no"})); got.State != results.JobCancelled || got.Reason != "nikhil: no" {
		t.Errorf("%+v", got)
	}
	page := into[wire.JobsPage](t, admin.ask("GET", "/v1/jobs?limit=1", nil))
	if len(page.Jobs) != 1 || page.Jobs[0].ID != "a2" || page.Next != "a2" {
		t.Errorf("%+v", page)
	}
	if page = into[wire.JobsPage](t, admin.ask("GET", "/v1/jobs?after="+page.Next, nil)); len(page.Jobs) != 1 || page.Jobs[0].ID != "a1" || page.Next != "" {
		t.Errorf("%+v", page)
	}
	admin.ask("POST", "/v1/queue/pause", wire.Reason{Why: "I need it"})
	if view := into[results.QueueView](t, admin.ask("GET", "/v1/queue", nil)); view.Paused == nil || view.Paused.By != "nikhil" || len(view.Waiting) != 1 {
		t.Errorf("%+v", view)
	}
	admin.ask("POST", "/v1/queue/resume", nil)
	admin.ask("POST", "/v1/schedules", night)
	if list := into[[]results.Schedule](t, admin.ask("GET", "/v1/schedules", nil)); len(list) != 1 || list[0].By != "nikhil" {
		t.Errorf("%+v", list)
	}
	admin.ask("DELETE", "/v1/schedules/night", nil)
	admin.ask("POST", "/v1/grants", wire.Grant{Name: "ci", Role: results.Submitter, Key: "ssh-ed25519 AAAA"})
	if list := into[[]wire.Grant](t, admin.ask("GET", "/v1/grants", nil)); len(list) != 1 || list[0].Name != "ci" {
		t.Errorf("%+v", list)
	}
	if r := admin.ask("DELETE", "/v1/grants/ci", nil); r.StatusCode != http.StatusNoContent {
		t.Errorf("%d %s", r.StatusCode, r.text)
	}
	if steps := into[[]wire.Step](t, admin.ask("POST", "/v1/accept", wire.Acceptance{Run: box.Records.TheRun.ID, Benchmark: "join"})); len(steps) != 1 {
		t.Errorf("%+v", steps)
	}
	deeds := into[[]results.Deed](t, admin.ask("GET", "/v1/audit?limit=100", nil))
	var verbs string
	for _, deed := range deeds {
		verbs = deed.Verb + " " + verbs
	}
	if verbs != "submit submit cancel pause resume schedule add schedule remove " {
		t.Errorf("%q", verbs)
	}
	if status := into[map[string]string](t, admin.ask("GET", "/v1/status", nil)); status["disk"] != "fine" {
		t.Errorf("%v", status)
	}
}
