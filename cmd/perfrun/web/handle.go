package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// flight makes a page once for everybody who asks at the same time.
type flight struct{ group singleflight.Group }

// policy is what pages may load: their own style, their own script, and what the program
// itself put into a page that stands alone.
var policy = "default-src 'none'; style-src 'self'" + sources(reports.StyleHashes()) + "; script-src 'self'" + sources(reports.ScriptHashes()) +
	"; img-src 'self' data:; connect-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func sources(hashes []string) string {
	var b strings.Builder
	for _, h := range hashes {
		b.WriteString(" '" + h + "'")
	}
	return b.String()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	asked, refused := s.parse(r)
	if refused != nil {
		s.refuse(w, r, *refused)
		return
	}
	a, err := s.answer(r.Context(), asked)
	if err != nil {
		s.refuse(w, r, s.refusal(asked, err))
		return
	}
	a.send(w, r)
}

// answer finds the answer, or makes it. Whoever goes away takes it from nobody else.
func (s *Server) answer(ctx context.Context, asked asked) (*answer, error) {
	key, edition := asked.key(), s.edition(ctx)
	if a := s.kept.find(key, edition); a != nil {
		return a, nil
	}
	made := s.flights.group.DoChan(key, func() (any, error) { return s.make(context.WithoutCancel(ctx), asked, key, edition) })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-made:
		a, _ := got.Val.(*answer)
		return a, got.Err
	}
}

// edition is that of the pages. Where it cannot be read they may still be made.
func (s *Server) edition(ctx context.Context) results.Edition {
	edition, err := s.pages.Edition(ctx)
	if err != nil {
		return results.Edition{}
	}
	return edition
}

// make makes an answer that nobody has made of this edition.
func (s *Server) make(ctx context.Context, asked asked, key string, edition results.Edition) (a *answer, err error) {
	leave, err := s.lanes.enter(key, s.limits.wait)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, s.limits.write)
	defer cancel()
	begun := time.Now()
	gently(func() { a, err = s.document(ctx, asked) })
	took := time.Since(begun)
	s.lanes.took(key, took)
	if err != nil {
		return nil, err
	}
	s.kept.keep(key, a, edition, s.lifeOf(a.document.Holds, took))
	return a, nil
}

// Bounds of a life. Somebody may change a database by hand, and then there is no new
// edition of it: longest is how long an answer is kept of one. freshest is how old one may
// be that something has changed since, and moment how old one that no edition counts for.
const (
	longest  = 10 * time.Minute
	freshest = 10 * time.Second
	moment   = time.Minute
)

// lifeOf is that of an answer that took so long to make. However often something changes,
// to make a page of much data takes a part of the CPU and leaves others their turn, as does
// what is never of the same edition: the page of a run that goes on. What was made at the
// same time does not end at the same time.
func (s *Server) lifeOf(holds site.Holds, took time.Duration) life {
	now, end := time.Now(), longest-rand.N(longest/4)
	if holds == site.HoldsAMoment {
		end = min(10*took, moment)
	}
	return life{fresh: now.Add(max(s.options.Fresh, min(10*took, freshest))), end: now.Add(end)}
}

// document makes a page, ready to be sent. One that panics is one bad page and no more.
func (s *Server) document(ctx context.Context, asked asked) (a *answer, err error) {
	defer func() {
		if bad := recover(); bad != nil {
			s.options.Errors.Error("a page panicked", "page", asked.address, "panic", bad, "stack", string(debug.Stack()))
			err = errors.New("it panicked")
		}
	}()
	d, err := s.pages.Document(ctx, asked.address, asked.query)
	if err != nil {
		return nil, err
	}
	return newAnswer(d), nil
}

// refusal says what a reader is told of an error.
func (s *Server) refusal(asked asked, err error) refusal {
	problem, known := errors.AsType[*results.Problem](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refusal{http.StatusNotFound, "There is no such page."}
	case known && problem.Where == errBusy.Where && problem.What == errBusy.What: // of a box, too
		return refusal{http.StatusServiceUnavailable, "Many pages are being made right now. Try again in a moment."}
	case known && problem.Kind == results.BadInput:
		return refusal{http.StatusBadRequest, words.Plain(fmt.Sprintf("%s: %s; %s.", problem.Where, problem.What, problem.Next))}
	case errors.Is(err, context.Canceled):
		return refusal{http.StatusServiceUnavailable, "The reader has gone."}
	}
	s.options.Errors.Error("a page could not be made", "page", asked.address, "error", err)
	return refusal{http.StatusInternalServerError, "This page could not be made. The log of the box says why."}
}

// refuse answers without a page, and says where there is one.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, why refusal) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	switch why.code {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, HEAD")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "2")
	}
	w.WriteHeader(why.code)
	if r.Method != http.MethodHead {
		fmt.Fprintf(w, refusalPage, why.code, html.EscapeString(why.words), s.home(r))
	}
}

// home is where the pages begin, for who has found them.
func (s *Server) home(r *http.Request) string {
	if _, found := s.within(r.URL.Path); found && s.options.Prefix != "" {
		return "/" + s.options.Prefix + "/"
	}
	return "/"
}

const refusalPage = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><title>%d</title>
<link rel="stylesheet" href="%[3]sassets/site.css"/></head>
<body><main><h1>%[1]d</h1><p>%[2]s</p><p><a href="%[3]sindex.html">To the overview</a></p></main></body></html>
`
