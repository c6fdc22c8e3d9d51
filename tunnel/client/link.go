package client

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/sshconn"
)

// link is a connection to the box that remembers why it broke: what comes through
// the HTTP client is not always the reason.
type link struct {
	net.Conn
	client *Client
}

// dial opens a link.
func (c *Client) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return nil, c.note(err)
	}
	l := &link{conn, c}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.Join(net.ErrClosed, conn.Close())
	}
	c.links[l] = true
	return l, nil
}

func (c *Client) connect(ctx context.Context) (net.Conn, error) {
	if !c.address.Local() {
		return sshconn.Dial(c.address, c.options.SSH)
	}
	dialer := net.Dialer{Timeout: 10 * time.Second}
	conn, err := dialer.DialContext(ctx, "unix", c.address.Socket)
	if err != nil {
		return nil, c.away(err)
	}
	c.reached.Store(true)
	return conn, nil
}

// away explains why nobody answers on a socket. A daemon that never was there is
// not waited for; one that was may be starting anew.
func (c *Client) away(err error) error {
	u := &tunnel.Unreachable{Problem: results.Problem{
		Kind: results.CannotRun, Where: c.address.Socket, What: "the daemon cannot be reached (" + err.Error() + ")", Err: err,
	}}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		u.Problem.What, u.Problem.Next, u.Lasting = "the daemon does not run", "systemctl status perfrun says why", !c.reached.Load()
	case errors.Is(err, fs.ErrPermission):
		u.Problem.What, u.Problem.Next, u.Lasting = "you may not speak to the daemon", "ls -l "+c.address.Socket+" says who may", true
	}
	return u
}

// note remembers why the link was lost.
func (c *Client) note(err error) error {
	if u, ok := errors.AsType[*tunnel.Unreachable](err); ok {
		c.lost.Store(u)
	}
	return err
}

// Read reads.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	return n, l.client.note(err)
}

// Write writes.
func (l *link) Write(p []byte) (int, error) {
	n, err := l.Conn.Write(p)
	return n, l.client.note(err)
}

// Close closes the connection and forgets it.
func (l *link) Close() error {
	l.client.mu.Lock()
	delete(l.client.links, l)
	l.client.mu.Unlock()
	return l.Conn.Close()
}

// greeted reports whether the box is at the other end. Before, people may be typing.
func (l *link) greeted() bool {
	conn, over := l.Conn.(*sshconn.Conn)
	return !over || conn.Greeted()
}
