package services

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// resolver turns a resolved compose file into one that may be run.
type resolver struct {
	file   string
	wanted Wanted
	place  Place
	allow  Allow
	said   []string

	services map[string]any
	volumes  map[string]any // those of the file
	used     map[string]any // those of the services that are kept, placed
	secrets  map[string]map[string]any
	outer    map[string]any // networks of others
	files    map[string]any // the file
	folders  []string
	bound    []bound
	now      string // the service that is looked at
}

// refuse is a problem of a key below services.NAME or another path.
func (r *resolver) refuse(path, what, next string) error { return refusal(r.file, path, what, next) }

func (r *resolver) say(format string, args ...any) {
	r.said = append(r.said, printable(fmt.Sprintf(format, args...)))
}

func (r *resolver) resolve(file map[string]any) (*Project, error) {
	r.files, r.services, r.volumes = file, table(file["services"]), table(file["volumes"])
	r.used, r.outer, r.secrets = map[string]any{}, map[string]any{}, map[string]map[string]any{}
	names, err := r.closure()
	if err != nil {
		return nil, err
	}
	project := &Project{
		name: projectName(r.place), where: r.file, names: names, work: r.place.Work,
		images: map[string][]string{}, jobs: map[string]bool{}, measured: map[string]bool{},
	}
	for _, name := range r.wanted.Measured {
		project.measured[name] = true
	}
	placed := map[string]any{}
	for _, name := range names {
		service, err := r.service(name, project)
		if err != nil {
			return nil, err
		}
		placed[name] = service
	}
	if err := r.settle(project); err != nil {
		return nil, err
	}
	r.findJobs(project)
	if err := r.client(project); err != nil {
		return nil, err
	}
	if err := r.networks(); err != nil {
		return nil, err
	}
	if project.document, err = r.document(placed); err != nil {
		return nil, r.refuse("", fmt.Sprintf("it holds what cannot be written down: %v", err), "")
	}
	project.Said, project.folders = r.said, r.folders
	return project, nil
}

// document is what Compose is given. JSON is YAML that every parser reads alike.
func (r *resolver) document(placed map[string]any) ([]byte, error) {
	network := map[string]any{"labels": r.labels(nil)}
	// It leads nowhere, as benchmarks have no network without services, unless the owner
	// gives them the machine's and the file does not do without.
	if r.internal() || !r.allow.HostNetwork {
		network["internal"] = true
	}
	r.outer["default"] = network
	document := map[string]any{"services": placed, "networks": r.outer, "volumes": r.used}
	for kind, secrets := range r.secrets {
		document[kind] = secrets
	}
	return json.Marshal(document)
}

// closure lists what is to be brought up: what is wanted and what that needs.
func (r *resolver) closure() ([]string, error) {
	w := r.wanted
	for _, name := range slices.Concat(w.Services, w.Measured, []string{w.Run}) {
		if name != "" && r.services[name] == nil {
			return nil, r.refuse("services."+name, "there is no such service", "it has "+strings.Join(sorted(r.services), ", "))
		}
	}
	todo := slices.Clone(w.Services)
	if len(todo) == 0 {
		for _, name := range sorted(r.services) {
			if name != w.Run && len(list(table(r.services[name])["profiles"])) == 0 {
				todo = append(todo, name)
			}
		}
	}
	if w.Run != "" {
		todo = append(todo, needs(table(r.services[w.Run]))...)
	}
	seen := map[string]bool{}
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		if seen[name] {
			continue
		}
		if name == w.Run {
			return nil, r.refuse("services."+name, "it is where the benchmark runs and cannot be brought up beside it", "take it out of services, and out of what others depend on")
		}
		if r.services[name] == nil {
			return nil, r.refuse("services."+name, "another service depends on it, and it is not there", "")
		}
		seen[name] = true
		todo = append(todo, needs(table(r.services[name]))...)
	}
	for _, name := range w.Measured {
		if !seen[name] {
			return nil, r.refuse("services."+name, "it is said to be measured and is not brought up", "list it in services as well")
		}
	}
	if len(seen) == 0 {
		return nil, r.refuse("services", "nothing is left to bring up", "list the services that the benchmark needs")
	}
	return sorted(seen), nil
}

// needs lists the services that one cannot be without.
func needs(service map[string]any) []string {
	names := sorted(table(service["depends_on"]))
	for _, each := range list(service["depends_on"]) {
		if name, ok := each.(string); ok {
			names = append(names, name)
		}
	}
	for _, each := range list(service["links"]) {
		name, _, _ := strings.Cut(fmt.Sprint(each), ":")
		names = append(names, name)
	}
	mode, _ := service["network_mode"].(string)
	if name, ok := strings.CutPrefix(mode, "service:"); ok {
		names = append(names, name)
	}
	return names
}

// findJobs finds the services that are meant to end before others begin.
func (r *resolver) findJobs(project *Project) {
	kept := map[string]bool{}
	for _, name := range slices.Concat(project.names, []string{r.wanted.Run}) {
		for on, how := range table(table(r.services[name])["depends_on"]) {
			if table(how)["condition"] == "service_completed_successfully" {
				project.jobs[on] = true
			} else {
				kept[on] = true
			}
		}
	}
	for name := range kept {
		delete(project.jobs, name)
	}
}

// notOfClient are keys of the service that the benchmark takes the place of whose lack
// somebody may wonder about. Its image is the suite's to say.
var notOfClient = []string{
	"cap_add", "command", "devices", "entrypoint", "group_add", "mem_limit", "privileged", "read_only", "shm_size", "sysctls", "tmpfs", "ulimits", "user", "volumes", "working_dir",
}

// client finds what the benchmark gets of the service that it takes the place of.
func (r *resolver) client(project *Project) error {
	// Compose makes no network that no service is on.
	project.network = "none"
	if slices.ContainsFunc(project.names, func(name string) bool { return onNetwork(table(r.services[name])) }) {
		project.network = project.name + "_default"
	}
	if r.wanted.Run == "" {
		return nil
	}
	service, path := table(r.services[r.wanted.Run]), "services."+r.wanted.Run
	if service["network_mode"] == "host" {
		if !r.allow.HostNetwork {
			return r.refuse(path+".network_mode", "it would share this machine's network", hostNetworkNext)
		}
		project.network = "host"
	}
	for _, key := range notOfClient {
		if !empty(service[key]) {
			project.Left = append(project.Left, key)
		}
	}
	for name, value := range environment(service["environment"]) {
		project.env = append(project.env, name+"="+strings.ReplaceAll(value, "$$", "$"))
	}
	slices.Sort(project.env)
	return nil
}

func onNetwork(service map[string]any) bool {
	mode, _ := service["network_mode"].(string)
	return mode == "" || mode == "bridge" || mode == "default"
}

// environment is a service's, without the variables that have no value here.
func environment(value any) map[string]string {
	env := map[string]string{}
	for name, each := range table(value) {
		if text, ok := scalar(each); ok {
			env[name] = text
		}
	}
	for _, each := range list(value) {
		if text, ok := each.(string); ok {
			if name, value, ok := strings.Cut(text, "="); ok {
				env[name] = value
			}
		}
	}
	return env
}

func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool, int, int64, uint64:
		return fmt.Sprint(v), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	}
	return "", false
}
