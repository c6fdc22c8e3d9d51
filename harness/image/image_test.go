package image

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
)

// folder reads files as a commit would give them.
func folder(path string) ([]byte, error) { return os.ReadFile("testdata/" + path) }

const testPipeline = "ci/test/pipeline.yml"

func TestImageOfAStep(t *testing.T) {
	check := func(step string, env map[string]string, ref, name, via string) {
		t.Helper()
		got, err := FromPipeline(folder, testPipeline, step, env)
		if err != nil {
			t.Errorf("step %s: %v", step, err)
			return
		}
		got.Env, got.Notes, got.Service = nil, nil, ""
		if diff := cmp.Diff(Choice{Ref: ref, Pipeline: testPipeline, Step: name, Via: via}, got); diff != "" {
			t.Errorf("step %s (-want +got):\n%s", step, diff)
		}
	}
	const app = "service app in ci/test/docker-compose.yml"
	check("cargo-test", nil, "acme/ci-test:20191120-163201", "cargo-test", "docker plugin")
	check(":cargo: test", nil, "acme/ci-test:20191120-163201", "cargo-test", "docker plugin")
	check("lint", nil, "acme/ci-test:20191120-163201", "lint", "docker plugin")
	check("streaming", nil, "acme/ci-streaming:20191121-090000", "streaming", app)
	check("streaming", map[string]string{"STREAMING_TAG": "x"}, "acme/ci-streaming:x", "streaming", app)
	check("streaming overridden", nil, "acme/ci-streaming:nightly-20200113-111211", "streaming overridden",
		"service app in ci/test/docker-compose.nightly.yml")
	check("from-agent", map[string]string{"BUILDKITE_TAG": "v1"}, "acme/builder:v1", "from-agent", "docker plugin")
	check("defaulted", nil, "acme/builder:20200113-111211-musl", "defaulted", "docker plugin")
	check("extended", nil, "acme/base:20190101-000000", "extended", "service extended in ci/test/docker-compose.yml")
}

func TestWhatIsWrongIsSaidWithWhatIsThere(t *testing.T) {
	check := func(pipeline, step, want string) {
		t.Helper()
		_, err := FromPipeline(folder, pipeline, step, nil)
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok || problem.Kind != results.BadInput || !strings.Contains(err.Error(), want) {
			t.Errorf("step %s: error %v, want one with %q", step, err, want)
		}
	}
	check("ci/none/pipeline.yml", "x", "ci/none/pipeline.yml: the commit has no such file")
	check(testPipeline, "nope", `no step has the key or label "nope"; name one of "lint", "cargo-test", "streaming", "streaming overridden", "twins", "plain"`)
	check(testPipeline, "twins", `2 steps are named "twins"`)
	check(testPipeline, "plain", `has neither the docker nor the docker-compose plugin; name one that does: "lint", "cargo-test"`)
	check(testPipeline, "from-agent", "the variable BUILDKITE_TAG has no value here")
	check(testPipeline, "shapeless", "its image is no text")
	check(testPipeline, "invalid", "is no image reference")
	check(testPipeline, "many", "depends on its matrix")
	check(testPipeline, "built", `service "built" is built on the spot`)
	check(testPipeline, "absent", `there is no service "nowhere"; step "absent" of ci/test/pipeline.yml uses it; name one of "app", "built"`)
	check(testPipeline, "cyclic", `service "left" extends itself: left in`)
	check(testPipeline, "no-file", `docker-compose.yml: the commit has no such file; step "no-file"`)
	check(testPipeline, "outside", `"../../etc/passwd" is no file of the repository`)
}

func TestEnvironmentOfThisProcessIsNeverUsed(t *testing.T) {
	t.Setenv("BUILDKITE_TAG", "from-the-process")
	if got, err := FromPipeline(folder, testPipeline, "from-agent", nil); err == nil {
		t.Errorf("the image is %s", got.Ref)
	}
}

func TestHostileYAML(t *testing.T) {
	check := func(what, text, want string) {
		t.Helper()
		_, err := FromPipeline(func(string) ([]byte, error) { return []byte(text), nil }, "p.yml", "x", nil)
		if _, ok := errors.AsType[*results.Problem](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", what, err, want)
		}
	}
	check("not YAML", "steps: [", "cannot be read as a pipeline")
	check("other shape", "just text", "")
	check("empty", "", "")
	check("aliases of aliases", laughs+"steps: *l9\n", "cannot be read as a pipeline")
	check("deep", strings.Repeat("[", 64<<10), "cannot be read as a pipeline")
	check("many keys", "steps: {"+strings.Repeat("a: 1, ", 20000)+"}", "cannot be read as a pipeline")
	check("large", strings.Repeat("#", maxFile+1), "is larger than 1024 KiB")
	check("alias cycle", "steps: &s [*s]", "")
	check("control characters in a label", "steps: [{label: \"a\\u001b[31m\", command: x}]", `"a\x1b[31m"`)
}

// laughs is a list of lists of lists that would be of 10^9 words.
var laughs = func() string {
	text := "l0: &l0 [x]\n"
	for i := 1; i < 10; i++ {
		text += fmt.Sprintf("l%d: &l%d [%s*l%d]\n", i, i, strings.Repeat(fmt.Sprintf("*l%d, ", i-1), 9), i-1)
	}
	return text
}()

func TestHostileCompose(t *testing.T) {
	const pipe = "steps: [{key: x, command: c, plugins: [{docker-compose#v1: {run: app}}]}]"
	check := func(what, text, want string) {
		t.Helper()
		_, err := FromPipeline(func(path string) ([]byte, error) {
			if path == "p.yml" {
				return []byte(pipe), nil
			}
			return []byte(text), nil
		}, "p.yml", "x", nil)
		if _, ok := errors.AsType[*results.Problem](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", what, err, want)
		}
	}
	check("deep", strings.Repeat("[", 64<<10), "docker-compose.yml: it cannot be read as a compose file")
	check("aliases of aliases", laughs+"services: *l9\n", "it cannot be read as a compose file")
	check("merges of merges", "services: &s {<<: *s}", `there is no service "app"`)
	check("no services", "version: 3", "it has no services")
}

func FuzzFromPipeline(f *testing.F) {
	text, err := os.ReadFile("testdata/" + testPipeline)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, "cargo-test")
	f.Add([]byte("steps: &s [*s]"), "x")
	f.Fuzz(func(t *testing.T, text []byte, step string) {
		read := func(string) ([]byte, error) { return text, nil }
		choice, err := FromPipeline(read, "p.yml", step, nil)
		if err == nil && choice.Ref == "" {
			t.Error("no error and no image")
		}
	})
}
