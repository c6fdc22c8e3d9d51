package server

import (
	"context"
	"math"
	"net/http"
	"net/url"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// suite is the one that is asked about; empty is every suite.
func (c *call) suite() string { return c.r.URL.Query().Get("suite") }

// runs lists all where the limit is 0, as the store does: they are summaries.
func (c *call) runs(ctx context.Context) (any, error) {
	limit, err := c.number("limit", defaultLimit, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	return list(c.options.Records.Runs(ctx, int(limit)))
}

func (c *call) run(ctx context.Context) (any, error) {
	return c.options.Records.Run(ctx, c.r.PathValue("id"))
}

func (c *call) record(ctx context.Context) (any, error) {
	return c.options.Records.Record(ctx, c.r.PathValue("id"))
}

func (c *call) resolve(ctx context.Context) (any, error) {
	id, err := c.options.Records.Resolve(ctx, c.r.URL.Query().Get("ref"))
	return wire.Resolved{ID: id}, err
}

func (c *call) calibrations(ctx context.Context) (any, error) {
	return list(c.options.Records.Calibrations(ctx, c.suite()))
}

func (c *call) alarms(ctx context.Context) (any, error) {
	return list(c.options.Records.Alarms(ctx, c.suite()))
}

func (c *call) series(ctx context.Context) (any, error) {
	return list(c.options.Records.Series(ctx, c.suite()))
}

func (c *call) points(ctx context.Context) (any, error) {
	var series results.Series
	if err := decode([]byte(c.r.URL.Query().Get("series")), &series); err != nil {
		return nil, fail(http.StatusBadRequest, "query series", "it is not a series as JSON", "take one that the list of series has")
	}
	return list(c.options.Records.Points(ctx, series))
}

// steps travel with their series, which those of the store have for themselves.
func (c *call) steps(ctx context.Context) (any, error) {
	found, err := c.options.Records.Steps(ctx, c.suite())
	steps := make([]wire.Step, len(found))
	for i, step := range found {
		steps[i] = wire.Step{Series: step.Series, Step: step}
	}
	return steps, err
}

func (c *call) acceptances(ctx context.Context) (any, error) {
	return list(c.options.Records.Acceptances(ctx, c.suite()))
}

// longestAddress bounds what is asked of pages.
const longestAddress = 8 << 10

// page is one of the box's pages, for perfrun open to show.
func (c *call) page(ctx context.Context) (any, error) {
	asked := c.r.URL.Query()
	address, text := asked.Get("address"), asked.Get("query")
	query, err := url.ParseQuery(text)
	if err != nil || len(text) > longestAddress || len(address) > longestAddress {
		return nil, fail(http.StatusBadRequest, "query", "this can be no page's", "ask for one that index.html leads to")
	}
	return c.options.Page(ctx, address, query)
}
