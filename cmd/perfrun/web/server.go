package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/results"
)

// Pages makes documents by their addresses, which are relative: "index.html". It fails
// with fs.ErrNotExist where there is none, and with a *results.Problem of kind BadInput
// where the query is wrong.
type Pages interface {
	Document(ctx context.Context, address string, query url.Values) (site.Document, error)

	// Edition numbers what they are made from; zero where that is not known, and answers are
	// kept while they are fresh alone.
	Edition(ctx context.Context) (results.Edition, error)
}

// Options say how pages are served. The zero value is good for loopback.
type Options struct {
	Hosts  []string      // names under which it is asked for, besides those of loopback
	Prefix string        // first part of every address, which only those who may read know; empty: none
	Fresh  time.Duration // for which an answer is given again whatever has changed, one of much data for longer; 0: a second
	AtOnce int           // pages that are made at the same time, besides a heavy one; 0: one for every second CPU, so that a run keeps the others
	Room   int64         // bytes of answers that are kept; 0: 64 MiB
	Errors *slog.Logger  // nil: slog.Default()
}

// limits are how long a reader may take.
type limits struct{ header, read, write, idle, wait time.Duration }

var defaults = limits{header: 10 * time.Second, read: 15 * time.Second, write: time.Minute, idle: 2 * time.Minute, wait: 10 * time.Second}

// maxHeader bounds the head of a request.
const maxHeader = 16 << 10

// Server serves pages.
type Server struct {
	pages   Pages
	options Options
	limits  limits
	kept    *kept
	lanes   lanes
	flights flight
	http    *http.Server
}

// New returns a server of pages.
func New(pages Pages, o Options) *Server {
	if o.Fresh == 0 {
		o.Fresh = time.Second
	}
	if o.AtOnce <= 0 {
		o.AtOnce = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if o.Room == 0 {
		o.Room = 64 << 20
	}
	if o.Errors == nil {
		o.Errors = slog.Default()
	}
	s := &Server{pages: pages, options: o, limits: defaults, kept: newKept(o.Room), lanes: newLanes(o.AtOnce)}
	s.http = &http.Server{
		Handler: s, ConnContext: remember, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(o.Errors.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: s.limits.header, ReadTimeout: s.limits.read, WriteTimeout: s.limits.write, IdleTimeout: s.limits.idle,
	}
	return s
}

// Serve answers until Shutdown, and then returns nil.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Document makes a page for who sends it by another way, or gives one that was made.
func (s *Server) Document(ctx context.Context, address string, query url.Values) (site.Document, error) {
	a, err := s.answer(ctx, asked{address, query})
	if err != nil {
		return site.Document{}, err
	}
	return a.plain(), nil
}

// Shutdown lets those who are being answered have their answer, as long as ctx lasts.
func (s *Server) Shutdown(ctx context.Context) error { return s.http.Shutdown(ctx) }

// private is the key of what remember keeps.
type private struct{}

// remember keeps whether a connection is of a unix socket: whoever opened that is on
// this machine and was let in by the file system.
func remember(ctx context.Context, c net.Conn) context.Context {
	_, unix := c.(*net.UnixConn)
	return context.WithValue(ctx, private{}, unix)
}
