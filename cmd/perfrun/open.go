package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/cmd/perfrun/web"
	"mtrlz.dev/perfrun/reports/site"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/client"
)

func openCommand() *cobra.Command {
	var printed bool
	var listen string
	cmd := &cobra.Command{
		Use:         "open [PAGE]",
		Annotations: ofBoxes,
		GroupID:     "look",
		Short:       "Open the pages of a box in the browser",
		Long: `Open brings the pages of a box to this machine, through the same ssh connection as
everything else: no port of the box is opened, and no key needs more than it has. They
are served on loopback, under an address that only you know, until Ctrl-C.`,
		Example: "  perfrun open\n  perfrun open runs/latest --box you@relay.example.com:2222",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error {
				page, err := pageOf(ctx, box, strings.Join(args, ""))
				if err != nil {
					return err
				}
				return showPages(ctx, cmd, box, listen, page, printed)
			})
		},
	}
	cmd.Flags().BoolVar(&printed, "print", false, "print the address, and start no browser")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "where on this machine: `HOST:PORT` of loopback; port 0 is one that is free")
	return cmd
}

// pageOf is the address of the page that somebody means: one of ours, or a run.
func pageOf(ctx context.Context, box *client.Client, asked string) (string, error) {
	ref, run := strings.CutPrefix(asked, "runs/")
	if !run || strings.Contains(ref, ".") {
		return asked, nil
	}
	id, err := box.Resolve(ctx, ref)
	return "runs/" + id + ".html", err
}

// showPages serves until ctx ends. To be interrupted is how it is meant to end.
func showPages(ctx context.Context, cmd *cobra.Command, box *client.Client, listen, page string, printed bool) error {
	listener, err := listenWeb(ctx, listen)
	if err != nil {
		return err
	}
	secret := strings.ToLower(rand.Text())
	address := "http://" + listener.Addr().String() + "/" + secret + "/" + page
	fmt.Fprintln(cmd.OutOrStdout(), address)
	if !printed {
		startBrowser(ctx, address)
	}
	fmt.Fprintln(os.Stderr, "showing the pages of the box until Ctrl-C")
	err = serveWeb(ctx, web.New(boxPages{box}, web.Options{Prefix: secret, Errors: slog.New(slog.NewTextHandler(os.Stderr, nil))}), listener)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// startBrowser starts whatever opens addresses here. Where there is nothing, the address
// has been printed.
func startBrowser(ctx context.Context, address string) {
	for _, name := range []string{"xdg-open", "open", "wslview"} {
		if program, err := exec.LookPath(name); err == nil {
			if err := exec.CommandContext(ctx, program, address).Start(); err != nil {
				fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(err.Error()))
			}
			return
		}
	}
}

// boxPages are pages that come through the tunnel.
type boxPages struct{ box *client.Client }

// Document asks the box.
func (p boxPages) Document(ctx context.Context, address string, query url.Values) (site.Document, error) {
	page, err := p.box.Page(ctx, address, query)
	if err != nil {
		return site.Document{}, err
	}
	if page.Missing {
		return site.Document{}, errors.Join(fs.ErrNotExist)
	}
	return site.Document{Type: page.Type, Body: page.Body, At: page.At}, nil
}

// Edition is not known on this side of the tunnel.
func (p boxPages) Edition(context.Context) (results.Edition, error) { return results.Edition{}, nil }
