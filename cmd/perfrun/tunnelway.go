package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/client"
	"mtrlz.dev/perfrun/tunnel/link"
	"mtrlz.dev/perfrun/tunnel/sshconn"
)

// way is how ssh goes to an address, as its configuration has it.
type way struct {
	host    string
	port    int
	known   string   // by what name it knows the host's keys
	files   []string // where
	through string   // another host or a program; empty: straight
}

// askSSH asks ssh for its configuration.
func askSSH(ctx context.Context, a tunnel.Address) (w way, err error) {
	args := []string{"-G"}
	if a.Port != 0 {
		args = append(args, "-p", strconv.Itoa(a.Port))
	}
	if a.User != "" {
		args = append(args, "-l", a.User)
	}
	out, err := exec.CommandContext(ctx, cmp.Or(os.Getenv(sshconn.ProgramVariable), "ssh"), append(args, "--", a.Host)...).Output()
	if err != nil {
		return w, fmt.Errorf("ask ssh for its configuration: %w", err)
	}
	settings := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if value != "none" {
			settings[name] = value
		}
	}
	w.host, w.through = settings["hostname"], cmp.Or(settings["proxyjump"], settings["proxycommand"])
	w.files = strings.Fields(settings["userknownhostsfile"] + " " + settings["globalknownhostsfile"])
	if w.port, err = strconv.Atoi(settings["port"]); err != nil {
		return w, fmt.Errorf("ask ssh for its configuration: port %q", settings["port"])
	}
	w.known = w.host
	if w.port != 22 {
		w.known = fmt.Sprintf("[%s]:%d", w.host, w.port)
	}
	w.known = cmp.Or(settings["hostkeyalias"], w.known)
	return w, nil
}

// link is the way with the keys that ssh knows at its end.
func (w way) link(ctx context.Context) link.Options {
	return link.Options{Host: w.host, Port: w.port, Keys: link.KnownKeys(ctx, w.known, w.files)}
}

// askIn is how long a box may take to say how it is, or what it has measured.
const askIn = 20 * time.Second

// wholeWay goes on to the daemon, with the key of who asks: a tunnel that is up lets
// nobody in by itself.
func wholeWay(ctx context.Context, address tunnel.Address, now link.Status) link.Status {
	err := withPast(ctx, address, &now)
	if err == nil {
		return now
	}
	why, next := err.Error(), "perfrun box status, on the box"
	if problem, ok := errors.AsType[*results.Problem](err); ok {
		why, next = problem.What, problem.Next
	}
	now.Up, now.What, now.Next = false, now.What+", but nobody gets in: "+why, next
	return now
}

// withPast adds what the box's daemon has seen. A lost link is not tried again: that it
// is lost is what is asked for.
func withPast(ctx context.Context, address tunnel.Address, now *link.Status) error {
	box, err := client.New(address, client.Options{SSH: sshconn.Options{Attended: sshconn.Attended()}, Program: version, Patience: -1})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askIn)
	defer cancel()
	status, err := boxStatus(ctx, box)
	if err == nil && status.Tunnel != nil {
		now.Cuts = status.Tunnel.Cuts
		if status.Tunnel.Up == now.Up {
			now.Since = status.Tunnel.Since
		}
	}
	return errors.Join(err, box.Close())
}
