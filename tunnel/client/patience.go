package client

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
)

// patience is how long one thing has been tried in vain.
type patience struct {
	client *Client
	since  time.Time // of the first failure after the last success
	tries  int
}

// reset is for when something came of it.
func (p *patience) reset() { p.since, p.tries = time.Time{}, 0 }

// wait waits until the next try after an error. Where there shall be none it
// returns what to tell.
func (p *patience) wait(ctx context.Context, err error) error {
	var lasting bool
	if _, link := errors.AsType[*lost](err); link {
		u := p.client.unreachable(err)
		err, lasting = u, u.Lasting
	}
	now := time.Now()
	if p.since.IsZero() {
		p.since = now
	}
	pause := p.client.pause.draw(p.tries)
	if lasting || now.Add(pause).Sub(p.since) > p.client.options.Patience {
		return err
	}
	p.tries++
	p.client.options.Retrying(err, pause)
	return p.client.pause.sleep(ctx, pause)
}

// unreachable explains a lost link.
func (c *Client) unreachable(err error) *tunnel.Unreachable {
	if u, ok := errors.AsType[*tunnel.Unreachable](err); ok {
		return u
	}
	if u := c.lost.Swap(nil); u != nil {
		return u
	}
	cause := err
	if l, ok := errors.AsType[*lost](err); ok {
		cause = l.err
	}
	return &tunnel.Unreachable{Problem: results.Problem{
		Kind: results.CannotRun, Where: "box " + c.address.String(), What: "the link to it was lost (" + cause.Error() + ")",
		Next: "check the network; perfrun tunnel status says more", Err: cause,
	}}
}

// passing reports whether the box may fare better when it is asked again: it is the
// link's problem, or the box's own.
func passing(err error) bool {
	if _, link := errors.AsType[*lost](err); link {
		return true
	}
	problem, ok := errors.AsType[*results.Problem](err)
	return ok && problem.Kind == results.CannotRun
}

// watch ends an attempt of which nothing is heard for too long. As long as the box
// is not reached that is the connection's business: somebody may be typing.
type watch struct {
	mu      sync.Mutex
	quiet   time.Duration
	timer   *time.Timer
	link    *link
	waiting bool // the box was not reached when last looked at
}

func (c *Client) watch(quiet time.Duration, end func()) *watch {
	if quiet == 0 {
		quiet = c.quiet.plain
	}
	w := &watch{quiet: quiet}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(quiet, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.waiting {
			end()
			return
		}
		w.waiting = !w.link.greeted() // what it has just been asked it gets time for
		w.timer.Reset(w.quiet)
	})
	return w
}

// got is told of the connection.
func (w *watch) got(info httptrace.GotConnInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l, ok := info.Conn.(*link); ok {
		w.link, w.waiting = l, !l.greeted()
	}
}

// heard is for when something came.
func (w *watch) heard() { w.timer.Reset(w.quiet) }

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
}
