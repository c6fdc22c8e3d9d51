package services

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// evil is a service that can write above what the other mounts, and puts links to
// another place of this machine there before the other starts.
const evil = `
services:
  a:
    image: ` + image + `
    user: root
    command: bash -c "cd /w && for x in data file secret; do rm -rf $$x; ln -s OUTSIDE/$$x $$x; done; touch /ready; exec sleep 600"
    volumes: ["..:/w"]
    healthcheck: {test: [CMD, test, -e, /ready], interval: 1s, retries: 60}
  b:
    image: ` + image + `
    command: bash -c "cat /file /run/secrets/word; [ -d /data ] && echo reached >/data/mark; exec sleep 600"
    volumes: [MOUNTS]
    secrets: [word]
    depends_on: {a: {condition: service_healthy}}
secrets: {word: {file: ../secret}}
`

// attack brings up the evil file with the mounts of its second service, and returns what
// that one said.
func attack(t *testing.T, mounts, outside string) (string, error) {
	t.Helper()
	program := find(t)
	text := strings.NewReplacer("OUTSIDE", outside, "MOUNTS", mounts).Replace(evil)
	place := side(t, map[string]string{"ci/compose.yml": text, "data/x": "", "file": "of the tree\n", "secret": "harmless\n"})
	project, err := program.Read(t.Context(), Wanted{Compose: "ci/compose.yml"}, place, Allow{})
	if err != nil {
		return "", err
	}
	up := start(t, program, project)
	said := docker(t, "logs", up.Services[1].ID)
	if err := up.Down(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(project.stage); err == nil {
		t.Errorf("%s was left", project.stage)
	}
	return said, nil
}

// TestSwap: what was checked is what is mounted, whatever a service does to the tree
// before another starts.
func TestSwap(t *testing.T) {
	outside := t.TempDir()
	for name, text := range map[string]string{"data/x": "", "file": "of this machine\n", "secret": "of this machine\n"} {
		write(t, filepath.Join(outside, name), text)
	}
	_, err := attack(t, `"../data:/data", "../file:/file:ro"`, outside)
	if _, reached := os.Stat(filepath.Join(outside, "data", "mark")); reached == nil {
		t.Error("a service wrote to another place of this machine")
	}
	problem(t, err, "ci/compose.yml: services.b.volumes[0]", "a can write above it", ":ro")
	said, err := attack(t, `"../file:/file:ro"`, outside)
	if err != nil || said != "of the tree\nharmless" {
		t.Errorf("a service was shown %q, %v", said, err)
	}
}

// TestAbove lists what is refused for who can write above it, and what is not.
func TestAbove(t *testing.T) {
	work := tree(t)
	write(t, filepath.Join(work, "data", "conf"), "x")
	write(t, filepath.Join(work, "data", "large"), strings.Repeat("x", fileMax+1))
	check := func(copies int, a, b, rest string, allow Allow) {
		t.Helper()
		text := fmt.Sprintf("services:\n  a: {image: i, volumes: [%s]}\n  b: {image: i, volumes: [%s]%s}\nsecrets: {s: {file: WORK/data/conf}}\n", a, b, rest)
		project, err := resolveText(work, text, Wanted{}, allow)
		switch {
		case copies < 0:
			problem(t, err, "can write above it", "dir/compose.yml: ")
		case err != nil || len(project.kept) != copies || strings.Count(string(project.document), work+".services/") != copies:
			t.Errorf("%s: %+v, %v", text, project, err)
		}
	}
	const all, data, conf, large = "'WORK:/w'", "'WORK/in:/d'", "'WORK/data/conf:/c:ro'", "'WORK/data/large:/c:ro'"
	check(-1, all, data, "", Allow{})
	check(-1, data, "/x, 'WORK/data/new:/n:ro'", "", Allow{})
	check(-1, all, "'WORK/data/conf:/c'", "", Allow{})
	check(-1, all, large, "", Allow{})
	check(1, all, conf, "", Allow{})
	check(2, data, conf, ", secrets: [s, {source: s}]", Allow{})
	check(0, all, data, "", Allow{HostMounts: true})
	check(0, "'WORK:/w:ro'", data, "", Allow{})
	check(0, all, all, "", Allow{})
	check(-1, data, all, "", Allow{}) // either may start first
	check(0, all+", "+data, "/x", "", Allow{})
	check(0, "/x", data+", "+conf, "", Allow{})
}
