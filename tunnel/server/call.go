package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// call is one request that somebody may make.
type call struct {
	*Server
	route *route
	w     http.ResponseWriter
	r     *http.Request
	who   results.Person
}

// ServeHTTP answers one request. A panic is the end of that request only.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &patient{ResponseWriter: w, control: http.NewResponseController(w), wait: s.limits.write}
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		if value == http.ErrAbortHandler {
			panic(value)
		}
		s.options.Errors.Error("a request panicked", "method", r.Method, "path", r.URL.Path, "panic", value, "stack", string(debug.Stack()))
		if out.begun {
			panic(http.ErrAbortHandler) // the client must not take half an answer for a whole one
		}
		s.refuse(out, r, fmt.Errorf("panic: %v", value))
	}()
	w.Header().Set(wire.HeaderVersion, strconv.Itoa(wire.Version))
	w.Header().Set(wire.HeaderProgram, s.options.Program)
	if r.ContentLength != 0 { // also of a body that nobody wants
		out.control.SetReadDeadline(time.Now().Add(s.limits.body))
	}
	if err := s.known(r); err != nil {
		s.refuse(out, r, err)
		return
	}
	s.mux.ServeHTTP(out, r)
}

// known reports whether there is an endpoint for a request.
func (s *Server) known(r *http.Request) error {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	version, isVersion := strings.CutPrefix(first, "v")
	if isVersion && version != strconv.Itoa(wire.Version) {
		return s.otherVersion(version)
	}
	if path.Clean(r.URL.Path) == r.URL.Path {
		if _, pattern := s.mux.Handler(r); pattern != "" {
			return nil
		}
	}
	return fail(http.StatusNotFound, "", fmt.Sprintf("there is no request %.10q %.100q", r.Method, r.URL.Path), "docs/API.md lists those that there are")
}

// refuse answers with a failure.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := s.failed(r, err)
	if r.ContentLength != 0 && r.Body != http.NoBody {
		w.Header().Set("Connection", "close") // what is left of the body is not waited for
	}
	text, err := json.Marshal(wire.Failure{Error: wire.FromProblem(f.problem)})
	if err != nil {
		panic(err)
	}
	send(w, f.status, "application/json", text)
}

// send sends a whole answer.
func send(w http.ResponseWriter, status int, kind string, text []byte) {
	if status != http.StatusNoContent {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	}
	w.WriteHeader(status)
	w.Write(text)
}

// admit decides whether whoever asks may.
func (c *call) admit() error {
	conn := peer(c.r.Context())
	if conn == nil {
		return fail(http.StatusForbidden, "", "nobody knows who asks", "")
	}
	if refusal := cmp.Or(conn.Refusal(), c.people.refuses(conn)); refusal != nil {
		c.w.Header().Set("Connection", "close") // another one may fare better
		status := http.StatusTooManyRequests
		if refusal.Kind == results.BadInput {
			status = http.StatusForbidden
		}
		return &failure{status, refusal}
	}
	if c.who = conn.Person(); !c.who.Role.Reaches(c.route.Role) {
		return tooLow(c.who, c.route.Role)
	}
	for name, values := range c.r.URL.Query() {
		if !slices.Contains(c.route.Query, name) || len(values) != 1 {
			return fail(http.StatusBadRequest, fmt.Sprintf("query %.40q", name), "this request does not take it, or not twice", "")
		}
	}
	if c.r.ContentLength != 0 && c.route.Takes == nil && !c.route.raw {
		return fail(http.StatusBadRequest, "body", "this request takes none", "")
	}
	return nil
}

// body reads the whole body within a limit and a time.
func (c *call) body(most int64, wait time.Duration) ([]byte, error) {
	control := http.NewResponseController(c.w)
	control.SetReadDeadline(time.Now().Add(wait))
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, most))
	if err != nil {
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			return nil, fail(http.StatusRequestEntityTooLarge, "body", fmt.Sprintf("it is longer than %d bytes", most), "")
		}
		return nil, fail(http.StatusRequestTimeout, "body", "it did not arrive whole, or not in time", "try again")
	}
	// From here on the connection is watched for the client's going away.
	return text, control.SetReadDeadline(time.Time{})
}

// decode reads JSON strictly: what is not known is refused, because it was meant.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, err = decoder.Token(); err == io.EOF {
			return nil
		}
		err = errors.New("something follows the JSON")
	}
	return fail(http.StatusBadRequest, "body", fmt.Sprintf("it is not the JSON that is taken here (%.200s)", strings.TrimPrefix(err.Error(), "json: ")), "docs/API.md says what is")
}

// number reads a number of the query.
func (c *call) number(name string, missing, most int64) (int64, error) {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return missing, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, fail(http.StatusBadRequest, "query "+name, fmt.Sprintf("%.40q is no number from 0 to %d", text, most), "")
	}
	return n, nil
}

// id is the one in the path.
func (c *call) id() (string, error) {
	id := c.r.PathValue("id")
	return id, wire.CheckID(id)
}

// patient gives every piece of an answer a time within which it must be taken.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	wait    time.Duration
	begun   bool
}

// Write sends a piece.
func (p *patient) Write(text []byte) (n int, err error) {
	const piece = 64 << 10
	p.begun = true
	for part := range slices.Chunk(text, piece) {
		p.control.SetWriteDeadline(time.Now().Add(p.wait))
		m, err := p.ResponseWriter.Write(part)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// WriteHeader begins the answer.
func (p *patient) WriteHeader(status int) {
	p.begun = true
	p.control.SetWriteDeadline(time.Now().Add(p.wait))
	p.ResponseWriter.WriteHeader(status)
}

// Unwrap lets deadlines through.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// within bounds what a request waits for.
func (c *call) within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.r.Context(), d)
}
