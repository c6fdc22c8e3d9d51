package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// uploads are the files that arrive in pieces. Each person has a folder: nobody
// sees or disturbs what another uploads.
type uploads struct {
	server *Server
	taking sync.WaitGroup
	slots  chan struct{} // chunks that may be in memory
	shares shares        // of those
	turn   chan struct{} // whole files that may be: a run of 256 MiB takes some times that

	mu   sync.Mutex
	held map[string]*upload // by path: those that somebody uses now
}

// maxChunks bounds the memory that chunks take.
const maxChunks = 8

// open makes the folder.
func (u *uploads) open(s *Server) error {
	u.server, u.held, u.slots, u.turn = s, map[string]*upload{}, make(chan struct{}, maxChunks), make(chan struct{}, 1)
	if err := os.MkdirAll(s.options.Uploads, 0o700); err != nil {
		return &results.Problem{Kind: results.CannotRun, Where: s.options.Uploads, What: "no folder for uploads can be made (" + err.Error() + ")", Err: err}
	}
	return nil
}

// wait waits until nothing is being taken in any more.
func (u *uploads) wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() { u.taking.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hold returns the upload of this name, locked, as it is on the disk. Whoever holds
// it lets it go.
func (u *uploads) hold(who results.Person, id string) (*upload, error) {
	if err := wire.CheckID(id); err != nil {
		return nil, err
	}
	path := filepath.Join(u.server.options.Uploads, who.Name, id)
	u.mu.Lock()
	one := u.held[path]
	if one == nil {
		one = &upload{path: path}
		u.held[path] = one
	}
	one.users++
	u.mu.Unlock()
	one.mu.Lock()
	if err := one.load(); err != nil {
		u.let(one)
		return nil, err
	}
	return one, nil
}

// let unlocks an upload, and forgets it where nobody else uses it.
func (u *uploads) let(one *upload) {
	one.mu.Unlock()
	u.mu.Lock()
	defer u.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(u.held, one.path)
	}
}

// errGone is the failure of an upload that there is not.
func errGone(id string) error {
	return fail(http.StatusNotFound, "upload "+id, "there is no such upload", "begin it anew: what is left for a day is removed")
}

// createUpload begins an upload. The same again is answered with how far it is.
func (c *call) createUpload(_ context.Context, text []byte) (any, error) {
	var asked wire.Upload
	if err := decode(text, &asked); err != nil {
		return nil, err
	}
	id := c.r.PathValue("id")
	if err := checkUpload(asked, id); err != nil {
		return nil, err
	}
	one, err := c.uploads.hold(c.who, id)
	if err != nil {
		return nil, err
	}
	defer c.uploads.let(one)
	if one.state.ID == "" {
		if err := c.uploads.room(c.who, asked.Size); err != nil {
			return nil, err
		}
		if err := one.create(wire.Upload{ID: id, Size: asked.Size, SHA256: asked.SHA256}); err != nil {
			return nil, noRoom(err)
		}
	}
	if one.state.Size != asked.Size || one.state.SHA256 != asked.SHA256 {
		return nil, fail(http.StatusConflict, "upload "+id, "another file is being uploaded under this id", "choose another id")
	}
	return one.state, nil
}

// checkUpload refuses what cannot be an upload.
func checkUpload(asked wire.Upload, id string) error {
	sum, err := hex.DecodeString(asked.SHA256)
	switch {
	case asked.ID != "" && asked.ID != id:
		return fail(http.StatusBadRequest, "id", "it is another than in the path", "")
	case asked.Offset != 0 || asked.Complete:
		return fail(http.StatusBadRequest, "", "an upload begins with a size and a checksum alone", "")
	case asked.Size < 1:
		return fail(http.StatusBadRequest, "size", "it must be at least 1", "")
	case asked.Size > wire.MaxUpload:
		return fail(http.StatusRequestEntityTooLarge, "size", fmt.Sprintf("an upload may have %d bytes", wire.MaxUpload), "")
	case err != nil || len(sum) != sha256.Size || asked.SHA256 != strings.ToLower(asked.SHA256):
		return fail(http.StatusBadRequest, "sha256", "this is no SHA-256 in lower-case hexadecimal", "")
	}
	return nil
}

// room refuses one upload too many. Those that were refused give way to it.
func (u *uploads) room(who results.Person, size int64) error {
	count, bytes, err := u.pending(who)
	if err == nil && !u.fits(count, bytes+size) {
		u.drop(who)
		count, bytes, err = u.pending(who)
	}
	if err != nil || u.fits(count, bytes+size) {
		return err
	}
	return &failure{http.StatusConflict, &results.Problem{
		Kind: results.CannotRun, Where: who.Name, What: fmt.Sprintf("%d uploads of yours are not complete, which is the most that may be, or theirs would be too many bytes", count),
		Next: "complete them; they are removed after a day",
	}}
}

func (u *uploads) fits(count int, bytes int64) bool {
	return count < u.server.limits.uploads && bytes <= u.server.limits.bytes
}

// pending counts somebody's uploads that are not complete.
func (u *uploads) pending(who results.Person) (count int, bytes int64, err error) {
	files, err := filepath.Glob(filepath.Join(u.server.options.Uploads, who.Name, "*"+stateSuffix))
	for _, file := range files {
		if state, err := readState(file); err == nil && !state.Complete {
			count++
			bytes += state.Size
		}
	}
	return count, bytes, err
}

// drop removes somebody's uploads that were refused and that nobody uses now.
func (u *uploads) drop(who results.Person) {
	files, _ := filepath.Glob(filepath.Join(u.server.options.Uploads, who.Name, "*"+refusedSuffix))
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, file := range files {
		path := strings.TrimSuffix(file, refusedSuffix)
		if u.held[path] != nil {
			continue
		}
		for _, suffix := range []string{stateSuffix, dataSuffix, refusedSuffix} {
			if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				u.server.options.Errors.Warn("remove an upload that was refused", "error", err)
				break
			}
		}
	}
}

func (c *call) upload(context.Context) (any, error) {
	one, err := c.uploads.hold(c.who, c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	defer c.uploads.let(one)
	if one.state.ID == "" {
		return nil, errGone(c.r.PathValue("id"))
	}
	return one.state, nil
}

// chunk takes a piece. The answer says how much is safe, which is more than the
// piece where that was sent again.
func (c *call) chunk() error {
	offset, err := c.number("offset", 0, wire.MaxUpload)
	if err != nil {
		return err
	}
	free, err := c.uploads.shares.take(c.r.Context(), c.who.Name)
	if err != nil {
		return err
	}
	defer free()
	select {
	case c.uploads.slots <- struct{}{}:
		defer func() { <-c.uploads.slots }()
	case <-c.r.Context().Done():
		return c.r.Context().Err()
	}
	text, err := c.body(wire.MaxChunk, c.limits.chunk)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != c.r.Header.Get(wire.HeaderChunkSum) {
		return fail(http.StatusBadRequest, wire.HeaderChunkSum, "the chunk is not what was sent", "send it again")
	}
	state, err := c.write(text, offset)
	if err != nil {
		return err
	}
	a, err := encode(state)
	if err == nil {
		a.send(c.w, c.r)
	}
	return err
}

func (c *call) write(text []byte, offset int64) (wire.Upload, error) {
	id := c.r.PathValue("id")
	one, err := c.uploads.hold(c.who, id)
	if err != nil {
		return wire.Upload{}, err
	}
	defer c.uploads.let(one)
	switch state := one.state; {
	case state.ID == "":
		return state, errGone(id)
	case offset < state.Offset || state.Complete:
		return state, nil // it was sent again
	case offset > state.Offset:
		return state, fail(http.StatusConflict, "upload "+id, fmt.Sprintf("so far %d bytes are here, and these begin at %d", state.Offset, offset), "ask how far it is")
	case offset+int64(len(text)) > state.Size:
		return state, fail(http.StatusBadRequest, "upload "+id, "the chunk goes beyond the size that was announced", "")
	case len(text) == 0:
		return state, fail(http.StatusBadRequest, "upload "+id, "the chunk is empty", "")
	}
	if err := one.append(text); err != nil {
		return one.state, noRoom(err)
	}
	return one.state, nil
}

// completeUpload has a whole file taken in. It waits for that a while; an answer
// that does not say complete asks to be asked again.
func (c *call) completeUpload(ctx context.Context) (any, error) {
	id := c.r.PathValue("id")
	one, err := c.uploads.hold(c.who, id)
	if err != nil {
		return nil, err
	}
	state := one.state
	switch {
	case state.ID == "":
		err = errGone(id)
	case state.Offset < state.Size:
		err = fail(http.StatusConflict, "upload "+id, fmt.Sprintf("%d of %d bytes are here", state.Offset, state.Size), "send the others")
	}
	if err != nil || state.Complete {
		c.uploads.let(one)
		return state, err
	}
	if one.taken == nil {
		c.uploads.take(one, c.who)
	}
	taken := one.taken
	c.uploads.let(one)
	select {
	case <-taken.done:
		return taken.state, taken.err
	case <-time.After(c.limits.wait):
	case <-c.stop:
	case <-ctx.Done():
	}
	return state, nil
}

// take hands a file over. It goes on when nobody waits for it.
func (u *uploads) take(one *upload, who results.Person) {
	now := &taking{done: make(chan struct{})}
	one.taken = now
	u.mu.Lock()
	one.users++
	u.mu.Unlock()
	u.taking.Go(func() {
		defer close(now.done)
		turn := u.wins()
		var err error
		if turn {
			err = u.hand(who, one)
			<-u.turn
		}
		one.mu.Lock()
		defer u.let(one)
		one.taken = nil
		if turn {
			now.err = one.finish(err)
		}
		now.state = one.state
	})
}

// wins waits for the turn to take a file in. A server that ends gives none any more:
// whoever asks again asks the next one.
func (u *uploads) wins() bool {
	select {
	case u.turn <- struct{}{}:
		return true
	case <-u.server.stop:
		return false
	}
}

// hand calls Take for a file that is whole, and survives it.
func (u *uploads) hand(who results.Person, one *upload) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), u.server.limits.take)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("take an upload in: panic: %v", value)
		}
	}()
	if err := one.whole(); err != nil {
		return err
	}
	return u.server.options.Take(ctx, who, one.path+dataSuffix)
}

// sweep removes what nobody touched for a day.
func (u *uploads) sweep() {
	err := filepath.WalkDir(u.server.options.Uploads, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil || u.server.options.Now().Sub(info.ModTime()) < u.server.limits.leftover {
			return nil
		}
		return u.remove(path)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		u.server.options.Errors.Warn("remove old uploads", "error", err)
	}
}

// remove removes one old file, unless its upload is being used.
func (u *uploads) remove(path string) error {
	id, _, _ := strings.Cut(filepath.Base(path), mark)
	base := filepath.Join(filepath.Dir(path), id)
	u.mu.Lock()
	defer u.mu.Unlock()
	since := u.server.options.Now().Add(-u.server.limits.leftover)
	if u.held[base] != nil || touched(base, since) {
		return nil
	}
	return os.Remove(path)
}
