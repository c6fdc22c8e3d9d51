package sshconn

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/stdio"
)

// How long things may take that take no time when all is well.
const (
	graceTerm    = 3 * time.Second  // from SIGTERM to SIGKILL
	graceEnd     = 10 * time.Second // from the end of its output to that of ssh
	graceStderr  = time.Second      // from the end of ssh to that of its standard error
	greetBatch   = time.Minute      // until the box greets, where nobody types
	greetPrompts = 5 * time.Minute
)

// Options say how to start ssh.
type Options struct {
	Program  string        // empty: $PERFRUN_SSH, else ssh
	Remote   []string      // the words of the remote command; nil: perfrun dial-stdio
	Attended bool          // ssh may ask; see Attended
	Greet    time.Duration // how long the box may take to greet; 0: a minute, five where ssh may ask
}

// Conn is a connection through a child ssh.
type Conn struct {
	address tunnel.Address
	cmd     *exec.Cmd
	in, out *os.File // our ends of its standard input and output
	stderr  *saying
	ended   chan struct{} // closed when the child is gone
	greet   *time.Timer
	late    atomic.Bool // the box did not greet in time
	closed  atomic.Bool

	reading  sync.Mutex // the rest
	reader   *bufio.Reader
	greeting stdio.Greeting
	greeted  atomic.Bool
	failed   atomic.Pointer[error] // what came in place of the greeting
}

// Dial starts ssh. It does not wait until the box is reached: whoever reads first
// learns that, and what was written until then is not lost time. Errors of a box
// that cannot be reached are *tunnel.Unreachable, here and of Read and Write.
func Dial(a tunnel.Address, o Options) (*Conn, error) {
	c := &Conn{address: a, cmd: command(a, o), ended: make(chan struct{})}
	if err := c.start(); err != nil {
		return nil, noProgram(a, c.cmd.Path, err)
	}
	c.reader = bufio.NewReader(c.out)
	wait := o.Greet
	switch {
	case wait == 0 && o.Attended:
		wait = greetPrompts
	case wait == 0:
		wait = greetBatch
	}
	c.greet = time.AfterFunc(wait, func() {
		if !c.greeted.Load() {
			c.late.Store(true)
			c.end()
			c.out.Close() // what ssh started may hold the other end: whoever reads waits no longer
		}
	})
	go func() {
		c.cmd.Wait() // how it ended is in ProcessState
		c.stderr.finish(graceStderr)
		close(c.ended)
	}()
	return c, nil
}

// start connects the child's streams with pipes, which unlike those of os/exec
// have deadlines.
func (c *Conn) start() error {
	var theirs, ours [3]*os.File
	for i := range theirs {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(append(theirs[:], ours[:]...))
			return err
		}
		theirs[i], ours[i] = w, r
		if i == 0 {
			theirs[i], ours[i] = r, w
		}
	}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = theirs[0], theirs[1], theirs[2]
	err := c.cmd.Start()
	closeAll(theirs[:])
	if err != nil {
		closeAll(ours[:])
		return err
	}
	c.in, c.out, c.stderr = ours[0], ours[1], listenTo(ours[2])
	return nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// Read reads what the box says after its greeting.
func (c *Conn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if err := c.welcome(); err != nil {
		return 0, err
	}
	n, err := c.reader.Read(p)
	if err != nil {
		err = c.explain(err)
	}
	return n, err
}

// welcome waits for the greeting. What comes in its place stays the error.
func (c *Conn) welcome() error {
	if c.greeted.Load() {
		return nil
	}
	if failed := c.failed.Load(); failed != nil {
		return *failed
	}
	if err := c.greeting.Read(c.reader); err != nil {
		err = c.notGreeted(err)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			c.failed.Store(&err)
		}
		return err
	}
	c.greeted.Store(true)
	c.greet.Stop()
	return nil
}

// Greeted reports whether the box was reached. Until then Read waits for people as
// well: ssh may ask for a passphrase.
func (c *Conn) Greeted() bool { return c.greeted.Load() }

// notGreeted explains what came in place of a greeting.
func (c *Conn) notGreeted(err error) error {
	if strange, ok := errors.AsType[*stdio.Strange](err); ok {
		return c.problem(strange.Error(), "if a start-up file of the shell there prints this, make it silent for ssh; if not, this address leads elsewhere", true)
	}
	if problem, ok := errors.AsType[*results.Problem](err); ok {
		u := c.problem(problem.What, problem.Next, problem.Kind == results.BadInput)
		if problem.Where != "" {
			u.Problem.What = problem.Where + ": " + problem.What
		}
		return u
	}
	return c.explain(err)
}

// Write sends to the box. Where the box took nothing, because it refused to go on,
// its reason is in what it said.
func (c *Conn) Write(p []byte) (int, error) {
	if failed := c.failed.Load(); failed != nil {
		return 0, *failed
	}
	n, err := c.in.Write(p)
	if err == nil {
		return n, nil
	}
	if err = c.explain(err); errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	if said := c.welcome(); said != nil {
		err = said
	}
	return n, err
}

// explain turns the end of a stream into what was behind it. An orderly end stays
// io.EOF.
func (c *Conn) explain(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return err
	case c.closed.Load():
		return net.ErrClosed
	}
	select {
	case <-c.ended:
	case <-time.After(graceEnd):
		c.end()
	}
	code := c.cmd.ProcessState.ExitCode()
	switch {
	case c.late.Load():
		return c.problem("it does not answer"+said(c.stderr.lines()), "the network or the tunnel of the box may be down: perfrun tunnel status says more", false)
	case c.closed.Load():
		return net.ErrClosed
	case code == 0 && c.greeted.Load():
		return err
	}
	return c.unreachable(code)
}

// end makes the child end, and waits for it.
func (c *Conn) end() {
	c.signal(syscall.SIGTERM)
	select {
	case <-c.ended:
		return
	case <-time.After(graceTerm):
	}
	c.signal(syscall.SIGKILL)
	<-c.ended
}

// signal reaches ssh, and where it has a session of its own also what it started
// there, such as a ProxyCommand. A master connection has left that session.
func (c *Conn) signal(s syscall.Signal) {
	select {
	case <-c.ended:
		return // its number may be another's by now
	default:
	}
	c.cmd.Process.Signal(s)
	if c.cmd.SysProcAttr != nil && c.cmd.SysProcAttr.Setsid {
		syscall.Kill(-c.cmd.Process.Pid, s)
	}
}

// Close ends ssh: by SIGTERM, and three seconds later by SIGKILL. It returns when
// ssh is gone, and may be called again.
func (c *Conn) Close() error {
	first := !c.closed.Swap(true)
	c.greet.Stop()
	if first {
		defer closeAll([]*os.File{c.in, c.out})
	}
	c.end()
	return nil
}

// CloseWrite tells the box that nothing more comes.
func (c *Conn) CloseWrite() error { return c.in.Close() }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets when a Read that waits gives up.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.out.SetReadDeadline(t) }

// SetWriteDeadline sets when a Write that waits gives up.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.in.SetWriteDeadline(t) }

// LocalAddr is the child.
func (c *Conn) LocalAddr() net.Addr { return address(fmt.Sprintf("process %d", c.cmd.Process.Pid)) }

// RemoteAddr is the box.
func (c *Conn) RemoteAddr() net.Addr { return address(c.address.String()) }

// address is what stands for a network address.
type address string

func (address) Network() string  { return "ssh" }
func (a address) String() string { return string(a) }
