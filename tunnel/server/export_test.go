package server

import (
	"context"
	"net/http"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Hurry makes a server less patient.
func Hurry(s *Server) {
	s.limits.tick, s.limits.beat, s.limits.wait = 5*time.Millisecond, 50*time.Millisecond, 20*time.Millisecond
}

// Cutting makes it cut slow bodies off at once.
func Cutting(s *Server) { s.limits.body, s.limits.chunk = 50*time.Millisecond, 50*time.Millisecond }

// Bearing makes it bear with slow chunks only.
func Bearing(s *Server) { s.limits.body, s.limits.chunk = 50*time.Millisecond, time.Minute }

// Few makes it keep one answer, and one upload a person.
func Few(s *Server) { s.limits.answers, s.limits.uploads = 1, 1 }

// Sweep removes old uploads.
func (s *Server) Sweep() { s.uploads.sweep() }

// Panicking adds an endpoint that panics, before or in the middle of its answer.
func Panicking(s *Server) {
	for path, serve := range map[string]func(*call) error{
		"/v1/panic": func(*call) error { panic("at once") },
		"/v1/half": func(c *call) error {
			c.w.Write([]byte("half"))
			http.NewResponseController(c.w).Flush()
			panic("in the middle")
		},
	} {
		s.mux.Handle("GET "+path, &route{Route: Route{Role: results.Viewer}, server: s, serve: serve})
	}
	s.mux.Handle("POST /v1/panic", &route{Route: Route{Role: results.Viewer}, server: s, change: func(*call, context.Context, []byte) (any, error) { panic("a change") }})
}
