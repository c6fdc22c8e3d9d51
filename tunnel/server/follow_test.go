package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/boxtest"
	"mtrlz.dev/perfrun/tunnel/server"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// submitted is a box with a job.
func submitted(t *testing.T, set ...func(*server.Server)) (*boxtest.Box, talker) {
	t.Helper()
	box := boxtest.Start(t, set...)
	k := as(t, box, ci)
	into[results.Job](t, k.ask("POST", "/v1/jobs", order))
	return box, k
}

func TestLog(t *testing.T) {
	box, k := submitted(t, server.Hurry)
	check := func(query, text, size, final string) {
		t.Helper()
		r := k.ask("GET", "/v1/jobs/a1/log?"+query, nil)
		if r.text != text || r.Header.Get(wire.HeaderLogSize) != size || r.Header.Get(wire.HeaderLogFinal) != final {
			t.Errorf("%s: %d %q %v, want %q", query, r.StatusCode, r.text, r.Header, text)
		}
	}
	check("", "", "0", "false")
	box.Write("a1", "one\ntwo\n")
	check("offset=0", "one\ntwo\n", "8", "false")
	check("offset=5&wait=1", "wo\n", "8", "false")
	check("offset=8", "", "8", "false")
	check("offset=8&wait=1", "", "8", "false")
	if r := k.ask("GET", "/v1/jobs/a1/log?offset=9", nil); r.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("%d %s", r.StatusCode, r.text)
	}
	if r := k.ask("GET", "/v1/jobs/a1/log?wait=31", nil); r.StatusCode != http.StatusBadRequest {
		t.Errorf("%d %s", r.StatusCode, r.text)
	}
	answer := make(chan reply)
	go func() { answer <- k.ask("GET", "/v1/jobs/a1/log?offset=8&wait=30", nil) }()
	box.Write("a1", "three")
	if r := <-answer; r.text != "three" {
		t.Errorf("what came while it waited: %q", r.text)
	}
	go func() { answer <- k.ask("GET", "/v1/jobs/a1/log?offset=13&wait=30", nil) }()
	box.Queue.Set("a1", results.JobDone)
	if r := <-answer; r.text != "" || r.Header.Get(wire.HeaderLogFinal) != "true" {
		t.Errorf("the end: %q %v", r.text, r.Header)
	}
	box.Write("a2", strings.Repeat("x", wire.MaxLog+1))
	other := order
	other.ID = "a2"
	k.ask("POST", "/v1/jobs", other)
	box.Queue.Same("a1", "a2")
	check("", strings.Repeat("x", wire.MaxLog), "1048577", "false")
	check("offset=1048576", "x", "1048577", "false")
}

// events opens a job's stream.
func events(t *testing.T, k talker, id string) (next func() (wire.Progress, error)) {
	t.Helper()
	response, err := k.client.Get("http://box/v1/jobs/" + id + "/events")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	lines := bufio.NewReader(response.Body)
	return func() (p wire.Progress, err error) {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return p, err
		}
		var failure wire.Failure
		if json.Unmarshal(line, &failure) == nil && failure.Error.What != "" {
			return p, failure.Error.Problem()
		}
		return p, json.Unmarshal(line, &p)
	}
}

func TestEvents(t *testing.T) {
	box, k := submitted(t, server.Hurry)
	other := order
	other.ID = "a2"
	k.ask("POST", "/v1/jobs", other)
	next := events(t, k, "a2")
	check := func(want string) {
		t.Helper()
		for {
			p, err := next()
			got := fmt.Sprintf("%s %s %d %s %v", p.Place.State, p.Place.Run, p.Ahead, p.Detail, err)
			if got == want {
				return
			}
			if err != nil {
				t.Fatalf("%s, want %s", got, want)
			}
		}
	}
	check("queued  1  <nil>")
	check("queued  1  <nil>") // it is said again
	box.Queue.Set("a1", results.JobRunning)
	check("queued  0  <nil>")
	box.Queue.Set("a1", results.JobDone)
	box.Queue.Set("a2", results.JobRunning)
	check("running measuring 0 round 3 of 40 <nil>")
	box.Queue.Set("a2", results.JobFailed)
	check("failed  0  <nil>")
	check("  0  EOF")
	next = events(t, k, "a2")
	check("failed  0  <nil>")
	check("  0  EOF")
	if r := k.ask("GET", "/v1/jobs/none/events", nil); r.StatusCode != http.StatusBadRequest {
		t.Errorf("%d %s", r.StatusCode, r.text)
	}
	third := order
	third.ID = "a3"
	k.ask("POST", "/v1/jobs", third)
	next = events(t, k, "a3")
	check("queued  0  <nil>")
	box.Queue.Break(&results.Problem{What: "the database is locked"})
	check("  0  the database is locked")
}

// A server that ends lets go of those who follow.
func TestShutdown(t *testing.T) {
	box, k := submitted(t)
	next := events(t, k, "a1")
	if _, err := next(); err != nil {
		t.Fatal(err)
	}
	answer := make(chan reply)
	conn, err := box.Dial(ci)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { answer <- as(t, box, ci).ask("GET", "/v1/jobs/a1/log?wait=30", nil) }()
	fmt.Fprintf(conn, "GET /v1/jobs/a1/log?wait=30 HTTP/1.1\r\nHost: box\r\n\r\n")
	box.Write("a1", "x") // whoever is there already gets it, whoever comes later too
	if r := <-answer; r.text != "x" {
		t.Errorf("%q", r.text)
	}
	box.End()
	if _, err := next(); err == nil {
		t.Error("it goes on")
	}
}
