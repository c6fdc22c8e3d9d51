package wire

import (
	"errors"

	"mtrlz.dev/perfrun/results"
)

// The kinds of problem by name.
const (
	kindBadInput  = "bad-input"
	kindCannotRun = "cannot-run"
)

// Problem is a results.Problem as it travels. The cause stays where it happened:
// it may name what is none of the client's business.
type Problem struct {
	Kind    string `json:"kind"`
	Where   string `json:"where,omitempty"`
	What    string `json:"what"`
	Excerpt string `json:"excerpt,omitempty"`
	Next    string `json:"next,omitempty"`
}

// Failure is the body of every answer that is an error.
type Failure struct {
	Error Problem `json:"error"`
}

// FromProblem makes a problem ready to travel.
func FromProblem(p *results.Problem) Problem {
	kind := kindCannotRun
	if p.Kind == results.BadInput {
		kind = kindBadInput
	}
	return Problem{Kind: kind, Where: p.Where, What: p.What, Excerpt: p.Excerpt, Next: p.Next}
}

// Problem is the problem that arrived. A kind that is not known is one of the
// world, not of the request.
func (p Problem) Problem() *results.Problem {
	kind := results.CannotRun
	if p.Kind == kindBadInput {
		kind = results.BadInput
	}
	return &results.Problem{Kind: kind, Where: p.Where, What: p.What, Excerpt: p.Excerpt, Next: p.Next}
}

// AsProblem finds the problem in an error.
func AsProblem(err error) (*results.Problem, bool) { return errors.AsType[*results.Problem](err) }
