package site

import (
	"context"
	"errors"
	"html/template"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// Unread says of the parts of a page that could not be read why. The others are there:
// one damaged row must not hide what got slower.
type Unread map[string]string

// reading is a page that is read part by part.
type reading struct {
	ctx    context.Context
	warn   func(part string, err error)
	unread Unread
	parts  int
	whole  error // where nothing could be read: why the first part could not
}

func (s *Site) reading(ctx context.Context) *reading {
	return &reading{ctx: ctx, warn: s.warn}
}

// part keeps why a part cannot be read. Of a list that lacks rows only that is kept: it is
// a part that was read.
func (r *reading) part(name string, err error) {
	if err == nil {
		r.parts++
		return
	}
	if _, partly := errors.AsType[*results.Incomplete](err); partly {
		r.parts++
	}
	if r.unread == nil {
		r.unread, r.whole = Unread{}, err
	}
	r.unread[name] = why(err)
	r.warn(name, err)
}

// end returns what could not be read, and an error where that was everything, or where
// nobody waits for it.
func (r *reading) end() (Unread, error) {
	switch {
	case r.ctx.Err() != nil:
		return r.unread, r.ctx.Err()
	case r.parts == 0:
		return r.unread, r.whole
	}
	return r.unread, nil
}

// holds is for how long the page holds: one that lacks something is tried again soon.
func (r *reading) holds(whole Holds) Holds {
	if len(r.unread) > 0 {
		return HoldsAMoment
	}
	return whole
}

func (s *Site) warn(part string, err error) {
	if s.options.Warn != nil {
		s.options.Warn(part, err)
	}
}

// why words an error for readers, who need not know where the database is.
func why(err error) string {
	text := err.Error()
	if problem, is := errors.AsType[*results.Problem](err); is {
		text = problem.What
	}
	return words.Plain(words.Shortened(text, 300))
}

// Line is what stands in the place of a part that cannot be read.
func (u Unread) Line(part string) template.HTML {
	if u[part] == "" {
		return ""
	}
	return template.HTML("\n" + `<p class="warning unread">cannot be read: ` + template.HTMLEscapeString(u[part]) + `</p>`)
}
