package services

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What is refused before Compose sees the file, and what Compose refuses.
func TestReadRefuses(t *testing.T) {
	program := find(t)
	check := func(compose, text string, words ...string) {
		t.Helper()
		place := side(t, map[string]string{
			"dir/compose.yml": text, "other.yml": "services: {a: {image: i, env_file: out/shadow}}\n", "pipe/x": "",
			"deep/down/x.yml": "services: {a: {image: i, env_file: ../passwd}}\n", "deep/passwd": "A=1\n", "dir/github.com/a/b": "services: {a: {image: i}}\n",
		})
		for name, to := range map[string]string{"dir/out": "/etc", "dir/down": "../deep/down", "dir/passwd": "/etc/passwd", "out": "/etc", "link.yml": "/etc/hostname"} {
			if err := os.Symlink(to, filepath.Join(place.Work, name)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := program.Read(t.Context(), Wanted{Compose: compose}, place, Allow{})
		if found := problem(t, err, words...); strings.Contains(found.Error(), "root:") {
			t.Errorf("%v shows a file of this machine", found)
		}
	}
	const file = "dir/compose.yml"
	check("", "", "no path")
	check("/etc/hostname", "", "no path")
	check("missing.yml", "", "missing.yml: it cannot be read")
	check("../../x.yml", "", "not in the repository")
	check("link.yml", "", "not in the repository")
	check("pipe", "", "it is no file")
	check(file, strings.Repeat("#", fileMax+1), "larger than 1024 KiB")
	check(file, "services: [", file, "not YAML")
	check(file, "services: {a: {image: i}}\n---\nservices: {}\n", file, "more than one document")
	check(file, "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"+
		"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", file, "excessive aliasing")
	check(file, "a: {image: i}\n", file+": services", "there are none")
	check(file, "include: [x.yml]\nservices: {a: {image: i}}\n", file+": include")
	check(file, "services: {a: {image: i, env_file: out/shadow}}\n", file+": services.a.env_file", "not in the repository")
	check(file, "services: {a: {image: i, env_file: [{path: ../../x}]}, 1: }\n", file+": services.a.env_file")
	check(file, "services: {a: {image: i, env_file: '${HOME}/x'}}\n", file+": services.a.env_file", "any file")
	check(file, "services: {a: {image: i, env_file: /etc/shadow}}\n", file+": services.a.env_file", "any file")
	check(file, "x: &x {env_file: ~/x}\nservices: {a: {image: i, <<: *x}}\n", file+": services.a.env_file", "any file")
	check(file, "services: {a: {image: i, label_file: out/x}}\n", file+": services.a.label_file")
	check(file, "services: {a: {extends: {file: out/x.yml, service: x}}}\n", file+": services.a.extends.file")
	check(file, "services: {a: {extends: {file: ../other.yml, service: a}}}\n", "other.yml: services.a.env_file")
	check(file, "services: {a: {extends: {file: down/x.yml, service: a}}}\n", file+": services.a.extends.file", "leads over")
	for _, address := range []string{"github.com/a/b", "https://127.0.0.1:9/b.git", "git@127.0.0.1:b.git", "oci://127.0.0.1:9/b"} {
		check(file, "services: {a: {extends: {file: '"+address+"', service: a}}}\n", file+": services.a.extends.file", "address")
	}
	check(file, "services: {a: {image: i, volumes: 3}}\n", file, "Compose refuses it", "volumes")
	check(file, "services: {a: {image: i, volumes: ['./out:/x', '~/x:/y']}}\n", file+": services.a.volumes[0]", "/etc, which is not in the repository")
}

// Only what is given is there for interpolation, and what .env may say.
func TestEnvironment(t *testing.T) {
	t.Setenv("SECRET", "leaked")
	t.Setenv("DOCKER_SECRET", "leaked")
	program := find(t)
	place := side(t, map[string]string{
		"compose.yml": "services:\n  a: {image: i, env_file: file, environment: [SECRET, DOCKER_SECRET, 'A=${SECRET:-x}${DOCKER_SECRET:-y}${FROM_ENV}${GIVEN}$$1']}\n  b: {image: '${NONE}i'}\n",
		"file":        "F=1\n", ".env": "FROM_ENV=e\nexport DOCKER_SECRET=leaked\n'COMPOSE_FILE'=x.yml\nPATH=/\n",
	})
	place.Env = map[string]string{"GIVEN": "g"}
	project := read(t, program, Wanted{Run: "a"}, place)
	if want := []string{"A=xyeg$1", "F=1"}; !slices.Equal(project.env, want) {
		t.Errorf("the environment is %q, want %q", project.env, want)
	}
	if said := strings.Join(project.Said, "\n"); !strings.Contains(said, "NONE") {
		t.Errorf("said is %q, want what Compose warns of", said)
	}
	if err := os.Remove(filepath.Join(place.Work, ".env")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(place.Work, ".env")); err != nil {
		t.Fatal(err)
	}
	place.Env = nil
	_, err := program.Read(t.Context(), Wanted{Compose: "compose.yml"}, place, Allow{})
	problem(t, err, ".env", "not in the repository")
	if rest, _ := filepath.Glob(filepath.Join(os.TempDir(), "perfrun-services-*")); len(rest) > 0 {
		t.Errorf("%v was left", rest)
	}
}

// TestVariablesAreNoEnvironment: whatever a suite calls its variables, no program of ours
// runs with them. Bash executes what BASH_ENV names; others load what OPENSSL_CONF does.
func TestVariablesAreNoEnvironment(t *testing.T) {
	dir := programs(t, false, map[string]string{"docker": "[ \"$1\" != compose ] && PATH=${PATH#*:} exec docker \"$@\"\n", "docker-compose": `
env >>"${0%/*}/env"
PATH=${PATH#*:} exec docker-compose "$@"
`})
	program := find(t)
	place := side(t, map[string]string{
		"compose.yml": "services:\n  a: {image: i, environment: ['A=${BASH_ENV}${OPENSSL_CONF}${COMPOSE_FILE:-ours}']}\n  b: {image: i}\n",
		".env":        "GCONV_PATH=/tmp\rDOCKER_HOST=tcp://192.0.2.1:1\nLD_PRELOAD=x",
		"evil":        "touch " + dir + "/executed\n",
	})
	evil := filepath.Join(place.Work, "evil")
	place.Env = map[string]string{"BASH_ENV": evil, "OPENSSL_CONF": "/o", "LD_AUDIT": "x", "PATH": "/nowhere", "COMPOSE_FILE": "/x", "a-b": "", "A=B": "", "": "x"}
	project := read(t, program, Wanted{Run: "a"}, place)
	if want := []string{"A=" + evil + "/oours"}; !slices.Equal(project.env, want) {
		t.Errorf("the environment is %q, want %q", project.env, want)
	}
	if said := strings.Join(project.Said, "\n"); strings.Count(said, "is not given to Compose") != 6 {
		t.Errorf("said is %s", said)
	}
	text, err := os.ReadFile(filepath.Join(dir, "env"))
	if err != nil || strings.Contains(string(text), evil) || strings.Contains(string(text), "DOCKER_HOST=tcp") || strings.Contains(string(text), "nowhere") || strings.Contains(string(text), "GCONV") {
		t.Errorf("Compose runs with %s, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "executed")); err == nil {
		t.Error("a variable of the suite was executed")
	}
}

// TestValues: a value comes to Compose as it is, or not at all.
func TestValues(t *testing.T) {
	program := find(t)
	check := func(env map[string]string, dotenv, want string) {
		t.Helper()
		place := side(t, map[string]string{".env": dotenv, "compose.yml": "services:\n  a: {image: i, environment: ['A=${V}']}\n  b: {image: i}\n"})
		place.Env = env
		project := read(t, program, Wanted{Run: "a"}, place)
		if got := strings.TrimPrefix(project.env[0], "A="); got != want {
			t.Errorf("%q, %q: %q, want %q", env, dotenv, got, want)
		}
	}
	values := []string{"", " a  b ", `{"a": [1, "b"]}`, "$V $ $$ $(id)", "it's", `C:\dir\n`, "#x", "a=b # c", "Ä", "-C target-cpu=native", "`id`"}
	given, text, want := map[string]string{}, "services:\n  b: {image: i}\n  a:\n    image: i\n    environment:\n", []string{}
	for i, value := range values { // all at once: Compose is slow to start
		name := string(rune('A' + i))
		given[name], want = value, append(want, name+"="+value)
		text += fmt.Sprintf("      %s: '${%s}'\n", name, name)
	}
	place := side(t, map[string]string{"compose.yml": text, ".env": "A=other\n"})
	place.Env = given
	if got := read(t, program, Wanted{Run: "a"}, place).env; !slices.Equal(got, want) {
		t.Errorf("values come as\n%q, want\n%q", got, want)
	}
	for text, want := range map[string]string{
		"\ufeffexport V=a # remark": "a", "V='a # b'": "a # b", "V=\"a \\\"b\\\" $$\" # x": `a "b" $$`, "X=1\nV=${X}-${Y:-2}${G}": "1-2given", "V=$X": "$X", "V": "", "V=#x": "#x",
	} {
		check(map[string]string{"G": "given"}, text, want)
	}
	refused := func(env map[string]string, dotenv, compose string, words ...string) {
		t.Helper()
		place := side(t, map[string]string{".env": dotenv, "compose.yml": "services: {b: {image: i" + compose + "}}\n"})
		place.Env = env
		_, err := program.Read(t.Context(), Wanted{Compose: "compose.yml"}, place, Allow{})
		if len(words) > 0 {
			problem(t, err, words...)
		} else if err != nil {
			t.Error(err)
		}
	}
	odd := map[string]string{}
	for i, value := range []string{"a\nDOCKER_HOST=x", "a\rb", `a'\`, `a\\'"`, "${X}", "'\""} {
		refused(map[string]string{"V": value}, "", ", command: '${V}'", "variable V", "plainer")
		odd[fmt.Sprintf("V%d", i)] = value
	}
	refused(odd, "", ", command: '${V}'") // which mentions none of them
	for _, text := range []string{"V='a\nb'", "X=1\nV=\"a", "V='a' b", "=x"} {
		refused(nil, text, "", ".env:", "no NAME=value")
	}
}

func TestProjectName(t *testing.T) {
	if got := projectName(Place{Run: "2026.Ä_X", Side: "head"}); got != "perfrun-2026--_x-head" {
		t.Errorf("the name is %s", got)
	}
}
