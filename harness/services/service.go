package services

import (
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// What to do about keys that are refused.
const (
	privilegedNext  = "take it out, or have the machine's owner allow privileged services in perfrun's configuration"
	hostNetworkNext = "take it out: the benchmark reaches services by their names; or have the machine's owner allow host networks in perfrun's configuration"
	hostMountsNext  = "mount a folder of the repository or a volume; or have the machine's owner allow host mounts in perfrun's configuration"
	unknownNext     = "take it out, or give the benchmark a compose file of its own"
)

// harmless keys are taken over as they are.
var harmless = []string{
	"cap_drop", "command", "depends_on", "dns", "dns_opt", "dns_search", "domainname", "entrypoint", "expose", "extra_hosts", "group_add",
	"healthcheck", "hostname", "init", "links", "mem_limit", "mem_reservation", "memswap_limit", "pids_limit", "platform", "read_only", "shm_size", "stdin_open", "stop_grace_period", "stop_signal", "tmpfs", "tty", "ulimits", "user", "working_dir",
}

// intrusive keys reach into the machine.
var intrusive = []string{
	"cap_add", "cgroup", "device_cgroup_rules", "devices", "gpus", "ipc", "oom_kill_disable", "oom_score_adj", "pid", "privileged", "runtime", "security_opt", "sysctls", "userns_mode", "uts",
}

// replaced keys say what perfrun says itself, without a word about it.
var replaced = []string{"attach", "env_file", "label_file", "labels", "logging", "profiles", "pull_policy", "restart"}

// left keys are left out and said: CPUs are given by perfrun, names and ports would
// collide between the sides.
var left = []string{
	"blkio_config", "container_name", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares",
	"cpus", "cpuset", "deploy", "develop", "mem_swappiness", "ports",
}

// service checks one and returns what Compose is given of it.
func (r *resolver) service(name string, project *Project) (map[string]any, error) {
	from, to := table(r.services[name]), map[string]any{}
	r.now = name
	for _, key := range sorted(from) {
		if empty(from[key]) || strings.HasPrefix(key, "x-") {
			continue
		}
		if err := r.key(name, key, from[key], to); err != nil {
			return nil, err
		}
	}
	if err := r.image(name, from, to, project); err != nil {
		return nil, err
	}
	to["labels"] = r.labels(from["labels"])
	to["restart"] = "no" // one that dies is a finding, not a reason to begin again
	to["logging"] = map[string]any{"driver": "json-file", "options": map[string]any{"max-size": "1m", "max-file": "1"}}
	r.cpus(to, project.measured[name])
	if health := table(from["healthcheck"]); len(health) > 0 && health["disable"] != true {
		r.say("services.%s.healthcheck goes on while benchmarks are measured", name)
	}
	return to, nil
}

// cpus places a service.
func (r *resolver) cpus(to map[string]any, measured bool) {
	cpus := r.place.Housekeeping
	if measured {
		cpus = r.place.Measured
	}
	if measured && r.place.Parent != "" {
		to["cgroup_parent"] = r.place.Parent
	} else if len(cpus) > 0 {
		to["cpuset"] = cpus.String()
	}
}

// key checks one key of a service and takes it over where it may stay.
func (r *resolver) key(name, key string, value any, to map[string]any) error {
	path := "services." + name + "." + key
	switch {
	case slices.Contains(harmless, key):
		to[key] = value
	case slices.Contains(replaced, key), key == "image", key == "build":
	case slices.Contains(left, key):
		return r.leave(path, key, value)
	case slices.Contains(intrusive, key):
		if !r.allow.Privileged && !tame(key, value) {
			return r.refuse(path, "it reaches beyond the service's container", privilegedNext)
		}
		to[key] = value
	case key == "environment":
		to[key] = environment(value)
	case key == "scale":
		return r.one(path, value)
	case key == "volumes":
		volumes, err := r.mounts(path, value)
		to[key] = volumes
		return err
	case key == "secrets" || key == "configs":
		to[key] = value
		return r.secret(path, key, value)
	case key == "networks" || key == "network_mode":
		return r.network(path, key, value, to)
	case key == "cgroup_parent":
		return r.refuse(path, "where a service's cgroup lies is perfrun's to say", "take it out")
	default:
		return r.refuse(path, "no service may have it: it is not known to be harmless", unknownNext)
	}
	return nil
}

// tame reports whether a value of an intrusive key asks for nothing.
func tame(key string, value any) bool {
	switch key {
	case "ipc":
		return value == "private" || value == "shareable" || value == "none"
	case "cgroup":
		return value == "private"
	case "security_opt":
		return !slices.ContainsFunc(list(value), func(option any) bool {
			return option != "no-new-privileges" && option != "no-new-privileges:true" && option != "no-new-privileges=true"
		})
	}
	return false
}

// leave says what is left out, and refuses what cannot be.
func (r *resolver) leave(path, key string, value any) error {
	switch key {
	case "ports":
		r.say("%s is left out: both sides would publish the same; the benchmark reaches the service by its name", path)
	case "container_name":
		r.say("%s is left out: both sides would have the same; the service's own name leads to it", path)
	case "deploy":
		r.say("%s is left out: perfrun decides about CPUs, copies and restarts", path)
		return r.one(path+".replicas", table(value)["replicas"])
	default:
		r.say("%s is left out: perfrun decides where services run", path)
	}
	return nil
}

// one refuses services of several containers: none of them would be the service.
func (r *resolver) one(path string, value any) error {
	if count, ok := scalar(value); ok && count != "1" {
		return r.refuse(path, "a service is brought up once, not "+count+" times", "list further services under names of their own")
	}
	return nil
}

// image finds what a service is made from. A built image belongs to the project:
// under the name in the file each side would replace the other's.
func (r *resolver) image(name string, from, to map[string]any, project *Project) error {
	path := "services." + name
	if !empty(from["build"]) {
		build, err := r.build(path+".build", from["build"])
		if err != nil {
			return err
		}
		to["build"], to["image"] = build, project.name+"_"+strings.ToLower(name)
		project.built = append(project.built, name)
		return nil
	}
	ref, _ := from["image"].(string)
	ref = strings.ReplaceAll(ref, "$$", "$")
	if _, err := reference.ParseNormalizedNamed(ref); err != nil {
		return r.refuse(path+".image", fmt.Sprintf("%q is no image's name: %v", ref, err), "check its name")
	}
	to["image"] = ref
	project.images[ref] = append(project.images[ref], name)
	return nil
}

// build checks how an image is made. The tree's own build runs its commands anyway,
// so a Dockerfile may; but it reads the tree and no other place.
func (r *resolver) build(path string, value any) (map[string]any, error) {
	from, to := table(value), map[string]any{"labels": r.labels(nil)}
	if text, ok := value.(string); ok {
		from = map[string]any{"context": text}
	}
	context, _ := from["context"].(string)
	real, missing, err := inside(r.place.Work, unescape(context))
	if err != nil || missing || context == "" {
		return nil, r.refuse(path+".context", fmt.Sprintf("%q is no folder of the repository", context), "build from a folder of the repository")
	}
	to["context"] = escape(real)
	for _, key := range sorted(from) {
		switch {
		case empty(from[key]) || key == "context" || key == "labels" || key == "tags":
		case key == "args" || key == "target" || key == "dockerfile_inline":
			to[key] = from[key]
		case key == "dockerfile":
			file, _ := from[key].(string)
			if _, _, err := inside(real, unescape(file)); err != nil || file == "" {
				return nil, r.refuse(path+".dockerfile", fmt.Sprintf("%q is not in the build's context", file), "move it there")
			}
			to[key] = file
		default:
			return nil, r.refuse(path+"."+key, "no build may have it: it is not known to be harmless", unknownNext)
		}
	}
	return to, nil
}

// labels adds whose a thing is to labels of the file.
func (r *resolver) labels(value any) map[string]string {
	labels := map[string]string{}
	for name, text := range environment(value) {
		if !strings.HasPrefix(name, "com.docker.") && !strings.HasPrefix(name, "dev.mtrlz.perfrun.") {
			labels[name] = text
		}
	}
	labels[labelRun], labels[labelOwner] = escape(r.place.Run), escape(r.place.Owner)
	return labels
}

// empty reports whether a value says nothing.
func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// Compose reads "$$" as "$", in what it is given and in what it gives.
func escape(text string) string   { return strings.ReplaceAll(text, "$", "$$") }
func unescape(text string) string { return strings.ReplaceAll(text, "$$", "$") }
