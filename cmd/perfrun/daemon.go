package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"mtrlz.dev/perfrun/cmd/perfrun/web"
	"mtrlz.dev/perfrun/harness/box"
	"mtrlz.dev/perfrun/harness/capped"
	"mtrlz.dev/perfrun/harness/config"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/harness/queue"
	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/tunnel/link"
	"mtrlz.dev/perfrun/tunnel/server"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// daemon is a box: its queue, what carries out the jobs, and what it tells of itself.
type daemon struct {
	config    config.Config
	db, cache string
	engine    string
	program   string
	store     *store.Store
	queue     *queue.Queue
	link      *link.Watch // nil: there is no relay
	pages     *web.Server
	since     time.Time
	cleaning  atomic.Bool            // or about to: nothing is begun
	images    atomic.Pointer[string] // Docker's own folder, once it was asked; nil: not yet
	unseen    atomic.Pointer[string] // why the pages are not shown on this machine; nil: nothing is wrong
}

// openDaemon opens what a box needs. Nothing runs before serve.
func openDaemon(ctx context.Context, db, engineName string) (*daemon, error) {
	d := &daemon{engine: engineName, since: time.Now()}
	var err error
	if d.config, err = loadConfig(); err != nil {
		return nil, err
	}
	if d.db, err = dbPath(db); err != nil {
		return nil, err
	}
	if d.cache, err = cacheDir(); err != nil {
		return nil, err
	}
	if d.program, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	for _, folder := range []string{d.logs(), d.uploads(), d.copies()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("make the daemon's folders: %w", err)
		}
	}
	if d.store, err = store.Open(ctx, d.db); err != nil {
		return nil, err
	}
	d.openPages(ctx)
	return d, errors.Join(d.openQueue(), d.openWatch())
}

// The daemon's folders: the logs of jobs and uploads that are not complete beside the
// database, copies of repositories among what can be made again.
func (d *daemon) logs() string    { return d.db + "-jobs" }
func (d *daemon) uploads() string { return d.db + "-uploads" }
func (d *daemon) copies() string  { return copiesIn(d.cache) }

func copiesIn(cache string) string { return filepath.Join(cache, "copies") }

func (d *daemon) logPath(id string) string { return filepath.Join(d.logs(), id+".log") }

func (d *daemon) openQueue() error {
	runner, err := d.runner()
	if err != nil {
		return err
	}
	self, err := host.Self()
	if err != nil {
		return err
	}
	d.queue = queue.New(queue.Options{
		Store: d.store, Runner: runner, Check: runner.Check, Passing: box.Passing, State: d.store.State,
		Dead: func(owner string) bool {
			process, err := host.ParseProcess(owner)
			return err != nil || process.Here() && !process.Alive()
		},
		Log:   func(id string) (io.WriteCloser, error) { return capped.Open(d.logPath(id), d.config.Box.LogSize) },
		Ready: d.ready, Owner: self.String(), MaxTime: d.config.Box.MaxTime, Now: time.Now,
	})
	return nil
}

func (d *daemon) runner() (*box.Runner, error) {
	as, err := runAs(d.config.Box.RunAs)
	if err != nil {
		return nil, err
	}
	args := []string{"--engine", d.engine, "--db", d.db}
	if as != "" {
		args = append(args, "--run-as", as)
	}
	repositories := map[string]box.Repository{}
	for name, r := range d.config.Repositories {
		repositories[name] = box.Repository{Remote: source.Remote{Name: name, URL: r.URL, Key: r.Key, KnownHosts: r.KnownHosts}, Networks: r.Networks}
	}
	return &box.Runner{
		Program: d.program, Arguments: args, Folder: d.copies(), Cache: d.cache, Repositories: repositories,
		Last: d.lastMeasured, State: d.store.State, Stop: time.Minute,
		// Half of the reserve is for what a run itself writes.
		Enough: func() error { return box.Room(d.config.Box.Reserve/2, d.disks()...) },
	}, nil
}

// lastMeasured returns the heads of the runs of suites of a name on a main branch, the
// latest first.
func (d *daemon) lastMeasured(ctx context.Context, suite string) (revs []string, err error) {
	own, _ := os.Hostname()
	class := cmp.Or(d.config.Class, own) // as runs have it
	runs, err := d.store.Runs(ctx, 1000)
	for _, run := range runs {
		known := slices.Contains(revs, run.Head.Rev)
		if !known && run.Suite == suite && run.State == results.Done && run.Class == class && run.Kind == results.Comparison && run.Head.Branch != "" {
			revs = append(revs, run.Head.Rev)
		}
	}
	return revs, err
}

// ready refuses to begin a job where the disk is full or being cleaned, or a person holds
// the machine.
func (d *daemon) ready(ctx context.Context) error {
	if d.cleaning.Load() {
		return &results.Problem{Kind: results.CannotRun, Where: "machine", What: "what nobody uses is being removed from its disk", Passing: true}
	}
	d.findImages(ctx)
	if err := box.Room(d.config.Box.Reserve, d.disks()...); err != nil {
		return err
	}
	holders, err := lock.Holders(lockPath())
	if err == nil && len(holders) > 0 {
		err = &results.Problem{Kind: results.CannotRun, Where: "machine", What: "it is taken by " + lock.Names(holders), Passing: true}
	}
	return err
}

// api is what the daemon's half of the API answers from.
func (d *daemon) api() server.Options {
	name, err := os.Hostname()
	if err != nil {
		name = "a box that does not know its name"
	}
	return server.Options{
		Queue: orders{d.queue, d.config.Repositories}, Records: d.store, Log: d.logPath, Detail: func(id string) string { return box.LastLine(d.logPath(id)) },
		Status: func(ctx context.Context) (any, error) { return d.status(ctx) },
		Accept: d.accept, Grants: grants{d}, Uploads: d.uploads(), Take: d.take, Page: d.page, Program: version, Host: name,
	}
}

// statusOfBox is what a box tells of itself.
type statusOfBox struct {
	box.Status
	Tunnel *link.Status `json:"tunnel,omitempty"`
}

// status is how the box is.
func (d *daemon) status(ctx context.Context) (s statusOfBox, err error) {
	s.Status = box.Status{Version: version, Class: d.config.Class, Since: d.since, Now: time.Now(), DiskReserve: d.config.Box.Reserve}
	s.Host, _ = os.Hostname()
	view, err := d.queue.View(ctx)
	if err != nil {
		return s, err
	}
	if err := s.Look(ctx, view, d.store, d.disks()...); err != nil {
		return s, err
	}
	if d.link != nil {
		now := d.link.Status()
		s.Tunnel, s.Link, s.LinkUp = &now, now.What, now.Up
	}
	s.Judge()
	if why := d.unseen.Load(); why != nil {
		s.Troubles = append(s.Troubles, "the pages are not shown on this machine: "+*why)
	}
	return s, d.strangers(&s.Status)
}

// strangers names keys among those that are let in which perfrun did not write.
func (d *daemon) strangers(s *box.Status) error {
	_, lines, err := grants{d}.file().List()
	for _, line := range lines {
		s.Troubles = append(s.Troubles, fmt.Sprintf("line %d of %s lets a key in that perfrun did not: look what it may do", line, d.config.Box.Keys))
	}
	return err
}

func (d *daemon) writeMetrics(ctx context.Context) error {
	if d.config.Box.Metrics == "" {
		return nil
	}
	s, err := d.status(ctx)
	if err != nil {
		return err
	}
	return box.WriteMetrics(d.config.Box.Metrics, s.Status)
}

// accept stores what somebody accepts, and returns the steps that are quiet by that.
func (d *daemon) accept(ctx context.Context, who results.Person, asked wire.Acceptance) (steps []wire.Step, err error) {
	run, err := acceptIn(ctx, d.store, who, asked)
	if err != nil {
		return nil, err
	}
	known, err := d.store.Steps(ctx, run.Suite)
	for _, s := range known {
		if s.Bad == run.Head.Rev && s.Series.Benchmark == asked.Benchmark {
			steps = append(steps, wire.Step{Series: s.Series, Step: s})
		}
	}
	return steps, err
}

// foreign refuses an upload that would pass for what this box has measured: the run of
// one of its jobs, a run of its class, whose history it would become, or a calibration
// of it, which its verdicts would heed.
func (d *daemon) foreign(ctx context.Context, run results.Run) error {
	own, _ := os.Hostname()
	problem := &results.Problem{Kind: results.BadInput, Where: "run " + run.ID, Next: "measure it on the box: perfrun submit"}
	job, err := d.queue.ByRun(ctx, run.ID)
	switch {
	case err != nil:
		return err
	case job != "":
		problem.What = "its id is that of job " + job + " of this box"
	case run.Class == cmp.Or(d.config.Class, own):
		problem.What = "it says to be of host class " + run.Class + ", which is the box's own"
	case run.Kind == results.Calibration && results.FactOf(run.Env, "host.name") == own:
		problem.What = "it says to be a calibration of this box"
	case run.Created.After(time.Now().Add(time.Hour)): // it would be the latest run until then
		problem.What, problem.Next = "by this box's clock it was measured in the future", "set the clocks of both machines"
	default:
		return nil
	}
	return problem
}

// mostValues bounds the executions and samples of an upload. They become durable
// together, in some 3 s; a run that stores its own meanwhile waits for 10 s at most.
const mostValues = 1_000_000

func tooMuch(record *results.Record) error {
	n := len(record.Executions)
	for _, e := range record.Executions {
		n += len(e.Samples)
	}
	if n <= mostValues {
		return nil
	}
	return &results.Problem{
		Kind: results.BadInput, Where: "run " + record.Run.ID, What: fmt.Sprintf("it holds %d values, and a box takes up to %d in at once", n, mostValues),
		Next: "import it on the box while nothing is measured: perfrun import",
	}
}

// take takes in a run that was measured elsewhere.
func (d *daemon) take(ctx context.Context, who results.Person, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	record, err := export.Read(file, "upload")
	if err != nil {
		return err
	}
	if err := cmp.Or(tooMuch(record), d.foreign(ctx, record.Run)); err != nil {
		return err
	}
	added, err := takeIn(ctx, d.store, record)
	if err != nil {
		return err
	}
	detail := fmt.Sprintf("%d executions", len(record.Executions))
	if !added { // perhaps by a daemon that died before it could note so
		detail += ", which were here already"
	}
	return note(ctx, d.store, who, "upload", record.Run.ID, detail)
}
