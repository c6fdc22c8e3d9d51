package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/stdio"
)

// dialCommand is what clients ask sshd to run. Nothing else gets through a forced
// command.
const dialCommand = "perfrun dial-stdio"

func dialStdioCommand() *cobra.Command {
	var name, role string
	cmd := &cobra.Command{
		Use:     "dial-stdio",
		GroupID: "box",
		Short:   "Join an ssh session to the daemon of this machine",
		Long: `Dial-stdio is the end of the tunnel: sshd starts it, on a box, for whoever asks
from elsewhere. In authorized_keys a forced command says who that is (perfrun access
add writes such lines); without --as it is whoever runs it, as the daemon sees them.
What else the session asks for is refused: a key for perfrun opens no shell.`,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (name == "") != (role == "") {
				return usage(errors.New("--as and --role belong together"))
			}
			if asked := os.Getenv("SSH_ORIGINAL_COMMAND"); name != "" && asked != dialCommand {
				return &results.Problem{
					Kind: results.BadInput, Where: "ssh", What: "this key is for perfrun, and opens no shell",
					Next: "use perfrun --box USER@HOST:PORT on your side",
				}
			}
			return joinDaemon(cmd.Context(), results.Person{Name: name, Role: results.Role(role), From: stdio.From(os.Getenv("SSH_CONNECTION"))})
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of who asks")
	cmd.Flags().StringVar(&role, "role", "", "what they may do: viewer, submitter or admin")
	return cmd
}

func joinDaemon(ctx context.Context, who results.Person) error {
	if who.Name == "" {
		who = results.Person{}
	}
	c, err := loadConfig()
	if err != nil {
		return err
	}
	return stdio.Serve(ctx, c.Box.Socket, who, os.Stdin, os.Stdout)
}
