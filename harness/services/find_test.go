package services

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// programs is a folder of scripts, first on the PATH or alone there.
func programs(t *testing.T, alone bool, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range scripts {
		write(t, filepath.Join(dir, name), "#!/bin/bash\n"+text)
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := dir
	if !alone {
		path += ":" + os.Getenv("PATH")
	}
	t.Setenv("PATH", path)
	return dir
}

func TestFind(t *testing.T) {
	const none = "exit 1\n"
	says := func(version string) string { return "[ \"$*\" = 'version --short' ] && echo " + version + "\n" }
	plugin := func(version string) string {
		return "[ \"$*\" = 'compose version --short' ] && echo " + version + "\n"
	}
	check := func(want string, scripts map[string]string, words ...string) {
		t.Helper()
		dir := programs(t, true, scripts)
		program, err := Find(t.Context())
		if len(words) > 0 {
			problem(t, err, words...)
		} else if got := fmt.Sprint(program); err != nil || strings.ReplaceAll(strings.Join(program.args, " "), dir+"/", "")+" "+program.Version() != want {
			t.Errorf("found %s, %v, want %s", got, err, want)
		}
	}
	check("docker compose 2.29.1", map[string]string{"docker": plugin("v2.29.1"), "docker-compose": says("1.29.2")})
	check("docker-compose 1.29.2", map[string]string{"docker": none, "docker-compose": says("1.29.2")})
	check("docker-compose 2.26.1-4", map[string]string{"docker": none, "docker-compose": says("2.26.1-4")})
	check("", nil, "client is not here", "install it")
	check("", map[string]string{"docker": none}, "it is not here", "apt-get install docker-compose")
	check("", map[string]string{"docker": none, "docker-compose": says("hello")}, "it is not here")
	check("", map[string]string{"docker": none, "docker-compose": says("1.25.0")}, "1.25.0 of Compose is too old")
}

// The plugin's script notes how it is called and has the old program do it.
func TestPlugin(t *testing.T) {
	dir := programs(t, false, map[string]string{"docker": `
[ "$1" = compose ] || PATH=${PATH#*:} exec docker "$@"
shift
echo "$*" >>"${0%/*}/calls"
case "$*" in
"version --short") echo v2.29.1 ;;
*" config --format json") docker-compose "${@:1:$#-2}" | python3 -c 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))' ;;
*) exec docker-compose "$@" ;;
esac
`})
	program := find(t)
	place := side(t, map[string]string{"compose.yml": server + "x-more: 1\n", ".env": "A=1\n"})
	compose := strings.Replace(server, "image: client", "image: client\n    profiles: [clients]", 1)
	write(t, filepath.Join(place.Work, "compose.yml"), compose)
	up := start(t, program, read(t, program, Wanted{Run: "client", Services: []string{"cache"}}, place))
	if err := up.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	name := projectName(place)
	project := "--project-name " + name + " --project-directory /proc --file - "
	calls := strings.Split(strings.TrimSpace(string(text)), "\n")
	before, after, _ := strings.Cut(calls[min(1, len(calls)-1)], " --env-file ")
	_, after, _ = strings.Cut(after, " ")
	calls = append(calls[:1], append([]string{before, after}, calls[2:]...)...)
	want := []string{
		"version --short",
		"--project-name " + name + " --project-directory " + place.Work + " --file " + place.Work + "/compose.yml", "--profile=clients config --format json",
		project + "up --detach --no-build --no-color",
		project + "down --volumes --remove-orphans --timeout 5",
	}
	if !slices.Equal(calls, want) {
		t.Errorf("calls are\n%s\nwant\n%s", strings.Join(calls, "\n"), strings.Join(want, "\n"))
	}
}

// A registry that knows nothing of an image will not later; one that is away may.
func TestPull(t *testing.T) {
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`)
		}
	}))
	t.Cleanup(registry.Close)
	program := find(t)
	check := func(host string, passing bool) {
		t.Helper()
		place := side(t, map[string]string{"compose.yml": "services: {a: {image: '" + host + "/x:1'}}\n"})
		_, err := program.Up(t.Context(), read(t, program, Wanted{}, place), t.Output())
		if found := problem(t, err, "compose.yml: services.a.image", "cannot be pulled"); found.Passing != passing {
			t.Errorf("%v: passing is %v", found, found.Passing)
		}
	}
	check(strings.TrimPrefix(registry.URL, "http://"), false)
	check("127.0.0.1:1", true)
}

// A daemon that is away may be back later.
func TestNoDaemon(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	program := find(t)
	project := &Project{name: "perfrun-x", where: "compose.yml"}
	if _, err := program.Up(t.Context(), project, t.Output()); !problem(t, err, "docker").Passing {
		t.Errorf("%v is for good", err)
	}
}
