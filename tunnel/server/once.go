package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"mtrlz.dev/perfrun/tunnel/wire"
)

// answer is what is sent for a request.
type answer struct {
	status int
	text   []byte
}

// asked tells changes apart. Two people may choose the same name.
type asked struct{ person, name string }

// change is one that was asked for by name.
type change struct {
	at     time.Time
	what   [sha256.Size]byte // digest of method, path and body: a name stands for one request
	done   chan struct{}
	answer answer
	err    error
}

// answers keeps the answers to changes, so that a request that is sent again after
// a lost link changes nothing.
type answers struct {
	mu    sync.Mutex
	kept  map[asked]*change
	order []asked // oldest first
}

// begin finds the change of that name, or begins it. Which of the two is told by
// first.
func (a *answers) begin(key asked, what [sha256.Size]byte, now time.Time, l limits) (c *change, first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil {
		a.kept = map[asked]*change{}
	}
	known := a.kept[key]
	if known != nil && now.Sub(known.at) <= l.keep {
		return known, false
	}
	for len(a.order) > 0 && (len(a.order) >= l.answers || now.Sub(a.kept[a.order[0]].at) > l.keep) {
		delete(a.kept, a.order[0])
		a.order = a.order[1:]
	}
	c = &change{at: now, what: what, done: make(chan struct{})}
	a.kept[key] = c
	a.order = append(a.order, key)
	return c, true
}

// answerChange answers a request that changes something. What has begun goes on to
// its end also when the client is gone: it asks again, and then gets the answer.
func (c *call) answerChange() error {
	var text []byte
	if c.route.Takes != nil {
		var err error
		if text, err = c.body(wire.MaxRequest, c.limits.body); err != nil {
			return err
		}
	}
	name := c.r.Header.Get(wire.HeaderRequest)
	if name == "" {
		a, err := c.perform(text)
		if err == nil {
			a.send(c.w, c.r)
		}
		return err
	}
	if err := wire.CheckID(name); err != nil {
		return err
	}
	return c.answerOnce(asked{c.who.Name, name}, text)
}

// answerOnce performs what was not asked for before, and answers as before what
// was.
func (c *call) answerOnce(key asked, text []byte) error {
	what := sha256.Sum256([]byte(c.r.Method + " " + c.r.URL.Path + " " + string(text)))
	change, first := c.once.begin(key, what, time.Now(), c.limits)
	if change.what != what {
		return fail(http.StatusConflict, wire.HeaderRequest, "this name was another request's", "give each request a name of its own")
	}
	if first {
		change.answer, change.err = c.perform(text)
		close(change.done)
	} else if err := c.await(change.done); err != nil {
		return err
	}
	if change.err == nil {
		change.answer.send(c.w, c.r)
	}
	return change.err
}

// await waits until something is done, as long as a change may take.
func (c *call) await(done <-chan struct{}) error {
	ctx, cancel := c.within(c.limits.change)
	defer cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// perform makes the change. A panic of it is an error, so that who asks again
// learns of it as well.
func (c *call) perform(text []byte) (a answer, err error) {
	defer func() {
		if value := recover(); value != nil {
			c.options.Errors.Error("a change panicked", "method", c.r.Method, "path", c.r.URL.Path, "panic", value, "stack", string(debug.Stack()))
			err = errors.New("it panicked")
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), c.limits.change)
	defer cancel()
	value, err := c.route.change(c, ctx, text)
	if err != nil {
		return answer{}, err
	}
	return encode(value)
}
