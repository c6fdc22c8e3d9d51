package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"mtrlz.dev/perfrun/results"
)

// Jobs is the queue's tables within one transaction. Who goes first, what is the
// same and who may do what is package queue's to say.
type Jobs struct{ tx *sqlx.Tx }

// ChangeJobs runs change in one transaction and makes it durable; an error undoes
// all of it.
func (s *Store) ChangeJobs(ctx context.Context, change func(Jobs) error) error {
	return s.write(ctx, "change the queue", ofNothing, func(tx *sqlx.Tx) error { return change(Jobs{tx}) })
}

// ReadJobs runs look on one snapshot.
func (s *Store) ReadJobs(ctx context.Context, look func(Jobs) error) error {
	return s.read(ctx, "read the queue", func(tx *sqlx.Tx) error { return look(Jobs{tx}) })
}

// jobRow is a row of table jobs.
type jobRow struct {
	ID         string  `db:"id"`
	Repository raw     `db:"repository"`
	Base       raw     `db:"base"`
	Head       raw     `db:"head"`
	Branch     raw     `db:"branch"`
	Suite      raw     `db:"suite"`
	Only       raw     `db:"only"`
	Rounds     int     `db:"rounds"`
	MinEffect  float64 `db:"min_effect"`
	Priority   string  `db:"priority"`
	Submitter  raw     `db:"submitter"`
	Origin     raw     `db:"origin"`
	State      string  `db:"state"`
	Reason     raw     `db:"reason"`
	Created    instant `db:"created"`
	NotBefore  instant `db:"not_before"`
	Tries      int     `db:"tries"`
	Owner      string  `db:"owner"`
	Heartbeat  instant `db:"heartbeat"`
	Started    instant `db:"started"`
	Ended      instant `db:"ended"`
	Same       string  `db:"same"`
	Stops      int     `db:"stops"`
}

var jobColumns = []string{
	"id", "repository", "base", "head", "branch", "suite", "only", "rounds", "min_effect", "priority", "submitter", "origin",
	"state", "reason", "created", "not_before", "tries", "owner", "heartbeat", "started", "ended", "same", "stops",
}

var (
	selectJobs = "SELECT " + strings.Join(jobColumns, ", ") + " FROM jobs "
	upsertJob  = upsertInto("jobs", "id", jobColumns)
)

func newJobRow(j results.Job) jobRow {
	return jobRow{
		j.ID, raw(j.Repository), raw(j.Base), raw(j.Head), raw(j.Branch), raw(j.Suite), raw(j.Only), j.Rounds, j.MinEffect,
		string(j.Priority), raw(j.Submitter), raw(j.Origin), string(j.State), raw(j.Reason), instant(j.Created), instant(j.NotBefore),
		j.Tries, j.Owner, instant(j.Heartbeat), instant(j.Started), instant(j.Ended), j.Same, j.Stops,
	}
}

func (r jobRow) job() results.Job {
	return results.Job{
		Order: results.Order{
			ID: r.ID, Repository: string(r.Repository), Base: string(r.Base), Head: string(r.Head), Branch: string(r.Branch),
			Suite: string(r.Suite), Only: string(r.Only), Rounds: r.Rounds, MinEffect: r.MinEffect, Priority: results.Priority(r.Priority),
		},
		Submitter: string(r.Submitter), Origin: string(r.Origin), State: results.JobState(r.State), Reason: string(r.Reason),
		Created: time.Time(r.Created), NotBefore: time.Time(r.NotBefore), Tries: r.Tries, Owner: r.Owner,
		Heartbeat: time.Time(r.Heartbeat), Started: time.Time(r.Started), Ended: time.Time(r.Ended), Same: r.Same, Stops: r.Stops,
	}
}

// Save stores a job under its id, new or in place of what was there. One that
// ended stays as it ended.
func (j Jobs) Save(job results.Job) error {
	old, found, err := j.Get(job.ID)
	if err != nil {
		return err
	}
	if found && old.State.Final() {
		return fmt.Errorf("save job %q: it ended as %s", job.ID, old.State)
	}
	_, err = j.tx.NamedExec(upsertJob, newJobRow(job))
	return err
}

// Get returns one job.
func (j Jobs) Get(id string) (job results.Job, found bool, err error) {
	var row jobRow
	err = j.tx.Get(&row, selectJobs+"WHERE id = ?", id)
	if errors.Is(err, sql.ErrNoRows) {
		return job, false, nil
	}
	return row.job(), err == nil, err
}

// Waiting returns the jobs that are queued and have a run of their own, oldest
// first.
func (j Jobs) Waiting() ([]results.Job, error) {
	return j.list("WHERE state = 'queued' AND same = '' ORDER BY num")
}

// Open counts the jobs that are not final, and those of them that are a submitter's.
func (j Jobs) Open(submitter string) (all, theirs int, err error) {
	err = j.tx.QueryRow("SELECT count(*), count(*) FILTER (WHERE submitter = ?) FROM jobs WHERE state IN ('queued', 'running')", raw(submitter)).Scan(&all, &theirs)
	return all, theirs, err
}

// Running returns the jobs whose run is being made.
func (j Jobs) Running() ([]results.Job, error) {
	return j.list("WHERE state = 'running' AND same = '' ORDER BY num")
}

// Alike returns the open jobs with a run of their own that ask for the same heads
// of the same repository, oldest first.
func (j Jobs) Alike(order results.Order) ([]results.Job, error) {
	return j.list("WHERE head = ? AND state IN ('queued', 'running') AND same = '' AND repository = ? ORDER BY num", raw(order.Head), raw(order.Repository))
}

// OfBranch returns the queued jobs of a branch of a repository, oldest first.
func (j Jobs) OfBranch(repository, branch string) ([]results.Job, error) {
	return j.list("WHERE branch = ? AND state = 'queued' AND repository = ? ORDER BY num", raw(branch), raw(repository))
}

// Sharing returns the open jobs that others' runs answer, oldest first.
func (j Jobs) Sharing() ([]results.Job, error) {
	return j.list("WHERE state IN ('queued', 'running') AND same <> '' ORDER BY num")
}

// SameAs returns the open jobs that another one's run answers, oldest first.
func (j Jobs) SameAs(id string) ([]results.Job, error) {
	return j.list("WHERE same = ? AND state IN ('queued', 'running') ORDER BY num", id)
}

// Newest returns up to limit jobs, the newest first; after is the id of the one
// after which to begin, empty for the very newest.
func (j Jobs) Newest(after string, limit int) ([]results.Job, error) {
	if after == "" {
		return j.list("ORDER BY num DESC LIMIT ?", limit)
	}
	return j.list("WHERE num < (SELECT num FROM jobs WHERE id = ?) ORDER BY num DESC LIMIT ?", after, limit)
}

func (j Jobs) list(where string, args ...any) ([]results.Job, error) {
	var rows []jobRow
	err := j.tx.Select(&rows, selectJobs+where, args...)
	return each(rows, jobRow.job), err
}

// Beat notes that the owner of a running job is alive.
func (j Jobs) Beat(id, owner string, at time.Time) error {
	_, err := j.tx.Exec("UPDATE jobs SET heartbeat = ? WHERE id = ? AND owner = ? AND state = 'running'", instant(at), id, owner)
	return err
}

// Served returns when the latest job of each submitter was begun. What a clock that
// ran ahead has written, after now, says nothing.
func (j Jobs) Served(now time.Time) (map[string]time.Time, error) {
	var rows []struct {
		Submitter raw     `db:"submitter"`
		Started   instant `db:"started"`
	}
	err := j.tx.Select(&rows, "SELECT submitter, max(started) AS started FROM jobs WHERE started <= ? GROUP BY submitter", instant(now))
	served := map[string]time.Time{}
	for _, r := range rows {
		served[string(r.Submitter)] = time.Time(r.Started)
	}
	return served, err
}

// Times returns how long the latest jobs of a suite that were done took, the
// latest first.
func (j Jobs) Times(repository, suite string, limit int) (times []time.Duration, err error) {
	return times, j.tx.Select(&times, `SELECT ended - started FROM jobs WHERE suite = ? AND state = 'done' AND same = '' AND repository = ?
		ORDER BY num DESC LIMIT ?`, raw(suite), raw(repository), limit)
}

// LastDone returns when a job last ended as done; zero where none did.
func (j Jobs) LastDone() (time.Time, error) {
	var at instant
	err := j.tx.Get(&at, "SELECT max(ended) FROM (SELECT ended FROM jobs WHERE state = 'done' ORDER BY num DESC LIMIT 100)")
	return time.Time(at), err
}
