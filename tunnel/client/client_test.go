package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/boxtest"
	"mtrlz.dev/perfrun/tunnel/server"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// A client stands in for what is on the box.
var (
	_ server.Queue   = (*Client)(nil)
	_ server.Records = (*Client)(nil)
)

var (
	nobody = results.Person{}
	night  = results.Schedule{Name: "night/2 %", Cron: "0 2 * * *", Order: order("")}
)

func order(id string) results.Order {
	return results.Order{ID: id, Repository: "app", Head: "main", Suite: "perf.yml", Priority: results.PriorityAdHoc}
}

// asking is a client that does not dawdle between tries.
func asking(t *testing.T, a tunnel.Address, o Options) *Client {
	t.Helper()
	c, err := New(a, o)
	if err != nil {
		t.Fatal(err)
	}
	c.pause.first = time.Millisecond
	t.Cleanup(func() { c.Close() })
	return c
}

// same compares an answer with what the box itself says.
func same[T any](t *testing.T) func(T, error) func(T, error) {
	return func(got T, err error) func(T, error) {
		return func(want T, wantErr error) {
			t.Helper()
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil || wantErr != nil {
				t.Errorf("%v, %v\n%s", err, wantErr, diff)
			}
		}
	}
}

func TestRecords(t *testing.T) {
	box := boxtest.Start(t)
	c, r, ctx := asking(t, box.Address(), Options{}), box.Records, t.Context()
	id := r.TheRun.ID
	same[results.Run](t)(c.Run(ctx, id))(r.Run(ctx, id))
	same[*results.Record](t)(c.Record(ctx, id))(r.Record(ctx, id))
	same[string](t)(c.Resolve(ctx, id[:5]))(id, nil)
	for _, limit := range []int{0, 2, -1} {
		same[[]results.Run](t)(c.Runs(ctx, limit))(r.Runs(ctx, max(limit, 0)))
	}
	for _, suite := range []string{"", "app"} {
		same[[]results.Run](t)(c.Calibrations(ctx, suite))(r.Calibrations(ctx, suite))
		same[[]results.AlarmTally](t)(c.Alarms(ctx, suite))(r.Alarms(ctx, suite))
		same[[]results.Series](t)(c.Series(ctx, suite))(r.Series(ctx, suite))
		same[[]results.Step](t)(c.Steps(ctx, suite))(r.Steps(ctx, suite))
		same[[]results.Acceptance](t)(c.Acceptances(ctx, suite))(r.Acceptances(ctx, suite))
	}
	same[[]results.Point](t)(c.Points(ctx, r.TheSeries))(r.Points(ctx, r.TheSeries))
	if none, err := c.Points(ctx, results.Series{}); len(none) != 0 || err != nil {
		t.Errorf("%v, %v", none, err)
	}
	if none, err := c.Series(ctx, "other"); len(none) != 0 || err != nil {
		t.Errorf("%v, %v", none, err)
	}
	if _, err := c.Record(ctx, "x/../y"); err == nil || !strings.Contains(err.Error(), "there is no ") {
		t.Errorf("%v", err)
	}
}

func TestPages(t *testing.T) {
	c := asking(t, boxtest.Start(t).Address(), Options{})
	got, err := c.Page(t.Context(), "index.html", url.Values{"a": {"x&y", "<b>"}})
	if want := "<p>a=x%26y&a=%3Cb%3E</p>\xff"; err != nil || string(got.Body) != want || got.Type != "text/html; charset=utf-8" || got.At.Unix() != 1e9 {
		t.Errorf("%v: %+v", err, got)
	}
	if got, err := c.Page(t.Context(), "../x", nil); err != nil || !got.Missing || len(got.Body) != 0 {
		t.Errorf("what is not there: %v, %+v", err, got)
	}
	if _, err := c.Page(t.Context(), "index.html", url.Values{"a": {"wrong"}}); err == nil || !strings.Contains(err.Error(), "it is wrong") {
		t.Errorf("a wrong query: %v", err)
	}
	if _, err := c.Page(t.Context(), strings.Repeat("a", 9<<10), nil); err == nil {
		t.Error("an endless address")
	}
}

func TestQueue(t *testing.T) {
	box := boxtest.Start(t)
	c, q, ctx := asking(t, box.Address(), Options{}), box.Queue, t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	for _, id := range []string{"a1", "a2", "a3"} {
		same[results.Job](t)(c.Submit(ctx, nobody, order(id)))(q.Job(ctx, id))
	}
	same[results.Job](t)(c.Cancel(ctx, nobody, "a2", "why not"))(q.Job(ctx, "a2"))
	same[results.Job](t)(c.Job(ctx, "a1"))(q.Job(ctx, "a1"))
	list, next, err := c.Jobs(ctx, "", 2)
	if err != nil || len(list) != 2 || next != "a2" {
		t.Errorf("%+v, %q, %v", list, next, err)
	}
	if list, next, err = c.Jobs(ctx, next, 2); err != nil || len(list) != 1 || next != "" {
		t.Errorf("%+v, %q, %v", list, next, err)
	}
	must(c.Pause(ctx, nobody, "mine"))
	same[results.QueueView](t)(c.View(ctx))(q.View(ctx))
	must(c.Resume(ctx, nobody))
	must(c.AddSchedule(ctx, nobody, night))
	same[[]results.Schedule](t)(c.Schedules(ctx))(q.Schedules(ctx))
	if list, err := c.Schedules(ctx); err != nil || len(list) != 1 || list[0].Cron != night.Cron {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := c.RunNow(ctx, nobody, "night", ""); err == nil {
		t.Error("a schedule that there is not ran")
	}
	must(c.Grant(ctx, wire.Grant{Name: "ci", Role: results.Submitter, Key: "k"}))
	same[[]wire.Grant](t)(c.Grants(ctx))(box.Grants.List(ctx))
	must(c.Revoke(ctx, "ci"))
	same[[]results.Deed](t)(c.Audit(ctx, 3))(q.Audit(ctx, 3))
	steps, err := c.Accept(ctx, nobody, wire.Acceptance{Run: box.Records.TheRun.ID, Benchmark: "join"})
	if err != nil || len(steps) != 1 || steps[0].Series != box.Records.TheSeries {
		t.Errorf("%+v, %v", steps, err)
	}
	status, err := c.Status(ctx)
	if err != nil || !json.Valid(status) || !strings.Contains(string(status), "fine") {
		t.Errorf("%s, %v", status, err)
	}
}

// A name with a slash stays one name, or is refused; it never is another path.
func TestNames(t *testing.T) {
	box := boxtest.Start(t)
	c := asking(t, box.Address(), Options{})
	if err := c.AddSchedule(t.Context(), nobody, night); err != nil {
		t.Fatal(err)
	}
	if err := c.RemoveSchedule(t.Context(), nobody, night.Name); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", ".", "..", "../queue", "a/../../queue"} {
		if err := c.RemoveSchedule(t.Context(), nobody, name); err == nil {
			t.Errorf("%q is removed", name)
		}
	}
}

// What the box says is a problem of its kind, and is not asked again.
func TestProblems(t *testing.T) {
	box := boxtest.Start(t)
	tries := 0
	c := asking(t, box.Address(), Options{Retrying: func(error, time.Duration) { tries++ }})
	check := func(err error, kind results.ProblemKind, says string) {
		t.Helper()
		p, ok := errors.AsType[*results.Problem](err)
		if u, link := errors.AsType[*tunnel.Unreachable](err); !ok || link || p.Kind != kind || !strings.Contains(p.Error(), says) {
			t.Errorf("%v, %v", err, u)
		}
	}
	_, err := c.Job(t.Context(), "none")
	check(err, results.BadInput, "there is no such job")
	_, err = c.Submit(t.Context(), nobody, results.Order{})
	check(err, results.BadInput, "cannot be an id")
	_, err = c.FollowLog(t.Context(), "none", 0, &bytes.Buffer{})
	check(err, results.BadInput, "there is no such job")
	_, err = c.Wait(t.Context(), "none", nil)
	check(err, results.BadInput, "there is no such job")
	check(c.Upload(t.Context(), "u1", "/none"), results.BadInput, "cannot be read")
	check(c.Upload(t.Context(), "u1", os.DevNull), results.BadInput, "empty")
	box.Queue.Break(&results.Problem{Kind: results.CannotRun, What: "the disk is full"})
	_, err = c.View(t.Context())
	check(err, results.CannotRun, "the disk is full")
	if tries != 0 {
		t.Errorf("%d were tried again", tries)
	}
	if _, err := New(tunnel.Address{}, Options{}); err == nil {
		t.Error("no address is one")
	}
}

// answering is a box that answers everything with the same text.
func answering(t testing.TB, text string) tunnel.Address {
	t.Helper()
	return answeringWith(t, func(conn net.Conn) { io.WriteString(conn, text) })
}

// answeringFrom is a box that answers with what it reads.
func answeringFrom(t testing.TB, from io.Reader) tunnel.Address {
	t.Helper()
	return answeringWith(t, func(conn net.Conn) { io.Copy(conn, from) })
}

func answeringWith(t testing.TB, answer func(net.Conn)) tunnel.Address {
	t.Helper()
	dir, err := os.MkdirTemp("", "perfrun-client-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	a := tunnel.Address{Socket: filepath.Join(dir, "s")}
	l, err := net.Listen("unix", a.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				conn.Read(make([]byte, 64<<10))
				answer(conn)
				conn.Close()
			}()
		}
	}()
	return a
}

// What answers may be something else, or of another age.
func TestStrangeAnswers(t *testing.T) {
	check := func(text, says string) {
		t.Helper()
		_, err := asking(t, answering(t, text), Options{Patience: -1}).View(t.Context())
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
	mark := wire.HeaderVersion + ": 1\r\n"
	check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "not perfrun")
	check("HTTP/1.1 200 OK\r\n"+mark+"Content-Length: 1\r\n\r\n{", "not understood")
	check("HTTP/1.1 200 OK\r\n"+mark+"Content-Length: 9\r\n\r\n{", "the link to it was lost")
	check("HTTP/1.1 502 Bad Gateway\r\n"+mark+"Content-Length: 2\r\n\r\nno", "502 Bad Gateway")
	check("HTTP/1.1 302 Found\r\n"+mark+"Location: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", "302 Found")
	check("SSH-2.0-OpenSSH_9.2\r\n", "the link to it was lost")
	check("", "the link to it was lost")
	check("HTTP/1.1 400 Bad Request\r\n"+mark+"Content-Length: 64\r\n\r\n"+`{"error":{"kind":"bad-input","what":"speak v7","next":"upgrade"}}`[:64], "without a reason")
	failure := `{"error":{"kind":"bad-input","what":"speak v7","next":"upgrade"}}`
	check("HTTP/1.1 400 Bad Request\r\n"+mark+"Connection: close\r\n\r\n"+failure, "speak v7; upgrade")
	more := `{"running":[],"waiting":[],"of_the_future":1}`
	view, err := asking(t, answering(t, "HTTP/1.1 200 OK\r\n"+mark+"Connection: close\r\n\r\n"+more), Options{}).View(t.Context())
	if err != nil || view.Running == nil {
		t.Errorf("a newer box: %+v, %v", view, err)
	}
}

// FuzzAnswer: whatever answers, a client ends with an answer or an error.
func FuzzAnswer(f *testing.F) {
	head := "HTTP/1.1 200 OK\r\n" + wire.HeaderVersion + ": 1\r\n"
	f.Add(head + "Content-Length: 2\r\n\r\n{}")
	f.Add(head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
	f.Add(head + wire.HeaderLogSize + ": 3\r\n" + wire.HeaderLogFinal + ": true\r\nContent-Length: 3\r\n\r\nlog")
	f.Add(head + "Content-Length: 20\r\n\r\n" + `{"place":{"id":"a"}}`)
	f.Add("HTTP/1.1 100 Continue\r\n\r\n")
	f.Add(head + wire.HeaderLogSize + ": 3\r\nConnection: close\r\n\r\n") // a log of three bytes without any
	f.Fuzz(func(t *testing.T, text string) {
		c := asking(t, answering(t, text), Options{Patience: -1})
		c.quiet = quiets{time.Second, time.Second, time.Second}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		c.View(ctx)
		var log bytes.Buffer
		if next, _ := c.Log(ctx, "a", 0, &log); next != int64(log.Len()) {
			t.Errorf("%d bytes of %d", next, log.Len())
		}
		c.events(ctx, "a", func(wire.Progress) {})
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Errorf("%q holds the client up", text)
		}
	})
}

// writes calls back with what is written.
type writes func(text string)

func (w writes) Write(text []byte) (int, error) {
	w(string(text))
	return len(text), nil
}

// A job that shared another's run gets one of its own, and a log, when that one is
// cancelled.
func TestFollowALogThatIsAnotherOneByNow(t *testing.T) {
	box := boxtest.Start(t)
	c := asking(t, box.Address(), Options{})
	for _, id := range []string{"a1", "b1"} {
		if _, err := c.Submit(t.Context(), nobody, order(id)); err != nil {
			t.Fatal(err)
		}
	}
	box.Queue.Same("b1", "a1")
	box.Write("a1", "the run that is cancelled\n")
	var log strings.Builder
	next, err := c.FollowLog(t.Context(), "b1", 0, writes(func(text string) {
		if log.WriteString(text); !strings.Contains(text, "cancelled") {
			return
		}
		box.Queue.Same("b1", "")
		box.Write("b1", "a run of its own\n")
		box.Queue.Set("b1", results.JobDone)
	}))
	if want := "the run that is cancelled\na run of its own\n"; err != nil || log.String() != want || next != int64(len("a run of its own\n")) {
		t.Errorf("%d, %v, %q", next, err, log.String())
	}
}
