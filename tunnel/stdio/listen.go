package stdio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"mtrlz.dev/perfrun/results"
)

// The limits of a listener, where its options have none.
const (
	defaultPerPerson = 32
	defaultMeeting   = 10 * time.Second
	maxMeetings      = 256 // of believed peers that have not yet said who they are
)

// Options say how a listener meets people.
type Options struct {
	People    People
	PerPerson int           // connections that one person may hold; 0: 32
	Meeting   time.Duration // how long a peer may take to say its first word; 0: 10 s
	Log       *slog.Logger  // nil: slog.Default()
}

// Listener accepts connections on the daemon's socket and finds out who is at the
// other end. Its connections are *Conn. A peer that dawdles holds up nobody else.
type Listener struct {
	options Options
	socket  *net.UnixListener
	ready   chan *Conn
	closed  chan struct{}
	slots   chan struct{} // meetings under way
	seats   seats
}

// Listen makes the daemon's socket, which everybody on the machine may open: who
// may do what is decided for each connection. A socket that a dead daemon left is
// taken over; one on which a daemon listens is a *results.Problem.
func Listen(path string, o Options) (*Listener, error) {
	if o.PerPerson == 0 {
		o.PerPerson = defaultPerPerson
	}
	if o.Meeting == 0 {
		o.Meeting = defaultMeeting
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if err := clear(path); err != nil {
		return nil, err
	}
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, noSocket(path, err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		return nil, errors.Join(noSocket(path, err), socket.Close())
	}
	l := &Listener{
		options: o, socket: socket, ready: make(chan *Conn), closed: make(chan struct{}),
		slots: make(chan struct{}, maxMeetings),
	}
	go l.accept()
	return l, nil
}

// clear removes a socket on which nobody listens any more.
func clear(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return noSocket(path, err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return &results.Problem{Kind: results.BadInput, Where: path, What: "this is no socket", Next: "name another path, or move away what is there"}
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return &results.Problem{Kind: results.CannotRun, Where: path, What: "another daemon listens there", Next: "stop it first: systemctl stop perfrun"}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return noSocket(path, err)
	}
	return nil
}

func noSocket(path string, err error) error {
	return &results.Problem{
		Kind: results.CannotRun, Where: path, What: "no socket can be made here (" + err.Error() + ")",
		Next: "make its folder, and let the daemon write there", Err: err,
	}
}

// Accept returns the next *Conn whose person is known.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.ready:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close stops listening and removes the socket. Connections stay.
func (l *Listener) Close() error { return l.socket.Close() }

// Addr is the socket's.
func (l *Listener) Addr() net.Addr { return l.socket.Addr() }

// accept meets one peer after the other until the socket is closed.
func (l *Listener) accept() {
	defer close(l.closed)
	for {
		conn, err := l.socket.AcceptUnix()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // out of files, most likely: others will close some
			l.options.Log.Warn("accept a connection", "error", err)
			time.Sleep(100 * time.Millisecond)
		default:
			l.admit(conn)
		}
	}
}

// admit lets a peer in where there is room. People of this machine take a seat at
// once; a believed peer when it has said for whom.
func (l *Listener) admit(socket *net.UnixConn) {
	uid, err := peer(socket)
	if err != nil {
		l.options.Log.Warn("meet a peer", "error", err)
		socket.Close()
		return
	}
	conn := &Conn{Conn: socket, reader: bufio.NewReaderSize(socket, maxPreamble), person: l.options.People.local(uid)}
	believed := l.options.People.believes(uid)
	if !believed && !l.seat(conn) {
		return
	}
	select {
	case l.slots <- struct{}{}:
	default:
		l.options.Log.Warn("too many connections begin at once: one is closed")
		conn.Close()
		return
	}
	go func() {
		met := l.meet(conn, believed)
		<-l.slots
		if !met || believed && !l.seat(conn) {
			conn.Close()
			return
		}
		select {
		case l.ready <- conn:
		case <-l.closed:
			conn.Close()
		}
	}()
}

// seat gives the connection a seat of its person's. One too many is told so, but
// only some of them: each costs something until it is told.
func (l *Listener) seat(conn *Conn) bool {
	name := conn.person.Name
	held := l.seats.take(name)
	conn.leave = func() { l.seats.free(name) }
	if held > 2*l.options.PerPerson {
		conn.Close()
		return false
	}
	if held > l.options.PerPerson {
		conn.refusal = &results.Problem{
			Kind: results.CannotRun, Where: name, What: fmt.Sprintf("%d connections of yours are open already", l.options.PerPerson),
			Next: "end some, or wait until they are closed",
		}
	}
	return true
}

// meet reads the preamble, if there is one, and reports whether to go on.
func (l *Listener) meet(conn *Conn, believed bool) bool {
	if conn.SetReadDeadline(time.Now().Add(l.options.Meeting)) != nil {
		return false
	}
	first, err := conn.reader.Peek(1)
	if err != nil {
		return false
	}
	if first[0] == preambleMark[0] {
		who, err := readPreamble(conn.reader)
		switch {
		case err != nil && !believed, err == nil && !believed:
			l.options.Log.Warn("somebody says to be somebody else", "user", conn.person.Name, "claim", who.Name)
			conn.refusal = forged(conn.person)
		case err != nil:
			l.options.Log.Warn("read who asks", "error", err)
			return false
		default:
			conn.person, conn.forwarded = who, true
		}
	}
	return conn.SetReadDeadline(time.Time{}) == nil
}

// readPreamble takes one line off the stream, and not a byte more.
func readPreamble(r *bufio.Reader) (results.Person, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return results.Person{}, errTooLong
	case err == io.EOF:
		return results.Person{}, io.ErrUnexpectedEOF
	case err != nil:
		return results.Person{}, err
	}
	return parsePreamble(line[:len(line)-1])
}

func forged(who results.Person) *results.Problem {
	return &results.Problem{
		Kind: results.BadInput, Where: "user " + who.Name, What: "only root and the user of perfrun's keys may say for whom they ask",
		Next: "leave it away: the box knows you by your user",
	}
}
