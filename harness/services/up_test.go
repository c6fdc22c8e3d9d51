package services

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// Both sides are up at once: the same file, one with changes of head.
func TestTwoSides(t *testing.T) {
	program := find(t)
	places := [2]Place{side(t, map[string]string{"compose.yml": server}), {}}
	places[1] = side(t, map[string]string{"compose.yml": server, ".env": "PORT=12000\nCOMPOSE_PROJECT_NAME=other\nDOCKER_HOST=tcp://192.0.2.1:1\n"})
	places[1].Run, places[1].Side = places[0].Run, results.Head
	ports := []string{"11211", "12000"}
	var ups [2]*Up
	for i, place := range places {
		place.Measured, place.Housekeeping = cpuset.Of(1), cpuset.Of(0)
		project := read(t, program, Wanted{Run: "client", Measured: []string{"cache"}}, place)
		if said := strings.Join(project.Said, "\n"); !strings.Contains(said, "cache.ports is left out") || !strings.Contains(said, "cache.container_name is left out") {
			t.Errorf("said is %s", said)
		}
		ups[i] = start(t, program, project)
	}
	for i, up := range ups {
		if want := []string{"CACHE=cache:11211", "PRICE=5$"}; !slices.Equal(up.Env, want) {
			t.Errorf("the environment is %q, want %q", up.Env, want)
		}
		if len(up.Services) != 2 || up.Services[0].Name != "cache" || up.Services[1].Name != "helper" {
			t.Fatalf("services are %+v", up.Services)
		}
		for _, service := range up.Services {
			measured := service.Name == "cache"
			want := cpuset.Of(0)
			if measured {
				want = cpuset.Of(1)
			}
			if got := allowed(t, service.PID); !got.Equal(want) || service.Measured != measured {
				t.Errorf("%s runs on %s (measured: %v), want %s", service.Name, got, service.Measured, want)
			}
			if service.Image != image || !strings.HasPrefix(service.Digest, "sha256:") {
				t.Errorf("%s is made from %s, %s", service.Name, service.Image, service.Digest)
			}
		}
		got := docker(t, "run", "--rm", "--network", up.Network, image, "bash", "-c",
			`exec 3<>/dev/tcp/cache/`+ports[i]+` && printf 'version\r\n' >&3 && read -r line <&3 && echo "$line"`)
		if !strings.HasPrefix(got, "VERSION 1.") {
			t.Errorf("the server answers %q", got)
		}
		if err := up.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(places[i].Work, "made", "below")); err != nil {
			t.Error(err)
		}
	}
	if ups[0].Network == ups[1].Network {
		t.Error("both sides are on one network")
	}
	if err := ups[0].Down(t.Context()); err != nil {
		t.Error(err)
	}
	if err := ups[1].Check(t.Context()); err != nil {
		t.Errorf("the other side went too: %v", err)
	}
}

// What ends, never gets well or never gets ready is told with what it said, and
// nothing of it stays.
func TestFailsToStart(t *testing.T) {
	program := find(t)
	check := func(name, compose string, words ...string) {
		t.Run(name, func(t *testing.T) {
			place := side(t, map[string]string{"compose.yml": "services:\n  a: {image: '" + image + "', stop_signal: KILL, " + compose + "}\n"})
			_, err := program.Up(t.Context(), read(t, program, Wanted{}, place), t.Output())
			found := problem(t, err, append(words, "compose.yml: services.a")...)
			if found.Passing {
				t.Errorf("%v passes by itself", found)
			}
		})
	}
	check("ends", `command: [bash, -c, "echo no licence; exit 3"]`, "status 3", "no licence")
	check("succeeds and ends", `command: ["true"]`, "status 0", "said nothing")
	check("never well", `command: sleep 600, healthcheck: {test: [CMD, bash, -c, "echo sick; false"], interval: 1s, retries: 1}`, "not healthy", "sick")
	check("waited for", `command: sleep 600, healthcheck: {test: ["CMD", "false"], interval: 1s, retries: 1}}
  b: {image: '`+image+`', command: sleep 600, depends_on: {a: {condition: service_healthy}}`, "not healthy")
	check("no such program", `command: nothing-like-it`, "cannot be started", "nothing-like-it")
	program.startIn /= 30
	check("never ready", `command: sleep 600, healthcheck: {test: ["CMD", "false"], interval: 500s}`, "not ready after 10s")
}

// A job ends before what needs it begins, and is no service.
func TestJob(t *testing.T) {
	program := find(t)
	place := side(t, map[string]string{"compose.yml": `
services:
  job: {image: "` + image + `", command: bash -c "sleep 1; echo done >/data/file", volumes: ["data:/data"]}
  a:
    image: ` + image + `
    command: bash -c "cat /data/file && grep open /run/secrets/word && exec sleep 600"
    volumes: ["data:/data"]
    secrets: [word]
    depends_on: {job: {condition: service_completed_successfully}}
  late: {image: "` + image + `", command: sleep 3}
  client: {image: client, depends_on: {late: {condition: service_completed_successfully}}}
volumes: {data: }
secrets: {word: {file: ./$$word}}
`, "$word": "open\n"})
	up := start(t, program, read(t, program, Wanted{Run: "client"}, place))
	if running := docker(t, "ps", "-q", "--filter", "label=dev.mtrlz.perfrun.run="+place.Run); len(strings.Fields(running)) != 1 {
		t.Errorf("%q run still, want the service alone", running)
	}
	if len(up.Services) != 1 || up.Services[0].Name != "a" {
		t.Errorf("services are %+v", up.Services)
	}
	if err := up.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Check names the service that died, was started anew or removed.
func TestCheck(t *testing.T) {
	program := find(t)
	place := side(t, map[string]string{"compose.yml": "services:\n  a: {image: '" + image + "', command: bash -c 'echo last words; exec sleep 600', restart: always}\n"})
	place.Parent, place.Measured = "/docker", cpuset.Of(0)
	if docker(t, "info", "--format", "{{.CgroupDriver}}") == "systemd" {
		place.Parent = "system.slice"
	}
	up := start(t, program, read(t, program, Wanted{Measured: []string{"a"}}, place))
	if got := docker(t, "inspect", "--format", "{{.HostConfig.CgroupParent}},{{.HostConfig.CpusetCpus}}", up.Services[0].ID); got != place.Parent+"," {
		t.Errorf("placed at %s, want %s alone", got, place.Parent)
	}
	check := func(words string, args ...string) {
		t.Helper()
		docker(t, append(args, up.Services[0].ID)...)
		problem(t, up.Check(t.Context()), "services.a", words)
	}
	check("it ended with status 137; it said at last: last words", "kill")
	check("started anew", "start")
	check("gone", "rm", "-f")
}

func TestDown(t *testing.T) {
	program := find(t)
	place := side(t, map[string]string{"compose.yml": server})
	project := read(t, program, Wanted{Services: []string{"cache"}}, place)
	up := start(t, program, project)
	// One that Compose knows nothing of is on the network.
	stray := docker(t, "run", "-d", "--rm", "--network", up.Network, "--label", "dev.mtrlz.perfrun.run="+place.Run, image, "sleep", "600")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		if err := up.Down(ctx); err != nil {
			t.Fatal(err)
		}
	}
	docker(t, "rm", "-f", stray)
	for _, kind := range []string{"container", "network", "volume"} {
		if ids := leftOver(t, kind, place.Run); len(ids) > 0 {
			t.Errorf("%s %v was left", kind, ids)
		}
	}
}

// interrupt cancels as soon as containers are being made.
type interrupt struct{ cancel context.CancelCauseFunc }

var errStop = errors.New("stop")

func (i interrupt) Write(text []byte) (int, error) {
	if strings.Contains(string(text), "Creating") {
		i.cancel(errStop)
	}
	return len(text), nil
}

func TestCancelledWhileStarting(t *testing.T) {
	program := find(t)
	place := side(t, map[string]string{"compose.yml": server})
	ctx, cancel := context.WithCancelCause(t.Context())
	if _, err := program.Up(ctx, read(t, program, Wanted{Services: []string{"helper"}}, place), interrupt{cancel}); !errors.Is(err, errStop) {
		t.Errorf("error is %v", err)
	}
}
