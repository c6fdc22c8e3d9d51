package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/boxtest"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// cutter passes on what goes to a box and comes from it, until so many bytes have
// gone through, in both directions together. Then it closes the connection, or
// falls silent. It does so once; what connects later is let through.
type cutter struct {
	tunnel.Address
	left   atomic.Int64
	cuts   atomic.Int64
	silent bool
}

func cutting(t *testing.T, box *boxtest.Box) *cutter {
	t.Helper()
	dir, err := os.MkdirTemp("", "perfrun-cut-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cutter{Address: tunnel.Address{Socket: filepath.Join(dir, "s")}}
	l, err := net.Listen("unix", c.Socket)
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
			onward, err := net.Dial("unix", box.Socket)
			if err != nil {
				conn.Close()
				continue
			}
			end := func() { conn.Close(); onward.Close() }
			context.AfterFunc(t.Context(), end)
			go c.pass(onward, conn, end)
			go c.pass(conn, onward, end)
		}
	}()
	return c
}

// pass copies one direction, to the very byte.
func (c *cutter) pass(to io.Writer, from io.Reader, end func()) {
	piece := make([]byte, 4096)
	for {
		n, err := from.Read(piece)
		left := c.left.Add(-int64(n)) + int64(n)
		if cut := left >= 0 && left < int64(n) || left < 0 && left+int64(n) >= 0 && c.cuts.Load() == 0; cut && n > 0 {
			to.Write(piece[:max(left, 0)])
			c.left.Store(1 << 40)
			c.cuts.Add(1)
			if c.silent {
				return
			}
			end()
			return
		}
		if _, failed := to.Write(piece[:n]); err != nil || failed != nil {
			end()
			return
		}
	}
}

// everyCut does something with a link that is cut after each number of bytes, until
// it goes through without a cut.
func everyCut(t *testing.T, c *cutter, do func(c *Client, id string)) {
	t.Helper()
	for n := int64(0); ; n++ {
		c.left.Store(n)
		c.cuts.Store(0)
		one := asking(t, c.Address, Options{})
		one.pause.most = 2 * time.Millisecond
		do(one, fmt.Sprintf("cut-%d", n))
		one.Close()
		if t.Failed() {
			t.Fatalf("cut after %d bytes", n)
		}
		if c.cuts.Load() == 0 {
			t.Logf("%d cuts", n)
			return
		}
	}
}

// An order is one job, whenever the link is cut.
func TestSubmitCut(t *testing.T) {
	t.Parallel()
	box := boxtest.Start(t)
	want := 0
	everyCut(t, cutting(t, box), func(c *Client, id string) {
		want++
		job, err := c.Submit(t.Context(), nobody, order(id))
		if n := box.Queue.Deeds("submit"); err != nil || job.ID != id || n != want {
			t.Errorf("%+v, %v, %d jobs", job, err, n)
		}
	})
}

// What makes something new each time that it is asked for does so once.
func TestRunNowCut(t *testing.T) {
	t.Parallel()
	box := boxtest.Start(t)
	if err := box.Queue.AddSchedule(t.Context(), results.Person{Role: results.Admin}, night); err != nil {
		t.Fatal(err)
	}
	want := 0
	everyCut(t, cutting(t, box), func(c *Client, _ string) {
		want++
		job, err := c.RunNow(t.Context(), nobody, night.Name, "")
		if n := box.Queue.Deeds("run-now"); err != nil || job.ID == "" || n != want {
			t.Errorf("%+v, %v, %d jobs", job, err, n)
		}
	})
}

// A log comes whole, and no byte of it twice.
func TestFollowCut(t *testing.T) {
	t.Parallel()
	box := boxtest.Start(t)
	if _, err := box.Queue.Submit(t.Context(), results.Person{Role: results.Admin}, order("a1")); err != nil {
		t.Fatal(err)
	}
	box.Queue.Set("a1", results.JobDone)
	text := strings.Repeat("0123456789\n", 30)
	box.Write("a1", text)
	everyCut(t, cutting(t, box), func(c *Client, _ string) {
		var log bytes.Buffer
		next, err := c.FollowLog(t.Context(), "a1", 3, &log)
		if err != nil || log.String() != text[3:] || next != int64(len(text)) {
			t.Errorf("%q up to %d, %v", log.String(), next, err)
		}
		job, err := c.Wait(t.Context(), "a1", nil)
		if err != nil || job.State != results.JobDone {
			t.Errorf("%+v, %v", job, err)
		}
	})
}

// A file is taken in once, byte for byte.
func TestUploadCut(t *testing.T) {
	t.Parallel()
	box := boxtest.Start(t)
	path := filepath.Join(t.TempDir(), "file")
	text := strings.Repeat("results ", 20)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want := 0
	everyCut(t, cutting(t, box), func(c *Client, id string) {
		want++
		err := c.Upload(t.Context(), id, path)
		if taken := box.Taken(); err != nil || len(taken) != want || string(taken[want-1]) != text {
			t.Errorf("%v, taken %d times: %q", err, len(taken), taken[len(taken)-1])
		}
	})
}

// A link that falls silent is given up, and another one is tried.
func TestSilent(t *testing.T) {
	box := boxtest.Start(t)
	cut := cutting(t, box)
	cut.silent = true
	for _, n := range []int64{0, 10, 300, 480} {
		cut.left.Store(n)
		cut.cuts.Store(0)
		var why error
		c := asking(t, cut.Address, Options{Retrying: func(err error, _ time.Duration) { why = err }})
		c.quiet.plain = 100 * time.Millisecond
		if _, err := c.Submit(t.Context(), nobody, order(fmt.Sprint("silent-", n))); err != nil {
			t.Error(err)
		}
		if cut.cuts.Load() != 1 || why == nil || !strings.Contains(why.Error(), "nothing comes from it any more") {
			t.Errorf("after %d bytes: %d cuts, %v", n, cut.cuts.Load(), why)
		}
	}
	if n := box.Queue.Deeds("submit"); n != 4 {
		t.Errorf("%d jobs", n)
	}
}

// A link that is slow is none that is silent: each piece of an answer shows that.
func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	pieces, write := io.Pipe()
	a := answeringFrom(t, pieces)
	go func() {
		fmt.Fprintf(write, "HTTP/1.1 200 OK\r\n%s: 1\r\nConnection: close\r\n\r\n", wire.HeaderVersion)
		for range 12 {
			time.Sleep(250 * time.Millisecond)
			io.WriteString(write, " ")
		}
		io.WriteString(write, `{"api":7}`)
		write.Close()
	}()
	c := asking(t, a, Options{Patience: -1})
	c.quiet.plain = 2 * time.Second
	if hello, err := c.Hello(t.Context()); err != nil || hello.API != 7 {
		t.Errorf("%+v, %v", hello, err)
	}
}

// A log that grows and a job that goes on are followed over a box that starts anew.
func TestBoxRestarts(t *testing.T) {
	box := boxtest.Start(t)
	c := asking(t, box.Address(), Options{})
	ctx := t.Context()
	if _, err := c.Submit(ctx, nobody, order("a1")); err != nil {
		t.Fatal(err)
	}
	read, write := io.Pipe()
	followed, waited := make(chan error, 1), make(chan error, 1)
	seen := make(chan results.JobState, 100)
	go func() {
		_, err := c.FollowLog(ctx, "a1", 0, write)
		followed <- err
		write.Close()
	}()
	go func() {
		job, err := c.Wait(ctx, "a1", func(p wire.Progress) { seen <- p.Place.State })
		if job.State != results.JobFailed {
			err = errors.Join(err, fmt.Errorf("%+v", job))
		}
		waited <- err
	}()
	if <-seen != results.JobQueued {
		t.Error("it does not wait")
	}
	for i := range 3 {
		piece := fmt.Sprintf("piece %d\n", i)
		box.Write("a1", piece)
		got := make([]byte, len(piece))
		if _, err := io.ReadFull(read, got); err != nil || string(got) != piece {
			t.Fatalf("%q, %v", got, err)
		}
		box.End()
		box.Begin()
	}
	box.Write("a1", "the end")
	box.Queue.Set("a1", results.JobFailed)
	rest, err := io.ReadAll(read)
	if err = errors.Join(err, <-followed, <-waited); err != nil || string(rest) != "the end" {
		t.Errorf("%q, %v", rest, err)
	}
}

// Who waits for a job, or follows its log, bears with a box that cannot look just
// then.
func TestPassing(t *testing.T) {
	box := boxtest.Start(t)
	c := asking(t, box.Address(), Options{Retrying: func(err error, _ time.Duration) {
		if strings.Contains(err.Error(), "locked") {
			box.Queue.Break(nil)
			box.Queue.Set("a1", results.JobDone)
		}
	}})
	broken := &results.Problem{Kind: results.CannotRun, What: "the database is locked"}
	if _, err := c.Submit(t.Context(), nobody, order("a1")); err != nil {
		t.Fatal(err)
	}
	job, err := c.Wait(t.Context(), "a1", func(p wire.Progress) {
		if p.Place.State == results.JobQueued {
			box.Queue.Break(broken)
		}
	})
	if err != nil || job.State != results.JobDone {
		t.Errorf("%+v, %v", job, err)
	}
	box.Write("a1", "log")
	box.Queue.Break(broken)
	var log bytes.Buffer
	if next, err := c.FollowLog(t.Context(), "a1", 0, &log); err != nil || next != 3 || log.String() != "log" {
		t.Errorf("%q, %v", log.String(), err)
	}
	box.Queue.Break(broken)
	c.options.Patience = -1
	if _, err := c.Wait(t.Context(), "a1", nil); !strings.Contains(fmt.Sprint(err), "locked") {
		t.Errorf("%v", err)
	}
}

// Patience ends: at once where nothing will change, else after its time; and
// whenever nobody wants the answer any more.
func TestPatience(t *testing.T) {
	box := boxtest.Start(t)
	tries := 0
	var slept time.Duration
	c := asking(t, box.Address(), Options{Patience: time.Hour, Retrying: func(_ error, in time.Duration) { tries++; slept += in }})
	check := func(err error, lasting bool, says string) {
		t.Helper()
		if u, ok := errors.AsType[*tunnel.Unreachable](err); !ok || u.Lasting != lasting || !strings.Contains(err.Error(), says) {
			t.Errorf("%v", err)
		}
	}
	if _, err := c.View(t.Context()); err != nil {
		t.Fatal(err)
	}
	box.End()
	c.options.Patience = 50 * time.Millisecond
	_, err := c.View(t.Context())
	check(err, false, "the daemon does not run")
	if tries == 0 {
		t.Error("it gave up at once")
	}
	c.options.Patience = time.Hour
	c.pause = pauses{time.Hour, time.Hour, sleep}
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	c.options.Retrying = func(error, time.Duration) { cancel(stop) }
	c.options.Patience = 1000 * time.Hour
	if _, err := c.View(ctx); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	tries = 0
	_, err = asking(t, box.Address(), Options{Retrying: func(error, time.Duration) { tries++ }}).View(t.Context())
	check(err, true, "the daemon does not run")
	if tries != 0 {
		t.Errorf("what never was there was tried %d times", tries)
	}
	for try := range 100 {
		if d := (pauses{first: time.Second, most: 10 * time.Second}).draw(try); d <= 0 || d > 10*time.Second+1 || try == 0 && d > time.Second+1 {
			t.Errorf("try %d waits %v", try, d)
		}
	}
}

// Chunks follow the link's speed, within bounds.
func TestNextChunk(t *testing.T) {
	check := func(size int64, took time.Duration, want int64) {
		t.Helper()
		if got := nextChunk(size, took); got != want {
			t.Errorf("%d in %v, then %d, want %d", size, took, got, want)
		}
	}
	check(firstChunk, time.Millisecond, 2*firstChunk)
	check(firstChunk, 2*time.Second, firstChunk)
	check(firstChunk, time.Minute, firstChunk/2)
	check(leastChunk, time.Minute, leastChunk)
	check(wire.MaxChunk, 0, wire.MaxChunk)
}
