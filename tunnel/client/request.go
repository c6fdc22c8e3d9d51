package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// request is what the box is asked.
type request struct {
	method, path string
	query        url.Values
	body         []byte
	headers      map[string]string
	quiet        time.Duration // 0: that of plain requests
	// read takes an answer that is no failure. Errors of the reader that it is given
	// are those of the link.
	read func(http.Header, io.Reader) error
}

// lost is the error of a link: nobody knows what became of the request.
type lost struct{ err error }

// Error is the cause's.
func (l *lost) Error() string { return l.err.Error() }

// Unwrap returns the cause.
func (l *lost) Unwrap() error { return l.err }

// The ways in which a link is lost without a word.
var (
	errSilent = errors.New("nothing comes from it any more")
	errEnded  = errors.New("it ended in the middle")
)

// get reads a value.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (value T, err error) {
	err = c.do(ctx, request{method: "GET", path: path, query: query, read: into(&value)})
	return value, err
}

// change asks for something to be done, once however often it is sent.
func change[T any](ctx context.Context, c *Client, method, path string, body any) (value T, err error) {
	return changeOnce[T](ctx, c, rand.Text(), method, path, body)
}

// changeOnce asks for what is done once for all who ask under the same name.
func changeOnce[T any](ctx context.Context, c *Client, name, method, path string, body any) (value T, err error) {
	r := request{method: method, path: path, headers: map[string]string{wire.HeaderRequest: name}, read: into(&value)}
	if body != nil {
		if r.body, err = json.Marshal(body); err != nil {
			return value, err
		}
	}
	err = c.do(ctx, r)
	return value, err
}

// nothing is the answer without a body.
type nothing struct{}

// into reads an answer's JSON. What is not known is left: a newer box may say more.
func into(value any) func(http.Header, io.Reader) error {
	return func(_ http.Header, body io.Reader) error {
		text, err := io.ReadAll(body)
		if _, none := value.(*nothing); err != nil || none {
			return err
		}
		if err := json.Unmarshal(text, value); err != nil {
			return &results.Problem{Kind: results.CannotRun, What: "the box's answer is not understood (" + err.Error() + ")", Next: "upgrade perfrun here or there, so that they are of one version", Err: err}
		}
		return nil
	}
}

// do sends a request until there is an answer, or the patience is over.
func (c *Client) do(ctx context.Context, r request) error {
	p := patience{client: c}
	for {
		err := c.attempt(ctx, r)
		if _, again := errors.AsType[*lost](err); !again {
			return err
		}
		if err := p.wait(ctx, err); err != nil {
			return err
		}
	}
}

// attempt sends a request once.
func (c *Client) attempt(ctx context.Context, r request) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := c.watch(r.quiet, func() { cancel(errSilent) })
	defer w.stop()
	req, err := c.build(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: w.got}), r)
	if err != nil {
		return err
	}
	response, err := c.transport.RoundTrip(req)
	if err != nil {
		return c.broke(ctx, err)
	}
	defer response.Body.Close()
	body := &body{c, ctx, response.Body, w}
	if response.Header.Get(wire.HeaderVersion) == "" {
		return &results.Problem{Kind: results.BadInput, Where: "box " + c.address.String(), What: "what answers there is not perfrun", Next: "check the address"}
	}
	c.reached.Store(true)
	c.lost.Store(nil)
	if response.StatusCode >= http.StatusMultipleChoices {
		return failed(response, body)
	}
	return r.read(response.Header, body)
}

// build makes the request as it is sent.
func (c *Client) build(ctx context.Context, r request) (*http.Request, error) {
	target := "http://box/v" + strconv.Itoa(wire.Version) + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set(wire.HeaderVersion, strconv.Itoa(wire.Version))
	req.Header.Set(wire.HeaderProgram, c.options.Program)
	req.Header.Set("User-Agent", "perfrun")
	for name, value := range r.headers {
		req.Header.Set(name, value)
	}
	return req, nil
}

// failed reads what the box says of a request that it did not do.
func failed(response *http.Response, body io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(body, wire.MaxRequest))
	if err != nil {
		return err
	}
	var failure wire.Failure
	if err := json.Unmarshal(text, &failure); err != nil || failure.Error.What == "" {
		return &results.Problem{Kind: results.CannotRun, What: fmt.Sprintf("the box answers %q without a reason", response.Status)}
	}
	problem := failure.Error.Problem()
	switch response.StatusCode {
	case http.StatusTooManyRequests: // one connection too many: some end by themselves
		return &lost{&tunnel.Unreachable{Problem: *problem}}
	case http.StatusRequestedRangeNotSatisfiable:
		return &beyond{problem}
	}
	return problem
}

// beyond is the problem of an offset that a log does not reach.
type beyond struct{ *results.Problem }

// Unwrap returns the problem.
func (b *beyond) Unwrap() error { return b.Problem }

// broke tells that nobody wants the answer any more from that the link was lost.
func (c *Client) broke(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		if !errors.Is(cause, errSilent) {
			return cause
		}
		err = errSilent
	}
	return &lost{err}
}

// body is an answer's body. That it ended too early is the link's error, and each
// piece of it shows that the link is alive.
type body struct {
	client *Client
	ctx    context.Context
	from   io.Reader
	watch  *watch
}

// Read reads.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	b.watch.heard()
	if err != nil && err != io.EOF {
		err = b.client.broke(b.ctx, err)
	}
	return n, err
}
