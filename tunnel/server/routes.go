package server

import (
	"context"
	"encoding/json"
	"net/http"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// Route is one endpoint, as docs/API.md describes it.
type Route struct {
	Method string
	Path   string
	Role   results.Role // at least
	Query  []string     // what it takes there
	Takes  any          // a value of the type of its JSON body; nil: it takes none
	Gives  any          // of its answer; nil: an answer without a body
}

// route is an endpoint with what answers it.
type route struct {
	Route
	server *Server
	raw    bool // its body is no JSON
	large  bool // its answer takes much memory
	// One of the three: read for what changes nothing, change for what does, and
	// serve for what writes its answer itself.
	read   func(*call, context.Context) (any, error)
	change func(*call, context.Context, []byte) (any, error)
	serve  func(*call) error
}

// Routes lists all endpoints.
func (s *Server) Routes() []Route {
	var list []Route
	for _, r := range s.routes {
		list = append(list, r.Route)
	}
	return list
}

// The paths of the API.
const (
	root    = "/v1"
	aJob    = root + "/jobs/{id}"
	aRun    = root + "/runs/{id}"
	anOwner = root + "/grants/{name}"
	aPlan   = root + "/schedules/{name}"
	aLoad   = root + "/uploads/{id}"
)

var bySuite = []string{"suite"}

// table is every endpoint there is.
func (s *Server) table() []*route {
	list := []*route{
		{Route: Route{"GET", root + "/hello", results.Viewer, nil, nil, wire.Hello{}}, read: (*call).hello},
		{Route: Route{"GET", root + "/status", results.Viewer, nil, nil, map[string]any{}}, read: (*call).status, large: true},

		{Route: Route{"POST", root + "/jobs", results.Submitter, nil, results.Order{}, results.Job{}}, change: (*call).submit},
		{Route: Route{"GET", root + "/jobs", results.Viewer, []string{"after", "limit"}, nil, wire.JobsPage{}}, read: (*call).jobs},
		{Route: Route{"GET", aJob, results.Viewer, nil, nil, results.Job{}}, read: (*call).job},
		{Route: Route{"POST", aJob + "/cancel", results.Submitter, nil, wire.Reason{}, results.Job{}}, change: (*call).cancel},
		{Route: Route{"GET", aJob + "/log", results.Viewer, []string{"offset", "wait"}, nil, []byte{}}, serve: (*call).log},
		{Route: Route{"GET", aJob + "/events", results.Viewer, nil, nil, []wire.Progress{}}, serve: (*call).events},

		{Route: Route{"GET", root + "/queue", results.Viewer, nil, nil, results.QueueView{}}, read: (*call).queue},
		{Route: Route{"POST", root + "/queue/pause", results.Admin, nil, wire.Reason{}, nil}, change: (*call).pause},
		{Route: Route{"POST", root + "/queue/resume", results.Admin, nil, nil, nil}, change: (*call).resume},

		{Route: Route{"GET", root + "/schedules", results.Viewer, nil, nil, []results.Schedule{}}, read: (*call).schedules},
		{Route: Route{"POST", root + "/schedules", results.Admin, nil, results.Schedule{}, nil}, change: (*call).addSchedule},
		{Route: Route{"DELETE", aPlan, results.Admin, nil, nil, nil}, change: (*call).removeSchedule},
		{Route: Route{"POST", aPlan + "/run", results.Admin, nil, nil, results.Job{}}, change: (*call).runNow},
		{Route: Route{"GET", root + "/audit", results.Viewer, []string{"limit"}, nil, []results.Deed{}}, read: (*call).audit},

		{Route: Route{"GET", root + "/runs", results.Viewer, []string{"limit"}, nil, []results.Run{}}, read: (*call).runs},
		{Route: Route{"GET", aRun, results.Viewer, nil, nil, results.Run{}}, read: (*call).run},
		{Route: Route{"GET", aRun + "/record", results.Viewer, nil, nil, results.Record{}}, read: (*call).record, large: true},
		{Route: Route{"GET", root + "/resolve", results.Viewer, []string{"ref"}, nil, wire.Resolved{}}, read: (*call).resolve},
		{Route: Route{"GET", root + "/calibrations", results.Viewer, bySuite, nil, []results.Run{}}, read: (*call).calibrations},
		{Route: Route{"GET", root + "/alarms", results.Viewer, bySuite, nil, []results.AlarmTally{}}, read: (*call).alarms},
		{Route: Route{"GET", root + "/series", results.Viewer, bySuite, nil, []results.Series{}}, read: (*call).series},
		{Route: Route{"GET", root + "/points", results.Viewer, []string{"series"}, nil, []results.Point{}}, read: (*call).points},
		{Route: Route{"GET", root + "/steps", results.Viewer, bySuite, nil, []wire.Step{}}, read: (*call).steps},
		{Route: Route{"GET", root + "/acceptances", results.Viewer, bySuite, nil, []results.Acceptance{}}, read: (*call).acceptances},
		{Route: Route{"POST", root + "/accept", results.Admin, nil, wire.Acceptance{}, []wire.Step{}}, change: (*call).accept},

		{Route: Route{"GET", root + "/page", results.Viewer, []string{"address", "query"}, nil, wire.Page{}}, read: (*call).page, large: true},

		{Route: Route{"GET", root + "/grants", results.Admin, nil, nil, []wire.Grant{}}, read: (*call).grants},
		{Route: Route{"POST", root + "/grants", results.Admin, nil, wire.Grant{}, nil}, change: (*call).addGrant},
		{Route: Route{"DELETE", anOwner, results.Admin, nil, nil, nil}, change: (*call).removeGrant},

		{Route: Route{"PUT", aLoad, results.Submitter, nil, wire.Upload{}, wire.Upload{}}, change: (*call).createUpload},
		{Route: Route{"GET", aLoad, results.Submitter, nil, nil, wire.Upload{}}, read: (*call).upload},
		{Route: Route{"PUT", aLoad + "/chunk", results.Submitter, []string{"offset"}, []byte{}, wire.Upload{}}, raw: true, serve: (*call).chunk},
		{Route: Route{"POST", aLoad + "/complete", results.Submitter, nil, nil, wire.Upload{}}, read: (*call).completeUpload},
	}
	for _, r := range list {
		r.server = s
	}
	return list
}

// ServeHTTP answers a request that matches the route.
func (r *route) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	c := &call{Server: r.server, route: r, w: w, r: req}
	err := c.admit()
	switch {
	case err != nil:
	case r.serve != nil:
		err = r.serve(c)
	case r.read != nil:
		err = c.answerRead()
	default:
		err = c.answerChange()
	}
	if err != nil {
		r.server.refuse(w, req, err)
	}
}

// answerRead answers a request that changes nothing.
func (c *call) answerRead() error {
	ctx, cancel := c.within(c.limits.read)
	defer cancel()
	if c.route.large {
		free, err := c.shares.take(ctx, c.who.Name)
		if err != nil {
			return err
		}
		defer free() // when it is sent: it may be taken slowly
	}
	value, err := c.route.read(c, ctx)
	if err != nil {
		return err
	}
	a, err := encode(value)
	if err != nil {
		return err
	}
	a.send(c.w, c.r)
	return nil
}

// encode makes an answer of a value; nil is one without a body.
func encode(value any) (answer, error) {
	if value == nil {
		return answer{status: http.StatusNoContent}, nil
	}
	text, err := json.Marshal(value)
	return answer{status: http.StatusOK, text: append(text, '\n')}, err
}

// list makes an empty list of none: [] and not null.
func list[T any](values []T, err error) (any, error) {
	if values == nil {
		values = []T{}
	}
	return values, err
}
