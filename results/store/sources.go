package store

import (
	"errors"
	"sync"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// maxSources bounds how many sides of runs are remembered: some tens of megabytes.
const maxSources = 1 << 16

// sources remembers which commit a side of a run measured: many series share them. A
// run that is done keeps its commits, so that what is known holds for good.
type sources struct {
	mu    sync.Mutex
	known map[sourceKey]*results.Source
}

type sourceKey struct {
	run  whole
	head bool
}

// find returns the source of a point; nil where its run is not done.
func (s *sources) find(tx *sqlx.Tx, run whole, head bool) (*results.Source, error) {
	key := sourceKey{run, head}
	s.mu.Lock()
	source := s.known[key]
	s.mu.Unlock()
	if source != nil {
		return source, nil
	}
	source, err := readSource(tx, key)
	if source != nil {
		s.keep(key, source)
	}
	return source, err
}

// keep forgets everything where there is no room: what is needed comes back.
func (s *sources) keep(key sourceKey, source *results.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxSources {
		s.known = map[sourceKey]*results.Source{}
	}
	s.known[key] = source
}

const selectSource = `SELECT id, CASE ?2 WHEN 0 THEN base_rev ELSE head_rev END AS rev, CASE ?2 WHEN 0 THEN base_subject ELSE head_subject END AS subject,
	CASE ?2 WHEN 0 THEN base_author ELSE head_author END AS author, CASE ?2 WHEN 0 THEN base_time ELSE head_time END AS at,
	CASE ?2 WHEN 0 THEN base_branch ELSE head_branch END AS branch FROM runs WHERE num = ?1 AND state = 'done'`

// errUnreadable says that the row of a run is there and cannot be read.
var errUnreadable = errors.New("the run of a point cannot be read")

func readSource(tx *sqlx.Tx, key sourceKey) (*results.Source, error) {
	list, broken, err := legible(tx, func(r *pointRow) []any {
		return []any{&r.Run, &r.Rev, &r.Subject, &r.Author, &r.When, &r.Branch}
	}, selectSource, key.run, key.head)
	if err == nil && broken > 0 {
		err = errUnreadable
	}
	if err != nil || len(list) == 0 {
		return nil, err
	}
	list[0].Head = key.head
	p := list[0].point(results.Series{})
	return &results.Source{Run: p.Run, Side: p.Side, Commit: p.Commit}, nil
}
