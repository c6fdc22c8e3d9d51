package image

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/buildkite/go-pipeline/ordered"
)

// mostVariables bounds what a step's environment may have, and a note list.
const mostVariables = 200

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,199}$`)

// heeded change what a plugin's container is, and are not taken over: perfrun says where a
// tree lies, who runs, and on which CPUs.
var heeded = []string{
	"add-caps", "additional-groups", "args", "command", "cpus", "device-read-bps", "device-read-iops", "device-write-bps", "device-write-iops", "devices", "drop-caps", "entrypoint",
	"env-file", "env-propagation-list", "gpus", "init", "ipc", "memory", "memory-swap", "memory-swappiness", "mount-buildkite-agent", "mount-checkout", "mount-ssh-agent", "network", "pid",
	"privileged", "propagate-aws-auth-tokens", "propagate-environment", "propagate-uid-gid", "publish", "runtime", "security-opts", "shell", "shm-size", "storage-opt", "sysctls", "tmpfs",
	"ulimits", "user", "userns", "volumes", "workdir",
}

// ofService are the same of a compose service.
var ofService = []string{
	"cap_add", "command", "devices", "entrypoint", "env_file", "environment", "group_add", "ipc", "mem_limit", "network_mode", "networks", "privileged", "read_only", "shm_size", "sysctls",
	"tmpfs", "ulimits", "user", "volumes", "working_dir",
}

// settings are what a step's plugin says besides the image: the variables that have a
// value, and a sentence for each kind of thing that is left.
func (s *step) settings(vars map[string]string) (env map[string]string, notes []string) {
	name := "docker"
	config, ok := s.plugin(name)
	if !ok {
		name = "docker-compose"
		config, _ = s.plugin(name)
	}
	env, agents, odd := map[string]string{}, []string{}, []string{}
	for _, entry := range append(entries(config, "environment"), entries(config, "env")...) {
		variable, value, has := strings.Cut(entry, "=")
		value, err := fill(value, vars)
		switch {
		case !plainName.MatchString(variable) || variable == "HOME" || has && err != nil || len(env) == mostVariables || strings.Contains(value, "\x00"):
			odd = append(odd, variable)
		case !has:
			agents = append(agents, variable)
		default:
			env[variable] = value
		}
	}
	for _, left := range []struct {
		what  string
		names []string
	}{
		{"variables without a value are the agent's and not taken: ", agents},
		{"variables that are not taken (no plain name, HOME, or a value that cannot be filled in): ", odd},
		{"not taken: ", present(config, heeded)},
	} {
		if len(left.names) > 0 {
			notes = append(notes, fmt.Sprintf("the %s plugin's %s%s", name, left.what, listed(left.names)))
		}
	}
	return env, notes
}

// entries are the texts of a list, or NAME=value of a mapping.
func entries(config any, key string) (texts []string) {
	value, _ := get(config, key)
	switch all := value.(type) {
	case []any:
		for _, one := range all {
			texts = append(texts, fmt.Sprint(one))
		}
	case *ordered.MapSA:
		_ = all.Range(func(name string, value any) error {
			texts = append(texts, assigned(name, value))
			return nil
		})
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(all)) {
			texts = append(texts, assigned(name, all[name]))
		}
	}
	return texts
}

func assigned(name string, value any) string {
	if value == nil {
		return name
	}
	return fmt.Sprintf("%s=%v", name, value)
}

// present lists the keys of a mapping among some.
func present(config any, keys []string) (found []string) {
	for _, key := range keys {
		if value, ok := get(config, key); ok && value != nil {
			found = append(found, key)
		}
	}
	return found
}

// listed writes names, which are data, within bounds.
func listed(names []string) string {
	const most = 20
	more := ""
	if n := len(names) - most; n > 0 {
		names, more = names[:most], fmt.Sprintf(" and %d more", n)
	}
	shown := make([]string, len(names))
	for i, name := range names {
		if len(name) > 60 {
			name = name[:60] + "..."
		}
		if shown[i] = name; !slices.Contains(heeded, name) && !plainName.MatchString(name) {
			shown[i] = fmt.Sprintf("%q", name)
		}
	}
	return strings.Join(shown, ", ") + more
}
