package config

import (
	_ "embed"
	"time"

	"mtrlz.dev/perfrun/results"
)

// DefaultPath is where a machine's configuration is.
const DefaultPath = "/etc/perfrun/perfrun.yml"

// Schema is the JSON schema of the file (draft 2020-12), for editors.
//
//go:embed config.schema.json
var Schema []byte

// Config is a machine's configuration, with defaults filled in.
type Config struct {
	Class   string        // of hosts to compare with: "office", "cloud", or a label; may be empty
	Quiet   results.Level // what runs make of the machine where they do not say
	Require results.Level // what every run must reach, or it fails
	Reach   string        // the address of the box that orders go to; empty: this machine
	State   string        // the folder of what must outlive a crash, absolute
	Knobs   Knobs
	Gate    Gate
	Box     Box
	Web     Web
	Relay   Relay
	// Prices are what an hour on hosts of a class costs, in any one currency.
	Prices map[string]float64
	// Services is what compose files may ask for that reaches into this machine.
	Services []ServiceGrant
	// Repositories that may be measured for others, by their short names.
	Repositories map[string]Repository
}

// ServiceGrant is a thing that the services of a suite may do.
type ServiceGrant string

// The grants; none is given by default.
const (
	GrantPrivileged  ServiceGrant = "privileged"
	GrantHostNetwork ServiceGrant = "host-network"
	GrantHostMounts  ServiceGrant = "host-mounts"
)

// ServiceGrants lists them all.
func ServiceGrants() []ServiceGrant {
	return []ServiceGrant{GrantPrivileged, GrantHostNetwork, GrantHostMounts}
}

// Box is how this machine takes orders from others.
type Box struct {
	Socket  string        // where the daemon listens, absolute
	MaxTime time.Duration // that a job may take, builds and all
	Reserve int64         // bytes of disk below which nothing is begun
	LogSize int64         // bytes after which a log of a job, a build or services is cut
	Keep    time.Duration // how long worktrees, images and logs stay that nobody used; samples stay for ever
	RunAs   string        // the system's user that builds and benchmarks run as; empty: whoever runs the daemon
	Admins  string        // the system's group whose members are admins
	Metrics string        // where Prometheus' node exporter reads text files, absolute; empty: nowhere
	User    string        // the system's user that people come in as by ssh
	Keys    string        // that user's authorized_keys, absolute
}

// Web is how browsers see what this machine measured.
type Web struct {
	Listen   string // where the daemon answers them: HOST:PORT of loopback, or unix:PATH; empty: nowhere
	Name     string // of the installation, on every page
	Commits  string // address of a commit's page, with %s for its revision; empty: commits are no links
	Releases string // which tags of the repositories are releases; empty: none
}

// Relay is the machine through which people reach this one; Host is empty where
// there is none.
type Relay struct {
	Host    string
	SSHPort int    // of the relay's own sshd
	User    string // on the relay
	Port    int    // on the relay that leads here
}

// Repository is one whose commits may be measured for others.
type Repository struct {
	URL        string
	Key        string   // file of the key to read it with, absolute; empty: none is needed
	KnownHosts string   // file of the hosts that are trusted, absolute; empty: ssh's own
	Networks   []string // that its suites may ask for
}

// Knobs is what the owner decides about the machine's settings.
type Knobs struct {
	ASLR    string   // "random" or "off"
	THP     string   // "always", "madvise" or "never"; empty: as it is found
	Skip    []string // knobs to leave alone
	Require []string // knobs that must be applied or already, or the run fails
}

// Gate is what a machine must be like before the first round.
type Gate struct {
	Busy    float64       // fraction of the time of all CPUs that others may use
	Wait    time.Duration // how long to wait for an idle and cool machine
	Free    int64         // bytes of disk that must be free; 0: any
	Timers  time.Duration // no update may be due within this; 0: they are no matter
	Cooling float64       // degrees Celsius per 10 s that the temperature may still fall by
}

// Default is the configuration of a machine that nobody configured.
func Default() Config {
	return Config{
		Quiet: results.LevelPin, Require: results.LevelNone, State: "/var/lib/perfrun",
		Knobs: Knobs{ASLR: "random"},
		Gate:  Gate{Busy: 0.05, Wait: 5 * time.Minute, Free: 1 << 30, Timers: 10 * time.Minute, Cooling: 1},
		Box: Box{
			Socket: "/run/perfrun/perfrun.sock", MaxTime: 2 * time.Hour, Reserve: 10 << 30, LogSize: 64 << 20, Keep: 30 * 24 * time.Hour,
			Admins: "sudo", User: "perfrun-ssh", Keys: "/var/lib/perfrun-ssh/.ssh/authorized_keys",
		},
		Relay: Relay{SSHPort: 22, User: "box", Port: 2222},
	}
}
