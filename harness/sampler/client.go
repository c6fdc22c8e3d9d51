package sampler

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Limits on what one execution may hand over.
const (
	DefaultMaxOut = 16 << 20 // bytes of standard output: far above any benchmark's report
	DefaultMaxErr = 16 << 10 // bytes of standard error: what a person reads of a failure
)

// answerIn bounds how long the inner half may take beyond an execution's own
// limit: sweeping up and handing over.
const answerIn = 60 * time.Second

// Client is the outer half: it gives orders to one sampler over one pipe. It is
// for one goroutine.
type Client struct {
	conn    io.ReadWriteCloser
	decoder *json.Decoder
	encoder *json.Encoder
	Ready   Ready // what the inner half said of itself
}

// Connect does the handshake over conn, which the client then owns.
func Connect(ctx context.Context, conn io.ReadWriteCloser, setup Setup) (*Client, error) {
	c := &Client{conn: conn, decoder: json.NewDecoder(conn), encoder: json.NewEncoder(conn)}
	setup.Protocol = Protocol
	if err := c.exchange(ctx, answerIn, setup, &c.Ready); err != nil {
		return nil, fmt.Errorf("start the sampler: %w", err)
	}
	if c.Ready.Error != "" {
		return nil, fmt.Errorf("start the sampler: %s", c.Ready.Error)
	}
	return c, nil
}

// Execute has one order carried out. An error means that the sampler is lost or
// ctx was cancelled; what went wrong with the benchmark itself is in the outcome.
// After an error the client is of no more use.
func (c *Client) Execute(ctx context.Context, order Order) (Outcome, error) {
	var outcome Outcome
	if err := c.exchange(ctx, order.Timeout+answerIn, order, &outcome); err != nil {
		return Outcome{}, fmt.Errorf("execute %q: %w", order.Argv, err)
	}
	return outcome, nil
}

// exchange sends one message and reads the answer. Closing the pipe is what
// makes the inner half kill a running benchmark, so that is how a cancelled ctx
// ends the exchange.
func (c *Client) exchange(ctx context.Context, limit time.Duration, send, receive any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	defer stop()
	err := c.encoder.Encode(send)
	if err == nil {
		err = c.decoder.Decode(receive)
	}
	if ctx.Err() != nil { // an answer that comes now is that of a killed benchmark
		return context.Cause(ctx)
	}
	return err
}

// Close ends the sampler.
func (c *Client) Close() error { return c.conn.Close() }
