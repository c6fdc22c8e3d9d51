package site

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
)

// UnreadableModel is a page of something that is in the database and cannot be read.
type UnreadableModel struct {
	What string `json:"what"`
	Why  string `json:"cannot_be_read"`
}

// unreadable is the page of what is damaged: it says so in all forms.
func (s *Site) unreadable(bare, what string, err error) page {
	s.warn(bare, err)
	m := UnreadableModel{words.Plain(what), why(err)}
	return page{
		kind: "unreadable", title: m.What, model: m, bare: bare, repeat: "perfrun db check",
		csv: func() []byte { return []byte("cannot be read\n" + field(m.Why) + "\n") },
		txt: func() []byte { return []byte("# cannot be read: " + strconv.Quote(m.Why) + "\n") },
	}
}

// damaged reports whether an error is of what is read, and not that it is not there, that
// somebody asked for something wrong, or that nobody waits any more.
func damaged(ctx context.Context, err error) bool {
	problem, is := errors.AsType[*results.Problem](err)
	return err != nil && ctx.Err() == nil && !errors.Is(err, fs.ErrNotExist) && !(is && problem.Kind == results.BadInput)
}

// whatOf names a page whose model could not be made.
func whatOf(bare string) string {
	kind, name, _ := strings.Cut(bare, "/")
	return strings.TrimSpace(strings.TrimSuffix(kind, "s") + " " + name)
}
