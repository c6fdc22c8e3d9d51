package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// failure is a problem with the status that fits it.
type failure struct {
	status  int
	problem *results.Problem
}

// Error is the problem's.
func (f *failure) Error() string { return f.problem.Error() }

// Unwrap returns the problem.
func (f *failure) Unwrap() error { return f.problem }

// fail makes a failure whose fault is the request's.
func fail(status int, where, what, next string) *failure {
	return &failure{status, &results.Problem{Kind: results.BadInput, Where: where, What: what, Next: next}}
}

// failed finds the failure that is told for an error. What is nobody's business
// but the owner's goes to the log alone.
func (s *Server) failed(r *http.Request, err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	p, ok := wire.AsProblem(err)
	switch {
	case ok && p.Kind == results.BadInput:
		return &failure{http.StatusBadRequest, p}
	case ok:
		return &failure{http.StatusServiceUnavailable, p}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &failure{http.StatusServiceUnavailable, &results.Problem{Kind: results.CannotRun, What: "the box did not manage it in time", Next: "try again later"}}
	}
	s.options.Errors.Error("answer a request", "method", r.Method, "path", r.URL.Path, "error", err)
	return &failure{http.StatusInternalServerError, &results.Problem{
		Kind: results.CannotRun, What: "the box failed to do this", Next: "its log says why (on the box: journalctl -u perfrun)",
	}}
}

// tooLow is the failure of somebody whose role does not reach.
func tooLow(who results.Person, wanted results.Role) *failure {
	return fail(http.StatusForbidden, who.Name, fmt.Sprintf("this takes the role %s, and yours is %s", wanted, who.Role), "ask an admin of the box")
}

// otherVersion is the failure of a version of the API that is not spoken here.
func (s *Server) otherVersion(asked string) *failure {
	f := fail(http.StatusBadRequest, "", fmt.Sprintf("you speak version %s of the API, this box (perfrun %s) version %d", asked, s.options.Program, wire.Version), "")
	number, err := strconv.Atoi(asked)
	switch {
	case err != nil || number < 1:
		f.problem.What = fmt.Sprintf("there is no version %.20q of the API", asked)
		f.problem.Next = fmt.Sprintf("this box speaks version %d", wire.Version)
	case number > wire.Version:
		f.problem.Kind = results.CannotRun
		f.problem.Next = "upgrade perfrun on the box"
	default:
		f.problem.Next = "upgrade perfrun on your side"
	}
	return f
}
