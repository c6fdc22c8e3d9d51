package image

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stepOf reads a pipeline of one step with a plugin, beside a compose file.
func stepOf(t *testing.T, plugin string) Choice {
	t.Helper()
	files := map[string]string{
		"p.yml":              "env: {TAG: '7'}\nsteps:\n  - {key: s, command: x, plugins: [{" + plugin + "}]}\n",
		"docker-compose.yml": "services:\n  app: {extends: {service: base}, volumes: ['.:/w'], user: root}\n  base: {image: i, environment: [A=1], volumes: [/x]}\n",
	}
	choice, err := FromPipeline(func(path string) ([]byte, error) {
		text, known := files[path]
		if !known {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}, "p.yml", "s", nil)
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

func TestSettingsOfAStep(t *testing.T) {
	check := func(plugin string, env map[string]string, notes, service string) {
		t.Helper()
		got := stepOf(t, plugin)
		if diff := cmp.Diff(env, got.Env); diff != "" || strings.Join(got.Notes, "; ") != notes || got.Service != service {
			t.Errorf("%s: notes %q, %q, (-want +got):\n%s", plugin, got.Notes, got.Service, diff)
		}
	}
	none := map[string]string{}
	check(`"docker#v5": {image: i}`, none, "", "")
	check(`"docker#v5": {image: i, environment: ["A=a b=c", "T=v$TAG", "EMPTY=", BUILDKITE_TAG], volumes: [".:/w"], always-pull: true, workdir: /w}`,
		map[string]string{"A": "a b=c", "T": "v7", "EMPTY": ""},
		"the docker plugin's variables without a value are the agent's and not taken: BUILDKITE_TAG; the docker plugin's not taken: volumes, workdir", "")
	check(`"docker#v5": {image: i, environment: ["HOME=/x", "a-b=1", "U=$NOBODY", "<b>\u001b[0m"]}`, none,
		"the docker plugin's variables that are not taken (no plain name, HOME, or a value that cannot be filled in): HOME, \"a-b\", U, \"<b>\\x1b[0m\"", "")
	check(`"docker-compose#v3": {run: app, env: ["A=1"], environment: {B: 2, C: }}`, map[string]string{"A": "1", "B": "2"},
		"the docker-compose plugin's variables without a value are the agent's and not taken: C",
		"not taken of service app in docker-compose.yml: environment, user, volumes; the suite's services.run takes a service's environment")
	check(`"docker#v5": {image: i, environment: nonsense}`, none, "", "")
	if many := stepOf(t, `"docker#v5": {image: i, environment: [`+strings.Repeat(`"<`+strings.Repeat("x", 500)+`", `, 500)+`]}`); len(many.Notes) != 1 || len(many.Notes[0]) > 3000 {
		t.Errorf("notes are %d", len(many.Notes))
	}
}
