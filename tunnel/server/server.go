package server

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/stdio"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// Queue is the queue of the box. It checks what its callers may do beyond the role
// that an endpoint asks for, such as whose a job is, and keeps the audit.
type Queue interface {
	// Submit is idempotent by the order's id.
	Submit(ctx context.Context, who results.Person, order results.Order) (results.Job, error)
	Cancel(ctx context.Context, who results.Person, id, why string) (results.Job, error)
	Pause(ctx context.Context, who results.Person, why string) error
	Resume(ctx context.Context, who results.Person) error
	View(ctx context.Context) (results.QueueView, error)
	Job(ctx context.Context, id string) (results.Job, error)
	// Jobs lists all jobs, newest first. next is after for what follows, or empty.
	Jobs(ctx context.Context, after string, limit int) (list []results.Job, next string, err error)
	Schedules(ctx context.Context) ([]results.Schedule, error)
	AddSchedule(ctx context.Context, who results.Person, schedule results.Schedule) error
	RemoveSchedule(ctx context.Context, who results.Person, name string) error
	RunNow(ctx context.Context, who results.Person, name, request string) (results.Job, error)
	Audit(ctx context.Context, limit int) ([]results.Deed, error)
}

// Records is the reading half of results/store.
type Records interface {
	Run(ctx context.Context, id string) (results.Run, error)
	Runs(ctx context.Context, limit int) ([]results.Run, error)
	Record(ctx context.Context, id string) (*results.Record, error)
	Resolve(ctx context.Context, ref string) (id string, err error)
	Calibrations(ctx context.Context, suite string) ([]results.Run, error)
	Alarms(ctx context.Context, suite string) ([]results.AlarmTally, error)
	Series(ctx context.Context, suite string) ([]results.Series, error)
	Points(ctx context.Context, series results.Series) ([]results.Point, error)
	Steps(ctx context.Context, suite string) ([]results.Step, error)
	Acceptances(ctx context.Context, suite string) ([]results.Acceptance, error)
}

// Grants are the keys that are let in. Add replaces nothing: a name that is taken
// by another key is a *results.Problem.
type Grants interface {
	List(ctx context.Context) ([]wire.Grant, error)
	Add(ctx context.Context, who results.Person, grant wire.Grant) error
	Remove(ctx context.Context, who results.Person, name string) error
}

// Options are what a server answers from. Queue, Records, Log, Status, Accept,
// Grants, Uploads, Take and Page are needed.
type Options struct {
	Queue   Queue
	Records Records
	Log     func(id string) string             // path of a job's log file, which need not exist yet
	Detail  func(id string) string             // how far a running job is ("round 3 of 40"); nil: nothing is known
	Status  func(context.Context) (any, error) // of the box, JSON-able
	Accept  func(context.Context, results.Person, wire.Acceptance) ([]wire.Step, error)
	Grants  Grants
	Uploads string // folder, made if it is missing; only the daemon's user may write there
	// Take takes in a whole upload whose checksum is right; nil means that it is
	// durable. After a crash it may be called again for the same file.
	Take    func(ctx context.Context, who results.Person, path string) error
	Page    func(ctx context.Context, address string, query url.Values) (wire.Page, error) // of the box's pages, by its relative address
	Program string                                                                         // perfrun's version
	Host    string                                                                         // the machine's name
	Now     func() time.Time                                                               // nil: time.Now
	Errors  *slog.Logger                                                                   // for what is not told to clients; nil: slog.Default()
}

// limits are how long things may take, and how much may be.
type limits struct {
	header, body, chunk, write, idle time.Duration
	read, change, take               time.Duration // what is asked for
	tick, beat                       time.Duration // of what is followed
	wait                             time.Duration // of a completed upload for its being taken
	answers                          int           // of changes that are kept
	keep                             time.Duration // for so long
	uploads                          int           // of one person that are not complete
	bytes                            int64         // of those
	leftover                         time.Duration // after which one is removed
}

var defaults = limits{
	header: 10 * time.Second, body: 30 * time.Second, chunk: 2 * time.Minute, write: time.Minute, idle: 10 * time.Minute,
	read: time.Minute, change: time.Minute, take: 30 * time.Minute,
	tick: 250 * time.Millisecond, beat: wire.Heartbeat, wait: 20 * time.Second,
	answers: 4096, keep: 15 * time.Minute, uploads: 16, bytes: 4 << 30, leftover: 24 * time.Hour,
}

// maxHeader bounds the head of a request.
const maxHeader = 32 << 10

// Server answers on connections of a stdio.Listener.
type Server struct {
	options Options
	limits  limits
	routes  []*route
	mux     *http.ServeMux
	http    *http.Server
	once    answers
	views   views
	shares  shares // of large answers
	people  standing
	uploads uploads
	stop    chan struct{} // closed when it shall end
	stopped sync.Once
}

// New makes a server.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Errors == nil {
		o.Errors = slog.Default()
	}
	s := &Server{options: o, limits: defaults, stop: make(chan struct{}), mux: http.NewServeMux()}
	if err := s.uploads.open(s); err != nil {
		return nil, err
	}
	s.routes = s.table()
	for _, r := range s.routes {
		s.mux.Handle(r.Method+" "+r.Path, r)
	}
	s.http = &http.Server{
		Handler: s, ConnContext: s.remember, ConnState: s.people.leave, MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: s.limits.header, IdleTimeout: s.limits.idle,
		ErrorLog: slog.NewLogLogger(o.Errors.Handler(), slog.LevelWarn),
	}
	return s, nil
}

// connection is the key of a request's connection in its context.
type connection struct{}

func (s *Server) remember(ctx context.Context, c net.Conn) context.Context {
	if conn, ok := c.(*stdio.Conn); ok {
		s.people.enter(conn)
	}
	return context.WithValue(ctx, connection{}, c)
}

// peer is the connection of a request; nil where the listener was another.
func peer(ctx context.Context) *stdio.Conn {
	conn, _ := ctx.Value(connection{}).(*stdio.Conn)
	return conn
}

// Serve answers on the connections of a stdio.Listener until Shutdown. Others know
// nobody, and get no answer but that.
func (s *Server) Serve(l net.Listener) error {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	swept := make(chan struct{})
	defer func() { <-swept }()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		defer close(swept)
		for {
			s.uploads.sweep()
			select {
			case <-ticker.C:
			case <-ended:
				return
			}
		}
	}()
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Shutdown ends what is followed, lets the other requests come to their end, and
// waits for uploads that are being taken in. What is not done when ctx is, is cut.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopped.Do(func() { close(s.stop) })
	err := s.http.Shutdown(ctx)
	if err != nil {
		s.http.Close()
	}
	return cmp.Or(err, s.uploads.wait(ctx))
}
