package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/boxtest"
	"mtrlz.dev/perfrun/tunnel/server"
	"mtrlz.dev/perfrun/tunnel/wire"
)

var (
	viewer = results.Person{Name: "vera", Role: results.Viewer, From: "203.0.113.7"}
	ci     = results.Person{Name: "ci", Role: results.Submitter}
	nikhil = results.Person{Name: "nikhil", Role: results.Admin}
	order  = results.Order{ID: "a1", Repository: "app", Head: "main", Suite: "perf.yml", Priority: results.PriorityAdHoc}
)

// talker asks a box as somebody.
type talker struct {
	t      *testing.T
	client *http.Client
}

func as(t *testing.T, box *boxtest.Box, who results.Person) talker {
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return box.Dial(who) }}
	t.Cleanup(transport.CloseIdleConnections)
	return talker{t, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// reply is an answer that was read whole.
type reply struct {
	*http.Response
	text    string
	problem *results.Problem
}

// ask sends a request. body is nil, text, or what becomes JSON.
func (k talker) ask(method, path string, body any, headers ...string) reply {
	k.t.Helper()
	var text []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		text = b
	case string:
		text = []byte(b)
	default:
		var err error
		if text, err = json.Marshal(b); err != nil {
			k.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(k.t.Context(), method, "http://box"+path, bytes.NewReader(text))
	if err != nil {
		k.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return k.do(req)
}

func (k talker) do(req *http.Request) reply {
	k.t.Helper()
	response, err := k.client.Do(req)
	if err != nil {
		k.t.Errorf("%s %s: %v", req.Method, req.URL.Path, err)
		return reply{Response: &http.Response{Header: http.Header{}}, problem: &results.Problem{}}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	r := reply{Response: response, text: string(text)}
	if err != nil {
		r.text += "<" + err.Error() + ">"
	}
	if response.StatusCode >= 300 {
		var failure wire.Failure
		if err := json.Unmarshal(text, &failure); err != nil || failure.Error.What == "" {
			k.t.Errorf("%s %s: %d with %q, which is no failure", req.Method, req.URL.Path, response.StatusCode, text)
		}
		r.problem = failure.Error.Problem()
	}
	return r
}

// into reads an answer's JSON.
func into[T any](t *testing.T, r reply) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.text), &value); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("%d %q: %v", r.StatusCode, r.text, err)
	}
	return value
}

// TestAccessEndsWithWhatIsOpen: sshd asks for no key a second time, so that the box must
// close what somebody has open, and refuse what a login from before opens yet.
func TestAccessEndsWithWhatIsOpen(t *testing.T) {
	box, k := submitted(t)
	admin, person, other := as(t, box, nikhil), as(t, box, viewer), as(t, box, results.Person{Name: "other", Role: results.Viewer})
	grant := wire.Grant{Name: viewer.Name, Role: viewer.Role, Key: "ssh-ed25519 AAAA"}
	admin.ask("POST", "/v1/grants", grant)
	refused := func(what string, k talker, want int) {
		t.Helper()
		if r := k.ask("GET", "/v1/queue", nil); r.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", what, r.StatusCode, r.text, want)
		}
	}
	next, others, mine := events(t, person, "a1"), events(t, other, "a1"), events(t, k, "a1")
	if r := admin.ask("DELETE", "/v1/grants/"+viewer.Name, nil); r.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %s", r.StatusCode, r.text)
	}
	for err := error(nil); err == nil; { // what was sent before may still arrive
		_, err = next()
	}
	refused("a login from before", as(t, box, viewer), http.StatusForbidden)
	for _, next := range []func() (wire.Progress, error){others, mine} {
		if _, err := next(); err != nil {
			t.Errorf("somebody else was cut off: %v", err)
		}
	}
	grant.Role = results.Submitter
	admin.ask("POST", "/v1/grants", grant)
	refused("the role from before", as(t, box, viewer), http.StatusForbidden)
	refused("the new role", as(t, box, results.Person{Name: viewer.Name, Role: results.Submitter}), http.StatusOK)
	admin.ask("POST", "/v1/grants", wire.Grant{Name: nikhil.Name, Role: results.Viewer, Key: "ssh-ed25519 BBBB"})
	refused("an admin who ended that", admin, http.StatusForbidden)
}

// Every endpoint asks for its role, whatever is behind it.
func TestRoles(t *testing.T) {
	box := boxtest.Start(t, server.Hurry)
	for _, who := range []results.Person{viewer, ci, nikhil} {
		k := as(t, box, who)
		for _, route := range box.Server.Routes() {
			path := strings.NewReplacer("{id}", "a1", "{name}", "night").Replace(route.Path)
			r := k.ask(route.Method, path, nil)
			if refused := r.StatusCode == http.StatusForbidden; refused == who.Role.Reaches(route.Role) {
				t.Errorf("%s: %s %s: %d %s", who.Role, route.Method, path, r.StatusCode, r.text)
			}
			if r.Header.Get(wire.HeaderVersion) != "1" || r.Header.Get(wire.HeaderProgram) != "1.2.3" {
				t.Errorf("%s %s: %v", route.Method, path, r.Header)
			}
		}
	}
	if problem := as(t, box, ci).ask("POST", "/v1/queue/pause", wire.Reason{}).problem; problem.Kind != results.BadInput || !strings.Contains(problem.Error(), "takes the role admin, and yours is submitter") {
		t.Errorf("%v", problem)
	}
	if n := box.Queue.Deeds("pause"); n != 0 {
		t.Errorf("it was paused %d times", n)
	}
}

// What is asked wrongly is told so, with the right status, and does nothing.
func TestBadRequests(t *testing.T) {
	box := boxtest.Start(t)
	k := as(t, box, nikhil)
	check := func(method, path string, body any, status int, says string, headers ...string) {
		t.Helper()
		r := k.ask(method, path, body, headers...)
		if r.StatusCode != status || r.problem == nil || !strings.Contains(r.problem.Error(), says) {
			t.Errorf("%s %.60s: %d %s, want %d %q", method, path, r.StatusCode, r.text, status, says)
		}
	}
	check("POST", "/v1/jobs", `{"id":"a1","repositry":"app"}`, 400, `unknown field "repositry"`)
	check("POST", "/v1/jobs", `{"id":"a1"} {}`, 400, "something follows")
	check("POST", "/v1/jobs", `{"id":`, 400, "not the JSON")
	check("POST", "/v1/jobs", "", 400, "not the JSON")
	check("POST", "/v1/jobs", `[]`, 400, "not the JSON")
	check("POST", "/v1/jobs", strings.Repeat("[", 20000), 400, "not the JSON")
	check("POST", "/v1/jobs", `{"id":"../x"}`, 400, "cannot be an id")
	check("POST", "/v1/jobs", `{"id":"a1","repository":"other"}`, 400, "use app")
	check("POST", "/v1/jobs", strings.Repeat(" ", wire.MaxRequest+1), 413, "longer than 262144 bytes")
	check("POST", "/v1/jobs", order, 400, "cannot be an id", wire.HeaderRequest, "../x")
	check("GET", "/v1/jobs?limit=-1", nil, 400, "no number")
	check("GET", "/v1/jobs?limit=1001", nil, 400, "no number")
	check("GET", "/v1/jobs?limit=x", nil, 400, "no number")
	check("GET", "/v1/jobs?after=none", nil, 400, "no such job")
	check("GET", "/v1/jobs?page=2", nil, 400, "does not take it")
	check("GET", "/v1/jobs?limit=1&limit=2", nil, 400, "not twice")
	check("GET", "/v1/jobs", "{}", 400, "takes none")
	check("GET", "/v1/jobs/none", nil, 400, "no such job")
	check("GET", "/v1/jobs/%2e%2e%2fx", nil, 404, "there is no request")
	check("GET", "/v1/jobs/a%00", nil, 400, "cannot be an id")
	check("GET", "/v1/points?series=x", nil, 400, "not a series")
	check("POST", "/v1/accept", wire.Acceptance{Run: "x"}, 400, "names a run and a benchmark")
	check("GET", "/", nil, 404, "there is no request")
	check("GET", "/v1/", nil, 404, "docs/API.md")
	check("PATCH", "/v1/jobs", nil, 404, `"PATCH" "/v1/jobs"`)
	check("GET", "/v2/jobs", nil, 400, "upgrade perfrun on the box")
	check("GET", "/v0/jobs", nil, 400, "there is no version")
	check("GET", "/vx", nil, 400, "there is no version")
	if n := box.Queue.Deeds("submit"); n != 0 {
		t.Errorf("%d orders went through", n)
	}
}

// What failed is told with a fitting status; what is the owner's business stays
// on the box.
func TestFailures(t *testing.T) {
	box := boxtest.Start(t)
	k := as(t, box, viewer)
	check := func(err error, status int, kind results.ProblemKind, says string) {
		t.Helper()
		box.Queue.Break(err)
		r := k.ask("GET", "/v1/queue", nil)
		if r.StatusCode != status || r.problem.Kind != kind || !strings.Contains(r.problem.Error(), says) {
			t.Errorf("%v: %d %s", err, r.StatusCode, r.text)
		}
	}
	check(fmt.Errorf("look: %w", &results.Problem{Kind: results.CannotRun, What: "the disk is full", Next: "make room"}), 503, results.CannotRun, "the disk is full; make room")
	check(&results.Problem{What: "no"}, 400, results.BadInput, "no")
	check(fmt.Errorf("wait: %w", context.DeadlineExceeded), 503, results.CannotRun, "in time")
	check(errors.New("open /root/secret: no"), 500, results.CannotRun, "the box failed to do this; its log says why")
	box.Queue.Break(nil)
	if view := k.ask("GET", "/v1/queue", nil).text; view != `{"running":[],"waiting":[]}`+"\n" {
		t.Errorf("an empty queue is %q", view)
	}
}

// A panic ends one request; half an answer does not pass for a whole one.
func TestPanics(t *testing.T) {
	box := boxtest.Start(t, server.Panicking)
	k := as(t, box, viewer)
	for _, method := range []string{"GET", "POST"} {
		if r := k.ask(method, "/v1/panic", nil, wire.HeaderRequest, "p"); r.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: %d %s", method, r.StatusCode, r.text)
		}
	}
	if r := k.ask("GET", "/v1/half", nil); !strings.HasPrefix(r.text, "half<unexpected EOF") {
		t.Errorf("%q", r.text)
	}
	if who := into[wire.Hello](t, k.ask("GET", "/v1/hello", nil)).Person; who != viewer {
		t.Errorf("afterwards it is %+v", who)
	}
}

// A body that is fed slowly, or never ends, is cut off, and nothing is done.
func TestSlowBodies(t *testing.T) {
	box := boxtest.Start(t, server.Cutting)
	check := func(head, body string) {
		t.Helper()
		conn, err := box.Dial(nikhil)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		go fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: box\r\nContent-Length: 1000\r\n\r\n%s", head, body)
		answer, err := io.ReadAll(conn)
		if first, _, _ := strings.Cut(string(answer), "\r\n"); err != nil || !strings.HasPrefix(first, "HTTP/1.1 4") {
			t.Errorf("%s: %q, %v", head, answer, err)
		}
	}
	check("POST /v1/jobs", `{"id":"a1",`)
	check("PUT /v1/uploads/a1/chunk?offset=0", "x")
	check("GET /v1/hello", "x")
	check("POST /v1/nothing", "x")
}

// Chunks may take longer than other bodies.
func TestSlowChunk(t *testing.T) {
	box := boxtest.Start(t, server.Bearing)
	k := as(t, box, ci)
	into[wire.Upload](t, k.ask("PUT", "/v1/uploads/u1", wire.Upload{Size: 2, SHA256: sum("xy")}))
	read, write := io.Pipe()
	req, err := http.NewRequest("PUT", "http://box/v1/uploads/u1/chunk?offset=0", read)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 2
	req.Header.Set(wire.HeaderChunkSum, sum("xy"))
	go func() {
		io.WriteString(write, "x")
		time.Sleep(200 * time.Millisecond)
		io.WriteString(write, "y")
		write.Close()
	}()
	if state := into[wire.Upload](t, k.do(req)); state.Offset != 2 {
		t.Errorf("%+v", state)
	}
}

// Whoever feeds chunks slowly keeps nobody else from uploading.
func TestSlowChunksOfSomebodyElse(t *testing.T) {
	box := boxtest.Start(t, server.Bearing)
	for range 20 {
		conn, err := box.Dial(nikhil)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "PUT /v1/uploads/u1/chunk?offset=0 HTTP/1.1\r\nHost: box\r\nContent-Length: 1000\r\n\r\nx")
	}
	time.Sleep(100 * time.Millisecond) // they shall be first
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	k := as(t, box, ci)
	into[wire.Upload](t, k.ask("PUT", "/v1/uploads/u1", wire.Upload{Size: 1, SHA256: sum("x")}))
	req, err := http.NewRequestWithContext(ctx, "PUT", "http://box/v1/uploads/u1/chunk?offset=0", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(wire.HeaderChunkSum, sum("x"))
	if state := into[wire.Upload](t, k.do(req)); state.Offset != 1 {
		t.Errorf("%+v", state)
	}
}

// Somebody who asks over another listener is nobody.
func TestNobody(t *testing.T) {
	box := boxtest.Start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go box.Server.Serve(l)
	k := talker{t, &http.Client{}}
	req, err := http.NewRequest("GET", "http://"+l.Addr().String()+"/v1/hello", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if r := k.do(req); r.StatusCode != http.StatusForbidden {
		t.Errorf("%d %s", r.StatusCode, r.text)
	}
}

// A connection too many is told so, and asks again later.
func TestRefused(t *testing.T) {
	box := boxtest.Start(t)
	box.End()
	box.Seats = 1
	box.Begin()
	first := as(t, box, ci)
	into[wire.Hello](t, first.ask("GET", "/v1/hello", nil))
	second := as(t, box, ci)
	r := second.ask("GET", "/v1/hello", nil)
	if r.StatusCode != http.StatusTooManyRequests || !strings.Contains(r.text, "1 connections of yours") {
		t.Errorf("%d %s", r.StatusCode, r.text)
	}
	first.client.CloseIdleConnections()
	for end := time.Now().Add(20 * time.Second); r.StatusCode == http.StatusTooManyRequests && time.Now().Before(end); {
		r = second.ask("GET", "/v1/hello", nil) // the box sees the end in its own time
	}
	into[wire.Hello](t, r)
	into[wire.Hello](t, as(t, box, nikhil).ask("GET", "/v1/hello", nil))
}

func TestNoFolder(t *testing.T) {
	_, err := server.New(server.Options{Uploads: "/dev/null/x"})
	if p, ok := wire.AsProblem(err); !ok || p.Kind != results.CannotRun || p.Where != "/dev/null/x" {
		t.Errorf("%v", err)
	}
}

// Whoever takes large answers slowly, or asks for many at once, is given few at a time.
func TestLargeAnswersOfOnePerson(t *testing.T) {
	box := boxtest.Start(t)
	box.End()
	var busy, most atomic.Int64
	box.Options.Status = func(context.Context) (any, error) {
		most.Store(max(most.Load(), busy.Add(1)))
		defer busy.Add(-1)
		time.Sleep(20 * time.Millisecond)
		return map[string]string{}, nil
	}
	box.Begin()
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if r := as(t, box, ci).ask("GET", "/v1/status", nil); r.StatusCode != http.StatusOK {
				t.Errorf("%d %s", r.StatusCode, r.text)
			}
		})
	}
	group.Wait()
	if most.Load() > 2 {
		t.Errorf("%d were made at once", most.Load())
	}
}
