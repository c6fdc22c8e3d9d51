package guesttest

import (
	"context"
	"strings"
	"sync"
)

// stream keeps what was written, and lets readers wait for it.
type stream struct {
	mu      sync.Mutex
	text    []byte
	changed chan struct{} // closed at the next write, if somebody waits for it
	closed  bool
}

// Write keeps a copy. It never fails.
func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, p...)
	s.wake()
	return len(p), nil
}

// end says that nothing more will be written.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.wake()
}

func (s *stream) wake() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

func (s *stream) String() string {
	text, _, _ := s.look()
	return text
}

func (s *stream) look() (text string, closed bool, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return string(s.text), s.closed, s.changed
}

// wait returns true when the text is as wanted, false when it has ended otherwise.
// Its error is the context's.
func (s *stream) wait(ctx context.Context, wanted func(text string) bool) (bool, error) {
	for {
		text, closed, changed := s.look()
		if wanted(text) || closed {
			return wanted(text), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// lastLines is the end of a text, without what a terminal would act upon.
func lastLines(text string, count int) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	lines := strings.Split(strings.TrimRight(clean, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
