package units

import (
	"fmt"
	"regexp"
	"strings"

	"mtrlz.dev/perfrun/results"
)

// Options are what the units of one box differ in.
type Options struct {
	Program  string // perfrun, absolute
	Database string // absolute; its folder is the daemon's
	Cache    string // absolute
	Backups  string // folder, absolute
	User     string // as whom people come in by ssh
	Keys     string // that user's authorized_keys, absolute

	Relay     string // host; empty: there is none
	RelayUser string // on the relay
	RelaySSH  int    // port of the relay's sshd
	RelayPort int    // on the relay that leads here
	Key       string // of the box, with which it logs in on the relay; absolute
	Hosts     string // file with the relay's host key; absolute
}

// plain is what can be no more than one word, to systemd, to sshd and to a shell.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./@:+-]+$`)

// Check refuses values that could mean more than themselves where they are written.
func (o Options) Check() error {
	words := map[string]string{
		"program": o.Program, "database": o.Database, "cache": o.Cache, "backups": o.Backups, "box.user": o.User, "box.keys": o.Keys,
	}
	if o.Relay != "" {
		for name, value := range map[string]string{"relay.host": o.Relay, "relay.user": o.RelayUser, "tunnel key": o.Key, "known hosts": o.Hosts} {
			words[name] = value
		}
	}
	for name, value := range words {
		if !plain.MatchString(value) || strings.HasPrefix(value, "-") {
			return &results.Problem{
				Kind: results.BadInput, Where: name, What: fmt.Sprintf("%q cannot stand in a unit", value),
				Next: "use letters, digits and _ . / @ : + -",
			}
		}
	}
	for name, port := range map[string]int{"relay.ssh_port": o.RelaySSH, "relay.port": o.RelayPort} {
		if o.Relay != "" && (port < 1 || port > 65535) {
			return &results.Problem{Kind: results.BadInput, Where: name, What: fmt.Sprintf("%d is no port", port), Next: "give a number from 1 to 65535"}
		}
	}
	return nil
}

// File is one that is written.
type File struct {
	Path string
	Text string
}

// text is a file in the making.
type text struct{ strings.Builder }

// part begins a section of a unit, or a block of sshd's settings.
func (t *text) part(head string) {
	if t.Len() > 0 {
		t.WriteString("\n")
	}
	t.WriteString(head + "\n")
}

// set writes a line under its reason; an obvious one has none.
func (t *text) set(reason, format string, args ...any) {
	if reason != "" {
		t.WriteString("# " + strings.ReplaceAll(reason, "\n", "\n# ") + "\n")
	}
	fmt.Fprintf(&t.Builder, format+"\n", args...)
}
