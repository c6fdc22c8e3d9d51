package server

import (
	"context"
	"net"
	"net/http"
	"sync"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/stdio"
)

// standing is what people may do by now, where that was changed while this server ran.
// sshd asks for keys when somebody logs in, and never again: a session that was open
// then would keep what it had, and so would every further one that shares its login.
type standing struct {
	mu    sync.Mutex
	open  map[*stdio.Conn]bool
	roles map[string]results.Role // by name; empty: none
}

// enter notes a connection, whose end leave notes.
func (s *standing) enter(conn *stdio.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[*stdio.Conn]bool{}
	}
	s.open[conn] = true
}

func (s *standing) leave(c net.Conn, state http.ConnState) {
	conn, ok := c.(*stdio.Conn)
	if !ok || state != http.StateClosed && state != http.StateHijacked {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, conn)
}

// change gives somebody another role, or none, and closes what they have open with the
// one before. The connection by which it was asked for is left to have its answer.
func (s *standing) change(ctx context.Context, name string, role results.Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roles == nil {
		s.roles = map[string]results.Role{}
	}
	s.roles[name] = role
	for conn := range s.open {
		if conn != peer(ctx) && s.outdated(conn) {
			conn.Close()
		}
	}
}

// outdated reports whether a connection says of its person what is so no more.
func (s *standing) outdated(conn *stdio.Conn) bool {
	role, changed := s.roles[conn.Person().Name]
	return changed && conn.Forwarded() && conn.Person().Role != role
}

// refuses is why nothing that is asked on a connection may be done any more.
func (s *standing) refuses(conn *stdio.Conn) *results.Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.outdated(conn) {
		return nil
	}
	return &results.Problem{
		Kind: results.BadInput, Where: conn.Person().Name, What: "what you may do here was changed after you logged in",
		Next: "log in again: ssh -O exit ends a login that several sessions share",
	}
}
