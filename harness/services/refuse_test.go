package services

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/cpuset"
)

// resolveText resolves a file as Compose prints it.
func resolveText(work, text string, w Wanted, allow Allow) (*Project, error) {
	file, err := parse([]byte(strings.ReplaceAll(text, "WORK", work)))
	if err != nil {
		return nil, err
	}
	place := Place{Run: "1", Owner: "me$", Side: "base", Work: work, Measured: cpuset.Of(2, 3), Housekeeping: cpuset.Of(0)}
	w.Compose = "dir/compose.yml"
	return (&resolver{file: w.Compose, wanted: w, place: place, allow: allow}).resolve(file)
}

// tree is a folder with links out of it.
func tree(t testing.TB) string {
	t.Helper()
	work := t.TempDir()
	err := os.Mkdir(filepath.Join(work, "data"), 0o755)
	for name, to := range map[string]string{"out": "/etc", "loose": "/nowhere/at/all", "in": "data", "loop": "loop"} {
		if err == nil {
			err = os.Symlink(to, filepath.Join(work, name))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return work
}

var everything = Allow{Privileged: true, HostNetwork: true, HostMounts: true}

// Each refusal names the file, the service and the key; the owner's grant lets it
// through where there is one.
func TestRefused(t *testing.T) {
	work := tree(t)
	check := func(allow Allow, key, text string) {
		t.Helper()
		all := "services:\n  a: {image: i" + text
		_, err := resolveText(work, all, Wanted{}, Allow{})
		if err == nil {
			t.Fatalf("%s passes", text)
		}
		if found := problem(t, err, "dir/compose.yml: "+key); found.Next == "" || found.Passing {
			t.Errorf("%v does not say what to do", found)
		}
		if _, err := resolveText(work, all, Wanted{}, allow); (err == nil) != (allow != Allow{}) {
			t.Errorf("%s with %+v: %v", text, allow, err)
		}
	}
	privileged, network, mounts, never := Allow{Privileged: true}, Allow{HostNetwork: true}, Allow{HostMounts: true}, Allow{}
	for key, value := range map[string]string{
		"privileged": "true", "cap_add": "[SYS_ADMIN]", "devices": "[/dev/sda]", "device_cgroup_rules": "['a *:* rwm']", "gpus": "all", "ipc": "host",
		"pid": "host", "security_opt": "[no-new-privileges, seccomp:unconfined]", "sysctls": "{net.core.somaxconn: 1}", "userns_mode": "host",
		"uts": "host", "runtime": "runc", "cgroup": "host", "oom_score_adj": "-1000", "oom_kill_disable": "true",
	} {
		check(privileged, "services.a."+key, ", "+key+": "+value+"}")
	}
	check(network, "services.a.network_mode", ", network_mode: host}")
	check(network, "networks.n.external", ", networks: [n]}\nnetworks: {n: {external: true, name: theirs}}")
	check(never, "services.a.network_mode", ", network_mode: 'container:theirs'}")
	check(never, "networks.default.external", "}\nnetworks: {default: {external: true}}")
	check(never, "networks.n.driver", ", networks: [n]}\nnetworks: {n: {driver: macvlan}}")
	check(never, "networks.n.driver_opts", "}\nnetworks: {n: {driver_opts: {com.docker.network.bridge.name: docker0}}}")
	check(never, "networks.n.ipam", "}\nnetworks: {n: {ipam: {config: [{subnet: 10.1.0.0/16}]}}}")
	check(never, "services.a.networks.n.ipv4_address", ", networks: {n: {ipv4_address: 10.1.0.2}}}\nnetworks: {n: }")
	for _, source := range []string{"/etc", "/", "WORK/../x", "WORK/out", "WORK/out/ssl", "WORK/loose", "WORK/loose/x", "WORK/loop", "/var/run/docker.sock"} {
		check(mounts, "services.a.volumes[1]", fmt.Sprintf(", volumes: [/x, '%s:/data:ro']}", source))
		check(mounts, "services.a.volumes[0]", fmt.Sprintf(", volumes: [{type: bind, source: '%s', target: /data}]}", source))
	}
	check(never, "services.a.volumes[0]", ", volumes: [{type: npipe, source: x, target: /data}]}")
	check(never, "volumes.v", ", volumes: ['v:/data']}")
	check(mounts, "volumes.v.driver_opts", ", volumes: ['v:/data']}\nvolumes: {v: {driver_opts: {type: none, o: bind, device: /etc}}}")
	check(mounts, "volumes.v.driver", ", volumes: ['v:/data']}\nvolumes: {v: {driver: nfs}}")
	check(mounts, "volumes.v.external", ", volumes: ['v:/data']}\nvolumes: {v: {external: true, name: theirs}}")
	check(never, "secrets.s", ", secrets: [s]}\nsecrets: {s: {file: /etc/shadow}}")
	check(never, "secrets.s", ", secrets: [{source: s}]}\nsecrets: {s: {external: true}}")
	check(never, "configs.s", ", configs: [s]}\nconfigs: {s: {file: WORK/out/passwd}}")
	for _, key := range []string{"volumes_from", "external_links", "credential_spec", "use_api_socket", "provider", "post_start", "something_new", "mac_address"} {
		check(never, "services.a."+key, ", "+key+": [b]}")
	}
	check(never, "services.a.cgroup_parent", ", cgroup_parent: /x}")
	check(never, "services.a.scale", ", scale: 2}")
	check(never, "services.a.deploy.replicas", ", deploy: {replicas: 3}}")
	check(never, "services.b.image", "}\n  b: {image: '--all'}")
	check(never, "services.a.build.context", ", build: {context: /etc}}")
	check(never, "services.a.build.context", ", build: {context: 'https://example.org/x.git'}}")
	check(never, "services.a.build.dockerfile", ", build: {context: WORK, dockerfile: out/passwd}}")
	check(never, "services.a.build.network", ", build: {context: WORK, network: host}}")
	check(never, "services.a.build.ssh", ", build: {context: WORK, ssh: [default]}}")
}

func TestUnknownServices(t *testing.T) {
	const text = "services:\n  a: {image: i, depends_on: [b], network_mode: 'service:c'}\n  b: {image: i, links: ['d:x']}\n  c: {image: i}\n  d: {image: i}\n  e: {image: i, profiles: [p]}\n"
	check := func(w Wanted, names string, words ...string) {
		t.Helper()
		project, err := resolveText(tree(t), text, w, Allow{})
		if len(words) > 0 {
			problem(t, err, words...)
		} else if err != nil || strings.Join(project.names, "") != names {
			t.Errorf("%+v brings up %+v, %v, want %s", w, project, err, names)
		}
	}
	check(Wanted{}, "abcd")
	check(Wanted{Run: "a"}, "bcd")
	check(Wanted{Services: []string{"b"}}, "bd")
	check(Wanted{Services: []string{"e"}, Measured: []string{"e"}}, "e")
	check(Wanted{Services: []string{"x"}}, "", "services.x", "it has a, b, c, d, e")
	check(Wanted{Run: "x"}, "", "services.x")
	check(Wanted{Run: "b"}, "", "services.b", "where the benchmark runs")
	check(Wanted{Services: []string{"b"}, Measured: []string{"c"}}, "", "services.c", "not brought up")
}

// The newer Compose prints long forms of everything; the older one short forms.
func TestPlaced(t *testing.T) {
	const long = `{"name":"p","networks":{"default":{"name":"p_default","ipam":{}}},"volumes":{"v":{"name":"p_v"}},"services":{"a":{
		"image":"i","build":{"context":"WORK","dockerfile":"Dockerfile"},"command":null,"environment":{"A":"$$x","N":null},"networks":{"default":null,"n":{"aliases":["q"]}},"restart":"always",
		"labels":{"com.docker.compose.project":"theirs","mine":"1"},"cpus":0.5,"deploy":{"replicas":1},
		"ports":[{"mode":"ingress","target":1,"published":"1"}],"privileged":false,"depends_on":{"b":{"condition":"service_started","required":true}},
		"volumes":[{"type":"bind","source":"WORK/in/new","target":"/d","bind":{"create_host_path":true}},{"type":"volume","source":"v","target":"/v","volume":{}}]},
		"b":{"image":"i"}}}`
	work := tree(t)
	project, err := resolveText(work, long, Wanted{Measured: []string{"a"}}, Allow{})
	if err != nil {
		t.Fatal(err)
	}
	real, _ := filepath.EvalSymlinks(work)
	const logging = `"logging":{"driver":"json-file","options":{"max-file":"1","max-size":"1m"}}`
	const labels = `"dev.mtrlz.perfrun.owner":"me$$","dev.mtrlz.perfrun.run":"1"`
	want := `{"networks":{"default":{"internal":true,"labels":{` + labels + `}}},"services":{"a":{"build":{"context":"` + real + `","dockerfile":"Dockerfile","labels":{` + labels + `}},` +
		`"cpuset":"2-3","depends_on":{"b":{"condition":"service_started","required":true}},"environment":{"A":"$$x"},"image":"perfrun-1-base_a",` +
		`"labels":{` + labels + `,"mine":"1"},` + logging + `,"networks":{"default":{"aliases":["q"]}},"restart":"no",` +
		`"volumes":[{"source":"` + real + `/data/new","target":"/d","type":"bind"},{"source":"v","target":"/v","type":"volume","volume":{}}]},` +
		`"b":{"cpuset":"0","image":"i","labels":{` + labels + `},` + logging + `,"restart":"no"}},"volumes":{"v":{"labels":{` + labels + `}}}}`
	if got := string(project.document); got != want {
		t.Errorf("Compose is given\n%s\nwant\n%s", got, want)
	}
	if said := strings.Join(project.Said, "\n"); strings.Count(said, "left out") != 3 {
		t.Errorf("said is %s", said)
	}
}

// The network is the client's, or none where there is none to join.
func TestNetwork(t *testing.T) {
	check := func(want, text string, allow Allow) {
		t.Helper()
		project, err := resolveText(tree(t), "services: {c: {image: i"+text, Wanted{Run: "c"}, allow)
		if err != nil || project.network != want {
			t.Errorf("%s: %+v, %v, want %s", text, project, err, want)
		}
	}
	check("perfrun-1-base_default", "}, a: {image: i, network_mode: bridge}}", Allow{})
	check("none", "}, a: {image: i, network_mode: none}}", Allow{})
	check("host", ", network_mode: host}, a: {image: i}}", everything)
	_, err := resolveText(tree(t), "services: {c: {image: i, network_mode: host}, a: {image: i}}", Wanted{Run: "c"}, Allow{})
	problem(t, err, "services.c.network_mode")
	for networks, want := range map[string]bool{"{n: {internal: true}}": true, "{n: {internal: true}, m: }": false, "{}": false} {
		for allow, want := range map[Allow]bool{{HostNetwork: true}: want, {}: true} {
			project, err := resolveText(tree(t), "services: {a: {image: i}}\nnetworks: "+networks, Wanted{}, allow)
			if err != nil || strings.Contains(string(project.document), `"internal":true`) != want {
				t.Errorf("%s, %+v: %s, %v", networks, allow, project.document, err)
			}
		}
	}
}

// Below a parent no CPUs are asked for, and helpers are not below it.
func TestParent(t *testing.T) {
	r := &resolver{place: Place{Measured: cpuset.Of(1), Housekeeping: cpuset.Of(0), Parent: "/p"}}
	for measured, want := range map[bool]string{true: "map[cgroup_parent:/p]", false: "map[cpuset:0]"} {
		to := map[string]any{}
		if r.cpus(to, measured); fmt.Sprint(to) != want {
			t.Errorf("measured %v: %v, want %s", measured, to, want)
		}
	}
}

// Whatever a file holds: no fault, and without grants nothing that reaches into the
// machine is left in it.
func FuzzResolve(f *testing.F) {
	f.Add("services: {a: {image: i, volumes: ['WORK/in:/x', v:/y], networks: {n: {aliases: [q]}}, ports: [1]}}\nvolumes: {v: }\n")
	f.Add("services: {a: {image: i, privileged: true}}")
	f.Add("services: {a: &x {build: WORK, environment: [A=1, B]}, 1: *x}")
	work := tree(f)
	f.Fuzz(func(t *testing.T, text string) {
		_ = (&precheck{tree: work, seen: map[string]bool{}}).services("f", work, table(func() any { m, _ := parse([]byte(text)); return m["services"] }()))
		project, err := resolveText(work, text, Wanted{}, Allow{})
		if err != nil {
			return
		}
		var file struct {
			Services map[string]map[string]any
			Networks map[string]map[string]any
			Volumes  map[string]map[string]any
		}
		if err := json.Unmarshal(project.document, &file); err != nil {
			t.Fatal(err)
		}
		for _, service := range file.Services {
			for _, key := range []string{"privileged", "cap_add", "devices", "pid", "ports", "container_name", "cgroup_parent"} {
				if service[key] != nil {
					t.Errorf("%s is left: %v", key, service[key])
				}
			}
			for _, mount := range list(service["volumes"]) {
				if m := table(mount); m["type"] == "bind" && !strings.HasPrefix(fmt.Sprint(m["source"]), work) {
					t.Errorf("%v is mounted", m)
				}
			}
		}
		if len(file.Networks) != 1 {
			t.Errorf("networks are %v", file.Networks)
		}
		for name, volume := range file.Volumes {
			if len(volume) != 1 {
				t.Errorf("volume %s is %v", name, volume)
			}
		}
	})
}
