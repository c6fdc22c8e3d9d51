package server

import (
	"context"
	"sync"
)

// mostLarge is how many large things of one person may be in memory at once.
const mostLarge = 2

// shares bound the memory that each person takes: who asks for much, and takes it or
// sends it slowly, waits for themselves and holds up nobody else.
type shares struct {
	mu sync.Mutex
	of map[string]chan struct{} // by person: there are no more than are let in
}

// take waits for one of the person's shares, which free gives back.
func (s *shares) take(ctx context.Context, person string) (free func(), err error) {
	s.mu.Lock()
	if s.of == nil {
		s.of = map[string]chan struct{}{}
	}
	mine := s.of[person]
	if mine == nil {
		mine = make(chan struct{}, mostLarge)
		s.of[person] = mine
	}
	s.mu.Unlock()
	select {
	case mine <- struct{}{}:
		return func() { <-mine }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
