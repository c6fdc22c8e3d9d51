package agenttest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// The tokens: one to register with, one that agents get, one that each job gets.
const (
	registration = "registration-token"
	access       = "access-token"
	ofJob        = "job-token-"
)

const agentID = "0190046e-0000-4000-8000-000000000000"

// API stands in for the service of https://buildkite.com/docs/apis/agent-api.
type API struct {
	t        testing.TB
	listener net.Listener
	mu       sync.Mutex
	changed  *sync.Cond
	jobs     []*Job
	wrong    []string
	closed   bool
}

// Job is one that is handed to an agent, and what became of it.
type Job struct {
	api         *API
	ID          string
	env         map[string]string
	state       string // "scheduled", "assigned", "running", "canceling", "finished"
	log         map[int][]byte
	exit        string
	annotations map[string]Annotation
	meta        map[string]string
	uploads     map[string]string // artifact ids to paths
	artifacts   map[string][]byte
	finished    map[string]bool // artifact ids that were said to be done
}

// Annotation is one context of a build.
type Annotation struct {
	Body, Style string
	Updates     int
}

// New starts a stand-in that listens where it is told, or with nil on this machine.
func New(t testing.TB, listener net.Listener) *API {
	t.Helper()
	if listener == nil {
		var err error
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	a := &API{t: t, listener: listener}
	a.changed = sync.NewCond(&a.mu)
	server := &http.Server{Handler: http.HandlerFunc(a.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		a.mu.Lock()
		defer a.mu.Unlock()
		a.closed = true
		for _, what := range a.wrong {
			t.Errorf("the agent asked for something strange: %s", what)
		}
	})
	return a
}

// Endpoint is where agents find it.
func (a *API) Endpoint() string { return "http://" + a.listener.Addr().String() + "/v3" }

// Job queues a job of an environment, to which what every job has is added.
func (a *API) Job(id string, env map[string]string) *Job {
	a.mu.Lock()
	defer a.mu.Unlock()
	j := &Job{
		api: a, ID: id, state: "scheduled", log: map[int][]byte{}, annotations: map[string]Annotation{},
		meta: map[string]string{}, uploads: map[string]string{}, artifacts: map[string][]byte{}, finished: map[string]bool{},
	}
	j.env = map[string]string{
		"CI": "true", "BUILDKITE": "true", "BUILDKITE_JOB_ID": id, "BUILDKITE_ORGANIZATION_SLUG": "acme", "BUILDKITE_PIPELINE_SLUG": "database",
		"BUILDKITE_PIPELINE_PROVIDER": "git", "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main", "BUILDKITE_TAG": "", "BUILDKITE_PULL_REQUEST": "false",
		"BUILDKITE_AGENT_NAME": "test-1", "BUILDKITE_AGENT_ID": agentID, "BUILDKITE_LABEL": "performance", "BUILDKITE_TIMEOUT": "false", "BUILDKITE_REBUILT_FROM_BUILD_ID": "",
	}
	maps.Copy(j.env, env)
	a.jobs = append(a.jobs, j)
	return j
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	path := strings.TrimPrefix(r.URL.Path, "/v3/")
	a.mu.Lock()
	defer a.mu.Unlock()
	defer a.changed.Broadcast()
	if a.closed {
		return
	}
	answer, problem := any(nil), ""
	switch {
	case err != nil:
		return // the client went away
	case strings.HasPrefix(r.URL.Path, "/upload/"):
		problem = a.upload(r, body)
	case strings.HasPrefix(path, "jobs/") || strings.HasPrefix(path, "builds/"):
		answer, problem = a.ofJob(r, path, body)
	default:
		answer, problem = a.ofAgent(r, path, body)
	}
	if problem != "" {
		a.wrong = append(a.wrong, fmt.Sprintf("%s %s: %s (%.200s)", r.Method, r.URL, problem, body))
		http.Error(w, `{"message": "no"}`, http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if answer == nil {
		answer = struct{}{}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// ofAgent answers what agents ask for themselves.
func (a *API) ofAgent(r *http.Request, path string, body []byte) (any, string) {
	token := access
	if path == "register" {
		token = registration
	}
	if r.Header.Get("Authorization") != "Token "+token {
		return nil, "the token is " + r.Header.Get("Authorization")
	}
	switch r.Method + " " + path {
	case "POST register":
		var asked struct{ Name, Version string }
		if json.Unmarshal(body, &asked) != nil || asked.Name == "" || asked.Version == "" {
			return nil, "it does not say who it is"
		}
		return map[string]any{
			"id": agentID, "name": asked.Name, "access_token": access, "endpoint": a.Endpoint(),
			"ping_interval": 1, "job_status_interval": 1, "heartbeat_interval": 60, "meta_data": []string{},
		}, ""
	case "POST connect", "POST disconnect", "POST heartbeat":
		return nil, ""
	case "GET ping":
		for _, j := range a.jobs {
			if j.state == "scheduled" {
				j.state = "assigned"
				return map[string]any{"job": map[string]any{"id": j.ID, "state": "assigned", "endpoint": a.Endpoint()}}, ""
			}
		}
		return map[string]any{"action": "idle"}, ""
	}
	return nil, "nobody knows this"
}

// job finds one by its id, or by the id of its build.
func (a *API) job(kind, id string) *Job {
	for _, j := range a.jobs {
		if kind == "jobs" && j.ID == id || kind == "builds" && j.env["BUILDKITE_BUILD_ID"] == id {
			return j
		}
	}
	return nil
}

// ofJob answers what is asked about a job, by the agent or from within.
func (a *API) ofJob(r *http.Request, path string, body []byte) (any, string) {
	parts := strings.SplitN(path, "/", 3)
	j := a.job(parts[0], parts[1])
	if j == nil {
		return nil, "there is no such job"
	}
	if got := r.Header.Get("Authorization"); got != "Token "+access && got != "Token "+ofJob+j.ID {
		return nil, "the token is " + got
	}
	rest := ""
	if len(parts) == 3 {
		rest = parts[2]
	}
	switch r.Method + " " + rest {
	case "GET ":
		return map[string]string{"state": j.state}, ""
	case "PUT accept":
		if j.state != "assigned" {
			return nil, "it is " + j.state
		}
		j.state = "running"
		return map[string]any{"id": j.ID, "endpoint": a.Endpoint(), "state": "accepted", "env": j.env, "chunks_max_size_bytes": 102400, "token": ofJob + j.ID}, ""
	case "PUT start":
		return nil, ""
	case "PUT finish":
		return nil, j.finish(body)
	case "POST chunks":
		return nil, j.chunk(r, body)
	case "POST header_times":
		return nil, ""
	}
	return j.within(r, rest, body)
}

func (j *Job) finish(body []byte) string {
	var said struct {
		ExitStatus string `json:"exit_status"`
		FinishedAt string `json:"finished_at"`
	}
	if err := json.Unmarshal(body, &said); err != nil || said.ExitStatus == "" || said.FinishedAt == "" {
		return "it does not say how it ended"
	}
	j.state, j.exit = "finished", said.ExitStatus
	return ""
}

func (j *Job) chunk(r *http.Request, body []byte) string {
	var sequence int
	if _, err := fmt.Sscan(r.URL.Query().Get("sequence"), &sequence); err != nil {
		return "it has no sequence"
	}
	zipped, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	text, err := io.ReadAll(zipped)
	if err != nil {
		return err.Error()
	}
	j.log[sequence] = text
	return ""
}
