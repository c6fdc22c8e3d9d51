package stdio

import (
	"bufio"
	"net"
	"sync"

	"mtrlz.dev/perfrun/results"
)

// Conn is a connection to the daemon whose other end is known.
type Conn struct {
	net.Conn
	reader  *bufio.Reader // holds what came with the preamble
	person  results.Person
	refusal *results.Problem
	// forwarded: sshd let the person in, not this machine.
	forwarded bool
	leave     func()
	once      sync.Once
}

// Person is who is at the other end.
func (c *Conn) Person() results.Person { return c.person }

// Forwarded reports whether the person came in by a key.
func (c *Conn) Forwarded() bool { return c.forwarded }

// Refusal is why nothing that is asked here may be done; nil: it may.
func (c *Conn) Refusal() *results.Problem { return c.refusal }

// Read reads what follows the preamble.
func (c *Conn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// Close closes the connection and gives its seat back.
func (c *Conn) Close() error {
	c.once.Do(func() {
		if c.leave != nil {
			c.leave()
		}
	})
	return c.Conn.Close()
}

// seats counts each person's connections.
type seats struct {
	mu   sync.Mutex
	held map[string]int
}

// take counts one more and returns how many they are.
func (s *seats) take(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = map[string]int{}
	}
	s.held[name]++
	return s.held[name]
}

func (s *seats) free(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[name]--; s.held[name] <= 0 {
		delete(s.held, name)
	}
}
