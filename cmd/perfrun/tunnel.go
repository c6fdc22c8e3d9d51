package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/tunnel/units"
)

func tunnelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:         "tunnel",
		GroupID:     "box",
		Short:       "See how the tunnel to a box is, or what holds it",
		Annotations: ofBoxes,
		Args:        cobra.NoArgs,
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(tunnelStatusCommand(), tunnelUnitsCommand())
	return cmd
}

func tunnelUnitsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "units [box | relay]",
		Short: "Print the units and settings of sshd for this box, or those for its relay",
		Long: `Units prints what perfrun box install writes on a box, and what the relay's sshd must
be told: each line with its reason. Values are those of the configuration.`,
		Example: "  perfrun tunnel units\n  perfrun tunnel units relay",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && args[0] != "box" && args[0] != "relay" {
				return usage(errors.New("say box or relay"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loadConfig()
			if err != nil {
				return err
			}
			o := unitOptions(c)
			if o.Relay == "" {
				o.Relay = "relay.example.com"
				fmt.Fprintln(cmd.ErrOrStderr(), "perfrun: no relay is configured (relay.host): an example's name stands for it")
			}
			if err := o.Check(); err != nil {
				return err
			}
			files := append([]units.File{units.Daemon(o), units.Restore(o), units.Tunnel(o), units.BoxSSHD(o)}, units.Backup(o)...)
			if len(args) == 1 && args[0] == "relay" {
				files = []units.File{units.RelaySSHD(o)}
			}
			for _, file := range files {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "### %s\n%s\n", file.Path, file.Text); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
