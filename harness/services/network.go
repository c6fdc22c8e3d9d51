package services

import (
	"slices"
	"strings"
)

// network checks how a service is connected. All are on the one network of the
// project, with all their other names; networks of others come to that.
func (r *resolver) network(path, key string, value any, to map[string]any) error {
	if key == "network_mode" {
		mode, _ := value.(string)
		switch {
		case mode == "none" || strings.HasPrefix(mode, "service:"):
			to[key] = mode
		case mode == "bridge" || mode == "default":
		case mode == "host" && r.allow.HostNetwork:
			to[key] = mode
		default:
			return r.refuse(path, "it would share a network that is not the benchmark's own", hostNetworkNext)
		}
		return nil
	}
	aliases, networks := []any{}, map[string]any{}
	for _, name := range r.joined(value) {
		of := table(table(value)[name])
		for _, option := range sorted(of) {
			switch {
			case empty(of[option]) || option == "aliases" || option == "priority":
			default:
				return r.refuse(path+"."+name+"."+option, "addresses of one side are taken when the other is up", "take it out: services reach each other by their names")
			}
		}
		aliases = append(aliases, list(of["aliases"])...)
		if outer := table(table(r.files["networks"])[name]); !empty(outer["external"]) {
			networks[name], r.outer[name] = map[string]any{}, map[string]any{"external": true, "name": outer["name"]}
		}
	}
	networks["default"] = map[string]any{"aliases": aliases}
	to[key] = networks
	return nil
}

// joined lists the networks that a service names.
func (r *resolver) joined(value any) []string {
	names := sorted(table(value))
	for _, each := range list(value) {
		if name, ok := each.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

// networks checks the networks of the file.
func (r *resolver) networks() error {
	all := table(r.files["networks"])
	for _, name := range sorted(all) {
		path, network := "networks."+name, table(all[name])
		for _, key := range sorted(network) {
			next := "take it out: there is one network for each side, which perfrun makes"
			switch {
			case empty(network[key]) || strings.HasPrefix(key, "x-"):
			case slices.Contains([]string{"attachable", "enable_ipv4", "internal", "labels", "name"}, key):
			case key == "driver" && (network[key] == "bridge" || network[key] == "default"):
			case key == "external" && r.allow.HostNetwork && name != "default":
			case key == "external":
				return r.refuse(path+".external", "it is a network of others", hostNetworkNext)
			case key == "ipam" && empty(table(network[key])["config"]) && len(table(network[key])) <= 1:
			default:
				return r.refuse(path+"."+key, "it would collide with the other side's, or reach into this machine", next)
			}
		}
	}
	return nil
}

// internal reports whether the file leads no service out of its networks.
func (r *resolver) internal() bool {
	all := table(r.files["networks"])
	for _, network := range all {
		if table(network)["internal"] != true {
			return false
		}
	}
	return len(all) > 0
}
