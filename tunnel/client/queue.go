package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/url"
	"strconv"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// The methods of this file that change something take a person, as the queue does,
// and leave it: the box knows who asks.

// Hello is what the box says of itself, and of who asks.
func (c *Client) Hello(ctx context.Context) (wire.Hello, error) {
	return get[wire.Hello](ctx, c, "/hello", nil)
}

// Status is the box's, as JSON.
func (c *Client) Status(ctx context.Context) (json.RawMessage, error) {
	return get[json.RawMessage](ctx, c, "/status", nil)
}

// Submit orders a run. The order has an id: sent again, by whomever of ours, it is
// the same one.
func (c *Client) Submit(ctx context.Context, _ results.Person, order results.Order) (results.Job, error) {
	return change[results.Job](ctx, c, "POST", "/jobs", order)
}

// Cancel ends a job.
func (c *Client) Cancel(ctx context.Context, _ results.Person, id, why string) (results.Job, error) {
	return change[results.Job](ctx, c, "POST", "/jobs/"+url.PathEscape(id)+"/cancel", wire.Reason{Why: why})
}

// Pause keeps the queue from beginning anything.
func (c *Client) Pause(ctx context.Context, _ results.Person, why string) error {
	_, err := change[nothing](ctx, c, "POST", "/queue/pause", wire.Reason{Why: why})
	return err
}

// Resume lets it go on.
func (c *Client) Resume(ctx context.Context, _ results.Person) error {
	_, err := change[nothing](ctx, c, "POST", "/queue/resume", nil)
	return err
}

// View is the queue as it is.
func (c *Client) View(ctx context.Context) (results.QueueView, error) {
	return get[results.QueueView](ctx, c, "/queue", nil)
}

// Job is one job.
func (c *Client) Job(ctx context.Context, id string) (results.Job, error) {
	return get[results.Job](ctx, c, "/jobs/"+url.PathEscape(id), nil)
}

// Jobs lists jobs, newest first. next is after for what follows, or empty.
func (c *Client) Jobs(ctx context.Context, after string, limit int) (list []results.Job, next string, err error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if after != "" {
		query.Set("after", after)
	}
	page, err := get[wire.JobsPage](ctx, c, "/jobs", query)
	return page.Jobs, page.Next, err
}

// Schedules lists what is ordered again and again.
func (c *Client) Schedules(ctx context.Context) ([]results.Schedule, error) {
	return get[[]results.Schedule](ctx, c, "/schedules", nil)
}

// AddSchedule adds a schedule.
func (c *Client) AddSchedule(ctx context.Context, _ results.Person, schedule results.Schedule) error {
	_, err := change[nothing](ctx, c, "POST", "/schedules", schedule)
	return err
}

// RemoveSchedule removes it.
func (c *Client) RemoveSchedule(ctx context.Context, _ results.Person, name string) error {
	_, err := change[nothing](ctx, c, "DELETE", "/schedules/"+url.PathEscape(name), nil)
	return err
}

// RunNow submits a schedule's order at once, and once for each request; one without a
// name is like no other.
func (c *Client) RunNow(ctx context.Context, _ results.Person, name, request string) (results.Job, error) {
	return changeOnce[results.Job](ctx, c, cmp.Or(request, rand.Text()), "POST", "/schedules/"+url.PathEscape(name)+"/run", nil)
}

// Audit is what was done, newest first.
func (c *Client) Audit(ctx context.Context, limit int) ([]results.Deed, error) {
	return get[[]results.Deed](ctx, c, "/audit", url.Values{"limit": {strconv.Itoa(limit)}})
}

// Accept takes a benchmark's level for its new normal, or takes that back. It
// returns the steps that alarm no more, or do again.
func (c *Client) Accept(ctx context.Context, _ results.Person, a wire.Acceptance) ([]wire.Step, error) {
	return change[[]wire.Step](ctx, c, "POST", "/accept", a)
}

// Grants lists the keys that are let in.
func (c *Client) Grants(ctx context.Context) ([]wire.Grant, error) {
	return get[[]wire.Grant](ctx, c, "/grants", nil)
}

// Grant lets a key in.
func (c *Client) Grant(ctx context.Context, grant wire.Grant) error {
	_, err := change[nothing](ctx, c, "POST", "/grants", grant)
	return err
}

// Revoke lets a person's key in no more.
func (c *Client) Revoke(ctx context.Context, name string) error {
	_, err := change[nothing](ctx, c, "DELETE", "/grants/"+url.PathEscape(name), nil)
	return err
}
