package config

import (
	"fmt"
	"regexp"

	"mtrlz.dev/perfrun/harness/strict"
)

func (d *decoder) boxFields(b *Box) fields {
	was := Default().Box
	return fields{
		"socket":   strict.Into(&b.Socket, d.path("box.socket", was.Socket)),
		"max_time": strict.Into(&b.MaxTime, d.Duration("box.max_time")),
		"reserve":  strict.Into(&b.Reserve, d.Size("box.reserve")),
		"log_size": strict.Into(&b.LogSize, d.Size("box.log_size")),
		"keep":     strict.Into(&b.Keep, d.Duration("box.keep")),
		"run_as":   strict.Into(&b.RunAs, d.login("box.run_as")),
		"admins":   strict.Into(&b.Admins, d.login("box.admins")),
		"metrics":  strict.Into(&b.Metrics, d.path("box.metrics", "/var/lib/prometheus/node-exporter/perfrun.prom")),
		"user":     strict.Into(&b.User, d.login("box.user")),
		"keys":     strict.Into(&b.Keys, d.path("box.keys", was.Keys)),
	}
}

func (d *decoder) relayFields(r *Relay) fields {
	const lastPort = 65535
	return fields{
		"host":     strict.Into(&r.Host, d.host("relay.host")),
		"ssh_port": strict.Into(&r.SSHPort, d.Integer("relay.ssh_port", 1, lastPort)),
		"user":     strict.Into(&r.User, d.login("relay.user")),
		"port":     strict.Into(&r.Port, d.Integer("relay.port", 1, lastPort)),
	}
}

// What goes on a command line of ssh must not be taken for an option or for two
// words.
var (
	login = regexp.MustCompile(`^[a-z_][a-z0-9_.-]{0,31}$`)
	host  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$`)
)

func (d *decoder) login(what string) func(strict.Node) (string, error) {
	return d.matching(what, login, "give the name of a user, lower case")
}

func (d *decoder) host(what string) func(strict.Node) (string, error) {
	return d.matching(what, host, "give the name or address of a host, without a port")
}

func (d *decoder) matching(what string, pattern *regexp.Regexp, next string) func(strict.Node) (string, error) {
	return func(node strict.Node) (string, error) {
		text, err := d.Text(what)(node)
		if err == nil && !pattern.MatchString(text) {
			err = d.Fail(node, fmt.Sprintf("%s is %q", what, text), next)
		}
		return text, err
	}
}

// url is what git may be told to fetch: no option, no helper (ext::), no local
// program.
var url = regexp.MustCompile(`^(https://|ssh://|file:///|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:)[^\s\x00-\x1f]+$`)

func (d *decoder) repository(all map[string]Repository, name string, at, value strict.Node) error {
	if !label.MatchString(name) {
		return d.Fail(at, fmt.Sprintf("a repository is called %q", name), "give it a short name of up to 64 letters, digits and . _ -")
	}
	r := Repository{Networks: []string{"none"}}
	if err := d.Object(value, "repositories."+name, d.repositoryFields("repositories."+name, &r)); err != nil {
		return err
	}
	if r.URL == "" {
		return d.Fail(value, "repositories."+name+" has no url", "say where it is fetched from")
	}
	all[name] = r
	return nil
}

func (d *decoder) repositoryFields(what string, r *Repository) fields {
	return fields{
		"url":         strict.Into(&r.URL, d.matching(what+".url", url, "give one that begins with https://, ssh://, file:/// or USER@HOST:")),
		"key":         strict.Into(&r.Key, d.path(what+".key", "/etc/perfrun/keys/project")),
		"known_hosts": strict.Into(&r.KnownHosts, d.path(what+".known_hosts", "/etc/perfrun/known_hosts")),
		"networks": func(node strict.Node) error {
			return strict.Into(&r.Networks, d.Names(what+".networks", []string{"none", "bridge", "host"}))(node)
		},
	}
}
