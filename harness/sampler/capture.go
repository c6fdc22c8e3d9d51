package sampler

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// capture drains one output stream of a process to its end and keeps a bounded
// part: a benchmark may print a gigabyte, and must not wait for us to store it.
type capture struct {
	write int // the process's end, a plain blocking pipe
	read  *os.File
	keep  func([]byte)
	done  chan struct{}
	head  []byte
	tail  []byte
	total int64
}

// newCapture opens the pipe and starts to drain it. Exactly one of maxHead and
// maxTail says how much to keep, and from which end.
func newCapture(maxHead, maxTail int) (*capture, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("open pipe: %w", err)
	}
	c := &capture{write: ends[1], read: os.NewFile(uintptr(ends[0]), "benchmark output"), done: make(chan struct{})}
	c.keep = func(b []byte) { c.head = append(c.head, b[:min(len(b), maxHead-len(c.head))]...) }
	if maxTail > 0 {
		c.keep = func(b []byte) { c.keepTail(b, maxTail) }
	}
	go c.drain()
	return c, nil
}

func (c *capture) drain() {
	defer close(c.done)
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.read.Read(buffer)
		c.total += int64(n)
		c.keep(buffer[:n])
		if err != nil {
			return
		}
	}
}

// keepTail appends and lets the beginning go once twice the limit has gathered,
// so that the copying stays linear.
func (c *capture) keepTail(b []byte, limit int) {
	c.tail = append(c.tail, b...)
	if len(c.tail) > 2*limit {
		c.tail = append(c.tail[:0], c.tail[len(c.tail)-limit:]...)
	}
}

// finish closes our copy of the process's end and waits for the last byte. It
// returns when no process holds that end any more.
func (c *capture) finish() {
	_ = unix.Close(c.write)
	<-c.done
	_ = c.read.Close()
}

// last returns the final limit bytes of a stream kept from its end.
func (c *capture) last(limit int) []byte {
	return c.tail[max(0, len(c.tail)-limit):]
}
