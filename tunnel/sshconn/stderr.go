package sshconn

import (
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"
)

// mostSaid bounds what is kept of standard error: its end, where the reason is.
const mostSaid = 4 << 10

// saying collects what a child says on standard error.
type saying struct {
	mu   sync.Mutex
	text []byte
	done chan struct{}
	file *os.File
}

// listenTo reads until the end, or until the file is closed.
func listenTo(file *os.File) *saying {
	s := &saying{file: file, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		io.Copy(s, file)
	}()
	return s
}

// Write keeps the last of what was written.
func (s *saying) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, p...)
	if over := len(s.text) - mostSaid; over > 0 {
		s.text = append(s.text[:0], s.text[over:]...)
	}
	return len(p), nil
}

// finish waits a moment for the rest. A master connection that ssh left in the
// background may hold the other end for hours.
func (s *saying) finish(wait time.Duration) {
	select {
	case <-s.done:
	case <-time.After(wait):
	}
	s.file.Close()
}

// lines returns what was said, harmless to show, line by line.
func (s *saying) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for line := range strings.Lines(strings.ToValidUTF8(string(s.text), "?")) {
		line = strings.TrimSpace(strings.Map(printable, line))
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// printable takes out what could move a cursor.
func printable(r rune) rune {
	if r == '\t' {
		return ' '
	}
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}
