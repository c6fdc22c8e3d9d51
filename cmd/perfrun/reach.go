package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/config"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/client"
	"mtrlz.dev/perfrun/tunnel/sshconn"
)

// Where the box is named.
const (
	boxFlag     = "box"
	boxVariable = "PERFRUN_BOX"
	thisMachine = "none" // as a value of either
)

// addBox adds the flag to every verb; those that it means nothing to refuse it.
func addBox(root *cobra.Command) {
	root.PersistentFlags().String(boxFlag, "", "`USER@HOST:PORT` of the box that is meant, or none for this machine (default: $PERFRUN_BOX, else reach in the configuration)")
}

// ofBoxes marks a verb that can be asked of a box.
var ofBoxes = map[string]string{boxFlag: "yes"}

// checkBox refuses --box where a verb always speaks of this machine.
func checkBox(cmd *cobra.Command) error {
	if !cmd.Flags().Changed(boxFlag) {
		return nil
	}
	for c := cmd; c != nil; c = c.Parent() {
		if c.Annotations[boxFlag] != "" {
			return nil
		}
	}
	return usage(fmt.Errorf("--box: perfrun %s always speaks of this machine (a box measures what perfrun submit orders)", cmd.Name()))
}

// boxAddress returns the box that is meant; nil for this machine. A database that is
// named wins over a box that is only configured.
func boxAddress(cmd *cobra.Command, db string) (*tunnel.Address, error) {
	text, err := cmd.Flags().GetString(boxFlag)
	if err != nil {
		return nil, err
	}
	if text != "" && db != "" {
		return nil, usage(errors.New("--box and --db exclude each other: a database is on this machine"))
	}
	if text == "" && db == "" {
		if text, err = usualBox(); err != nil {
			return nil, err
		}
	}
	if text == "" || text == thisMachine {
		return nil, nil
	}
	address, err := tunnel.ParseAddress(text)
	return &address, err
}

// usualBox is the box that the environment names, else the configuration: the user's
// own, or the machine's.
func usualBox() (string, error) {
	if text := os.Getenv(boxVariable); text != "" {
		return text, nil
	}
	c, err := configWhere(func(c config.Config) bool { return c.Reach != "" })
	return c.Reach, err
}

// configWhere is the user's own configuration, where it says what is wanted, else that of
// the machine.
func configWhere(says func(config.Config) bool) (config.Config, error) {
	if os.Getenv("PERFRUN_CONFIG") == "" {
		if folder, err := os.UserConfigDir(); err == nil {
			own, err := config.Load(filepath.Join(folder, "perfrun", "perfrun.yml"), false)
			if err != nil || says(own) {
				return own, err
			}
		}
	}
	return loadConfig()
}

// pagesConfig is the configuration that says how pages are.
func pagesConfig() (config.Config, error) {
	return configWhere(func(c config.Config) bool { return c.Web != config.Web{} })
}

// openBox connects to the box that is meant, or to the daemon of this machine.
func openBox(cmd *cobra.Command) (*client.Client, error) {
	address, err := boxAddress(cmd, "")
	if err != nil {
		return nil, err
	}
	if address == nil {
		c, err := loadConfig()
		if err != nil {
			return nil, err
		}
		address = &tunnel.Address{Socket: c.Box.Socket}
	}
	return dialBox(*address)
}

// dialBox makes a client that says when it loses the link.
func dialBox(address tunnel.Address) (*client.Client, error) {
	return client.New(address, client.Options{
		SSH: sshconn.Options{Attended: sshconn.Attended()}, Program: version,
		Retrying: func(err error, in time.Duration) {
			fmt.Fprintf(os.Stderr, "perfrun: %s; trying again in %s\n", words.Plain(err.Error()), harness.Roughly(in))
		},
	})
}

// withBox does something with a box and closes the connection.
func withBox(cmd *cobra.Command, do func(ctx context.Context, box *client.Client) error) error {
	box, err := openBox(cmd)
	if err != nil {
		return err
	}
	return errors.Join(do(cmd.Context(), box), box.Close())
}
