package results

import (
	"fmt"
	"strings"
)

// ProblemKind says whose move it is.
type ProblemKind int

// The kinds of problem; package main maps them to exit codes.
const (
	BadInput  ProblemKind = iota // the user gave something that cannot be: exit 2
	CannotRun                    // the request is sound, the world is not ready for it: exit 4
)

// Problem is an error that a person can act on: what is wrong, where, and what
// to do next. Everything that users see fail should be one.
type Problem struct {
	Kind    ProblemKind
	Where   string // "perf.yml:12:5", a path, a flag; may be empty
	What    string // lower case, no full stop
	Excerpt string // the offending line with a caret under it; may be empty
	Next    string // what to do; lower case, no full stop; may be empty
	Err     error  // the cause, if another error was; not shown again
	// Passing: the same may go well later though nobody changes anything. A queue
	// tries it again.
	Passing bool
}

// Error returns the problem as one line, without the excerpt.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.Where != "" {
		b.WriteString(p.Where + ": ")
	}
	b.WriteString(p.What)
	if p.Next != "" {
		b.WriteString("; " + p.Next)
	}
	return b.String()
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Incomplete is the error of a list without the rows of the database that cannot be read:
// the list is there as well, and good but for them.
type Incomplete struct {
	Rows int
	Of   string // what each is
}

// Error says what is missing, and what tells more.
func (i *Incomplete) Error() string {
	if i.Rows == 1 {
		return "1 " + i.Of + " in the database cannot be read: it is damaged, perfrun db check says where"
	}
	return fmt.Sprintf("%d rows of the database cannot be read, each a %s: it is damaged, perfrun db check says where", i.Rows, i.Of)
}
