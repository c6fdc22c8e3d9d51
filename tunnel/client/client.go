package client

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/sshconn"
)

// defaultPatience is how long a link may be away.
const defaultPatience = 2 * time.Minute

// Options say how to reach a box.
type Options struct {
	SSH      sshconn.Options
	Patience time.Duration // for how long a lost link is tried again; 0: 2 minutes, negative: not at all
	Program  string        // perfrun's version, which the box is told
	// Retrying is told why the link is lost, and when the next try begins; nil: nobody
	// wants to know.
	Retrying func(err error, in time.Duration)
}

// Client asks one box. It may be used from several goroutines.
type Client struct {
	address   tunnel.Address
	options   Options
	transport *http.Transport
	reached   atomic.Bool                        // once at least
	lost      atomic.Pointer[tunnel.Unreachable] // why a link was lost last
	pause     pauses
	quiet     quiets

	mu     sync.Mutex
	links  map[*link]bool
	closed bool
}

// pauses are how to wait between tries: at most first, then twice that, and so on.
type pauses struct {
	first, most time.Duration
	sleep       func(context.Context, time.Duration) error
}

// quiets are how long a link may be silent before it is taken for broken: longer
// than the box takes for what it is asked.
type quiets struct{ plain, log, events time.Duration }

// New makes a client. It connects when it is asked for something.
func New(a tunnel.Address, o Options) (*Client, error) {
	if a.Socket == "" && a.Host == "" {
		return nil, &results.Problem{Kind: results.BadInput, Where: "box", What: "there is no address", Next: "write USER@HOST, USER@HOST:PORT or unix:///path"}
	}
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	if o.Retrying == nil {
		o.Retrying = func(error, time.Duration) {}
	}
	c := &Client{
		address: a, options: o, links: map[*link]bool{},
		pause: pauses{500 * time.Millisecond, 15 * time.Second, sleep},
		quiet: quiets{75 * time.Second, logWait + 20*time.Second, 35 * time.Second},
	}
	c.transport = &http.Transport{
		DialContext: c.dial, MaxIdleConnsPerHost: 2, IdleConnTimeout: 5 * time.Minute,
		MaxResponseHeaderBytes: 32 << 10,
	}
	return c, nil
}

// Close ends all connections, and returns when their processes are gone.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	var open []*link
	for l := range c.links {
		open = append(open, l)
	}
	c.mu.Unlock()
	for _, l := range open {
		l.Close()
	}
	c.transport.CloseIdleConnections()
	return nil
}

// sleep waits, or until nobody wants the answer any more.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// draw draws how long to wait before a try: anything up to a bound that doubles.
func (p pauses) draw(try int) time.Duration {
	bound := p.most
	if try < 16 {
		bound = min(bound, p.first<<try)
	}
	return rand.N(bound) + 1
}
