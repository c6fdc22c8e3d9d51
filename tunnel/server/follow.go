package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// log sends what a job's log holds from an offset on. Where that is nothing yet, it
// waits for as many seconds as it was told, and then says so: a client that hears
// nothing at all knows that the link is dead.
func (c *call) log() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	offset, err := c.number("offset", 0, 1<<50)
	if err != nil {
		return err
	}
	seconds, err := c.number("wait", 0, int64(wire.MaxWait/time.Second))
	if err != nil {
		return err
	}
	text, size, final, err := c.waitForLog(id, offset, time.Duration(seconds)*time.Second)
	if err != nil {
		return err
	}
	c.w.Header().Set(wire.HeaderLogSize, strconv.FormatInt(size, 10))
	c.w.Header().Set(wire.HeaderLogFinal, strconv.FormatBool(final))
	send(c.w, http.StatusOK, "application/octet-stream", text)
	return nil
}

// waitForLog reads the log as soon as there is something new. Whether the job is
// final is asked before the log is read: what it wrote last is in it then.
func (c *call) waitForLog(id string, offset int64, wait time.Duration) (text []byte, size int64, final bool, err error) {
	ctx, cancel := c.within(c.limits.read)
	defer cancel()
	ticker := time.NewTicker(c.limits.tick)
	defer ticker.Stop()
	over := time.After(wait)
	for {
		job, err := c.answering(ctx, id)
		if err != nil {
			return nil, 0, false, err
		}
		final = job.State.Final()
		text, size, err = readLog(c.options.Log(job.ID), offset)
		if err != nil || final || len(text) > 0 || wait == 0 {
			return text, size, final, err
		}
		select {
		case <-ticker.C:
		case <-over:
			wait = 0
		case <-c.stop:
			wait = 0
		case <-ctx.Done():
			return nil, 0, false, ctx.Err()
		}
	}
}

// answering is the job whose run answers the one that was asked for.
func (c *call) answering(ctx context.Context, id string) (results.Job, error) {
	job, err := c.options.Queue.Job(ctx, id)
	if err == nil && job.Same != "" {
		return c.options.Queue.Job(ctx, job.Same)
	}
	return job, err
}

// readLog reads from an offset on. A log that is not there yet is empty.
func readLog(path string, offset int64) (text []byte, size int64, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, beyond(offset, 0)
	}
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if size = info.Size(); offset >= size {
		return nil, size, beyond(offset, size)
	}
	text = make([]byte, min(size-offset, wire.MaxLog))
	n, err := file.ReadAt(text, offset)
	if err == io.EOF {
		err = nil // it was cut meanwhile
	}
	return text[:n], size, err
}

// beyond is the error of an offset that the log does not reach.
func beyond(offset, size int64) error {
	if offset <= size {
		return nil
	}
	return fail(http.StatusRequestedRangeNotSatisfiable, "query offset", fmt.Sprintf("the log has %d bytes, and %d of them are said to be known", size, offset), "read it anew, from 0")
}

// events tells a job's progress until it is final: a line whenever it changed, and
// the same line again where it long did not.
func (c *call) events() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	progress, err := c.progress(id)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/x-ndjson")
	ticker := time.NewTicker(c.limits.tick)
	defer ticker.Stop()
	var last []byte
	var told time.Time
	for {
		if now := essence(progress); !bytes.Equal(now, last) || time.Since(told) >= c.limits.beat {
			last, told = now, time.Now()
			if err := c.tell(progress); err != nil || progress.Place.State.Final() {
				return nil // to a client that is gone nothing can be said
			}
		}
		select {
		case <-ticker.C:
		case <-c.stop:
			return nil
		case <-c.r.Context().Done():
			return nil
		}
		if progress, err = c.progress(id); err != nil {
			return c.tell(wire.Failure{Error: wire.FromProblem(c.failed(c.r, err).problem)})
		}
	}
}

// tell sends one line, at once.
func (c *call) tell(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if _, err := c.w.Write(append(text, '\n')); err != nil {
		return err
	}
	return http.NewResponseController(c.w).Flush()
}

// essence is a progress without what changes all the time by itself.
func essence(p wire.Progress) []byte {
	p.Place.Heartbeat, p.Place.Estimate, p.Place.BeginsIn, p.Place.LeftAbout = time.Time{}, 0, 0, 0
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return text
}

// progress is how far a job is.
func (c *call) progress(id string) (wire.Progress, error) {
	ctx, cancel := c.within(c.limits.read)
	defer cancel()
	job, err := c.options.Queue.Job(ctx, id)
	if err != nil || job.State.Final() {
		return wire.Progress{Place: results.Place{Job: job}}, err
	}
	view, err := c.views.get(ctx, c.Server)
	if err != nil {
		return wire.Progress{}, err
	}
	p := wire.Progress{Place: results.Place{Job: job}}
	for _, place := range view.Running {
		if place.ID == id {
			p.Place = place
		}
	}
	for i, place := range view.Waiting {
		if place.ID == id {
			p.Place, p.Ahead = place, i
		}
	}
	p.Place.Job = job // the view may be a moment older
	if job.State == results.JobRunning && c.options.Detail != nil {
		p.Detail = c.options.Detail(id)
	}
	return p, nil
}

// views keeps the last view of the queue for a moment, because everybody who
// follows a job wants it.
type views struct {
	mu   sync.Mutex
	at   time.Time
	view results.QueueView
}

func (v *views) get(ctx context.Context, s *Server) (results.QueueView, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.at.IsZero() && time.Since(v.at) < s.limits.tick {
		return v.view, nil
	}
	view, err := s.options.Queue.View(ctx)
	if err == nil {
		v.view, v.at = view, time.Now()
	}
	return view, err
}
