package site

import (
	"context"
	"sync"
	"time"
)

// memo is something that takes a while to read and changes seldom. Who asks gets what is
// known; where that is no longer fresh it is read again meanwhile, and only who asks
// first waits.
type memo[T any] struct {
	mu      sync.Mutex
	at      time.Time // of value; zero: there is none
	value   T
	reading chan struct{} // closed when the present reading ends; nil: there is none
	err     error         // of the last reading
}

// get returns what load returned, now or a moment ago. Where enough says that what is
// known is not, it waits for a new reading, unless that began just now.
func (m *memo[T]) get(ctx context.Context, load func(context.Context) (T, error), enough func(T) bool) (T, error) {
	m.mu.Lock()
	age := time.Since(m.at)
	good := !m.at.IsZero() && (age < fresh/5 || enough(m.value))
	if m.reading == nil && (!good || age > fresh) {
		m.reading = make(chan struct{})
		go m.read(context.WithoutCancel(ctx), load, m.reading)
	}
	value, reading := m.value, m.reading
	m.mu.Unlock()
	if good {
		return value, nil
	}
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case <-reading:
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.value, m.err
}

func (m *memo[T]) read(ctx context.Context, load func(context.Context) (T, error), ended chan struct{}) {
	value, err := load(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err, m.reading = err, nil
	if err == nil {
		m.value, m.at = value, time.Now()
	}
	close(ended)
}

// always is for what is good however old it is, if it is read again meanwhile.
func always[T any](T) bool { return true }
