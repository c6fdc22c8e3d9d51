package site

import (
	"context"
	"errors"
	"sync"
	"time"

	"mtrlz.dev/perfrun/results"
)

// longest is how long anything is kept, each for itself: what somebody changes by hand in a
// database makes no new edition of it.
const longest = 10 * time.Minute

// memo is something that all pages need and that takes a while to read. It is read once
// for everybody who asks, by who asks first, and again when they ask for a later edition.
type memo[T any] struct {
	mu      sync.Mutex
	edition int64 // of value
	at      time.Time
	value   T
	loading *loading[T] // nil: nobody reads
}

// loading is a reading that has begun.
type loading[T any] struct {
	edition int64
	ended   chan struct{}
	value   T
	err     error
}

// get returns what load returned in this edition or a later one. Where whoever reads goes
// away, another of those who wait reads.
func (m *memo[T]) get(ctx context.Context, edition int64, load func(context.Context) (T, error)) (T, error) {
	for {
		value, l, begun := m.known(edition)
		switch {
		case l == nil:
			return value, nil
		case begun:
			m.read(ctx, l, load)
		}
		select {
		case <-ctx.Done():
			return value, ctx.Err()
		case <-l.ended:
		}
		if l.edition >= edition && (ctx.Err() != nil || !gone(l.err)) {
			return l.value, l.err
		}
	}
}

// gone reports whether an error is that somebody does not wait any more.
func gone(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// forget has the next reader read again.
func (m *memo[T]) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = time.Time{}
}

// known returns what is known, or the reading to wait for, which begun says has begun now.
func (m *memo[T]) known(edition int64) (value T, l *loading[T], begun bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.at.IsZero() && m.edition >= edition && time.Since(m.at) < longest {
		return m.value, nil, false
	}
	if begun = m.loading == nil; begun {
		m.loading = &loading[T]{edition: edition, ended: make(chan struct{}), err: errors.New("its reading panicked")}
	}
	return value, m.loading, begun
}

func (m *memo[T]) read(ctx context.Context, l *loading[T], load func(context.Context) (T, error)) {
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.loading = nil
		if l.err == nil {
			m.edition, m.value, m.at = l.edition, l.value, time.Now()
		}
		close(l.ended)
	}()
	l.value, l.err = load(ctx)
}

// remembered is what a memo gives of this edition. Without editions all is read anew.
func remembered[T any](ctx context.Context, s *Site, m *memo[T], of func(results.Edition) int64, load func(context.Context) (T, error)) (T, error) {
	edition := s.edition(ctx)
	if edition == (results.Edition{}) {
		return load(ctx)
	}
	return m.get(ctx, of(edition), load)
}

func findings(e results.Edition) int64 { return e.Findings }
func runsOf(e results.Edition) int64   { return e.Runs }

// edition is that of the source; zero where it does not know: that alone costs no page.
func (s *Site) edition(ctx context.Context) results.Edition {
	edition, err := s.source.Edition(ctx)
	if err != nil {
		s.warn("edition", err)
		return results.Edition{}
	}
	return edition
}
