package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"mtrlz.dev/perfrun/cmd/perfrun/web"
	"mtrlz.dev/perfrun/harness/box"
	"mtrlz.dev/perfrun/harness/config"
	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/wire"
)

// openPages makes the pages of the box. A repository that cannot be read has no releases
// on them, and everything else.
func (d *daemon) openPages(ctx context.Context) {
	d.pages = web.New(site.New(d.store, site.Options{
		Name: d.config.Web.Name, Commits: d.config.Web.Commits, Releases: releasesOf(ctx, d.config, d.copies()), Live: alive{d}, Prices: d.config.Prices, Generator: "perfrun " + version,
		Warn: func(part string, err error) { slog.Warn("read a part of a page", "part", part, "error", err) },
	}), web.Options{})
}

// releasesOf are the tags of the copies that the box has of its repositories.
func releasesOf(ctx context.Context, c config.Config, copies string) map[string]string {
	all := map[string]string{}
	if c.Web.Releases == "" {
		return all
	}
	for name, r := range c.Repositories {
		copied := source.Remote{Name: name, URL: r.URL, Key: r.Key, KnownHosts: r.KnownHosts}.Path(copies)
		if _, err := os.Stat(copied); err != nil {
			continue // nothing of it was measured yet
		}
		tags, err := tagsOf(ctx, copied, c.Web.Releases)
		if err != nil {
			slog.Warn("read the releases of a repository", "repository", name, "error", err)
		}
		for rev, tag := range tags {
			all[rev] = tag
		}
	}
	return all
}

// page is one of the pages, for people who come through the tunnel: the same that those
// get who ask on this machine.
func (d *daemon) page(ctx context.Context, address string, query url.Values) (wire.Page, error) {
	document, err := d.pages.Document(ctx, address, query)
	if errors.Is(err, fs.ErrNotExist) {
		return wire.Page{Missing: true}, nil
	}
	return wire.Page{Type: document.Type, Body: document.Body, At: document.At}, err
}

// showAgain is how long pages that cannot be shown wait for their next try.
const showAgain = 30 * time.Second

// browsers serves the pages on this machine until ctx ends; where the configuration
// names no place, it does nothing. What keeps them from being shown is told, and tried
// again: no run ends because somebody else has the port.
func (d *daemon) browsers(ctx context.Context) {
	for d.config.Web.Listen != "" && ctx.Err() == nil {
		err := d.show(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		slog.Warn("show the pages on this machine", "error", err)
		d.unseen.Store(new(err.Error()))
		select {
		case <-ctx.Done():
		case <-time.After(showAgain):
		}
	}
}

// show serves the pages until ctx ends, or something fails.
func (d *daemon) show(ctx context.Context) error {
	listener, err := listenWeb(ctx, d.config.Web.Listen)
	if err != nil {
		return err
	}
	d.unseen.Store(nil)
	slog.Info("showing pages", "at", d.config.Web.Listen)
	go func() { _, _ = d.pages.Document(ctx, "index.html", nil) }() // what takes a while the first time, before anybody asks
	return serveWeb(ctx, d.pages, listener)
}

// listenWeb opens loopback or a socket. One that an earlier daemon left is replaced.
func listenWeb(ctx context.Context, where string) (net.Listener, error) {
	kind, place := "tcp", where
	if path, unix := strings.CutPrefix(where, "unix:"); unix {
		kind, place = "unix", path
		if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
			_ = os.Remove(path)
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, kind, place)
	if err != nil {
		return nil, &results.Problem{Kind: results.CannotRun, Where: "web.listen", What: err.Error(), Next: "name another place in the configuration, or end who has it", Err: err}
	}
	return listener, nil
}

// serveWeb serves until ctx ends, and then for a moment to those who are being answered.
func serveWeb(ctx context.Context, server *web.Server, listener net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopServing)
	defer cancel()
	return errors.Join(server.Shutdown(limited), <-ended)
}

// alive is what only a daemon knows of its box.
type alive struct{ *daemon }

// Queue is what runs and waits.
func (a alive) Queue(ctx context.Context) (results.QueueView, error) { return a.queue.View(ctx) }

// Health is what somebody should look at, and then how things are.
func (a alive) Health(ctx context.Context) ([]results.Finding, error) {
	s, err := a.status(ctx)
	if err != nil {
		return nil, err
	}
	return healthOf(s.Status), nil
}

// healthOf words the status of a box for people: what is wrong as a sentence with its
// mark, everything else as what it is.
func healthOf(s box.Status) []results.Finding {
	list := []results.Finding{}
	for _, trouble := range s.Troubles {
		list = append(list, results.Finding{Topic: "now", Grade: results.GradeBad, Is: strings.ToUpper(trouble[:1]) + words.Sentence(trouble)[1:]})
	}
	fact := func(name, is string) {
		list = append(list, results.Finding{Topic: "now", Name: name, Grade: results.GradeFact, Is: is})
	}
	fact("Disk", fmt.Sprintf("%s free, nothing is begun below %s", words.Value(float64(s.DiskFree), "B"), words.Value(float64(s.DiskReserve), "B")))
	if s.Link != "" {
		fact("Tunnel", s.Link)
	}
	if s.Contaminated != nil {
		fact("Disturbed executions", words.Share(*s.Contaminated)+" in the latest runs; they do not count")
	}
	return list
}
