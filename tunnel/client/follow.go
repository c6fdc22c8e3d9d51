package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// logWait is how long the box may hold an answer back that has nothing new.
const logWait = 20 * time.Second

// logPart is what one answer said of a log.
type logPart struct {
	next  int64 // the offset after what was written
	size  int64
	final bool
}

// FollowLog writes a job's log from an offset on, until the job is final. The
// offset after the last byte that was written is returned with every error too:
// from there on it can be asked for again. A log that does not reach the offset is
// another one by now, because the job whose run answered this one was cancelled: it
// is written from its beginning.
func (c *Client) FollowLog(ctx context.Context, id string, offset int64, w io.Writer) (next int64, err error) {
	return c.readLog(ctx, id, offset, w, logWait)
}

// Log writes what a job's log holds now.
func (c *Client) Log(ctx context.Context, id string, offset int64, w io.Writer) (next int64, err error) {
	return c.readLog(ctx, id, offset, w, 0)
}

func (c *Client) readLog(ctx context.Context, id string, offset int64, w io.Writer, wait time.Duration) (int64, error) {
	p := patience{client: c}
	for {
		part, err := c.logPart(ctx, id, offset, w, wait)
		idle := part.next == offset
		if !idle || err == nil {
			p.reset()
		}
		offset = part.next
		_, another := errors.AsType[*beyond](err)
		switch {
		case another && offset > 0:
			offset, err = 0, nil
		case err == nil && (part.final || wait == 0) && (idle || offset >= part.size):
			return offset, nil
		case err == nil && idle: // a box that ends does not hold its answers back
			err = c.pause.sleep(ctx, c.pause.draw(0))
		case err != nil && passing(err):
			err = p.wait(ctx, err)
		}
		if err != nil {
			return offset, err
		}
	}
}

// logPart writes what one answer holds, as far as it comes.
func (c *Client) logPart(ctx context.Context, id string, offset int64, w io.Writer, wait time.Duration) (part logPart, err error) {
	part.next = offset
	query := url.Values{"offset": {strconv.FormatInt(offset, 10)}, "wait": {strconv.Itoa(int(wait / time.Second))}}
	read := func(h http.Header, body io.Reader) (err error) {
		part.final = h.Get(wire.HeaderLogFinal) == "true"
		if part.size, err = strconv.ParseInt(h.Get(wire.HeaderLogSize), 10, 64); err != nil {
			return fmt.Errorf("read the size of a log: %w", err)
		}
		n, err := io.Copy(w, body)
		part.next += n
		return err
	}
	err = c.attempt(ctx, request{method: "GET", path: "/jobs/" + url.PathEscape(id) + "/log", query: query, quiet: c.quiet.log, read: read})
	return part, err
}

// Wait tells a job's progress until it is final, and returns the job. progress may
// be nil.
func (c *Client) Wait(ctx context.Context, id string, progress func(wire.Progress)) (job results.Job, err error) {
	p := patience{client: c}
	for {
		err := c.events(ctx, id, func(now wire.Progress) {
			p.reset()
			job = now.Place.Job
			if progress != nil {
				progress(now)
			}
		})
		switch {
		case err != nil && !passing(err):
			return job, err
		case err == nil && job.State.Final():
			return job, nil
		case err == nil:
			err = &lost{errEnded}
		}
		if err := p.wait(ctx, err); err != nil {
			return job, err
		}
	}
}

// events reads a job's progress until it ends. A line that is cut off is the
// link's error.
func (c *Client) events(ctx context.Context, id string, see func(wire.Progress)) error {
	read := func(_ http.Header, body io.Reader) error {
		lines := bufio.NewReader(body)
		for {
			line, err := lines.ReadBytes('\n')
			switch {
			case err == io.EOF && len(line) == 0:
				return nil
			case err == io.EOF:
				return &lost{errEnded}
			case err != nil:
				return err
			}
			if err := event(line, see); err != nil {
				return err
			}
		}
	}
	return c.attempt(ctx, request{method: "GET", path: "/jobs/" + url.PathEscape(id) + "/events", quiet: c.quiet.events, read: read})
}

// event reads one line: a progress, or why there is no more.
func event(line []byte, see func(wire.Progress)) error {
	var said struct {
		wire.Progress
		Error *wire.Problem `json:"error"`
	}
	if err := json.Unmarshal(line, &said); err != nil {
		return &results.Problem{Kind: results.BadInput, What: "the box's answer is not understood (" + err.Error() + ")", Next: "upgrade perfrun here or there, so that they are of one version", Err: err}
	}
	if said.Error != nil {
		return said.Error.Problem()
	}
	if said.Place.ID == "" {
		return errors.New("the box tells the progress of no job")
	}
	see(said.Progress)
	return nil
}
