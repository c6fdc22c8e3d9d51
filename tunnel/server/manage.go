package server

import (
	"context"
	"net/http"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// defaultLimit is the length of a list where none is asked for.
const defaultLimit = 100

func (c *call) hello(context.Context) (any, error) {
	return wire.Hello{API: wire.Version, Oldest: wire.Version, Program: c.options.Program, Host: c.options.Host, Person: c.who, Now: c.options.Now()}, nil
}

func (c *call) status(ctx context.Context) (any, error) { return c.options.Status(ctx) }

func (c *call) submit(ctx context.Context, text []byte) (any, error) {
	var order results.Order
	if err := decode(text, &order); err != nil {
		return nil, err
	}
	if err := wire.CheckID(order.ID); err != nil {
		return nil, err
	}
	return c.options.Queue.Submit(ctx, c.who, order)
}

func (c *call) jobs(ctx context.Context) (any, error) {
	limit, err := c.number("limit", defaultLimit, wire.MaxLimit)
	if err != nil {
		return nil, err
	}
	page, next, err := c.options.Queue.Jobs(ctx, c.r.URL.Query().Get("after"), int(max(limit, 1)))
	if page == nil {
		page = []results.Job{}
	}
	return wire.JobsPage{Jobs: page, Next: next}, err
}

func (c *call) job(ctx context.Context) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return c.options.Queue.Job(ctx, id)
}

func (c *call) cancel(ctx context.Context, text []byte) (any, error) {
	var reason wire.Reason
	if err := decode(text, &reason); err != nil {
		return nil, err
	}
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return c.options.Queue.Cancel(ctx, c.who, id, reason.Why)
}

func (c *call) queue(ctx context.Context) (any, error) {
	view, err := c.options.Queue.View(ctx)
	if view.Running == nil {
		view.Running = []results.Place{}
	}
	if view.Waiting == nil {
		view.Waiting = []results.Place{}
	}
	return view, err
}

func (c *call) pause(ctx context.Context, text []byte) (any, error) {
	var reason wire.Reason
	if err := decode(text, &reason); err != nil {
		return nil, err
	}
	return nil, c.options.Queue.Pause(ctx, c.who, reason.Why)
}

func (c *call) resume(ctx context.Context, _ []byte) (any, error) {
	return nil, c.options.Queue.Resume(ctx, c.who)
}

func (c *call) schedules(ctx context.Context) (any, error) {
	return list(c.options.Queue.Schedules(ctx))
}

func (c *call) addSchedule(ctx context.Context, text []byte) (any, error) {
	var schedule results.Schedule
	if err := decode(text, &schedule); err != nil {
		return nil, err
	}
	return nil, c.options.Queue.AddSchedule(ctx, c.who, schedule)
}

func (c *call) removeSchedule(ctx context.Context, _ []byte) (any, error) {
	return nil, c.options.Queue.RemoveSchedule(ctx, c.who, c.r.PathValue("name"))
}

func (c *call) runNow(ctx context.Context, _ []byte) (any, error) {
	return c.options.Queue.RunNow(ctx, c.who, c.r.PathValue("name"), c.r.Header.Get(wire.HeaderRequest))
}

func (c *call) audit(ctx context.Context) (any, error) {
	limit, err := c.number("limit", defaultLimit, wire.MaxLimit)
	if err != nil {
		return nil, err
	}
	return list(c.options.Queue.Audit(ctx, int(max(limit, 1))))
}

func (c *call) accept(ctx context.Context, text []byte) (any, error) {
	var a wire.Acceptance
	if err := decode(text, &a); err != nil {
		return nil, err
	}
	if a.Run == "" || a.Benchmark == "" {
		return nil, fail(http.StatusBadRequest, "", "an acceptance names a run and a benchmark", "")
	}
	return list(c.options.Accept(ctx, c.who, a))
}

func (c *call) grants(ctx context.Context) (any, error) { return list(c.options.Grants.List(ctx)) }

func (c *call) addGrant(ctx context.Context, text []byte) (any, error) {
	var grant wire.Grant
	if err := decode(text, &grant); err != nil {
		return nil, err
	}
	err := c.options.Grants.Add(ctx, c.who, grant)
	if err == nil {
		c.people.change(ctx, grant.Name, grant.Role)
	}
	return nil, err
}

func (c *call) removeGrant(ctx context.Context, _ []byte) (any, error) {
	name := c.r.PathValue("name")
	err := c.options.Grants.Remove(ctx, c.who, name)
	if err == nil {
		c.people.change(ctx, name, "")
	}
	return nil, err
}
