package main

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mtrlz.dev/perfrun/cmd/perfrun/web"
	"mtrlz.dev/perfrun/harness/lock"
	"mtrlz.dev/perfrun/harness/queue"
	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/export"
	"mtrlz.dev/perfrun/results/store"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// boxWithStore is as much of a daemon as takes changes in.
func boxWithStore(t *testing.T) *daemon {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "perfrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d := &daemon{store: db, program: "/usr/bin/perfrun", queue: queue.New(queue.Options{Store: db, Now: time.Now})}
	d.config.Box.Keys = filepath.Join(t.TempDir(), "authorized_keys")
	return d
}

var boss = results.Person{Name: "boss", Role: results.Admin}

// TestAnUploadIsInTheAuditAfterACrash: the daemon died when the run was safe and the
// audit did not say so yet. The client asks again.
func TestAnUploadIsInTheAuditAfterACrash(t *testing.T) {
	d := boxWithStore(t)
	now := time.Now().UTC()
	record := &results.Record{Run: results.Run{ID: "agents", Suite: "s", Kind: results.Comparison, State: results.Failed, Created: now, Finished: now, Class: "cloud"}}
	path := filepath.Join(t.TempDir(), "run.json")
	file, err := os.Create(path)
	if err := errors.Join(err, export.Write(file, "json", record), file.Close()); err != nil {
		t.Fatal(err)
	}
	if added, err := takeIn(t.Context(), d.store, record); err != nil || !added {
		t.Fatal(added, err)
	}
	if err := d.take(t.Context(), boss, path); err != nil {
		t.Fatal(err)
	}
	deeds, err := d.store.Audit(t.Context(), 10)
	if err != nil || len(deeds) != 1 || deeds[0].Verb != "upload" || !strings.Contains(deeds[0].Detail, "here already") {
		t.Errorf("the audit says %+v, %v", deeds, err)
	}
}

// TestNobodyIsLetInWithoutTheAudit: who holds a key is noted before it opens anything.
func TestNobodyIsLetInWithoutTheAudit(t *testing.T) {
	d := boxWithStore(t)
	key := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + strings.Repeat("A", 43)
	grant := wire.Grant{Name: "ada", Role: results.Viewer, Key: key}
	is := func(what string, want ...results.Role) {
		t.Helper()
		list, err := grants{d}.List(t.Context())
		var got []results.Role
		for _, one := range list {
			got = append(got, one.Role)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: let in are %q, %v, want %q", what, got, err, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(grants{d}.Add(t.Context(), boss, grant))
	is("added", results.Viewer)
	must(d.store.Close())
	grant.Role = results.Admin
	if err := (grants{d}).Add(t.Context(), boss, grant); err == nil {
		t.Error("a role was changed without the audit")
	}
	is("a new role", results.Viewer)
	if err := (grants{d}).Remove(t.Context(), boss, "ada"); err == nil {
		t.Error("somebody was removed without the audit")
	}
	is("removed", results.Viewer)
}

// TestUpkeepThatHangsIsGivenUp: an engine that does not answer must not be waited for
// until the daemon ends, while the disk fills up.
func TestUpkeepThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Hour)
		defer stop()
		calls := 0
		(&daemon{}).repeat(ctx, time.Hour, func(ctx context.Context) error {
			calls++
			<-ctx.Done()
			return ctx.Err()
		})
		if calls < 4 {
			t.Errorf("it was tried %d times in five hours", calls)
		}
	})
}

// TestNoUploadIsOfTheFuture: it would be the latest run for years.
func TestNoUploadIsOfTheFuture(t *testing.T) {
	d := boxWithStore(t)
	check := func(created time.Time, refused bool) {
		t.Helper()
		err := d.foreign(t.Context(), results.Run{ID: "x", Class: "cloud", Created: created})
		if problem, ok := errors.AsType[*results.Problem](err); ok != refused || ok && !strings.Contains(problem.What, "clock") {
			t.Errorf("%s: %v", created, err)
		}
	}
	check(time.Now(), false)
	check(time.Now().Add(time.Minute), false) // two clocks are never the same
	check(time.Now().AddDate(10, 0, 0), true)
}

// TestTheLastLineOfALogIsShown: a process that was killed leaves it without an end.
func TestTheLastLineOfALogIsShown(t *testing.T) {
	var out strings.Builder
	h := &harmless{to: &out, on: true}
	for _, text := range []string{"one\ntw", "o \x1b[31m"} {
		if _, err := h.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.end(); err != nil || !strings.HasPrefix(out.String(), "one\ntwo ") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// TestNothingIsCleanedBesideARun: removing files and images is work that a benchmark
// would feel. It waits for the run, and the next job for it.
func TestNothingIsCleanedBesideARun(t *testing.T) {
	t.Setenv("PERFRUN_LOCK", filepath.Join(t.TempDir(), "lock"))
	d := boxWithStore(t)
	d.engine, d.db, d.cache = "host", filepath.Join(t.TempDir(), "db"), t.TempDir()
	d.config.Box.Keep = time.Hour
	stale := filepath.Join(d.logs(), "old.log")
	if err := errors.Join(os.Mkdir(d.logs(), 0o755), os.WriteFile(stale, nil, 0o644), os.Chtimes(stale, time.Time{}, time.Now().Add(-2*time.Hour))); err != nil {
		t.Fatal(err)
	}
	run, err := lock.Acquire(t.Context(), lockPath(), lock.Holder{What: "measures"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	cleaned := make(chan error)
	go func() { cleaned <- d.cleanAlone(t.Context()) }()
	for !d.cleaning.Load() {
		runtime.Gosched()
	}
	if err := d.ready(t.Context()); err == nil || !strings.Contains(err.Error(), "disk") {
		t.Errorf("the next job would begin: %v", err)
	}
	if _, err := os.Stat(stale); err != nil {
		t.Errorf("it was cleaned beside the run: %v", err)
	}
	if err := errors.Join(run.Release(), <-cleaned); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was not cleaned: %v", err)
	}
	if err := d.ready(t.Context()); err != nil {
		t.Errorf("nothing begins afterwards: %v", err)
	}
}

// blank is pages with nothing on them, which says when somebody wants one.
type blank struct{ asked chan struct{} }

func (b blank) Document(context.Context, string, url.Values) (site.Document, error) {
	close(b.asked)
	return site.Document{}, nil
}

func (b blank) Edition(context.Context) (results.Edition, error) { return results.Edition{}, nil }

// TestATakenPortEndsNoDaemon: pages are tried again, and what is wrong is seen meanwhile.
func TestATakenPortEndsNoDaemon(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := boxWithStore(t)
	d.cache, d.db, d.config.Web.Listen = t.TempDir(), filepath.Join(t.TempDir(), "db"), other.Addr().String()
	troubles := func() string {
		s, err := d.status(t.Context())
		if err != nil {
			t.Error(err)
		}
		return strings.Join(s.Troubles, "\n")
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		shown, ended := make(chan struct{}), make(chan struct{})
		d.pages = web.New(blank{shown}, web.Options{})
		go func() { d.browsers(ctx); close(ended) }()
		time.Sleep(2 * showAgain)
		if text := troubles(); !strings.Contains(text, "the pages are not shown on this machine: web.listen: ") {
			t.Errorf("nobody is told: %q", text)
		}
		other.Close()
		<-shown
		if text := troubles(); strings.Contains(text, "pages") {
			t.Errorf("it is over: %q", text)
		}
		stop()
		<-ended
	})
}

// TestDockersDiskMustHaveRoomToo: images and containers often have one of their own.
func TestDockersDiskMustHaveRoomToo(t *testing.T) {
	t.Setenv("PERFRUN_LOCK", filepath.Join(t.TempDir(), "lock"))
	d := boxWithStore(t)
	d.cache, d.db = t.TempDir(), filepath.Join(t.TempDir(), "db")
	if err := d.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.images.Store(new("/proc")) // where never a byte is free
	d.config.Box.Reserve = 1
	if err := d.ready(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "/proc: only 0 MiB") {
		t.Errorf("it would begin: %v", err)
	}
}

// TestFilesAreCleanedWithoutDocker: the disk fills up all the same.
func TestFilesAreCleanedWithoutDocker(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	d := boxWithStore(t)
	d.engine, d.db, d.cache, d.program = "docker", filepath.Join(t.TempDir(), "db"), t.TempDir(), program
	d.config.Box.Keep = time.Hour
	stale := filepath.Join(d.logs(), "old.log")
	if err := errors.Join(os.Mkdir(d.logs(), 0o755), os.WriteFile(stale, nil, 0o644), os.Chtimes(stale, time.Time{}, time.Now().Add(-2*time.Hour))); err != nil {
		t.Fatal(err)
	}
	if err := d.clean(t.Context()); err == nil || !strings.Contains(err.Error(), "docker is not here") {
		t.Errorf("nobody learns that Docker does not answer: %v", err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was not cleaned: %v", err)
	}
}
