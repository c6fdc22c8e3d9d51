package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/link"
)

// hostKeys is where sshd has this machine's.
const hostKeys = "/etc/ssh"

func tunnelStatusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say whether the tunnel is up and leads to this box, since when, and what cut it",
		Long: `Status goes the way that people go, to the relay's port, and compares the host key
that it meets there: on the box with the box's own, elsewhere (with --box) with the
one that ssh knows. From elsewhere it then goes the whole way, with your key, up to
the daemon. It exits with 5 where the way does not lead to the box, or ends before it.`,
		Example: "  perfrun tunnel status\n  perfrun --box you@relay.example.com:2222 tunnel status",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, err := tunnelStatus(cmd)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), status)
			} else {
				err = writeLink(cmd, status)
			}
			if err == nil && !status.Up {
				err = verdictError{exitUnreachable}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func tunnelStatus(cmd *cobra.Command) (link.Status, error) {
	address, err := boxAddress(cmd, "")
	if err != nil {
		return link.Status{}, err
	}
	if address == nil || address.Local() {
		return tunnelFromBox(cmd)
	}
	there, err := askSSH(cmd.Context(), *address)
	if err != nil {
		return link.Status{}, err
	}
	now := link.Status{Up: true, What: "ssh goes to " + address.String() + " through " + there.through + ", and knows who answers"}
	if there.through == "" {
		now = link.Check(cmd.Context(), there.link(cmd.Context()))
	}
	if !now.Up { // the same way leads to who knows more
		return now, nil
	}
	return wholeWay(cmd.Context(), *address, now), nil
}

// tunnelFromBox goes out and comes back through the relay.
func tunnelFromBox(cmd *cobra.Command) (link.Status, error) {
	c, err := loadConfig()
	if err != nil {
		return link.Status{}, err
	}
	if c.Relay.Host == "" {
		return link.Status{}, &results.Problem{
			Kind: results.BadInput, Where: "relay.host", What: "this machine has no relay configured, so there is no tunnel from here",
			Next: "name a box with --box, or its relay in the configuration",
		}
	}
	keys, err := link.OwnKeys(hostKeys)
	if err != nil {
		return link.Status{}, err
	}
	now := link.Check(cmd.Context(), link.Options{Host: c.Relay.Host, Port: c.Relay.Port, Keys: keys})
	_ = withPast(cmd.Context(), tunnel.Address{Socket: c.Box.Socket}, &now) // without a daemon nobody has watched
	return now, nil
}

func writeLink(cmd *cobra.Command, s link.Status) error {
	var b strings.Builder
	state := "up"
	if !s.Up {
		state = "down"
	}
	if !s.Since.IsZero() {
		state += " since " + s.Since.UTC().Format(time.DateTime) + " UTC"
	}
	fmt.Fprintf(&b, "%s: %s\n", state, words.Plain(s.What))
	if s.Next != "" {
		fmt.Fprintf(&b, "what to do: %s\n", words.Plain(s.Next))
	}
	if s.Fingerprint != "" {
		fmt.Fprintf(&b, "host key %s, round trip %s\n", words.Plain(s.Fingerprint), s.RoundTrip.Round(100*time.Microsecond))
	}
	for _, cut := range s.Cuts[max(len(s.Cuts)-lastCuts, 0):] {
		over := "until now"
		if !cut.To.IsZero() {
			over = "for " + cut.To.Sub(cut.From).Round(time.Second).String()
		}
		fmt.Fprintf(&b, "cut on %s UTC %s: %s\n", cut.From.UTC().Format(time.DateTime), over, words.Plain(cut.What))
	}
	_, err := cmd.OutOrStdout().Write([]byte(b.String()))
	return err
}

// lastCuts is how many cuts are shown.
const lastCuts = 5

// openWatch makes what looks at the tunnel, where there is one.
func (d *daemon) openWatch() error {
	if d.config.Relay.Host == "" {
		return nil
	}
	keys, err := link.OwnKeys(hostKeys)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return errors.New("this machine has no host keys in " + hostKeys + ": is its sshd set up?")
	}
	options := link.Options{Host: d.config.Relay.Host, Port: d.config.Relay.Port, Keys: keys}
	d.link = &link.Watch{
		Path: d.db + "-tunnel.json", Now: time.Now,
		Check: func(ctx context.Context) link.Status { return link.Check(ctx, options) },
	}
	return nil
}
