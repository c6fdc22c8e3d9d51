package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/reports"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/access"
	"mtrlz.dev/perfrun/tunnel/client"
	"mtrlz.dev/perfrun/tunnel/wire"
)

func accessCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "access",
		GroupID: "box",
		Short:   "Say who may come in to a box, and what they may do",
		Long: `Each person has a name, a role and a key. A viewer may look at everything; a
submitter may also order runs, cancel their own and upload results; an admin may also
cancel anything, schedule, accept, pause the queue and give access. A key opens perfrun
and nothing else: no shell, no forwarding. Only admins may say who comes in.`,
		Annotations: ofBoxes,
		Args:        cobra.NoArgs,
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(accessAddCommand(), accessListCommand(), accessRemoveCommand())
	return cmd
}

func accessAddCommand() *cobra.Command {
	var key, role string
	cmd := &cobra.Command{
		Use:     "add NAME --key FILE --role viewer|submitter|admin",
		Short:   "Let the holder of a key in",
		Example: "  perfrun access add ci --key ci.pub --role submitter\n  ssh-add -L | perfrun access add ada --key - --role viewer",
		Args:    oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readKey(cmd, key)
			if err != nil {
				return err
			}
			return withBox(cmd, func(ctx context.Context, box *client.Client) error {
				return box.Grant(ctx, wire.Grant{Name: args[0], Role: results.Role(role), Key: text})
			})
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "`FILE` with the public key, which ends in .pub; - for standard input (required)")
	cmd.Flags().StringVar(&role, "role", "", "viewer, submitter or admin (required)")
	return cmd
}

// mostKeyFile bounds what is read in search of a key.
const mostKeyFile = 64 << 10

func readKey(cmd *cobra.Command, name string) (string, error) {
	if name == "" {
		return "", usage(errors.New("--key: name the file with the public key"))
	}
	in := cmd.InOrStdin()
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", &results.Problem{Kind: results.BadInput, Where: name, What: "it cannot be read", Next: "name a file that ends in .pub", Err: err}
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, mostKeyFile))
	if err == nil {
		err = access.CheckKey(string(text)) // a private key must not leave this machine
	}
	return string(text), err
}

func accessListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who is let in",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error {
				grants, err := box.Grants(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), struct {
						Grants []wire.Grant `json:"grants"`
					}{grants})
				}
				var keys []reports.Key
				for _, g := range grants {
					keys = append(keys, reports.Key{Name: g.Name, Role: string(g.Role), Fingerprint: access.Fingerprint(g.Key)})
				}
				return reports.Keys(cmd.OutOrStdout(), keys, style(cmd.OutOrStdout()))
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func accessRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Let somebody in no more",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBox(cmd, func(ctx context.Context, box *client.Client) error { return box.Revoke(ctx, args[0]) })
		},
	}
}

// grants are the keys of a box as its daemon keeps them, each change in the audit.
type grants struct{ daemon *daemon }

func (g grants) file() access.File {
	return access.File{Path: g.daemon.config.Box.Keys, Program: g.daemon.program}
}

// List implements server.Grants.
func (g grants) List(context.Context) (list []wire.Grant, err error) {
	found, _, err := g.file().List()
	for _, one := range found {
		list = append(list, wire.Grant{Name: one.Name, Role: one.Role, Key: one.Key})
	}
	return list, err
}

// Add implements server.Grants. The audit comes first: nobody may be let in without,
// whatever fails in between.
func (g grants) Add(ctx context.Context, who results.Person, asked wire.Grant) error {
	file := g.file()
	file.Before = func(added access.Grant) error {
		return note(ctx, g.daemon.store, who, "access add", added.Name, string(added.Role)+", "+added.Fingerprint)
	}
	_, err := file.Add(access.Grant{Name: asked.Name, Role: asked.Role, Key: asked.Key})
	return err
}

// Remove implements server.Grants.
func (g grants) Remove(ctx context.Context, who results.Person, name string) error {
	file := g.file()
	file.Before = func(gone access.Grant) error {
		return note(ctx, g.daemon.store, who, "access remove", gone.Name, string(gone.Role)+", "+gone.Fingerprint)
	}
	return file.Remove(name)
}
