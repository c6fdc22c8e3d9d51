package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
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

func sum(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

// sender uploads one text.
type sender struct {
	talker
	t    *testing.T
	path string
}

func sending(t *testing.T, k talker, id, text string) sender {
	t.Helper()
	s := sender{k, t, "/v1/uploads/" + id}
	s.check(k.ask("PUT", s.path, wire.Upload{Size: int64(len(text)), SHA256: sum(text)}), 0, false)
	return s
}

func (s sender) chunk(offset int, text string) reply {
	s.t.Helper()
	return s.ask("PUT", fmt.Sprintf("%s/chunk?offset=%d", s.path, offset), text, wire.HeaderChunkSum, sum(text))
}

func (s sender) complete() reply {
	s.t.Helper()
	return s.ask("POST", s.path+"/complete", nil)
}

func (s sender) check(r reply, offset int64, complete bool) {
	s.t.Helper()
	if got := into[wire.Upload](s.t, r); got.Offset != offset || got.Complete != complete {
		s.t.Errorf("%+v, want %d, %v", got, offset, complete)
	}
}

func (s sender) refused(r reply, status int, says string) {
	s.t.Helper()
	if r.StatusCode != status || !strings.Contains(r.text, says) {
		s.t.Errorf("%d %s, want %d %q", r.StatusCode, r.text, status, says)
	}
}

// An upload goes on where it was, whatever is sent again, also after the box was
// started anew and with a piece on the disk that was never acknowledged.
func TestUpload(t *testing.T) {
	box := boxtest.Start(t)
	up := sending(t, as(t, box, ci), "u1", "hello world")
	up.refused(up.chunk(1, "ello"), 409, "these begin at 1")
	up.check(up.chunk(0, "hello"), 5, false)
	up.check(up.chunk(0, "hello"), 5, false)
	up.check(up.chunk(2, "zz"), 5, false)
	up.refused(up.ask("PUT", up.path+"/chunk?offset=5", " wor", wire.HeaderChunkSum, sum("other")), 400, "not what was sent")
	up.refused(up.chunk(5, " world!"), 400, "beyond the size")
	up.refused(up.chunk(5, ""), 400, "empty")
	up.refused(up.complete(), 409, "5 of 11 bytes")
	box.End()
	file := filepath.Join(box.Options.Uploads, "ci", "u1~data")
	if err := os.WriteFile(file, []byte("hello\x00\x00\x00 and more garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	box.Begin()
	up = sender{as(t, box, ci), t, up.path}
	up.check(up.ask("GET", up.path, nil), 5, false)
	up.check(up.chunk(5, " world"), 11, false)
	up.check(up.complete(), 11, true)
	up.check(up.complete(), 11, true)
	up.check(up.chunk(5, " world"), 11, true)
	sending := up.ask("PUT", up.path, wire.Upload{Size: 11, SHA256: sum("hello world")})
	up.check(sending, 11, true)
	if taken := box.Taken(); len(taken) != 1 || string(taken[0]) != "hello world" {
		t.Errorf("%q", taken)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	up.refused(up.ask("PUT", up.path, wire.Upload{Size: 1, SHA256: sum("x")}), 409, "another file")
}

func TestUploadsThatCannotBe(t *testing.T) {
	box := boxtest.Start(t, server.Few)
	k := as(t, box, ci)
	check := func(u wire.Upload, status int, says string) {
		t.Helper()
		sender{k, t, ""}.refused(k.ask("PUT", "/v1/uploads/u1", u), status, says)
	}
	check(wire.Upload{Size: 1, SHA256: "x"}, 400, "no SHA-256")
	check(wire.Upload{Size: 1, SHA256: strings.ToUpper(sum("x"))}, 400, "no SHA-256")
	check(wire.Upload{SHA256: sum("")}, 400, "at least 1")
	check(wire.Upload{Size: wire.MaxUpload + 1, SHA256: sum("")}, 413, "may have")
	check(wire.Upload{ID: "u2", Size: 1, SHA256: sum("x")}, 400, "another than in the path")
	check(wire.Upload{Size: 1, SHA256: sum("x"), Complete: true}, 400, "alone")
	up := sender{k, t, "/v1/uploads/none"}
	up.refused(up.ask("GET", up.path, nil), 404, "no such upload")
	up.refused(up.chunk(0, "x"), 404, "no such upload")
	up.refused(up.complete(), 404, "no such upload")
	up.refused(up.ask("PUT", up.path+"/chunk", strings.Repeat("x", wire.MaxChunk+1)), 413, "longer")
	up.refused(k.ask("GET", "/v1/uploads/~", nil), 400, "cannot be an id")
	one := sending(t, k, "u1", "x")
	one.refused(k.ask("PUT", "/v1/uploads/u2", wire.Upload{Size: 1, SHA256: sum("x")}), 409, "not complete")
	// Another has uploads of their own, of the same id.
	sending(t, as(t, box, nikhil), "u1", "another text")
	one.check(one.chunk(0, "x"), 1, false)
	one.check(one.complete(), 1, true)
	sending(t, k, "u2", "y")
}

// What could not be taken in says why, and can be tried again.
func TestUploadRefused(t *testing.T) {
	box := boxtest.Start(t)
	up := sending(t, as(t, box, ci), "u1", "hello")
	up.check(up.chunk(0, "hullo"), 5, false)
	up.refused(up.complete(), 422, "another file than was announced")
	up.check(up.ask("GET", up.path, nil), 0, false)
	up.check(up.chunk(0, "hello"), 5, false)
	box.Refuse(&results.Problem{What: "this is no record of perfrun's"})
	up.refused(up.complete(), 400, "no record")
	box.Refuse(nil)
	up.check(up.complete(), 5, true)
	if taken := box.Taken(); len(taken) != 1 {
		t.Errorf("%q", taken)
	}
}

// A full disk refuses the piece that has no room, and keeps the others.
func TestUploadFullDisk(t *testing.T) {
	box := boxtest.Start(t)
	up := sending(t, as(t, box, ci), "u1", "hello")
	up.check(up.chunk(0, "he"), 2, false)
	data := filepath.Join(box.Options.Uploads, "ci", "u1~data")
	if err := errors.Join(os.Rename(data, data+"~"), os.Symlink("/dev/full", data)); err != nil {
		t.Fatal(err)
	}
	up.refused(up.chunk(2, "llo"), 507, "no room")
	up.check(up.ask("GET", up.path, nil), 2, false)
	if err := os.Rename(data+"~", data); err != nil {
		t.Fatal(err)
	}
	up.check(up.chunk(2, "llo"), 5, false)
	up.check(up.complete(), 5, true)
}

// What nobody went on with for a day is removed; what was touched is not.
func TestSweep(t *testing.T) {
	box := boxtest.Start(t)
	k := as(t, box, ci)
	old, fresh := sending(t, k, "old", "hello"), sending(t, k, "fresh", "hello")
	fresh.check(fresh.chunk(0, "he"), 2, false)
	yesterday := time.Now().Add(-25 * time.Hour)
	for _, name := range []string{"old~data", "old~state", "fresh~data"} {
		if err := os.Chtimes(filepath.Join(box.Options.Uploads, "ci", name), yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	box.Server.Sweep()
	old.refused(old.ask("GET", old.path, nil), http.StatusNotFound, "no such upload")
	fresh.check(fresh.chunk(2, "llo"), 5, false)
	if left, err := filepath.Glob(filepath.Join(box.Options.Uploads, "ci", "*")); err != nil || len(left) != 2 {
		t.Errorf("%q, %v", left, err)
	}
}

// Uploads are taken in one after the other: each may be large, and is read whole.
func TestUploadsAreTakenInOneByOne(t *testing.T) {
	box := boxtest.Start(t)
	box.End()
	var busy, most, taken atomic.Int64
	box.Options.Take = func(context.Context, results.Person, string) error {
		most.Store(max(most.Load(), busy.Add(1)))
		time.Sleep(20 * time.Millisecond)
		busy.Add(-1)
		taken.Add(1)
		return nil
	}
	box.Begin(server.Hurry)
	var group sync.WaitGroup
	const uploads = 6
	for i := range uploads {
		group.Go(func() {
			up := sending(t, as(t, box, ci), fmt.Sprintf("u%d", i), "hello")
			up.check(up.chunk(0, "hello"), 5, false)
			for !into[wire.Upload](t, up.complete()).Complete {
				if t.Failed() {
					return
				}
			}
		})
	}
	group.Wait()
	if taken.Load() != uploads || most.Load() != 1 {
		t.Errorf("%d were taken in, up to %d at once", taken.Load(), most.Load())
	}
}

// What was refused takes nobody's place: it waits to be tried again as long as there is
// room.
func TestRefusedUploadsMakeRoom(t *testing.T) {
	box := boxtest.Start(t, server.Few)
	k := as(t, box, ci)
	first := sending(t, k, "u1", "hello")
	first.check(first.chunk(0, "hello"), 5, false)
	box.Refuse(&results.Problem{What: "it is not for this box"})
	first.refused(first.complete(), 400, "not for this box")
	box.Refuse(nil)
	second := sending(t, k, "u2", "hello")
	second.check(second.chunk(0, "he"), 2, false)
	first.refused(first.complete(), 404, "no such upload")
	second.refused(k.ask("PUT", "/v1/uploads/u3", wire.Upload{Size: 1, SHA256: sum("x")}), 409, "not complete")
	second.check(second.chunk(2, "llo"), 5, false)
	second.check(second.complete(), 5, true)
}
