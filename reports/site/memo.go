package site

import (
	"context"
	"errors"
	"sync"
	"time"
)

// longest is how long anything is kept that may change: what somebody changes by hand in
// a database makes no new edition of it.
const longest = time.Minute

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

// get returns what load returned in this edition or a later one. Whoever goes away takes
// the reading from nobody else.
func (m *memo[T]) get(ctx context.Context, edition int64, load func(context.Context) (T, error)) (T, error) {
	for {
		value, l, begun := m.known(edition)
		switch {
		case l == nil:
			return value, nil
		case begun:
			m.read(context.WithoutCancel(ctx), l, load)
		}
		select {
		case <-ctx.Done():
			return value, ctx.Err()
		case <-l.ended:
		}
		if l.edition >= edition {
			return l.value, l.err
		}
	}
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
