package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"mtrlz.dev/perfrun/harness/box/setup"
	"mtrlz.dev/perfrun/harness/config"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/reports/words"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/units"
)

// Where a box has its things.
const (
	boxBinary   = "/usr/bin/perfrun"
	boxData     = "/var/lib/perfrun"
	boxDatabase = boxData + "/perfrun.db"
	boxCopied   = boxData + "/installed" // says that box install brought the program
	boxCache    = "/var/cache/perfrun"
	boxRunner   = "perfrun-run" // builds and benchmarks of others run as this user
	tunnelKey   = "/etc/perfrun/keys/tunnel"
	tunnelHosts = "/etc/perfrun/keys/relay_known_hosts"
)

// firstConfig is what a new box begins with. Nothing of it is overwritten later.
const firstConfig = `# This machine's configuration. "perfrun schema config" has every key, with what it
# means; examples/perfrun.yml of the project is a commented example.
host_class: office
quiet: isolate
box:
  run_as: perfrun-run
# The machine through which people reach this one. After a change: perfrun box install.
#relay:
#  host: relay.example.com
#repositories:
#  project:
#    url: git@git.example.com:acme/project.git
#    key: /etc/perfrun/keys/project
`

func boxInstallCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "install",
		Short: "Make this machine a box: users, folders, units, settings of sshd",
		Long: `Install sets up a plain Debian or Ubuntu with systemd and says each thing that it
does; what is so already is left as it is, and so is a configuration that is there.
It is repeated after a change of the relay in the configuration. The daemon and the
tunnel are started again where what they began with was changed since.

With a relay (relay.host) it also makes the box's key and the unit of the tunnel, and
says what the relay must be told.`,
		Example: "  sudo perfrun box install",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needsRoot("perfrun box install"); err != nil {
				return err
			}
			system, err := thisSystem()
			if err != nil {
				return err
			}
			return installBox(cmd.Context(), system)
		},
	}
}

func boxUninstallCommand() *cobra.Command {
	var purge bool
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Put the machine back and take away what install made",
		Long: `Uninstall stops the daemon and the tunnel, puts back whatever a run had changed, and
removes units, settings and users. The database, its backups and the configuration
stay, unless --purge says that they shall go as well.`,
		Example: "  sudo perfrun box uninstall",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needsRoot("perfrun box uninstall"); err != nil {
				return err
			}
			system, err := thisSystem()
			if err != nil {
				return err
			}
			c, err := loadConfig()
			if err != nil {
				return err
			}
			return removeBox(cmd.Context(), system, c, purge)
		},
	}
	cmd.Flags().BoolVar(&purge, "purge", false, "remove the database, its backups and the configuration too")
	return cmd
}

func needsRoot(verb string) error {
	if os.Getuid() == 0 {
		return nil
	}
	return &results.Problem{Kind: results.BadInput, Where: verb, What: "it changes the system, and you are not root", Next: "sudo " + verb}
}

// thisSystem is this machine, if it has what a box needs.
func thisSystem() (setup.System, error) {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return setup.System{}, &results.Problem{Kind: results.CannotRun, Where: "this machine", What: "it does not run systemd", Next: "set up a box by hand: perfrun tunnel units prints every file"}
	}
	self, err := os.Executable()
	if err != nil {
		return setup.System{}, fmt.Errorf("find own program: %w", err)
	}
	return setup.System{
		Root: "/", Self: self, Say: func(line string) { fmt.Fprintln(os.Stderr, "perfrun: "+words.Plain(line)) }, End: setup.EndProcesses,
		Run: func(ctx context.Context, name string, args ...string) (string, error) {
			cmd := exec.CommandContext(ctx, name, args...)
			cmd.Env = append(os.Environ(), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C")
			out, err := cmd.CombinedOutput()
			return string(out), err
		},
	}, nil
}

// installBox installs the configuration first, because the rest follows it.
func installBox(ctx context.Context, system setup.System) error {
	first := setup.Plan{
		Program: boxBinary, Copied: boxCopied,
		Folders: []setup.Folder{{Path: "/etc/perfrun", Mode: 0o755}, {Path: "/etc/perfrun/keys", Mode: 0o700}},
		Files:   []setup.File{{Path: config.DefaultPath, Text: firstConfig, Mode: 0o644, Keep: true}},
	}
	if err := system.Install(ctx, first); err != nil {
		return err
	}
	c, err := loadConfig()
	if err != nil {
		return err
	}
	options := unitOptions(c)
	if err := options.Check(); err != nil {
		return err
	}
	if err := system.Install(ctx, boxPlan(c, options)); err != nil {
		return err
	}
	if c.Relay.Host == "" {
		system.Say("no relay is configured: people reach this box by its own address")
	} else if err := installTunnel(ctx, system, options); err != nil {
		return err
	}
	system.Say("done: perfrun box status says how it is, perfrun access add lets people in")
	return nil
}

// installTunnel makes the box's key and starts the tunnel once the relay's host key
// is known: who answers there is for a person to say.
func installTunnel(ctx context.Context, system setup.System, o units.Options) error {
	if _, err := os.Stat(tunnelKey); errors.Is(err, os.ErrNotExist) {
		system.Say("making the key with which this box logs in on " + o.Relay)
		if out, err := system.Run(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "perfrun box", "-f", tunnelKey); err != nil {
			return fmt.Errorf("make the tunnel's key: %s: %w", strings.TrimSpace(out), err)
		}
	}
	public, err := os.ReadFile(tunnelKey + ".pub")
	if err != nil {
		return fmt.Errorf("read the tunnel's key: %w", err)
	}
	unit := units.Tunnel(o)
	plan := setup.Plan{
		Program: boxBinary, Copied: boxCopied, Files: []setup.File{{Path: unit.Path, Text: unit.Text, Mode: 0o644}},
		Reads: map[string][]string{units.TunnelUnit: {unit.Path, tunnelHosts, tunnelKey}},
	}
	if known, err := os.ReadFile(tunnelHosts); err == nil && len(known) > 0 {
		plan.Units = []string{units.TunnelUnit}
		return system.Install(ctx, plan)
	}
	if err := system.Install(ctx, plan); err != nil {
		return err
	}
	system.Say("the tunnel waits for three things that a person must do:")
	fmt.Fprintf(os.Stderr, `  1. on %s: a user %s without a password, whose authorized_keys has this line:
     %s
  2. on %s: the settings that "perfrun tunnel units relay" prints, then: systemctl reload ssh
  3. here: the relay's host key, compared with the one you know, in %s
     (ssh-keyscan -p %d %s prints it); then call perfrun box install again
`, o.Relay, o.RelayUser, units.RelayKey(o, strings.TrimSpace(string(public))), o.Relay, tunnelHosts, o.RelaySSH, o.Relay)
	return nil
}

// removeBox puts the machine back before anything is taken away.
func removeBox(ctx context.Context, system setup.System, c config.Config, purge bool) error {
	plan := removal(c)
	plan.PutBack = func() error {
		list, err := quietMachine(c).Recover()
		for _, line := range quiet.Describe(list) {
			system.Say(line)
		}
		return err
	}
	err := errors.Join(withdraw(system, c), system.Remove(ctx, plan, purge))
	if purge && c.State != config.Default().State {
		system.Say("leaving " + c.State + " as it is: remove it by hand if nothing else is there")
	}
	return err
}
