package stdio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/results"
)

// dialTime is how long the daemon may take to accept. It only has to be alive.
const dialTime = 10 * time.Second

// Serve is the box's end of an ssh session: it connects to the daemon's socket,
// says there who asks, and copies in to it and what it answers to out, until
// either end is done. The end of in is passed on, and what is still answered is
// copied. Nobody, the zero person, is whoever runs this process, as the daemon sees
// them. Why the daemon cannot be reached goes to the client, and is returned.
//
// A read of in that blocks when Serve returns stays blocked: the caller is a
// process that ends.
func Serve(ctx context.Context, socket string, who results.Person, in io.Reader, out io.Writer) error {
	var line []byte
	if who != (results.Person{}) {
		var err error
		if line, err = preamble(who); err != nil {
			return refuse(out, fmt.Errorf("who asks: %w", err))
		}
	}
	dialer := net.Dialer{Timeout: dialTime}
	conn, err := dialer.DialContext(ctx, "unix", socket)
	if err != nil {
		return refuse(out, away(socket, err))
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := conn.Write(line); err != nil {
		return refuse(out, away(socket, err))
	}
	if _, err := out.Write(greeting(nil)); err != nil {
		return fmt.Errorf("greet the client: %w", err)
	}
	return copyBoth(ctx, conn.(*net.UnixConn), in, out)
}

// copyBoth copies until the daemon has said all, or the client is gone.
func copyBoth(ctx context.Context, conn *net.UnixConn, in io.Reader, out io.Writer) error {
	go func() {
		from := &source{Reader: in}
		io.Copy(conn, from)
		if from.broke {
			conn.Close() // the client broke off: nobody waits for an answer
			return
		}
		conn.CloseWrite() // where it was the daemon that took no more, its answer says why
	}()
	_, err := io.Copy(out, conn)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, syscall.ECONNRESET) {
		return fmt.Errorf("pass on what the daemon says: %w", err)
	}
	return nil
}

// source remembers that reading failed.
type source struct {
	io.Reader
	broke bool
}

// Read reads.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.broke = err != nil && err != io.EOF
	return n, err
}

// refuse tells the client, whose program explains it, and the caller.
func refuse(out io.Writer, err error) error {
	problem, ok := errors.AsType[*results.Problem](err)
	if !ok {
		problem = &results.Problem{Kind: results.CannotRun, What: "the daemon cannot be reached (" + err.Error() + ")", Err: err}
	}
	if _, err := out.Write(greeting(problem)); err != nil {
		return fmt.Errorf("%w, and the client is gone: %w", problem, err)
	}
	return problem
}

// away is the problem of a socket on which nobody listens.
func away(socket string, err error) error {
	p := &results.Problem{Kind: results.CannotRun, Where: socket, What: "the daemon cannot be reached (" + err.Error() + ")", Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		p.What, p.Next = "the daemon does not run", "on the box: systemctl status perfrun"
	case errors.Is(err, fs.ErrPermission):
		p.What, p.Next = "this user may not speak to the daemon", "on the box: ls -l "+socket
	}
	return p
}
