package main

import (
	"context"
	"maps"
	"slices"

	"mtrlz.dev/perfrun/harness/config"
	"mtrlz.dev/perfrun/harness/queue"
	"mtrlz.dev/perfrun/results"
)

// orders is the queue of a box for people who leave the repository away, where the box
// has only one.
type orders struct {
	*queue.Queue
	repositories map[string]config.Repository
}

func (o orders) fill(order *results.Order) {
	if names := slices.Collect(maps.Keys(o.repositories)); order.Repository == "" && len(names) == 1 {
		order.Repository = names[0]
	}
}

// Submit is the queue's.
func (o orders) Submit(ctx context.Context, who results.Person, order results.Order) (results.Job, error) {
	o.fill(&order)
	return o.Queue.Submit(ctx, who, order)
}

// AddSchedule is the queue's.
func (o orders) AddSchedule(ctx context.Context, who results.Person, s results.Schedule) error {
	o.fill(&s.Order)
	return o.Queue.AddSchedule(ctx, who, s)
}
