package boxtest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/server"
	"mtrlz.dev/perfrun/tunnel/stdio"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// Box is a server with what it answers from.
type Box struct {
	Queue   *Queue
	Records *Records
	Grants  *Grants
	Options server.Options
	Socket  string
	Server  *server.Server // the one that runs
	Seats   int            // connections that one person may hold

	t      testing.TB
	dir    string
	ended  chan error
	mu     sync.Mutex
	taken  [][]byte
	refuse error
}

// Start starts a box. set changes the server before it answers.
func Start(t testing.TB, set ...func(*server.Server)) *Box {
	t.Helper()
	dir, err := os.MkdirTemp("", "perfrun-box-") // short: a socket's path may not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b := &Box{Queue: &Queue{}, Records: newRecords(), Grants: &Grants{}, t: t, dir: dir, Seats: 256, Socket: filepath.Join(dir, "s")}
	b.Options = server.Options{
		Queue: b.Queue, Records: b.Records, Grants: b.Grants, Log: b.Log, Detail: func(string) string { return "round 3 of 40" },
		Status: func(context.Context) (any, error) { return map[string]string{"disk": "fine"}, nil },
		Accept: b.accept, Take: b.take, Page: page, Uploads: filepath.Join(dir, "uploads"),
		Program: "1.2.3", Host: "box", Errors: slog.New(slog.DiscardHandler),
	}
	b.Begin(set...)
	t.Cleanup(b.End)
	return b
}

// Begin starts the server, again if it has ended.
func (b *Box) Begin(set ...func(*server.Server)) {
	b.t.Helper()
	s, err := server.New(b.Options)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, change := range set {
		change(s)
	}
	l, err := stdio.Listen(b.Socket, stdio.Options{People: stdio.People{Access: os.Getuid()}, PerPerson: b.Seats, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.t.Fatal(err)
	}
	ended := make(chan error, 1)
	b.Server, b.ended = s, ended
	go func() { ended <- s.Serve(l) }()
}

// End stops the server in order.
func (b *Box) End() {
	if b.Server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := errors.Join(b.Server.Shutdown(ctx), <-b.ended); err != nil {
		b.t.Errorf("the server ended with %v", err)
	}
	b.Server = nil
}

// Address is the socket's.
func (b *Box) Address() tunnel.Address { return tunnel.Address{Socket: b.Socket} }

// Log is the path of a job's log.
func (b *Box) Log(id string) string { return filepath.Join(b.dir, "log-"+id) }

// Write adds to a job's log.
func (b *Box) Write(id, text string) {
	b.t.Helper()
	file, err := os.OpenFile(b.Log(id), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		_, err = file.WriteString(text)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		b.t.Error(err)
	}
}

func (b *Box) accept(ctx context.Context, _ results.Person, a wire.Acceptance) ([]wire.Step, error) {
	if _, err := b.Records.Run(ctx, a.Run); err != nil {
		return nil, err
	}
	return []wire.Step{{Series: b.Records.TheSeries, Step: b.Records.Step}}, nil
}

// Taken are the uploads that were taken in.
func (b *Box) Taken() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.taken)
}

// Refuse makes uploads be refused when they are whole; nil: no more.
func (b *Box) Refuse(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = err
}

func (b *Box) take(_ context.Context, _ results.Person, path string) error {
	text, err := os.ReadFile(path)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err = errors.Join(err, b.refuse); err == nil {
		b.taken = append(b.taken, text)
	}
	return err
}

// Dial connects as somebody, as dial-stdio does for a key of theirs.
func (b *Box) Dial(who results.Person) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		stdio.Serve(context.Background(), b.Socket, who, theirs, theirs)
		theirs.Close()
	}()
	reader := bufio.NewReader(ours)
	if err := new(stdio.Greeting).Read(reader); err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return &greeted{ours, reader}, nil
}

// greeted is a connection whose greeting is over.
type greeted struct {
	net.Conn
	reader io.Reader
}

// Read reads.
func (g *greeted) Read(p []byte) (int, error) { return g.reader.Read(p) }

// Grants keeps keys in memory.
type Grants struct {
	mu   sync.Mutex
	list []wire.Grant
}

// List lists them.
func (g *Grants) List(context.Context) ([]wire.Grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.list), nil
}

// Add adds one whose name is free.
func (g *Grants) Add(_ context.Context, _ results.Person, grant wire.Grant) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if slices.ContainsFunc(g.list, func(o wire.Grant) bool { return o.Name == grant.Name }) {
		return problem("name "+grant.Name, "it is taken", "")
	}
	g.list = append(g.list, grant)
	return nil
}

// Remove removes one that is there.
func (g *Grants) Remove(_ context.Context, _ results.Person, name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := len(g.list)
	g.list = slices.DeleteFunc(g.list, func(o wire.Grant) bool { return o.Name == name })
	if len(g.list) == before {
		return problem("name "+name, "it is nobody's", "")
	}
	return nil
}

// page is one page that shows what it was asked, and nothing at other addresses.
func page(_ context.Context, address string, query url.Values) (wire.Page, error) {
	switch {
	case address != "index.html":
		return wire.Page{Missing: true}, nil
	case query.Get("a") == "wrong":
		return wire.Page{}, &results.Problem{Kind: results.BadInput, Where: "a", What: "it is wrong", Next: "give another"}
	}
	return wire.Page{Type: "text/html; charset=utf-8", Body: []byte("<p>" + query.Encode() + "</p>\xff"), At: time.Unix(1e9, 0).UTC()}, nil
}
