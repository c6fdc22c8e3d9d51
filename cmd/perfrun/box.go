package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness/box"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/tunnel/client"
)

func boxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:         "box",
		GroupID:     "box",
		Short:       "Set up a box, or see how it is",
		Annotations: ofBoxes,
		Args:        cobra.NoArgs,
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(boxStatusCommand(), boxInstallCommand(), boxUninstallCommand())
	return cmd
}

func boxStatusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say how the box is, and what somebody should look at",
		Long:  "Say how the box is, and what somebody should look at. It exits with 4 where there is something.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBox(cmd, func(ctx context.Context, c *client.Client) error {
				status, err := boxStatus(ctx, c)
				if err != nil {
					return err
				}
				if asJSON {
					err = printJSON(cmd.OutOrStdout(), status)
				} else {
					err = writeStatus(cmd.OutOrStdout(), status.Status)
				}
				if err == nil && len(status.Troubles) > 0 {
					err = verdictError{exitFailed}
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// boxStatus asks a box how it is.
func boxStatus(ctx context.Context, c *client.Client) (status statusOfBox, err error) {
	text, err := c.Status(ctx)
	if err == nil {
		err = json.Unmarshal(text, &status)
	}
	return status, err
}

func writeStatus(w io.Writer, s box.Status) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s %s\n", name, words.Plain(fmt.Sprintf(format, args...)))
	}
	ago := func(t time.Time) string { return s.Now.Sub(t).Round(time.Second).String() + " ago" }
	line("box", "%s, perfrun %s, up since %s", s.Host, s.Version, s.Since.UTC().Format(time.DateTime))
	switch {
	case s.Running != "":
		line("queue", "job %s runs, %d wait", s.Running, s.Waiting)
	case s.Paused:
		line("queue", "paused, %d wait", s.Waiting)
	default:
		line("queue", "%d wait", s.Waiting)
	}
	if s.Held != "" {
		line("held up", "%s", s.Held)
	}
	if !s.LastDone.IsZero() {
		line("last done", "%s", ago(s.LastDone))
	}
	line("disk", "%d MiB free, %d MiB of them in reserve", s.DiskFree>>20, s.DiskReserve>>20)
	if s.Contaminated != nil {
		line("disturbed", "%.1f %% of the latest executions", 100**s.Contaminated)
	}
	for _, c := range s.Calibrations {
		if !c.At.IsZero() {
			line("calibrated", "suite %s, %s", c.Suite, c.At.UTC().Format(time.DateOnly))
		}
	}
	if s.Link != "" {
		line("tunnel", "%s", s.Link)
	}
	for _, trouble := range s.Troubles {
		line("look at", "%s", trouble)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
