package main

import (
	"errors"
	"path/filepath"
	"slices"

	"mtrlz.dev/perfrun/harness/box/setup"
	"mtrlz.dev/perfrun/harness/config"
	"mtrlz.dev/perfrun/tunnel/access"
	"mtrlz.dev/perfrun/tunnel/units"
)

// boxHome is the home of who people come in as.
const boxHome = "/var/lib/perfrun-ssh"

// ownKeys reports whether the keys lie in the home that box install makes. Elsewhere the
// folders around them are somebody's: nothing but the file is made, and nothing goes.
func ownKeys(c config.Config) bool { return filepath.Dir(c.Box.Keys) == boxHome+"/.ssh" }

func unitOptions(c config.Config) units.Options {
	return units.Options{
		Program: boxBinary, Database: boxDatabase, Cache: boxCache, Backups: boxData + "/backups", User: c.Box.User, Keys: c.Box.Keys,
		Relay: c.Relay.Host, RelayUser: c.Relay.User, RelaySSH: c.Relay.SSHPort, RelayPort: c.Relay.Port, Key: tunnelKey, Hosts: tunnelHosts,
	}
}

// boxPlan is everything but the tunnel.
func boxPlan(c config.Config, o units.Options) setup.Plan {
	daemon := units.Daemon(o)
	plan := setup.Plan{
		Program: boxBinary, Copied: boxCopied,
		Users: []setup.User{{Name: c.Box.User, Home: boxHome, Shell: "/bin/sh"}, {Name: boxRunner, Home: "/nonexistent", Shell: "/usr/sbin/nologin"}},
		Folders: []setup.Folder{
			{Path: "/etc/perfrun", Mode: 0o755, Data: true},
			{Path: "/etc/perfrun/keys", Mode: 0o700, Data: true},
			{Path: boxData, Mode: 0o755, Data: true},
			{Path: o.Backups, Mode: 0o700, Data: true},
			{Path: boxCache, Mode: 0o755},
			{Path: boxHome, Mode: 0o755, Owner: c.Box.User},
		},
		Files: []setup.File{
			{Path: config.DefaultPath, Text: firstConfig, Mode: 0o644, Keep: true},
			{Path: c.Box.Keys, Text: "", Mode: 0o600, Owner: c.Box.User, Keep: true},
		},
		Units: []string{units.RestoreUnit, units.DaemonUnit, units.BackupTimer},
		Reads: map[string][]string{units.DaemonUnit: {boxBinary, config.DefaultPath, daemon.Path}},
	}
	if ownKeys(c) {
		plan.Folders = append(plan.Folders, setup.Folder{Path: filepath.Dir(c.Box.Keys), Mode: 0o700, Owner: c.Box.User})
	}
	for _, file := range append([]units.File{daemon, units.Restore(o)}, units.Backup(o)...) {
		plan.Files = append(plan.Files, setup.File{Path: file.Path, Text: file.Text, Mode: 0o644})
	}
	sshd := units.BoxSSHD(o)
	plan.SSHD = &setup.File{Path: sshd.Path, Text: sshd.Text, Mode: 0o644}
	return plan
}

// removal is what is taken away again.
func removal(c config.Config) setup.Plan {
	plan := boxPlan(c, unitOptions(c))
	plan.Files = append(plan.Files, setup.File{Path: units.Tunnel(unitOptions(c)).Path})
	plan.Units = append(plan.Units, units.TunnelUnit)
	if !ownKeys(c) {
		plan.Files = slices.DeleteFunc(plan.Files, func(f setup.File) bool { return f.Path == c.Box.Keys })
	}
	return plan
}

// withdraw takes perfrun's own lines out of a file of keys that stays.
func withdraw(system setup.System, c config.Config) error {
	if ownKeys(c) {
		return nil
	}
	file := access.File{Path: filepath.Join(system.Root, c.Box.Keys), Program: boxBinary}
	list, _, err := file.List()
	for _, grant := range list {
		err = errors.Join(err, file.Remove(grant.Name))
	}
	system.Say("leaving " + c.Box.Keys + ", without the lines that perfrun wrote")
	return err
}
