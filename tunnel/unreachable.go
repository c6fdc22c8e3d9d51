package tunnel

import "mtrlz.dev/perfrun/results"

// Unreachable is the error of a box that could not be reached, or that went away
// in the middle of an answer. It says nothing about any run: those go on.
type Unreachable struct {
	Problem results.Problem
	Lasting bool // another try would find the same: a key that is not let in, a wrong host key
}

// Error returns the problem as one line.
func (u *Unreachable) Error() string { return u.Problem.Error() }

// Unwrap makes it a *results.Problem as well, for those who only show it.
func (u *Unreachable) Unwrap() error { return &u.Problem }
