package client

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

func ofSuite(suite string) url.Values {
	if suite == "" {
		return nil
	}
	return url.Values{"suite": {suite}}
}

// Run returns the run of exactly this id.
func (c *Client) Run(ctx context.Context, id string) (results.Run, error) {
	return get[results.Run](ctx, c, "/runs/"+url.PathEscape(id), nil)
}

// Runs returns summaries of the newest runs, newest first: at most limit, or all
// when limit is 0.
func (c *Client) Runs(ctx context.Context, limit int) ([]results.Run, error) {
	return get[[]results.Run](ctx, c, "/runs", url.Values{"limit": {strconv.Itoa(max(limit, 0))}})
}

// Record returns a whole run.
func (c *Client) Record(ctx context.Context, id string) (*results.Record, error) {
	record, err := get[results.Record](ctx, c, "/runs/"+url.PathEscape(id)+"/record", nil)
	if err != nil {
		return nil, err
	}
	return &record, nil
}

// Resolve returns the id of the run that a person means.
func (c *Client) Resolve(ctx context.Context, ref string) (id string, err error) {
	found, err := get[wire.Resolved](ctx, c, "/resolve", url.Values{"ref": {ref}})
	return found.ID, err
}

// Calibrations returns a suite's finished calibrations, newest first.
func (c *Client) Calibrations(ctx context.Context, suite string) ([]results.Run, error) {
	return get[[]results.Run](ctx, c, "/calibrations", ofSuite(suite))
}

// Alarms counts what became of alarms, for each suite on each host.
func (c *Client) Alarms(ctx context.Context, suite string) ([]results.AlarmTally, error) {
	return get[[]results.AlarmTally](ctx, c, "/alarms", ofSuite(suite))
}

// Series returns the series of a suite, or of every suite where it is empty.
func (c *Client) Series(ctx context.Context, suite string) ([]results.Series, error) {
	return get[[]results.Series](ctx, c, "/series", ofSuite(suite))
}

// Points returns the points of a series in the order of its commits.
func (c *Client) Points(ctx context.Context, series results.Series) ([]results.Point, error) {
	text, err := json.Marshal(series)
	if err != nil {
		return nil, err
	}
	points, err := get[[]results.Point](ctx, c, "/points", url.Values{"series": {string(text)}})
	for i := range points {
		points[i].Series = series
	}
	return points, err
}

// Steps returns what was announced of a suite, or of every suite.
func (c *Client) Steps(ctx context.Context, suite string) ([]results.Step, error) {
	found, err := get[[]wire.Step](ctx, c, "/steps", ofSuite(suite))
	var steps []results.Step
	for _, f := range found {
		f.Step.Series = f.Series
		steps = append(steps, f.Step)
	}
	return steps, err
}

// Acceptances returns what is accepted of a suite, or of every suite.
func (c *Client) Acceptances(ctx context.Context, suite string) ([]results.Acceptance, error) {
	return get[[]results.Acceptance](ctx, c, "/acceptances", ofSuite(suite))
}

// Page returns one of the box's pages.
func (c *Client) Page(ctx context.Context, address string, query url.Values) (wire.Page, error) {
	return get[wire.Page](ctx, c, "/page", url.Values{"address": {address}, "query": {query.Encode()}})
}
