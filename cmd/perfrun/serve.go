package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"mtrlz.dev/perfrun/harness/box"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/server"
	"mtrlz.dev/perfrun/tunnel/stdio"
)

func serveCommand() *cobra.Command {
	var db, engineName string
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: "box",
		Short:   "Be a box: take orders from others, and make one run at a time",
		Long: `Serve is the daemon of a box. It listens on a unix socket alone: whoever comes from
elsewhere comes through sshd, whose forced command is perfrun dial-stdio. What the
machine's configuration names as repositories may be measured, nothing else.

Orders are rows in the database before they are acknowledged. Stopped or killed,
serve loses none of them: a run that was interrupted is taken up again.`,
		Example: "  perfrun serve\n  systemctl status perfrun",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := openDaemon(cmd.Context(), db, engineName)
			if err != nil {
				return err
			}
			return errors.Join(d.serve(cmd.Context()), d.store.Close())
		},
	}
	cmd.Flags().StringVar(&engineName, "engine", "docker", "where jobs are executed: docker, or host for this machine as it is")
	addDB(cmd, &db)
	return cmd
}

// How often the daemon looks after the box, and how long it waits for requests to
// end when it stops.
const (
	metricsEvery = 30 * time.Second
	linkEvery    = 15 * time.Second
	cleanEvery   = time.Hour
	stopServing  = 10 * time.Second
)

// serve runs until ctx ends. A daemon that is told to stop has not failed.
func (d *daemon) serve(ctx context.Context) error {
	api, err := server.New(d.api())
	if err != nil {
		return err
	}
	people, err := d.people()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(d.config.Box.Socket), 0o755); err != nil {
		return fmt.Errorf("make the socket's folder: %w", err)
	}
	listener, err := stdio.Listen(d.config.Box.Socket, stdio.Options{People: people})
	if err != nil {
		return err
	}
	slog.Info("serving", "socket", d.config.Box.Socket, "database", d.db, "repositories", len(d.config.Repositories))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.queue.Serve(ctx) })
	group.Go(func() error { return api.Serve(listener) })
	group.Go(func() error { d.browsers(ctx); return nil })
	group.Go(func() error { return box.Watchdog(ctx, d.queue.Alive) })
	group.Go(func() error { d.repeat(ctx, cleanEvery, d.cleanAlone); return nil })
	group.Go(func() error { d.repeat(ctx, metricsEvery, d.writeMetrics); return nil })
	if d.link != nil {
		group.Go(func() error { d.repeat(ctx, linkEvery, d.link.Look); return nil })
	}
	group.Go(func() error {
		<-ctx.Done()
		tellSystemd("STOPPING=1")
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopServing)
		defer cancel()
		return errors.Join(listener.Close(), api.Shutdown(limited))
	})
	tellSystemd("READY=1")
	err = group.Wait()
	if errors.Is(err, errInterrupted) || errors.Is(err, context.Canceled) {
		slog.Info("stopped")
		return nil
	}
	return err
}

func tellSystemd(state string) {
	if err := box.Notify(state); err != nil {
		slog.Warn("notify the service manager", "error", err)
	}
}

// repeat does something now and again until ctx ends, and waits for it no longer than
// until the next time, or for a minute. It is the daemon's upkeep, and no error of it
// ends the daemon.
func (d *daemon) repeat(ctx context.Context, every time.Duration, do func(context.Context) error) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		limited, cancel := context.WithTimeout(ctx, max(every, time.Minute))
		err := do(limited)
		cancel()
		if err != nil && ctx.Err() == nil {
			slog.Warn("look after the box", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// people says who is believed: the user as whom sshd runs the forced commands, if the
// machine has it.
func (d *daemon) people() (stdio.People, error) {
	people := stdio.People{Access: -1, Admins: []string{d.config.Box.Admins}}
	account, err := user.Lookup(d.config.Box.User)
	if _, unknown := errors.AsType[user.UnknownUserError](err); unknown {
		slog.Warn("nobody can come in by ssh: there is no such user; perfrun box install makes it", "user", d.config.Box.User)
		return people, nil
	}
	if err == nil {
		people.Access, err = strconv.Atoi(account.Uid)
	}
	if err != nil {
		return people, fmt.Errorf("look up user %s: %w", d.config.Box.User, err)
	}
	return people, nil
}

// runAs is as whom builds and benchmarks of others run, as --run-as takes it; empty
// where the configuration names nobody.
func runAs(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	account, err := user.Lookup(name)
	if err != nil {
		return "", &results.Problem{
			Kind: results.BadInput, Where: "box.run_as", What: fmt.Sprintf("this machine has no user %q", name),
			Next: "make it, or let perfrun box install do so", Err: err,
		}
	}
	return account.Uid + ":" + account.Gid, nil
}
