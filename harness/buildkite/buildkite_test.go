package buildkite

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/results"
)

func example() map[string]string {
	return map[string]string{
		"BUILDKITE": "true", "BUILDKITE_BUILD_ID": "0190046e-e199-453b-a302-a21a4d649d31", "BUILDKITE_JOB_ID": "0190046e-e1a3-4b4f-9bbb-0a4cbe3e0a7f",
		"BUILDKITE_COMMIT": strings.Repeat("0a", 20), "BUILDKITE_BRANCH": "feature/`x`", "BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main",
	}
}

func TestRead(t *testing.T) {
	check := func(priority results.Priority, main bool, changes map[string]string) {
		t.Helper()
		env := example()
		maps.Copy(env, changes)
		b, err := Read(func(name string) string { return env[name] })
		if err != nil || b.Priority() != priority || b.OnMain() != main || b.Branch != env["BUILDKITE_BRANCH"] {
			t.Errorf("%v: %+v, %v", changes, b, err)
		}
	}
	check(results.PriorityPull, false, nil)
	check(results.PriorityPull, false, map[string]string{"BUILDKITE_PULL_REQUEST": "42", "BUILDKITE_BRANCH": "main"}) // of a fork
	check(results.PriorityMain, true, map[string]string{"BUILDKITE_BRANCH": "main", "BUILDKITE_RETRY_COUNT": "2"})
	check(results.PriorityRelease, false, map[string]string{"BUILDKITE_TAG": "v1"})
	for name, value := range map[string]string{
		"BUILDKITE": "", "BUILDKITE_BUILD_ID": "$(id)", "BUILDKITE_JOB_ID": "", "BUILDKITE_COMMIT": "HEAD", "BUILDKITE_PULL_REQUEST": "-1",
	} {
		env := example()
		env[name] = value
		_, err := Read(func(name string) string { return env[name] })
		if problem, ok := errors.AsType[*results.Problem](err); !ok || problem.Where != name {
			t.Errorf("%s=%q: %v", name, value, err)
		}
	}
}

// TestLine: a newer commit takes the place of an older one of its own line alone, and
// whatever a branch is called, its order can be taken.
func TestLine(t *testing.T) {
	b := Build{Branch: "main"}
	lines := map[string]bool{}
	for _, pull := range []int{0, 7, 8} {
		b.PullRequest = pull
		lines[b.Line()] = true
	}
	if len(lines) != 3 || !lines["main"] {
		t.Errorf("%v", lines)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := Build{Branch: string(rapid.SliceOf(rapid.Byte()).Draw(t, "branch")) + strings.Repeat("x", rapid.SampledFrom([]int{0, 200_000}).Draw(t, "more")), PullRequest: 7}
		if got := b.Line(); len(got) > 300 || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q", got)
		}
	})
}

func TestURL(t *testing.T) {
	for address, kept := range map[string]bool{
		"https://buildkite.com/acme/database/builds/7": true, "http://ci:8080/7#0190": true, "javascript:alert(1)": false, "//x": false, "https://x/\n": false,
		"https://" + strings.Repeat("x", 200_000): false, "https://\xff": false,
	} {
		env := example()
		env["BUILDKITE_BUILD_URL"] = address
		if b, err := Read(func(name string) string { return env[name] }); err != nil || (b.URL == address) != kept || !kept && b.URL != "" {
			t.Errorf("%.60q: %.60q, %v", address, b.URL, err)
		}
	}
}

// agent is a program that writes down how it was called.
func agent(t *testing.T, help string, code int) (*Agent, string) {
	t.Helper()
	dir := t.TempDir()
	program, log := filepath.Join(dir, "buildkite-agent"), filepath.Join(dir, "log")
	script := "#!/bin/sh\n[ \"$2\" = --help ] && echo '" + help + "' && exit\n{ echo \"$*\"; cat; echo; } >>" + log + "\necho refused >&2\nexit " + string(rune('0'+code)) + "\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return &Agent{Program: program}, log
}

func TestAgent(t *testing.T) {
	for help, want := range map[string]string{
		"":             "annotate --context perfrun --style error\n**slower** $(id)\nmeta-data set perfrun-verdict\nregression\nartifact upload x.html\n\n",
		"  --priority": "annotate --context perfrun --style error --priority 8\n**slower** $(id)\nmeta-data set perfrun-verdict\nregression\nartifact upload x.html\n\n",
	} {
		a, log := agent(t, help, 0)
		for _, err := range []error{
			a.Annotate(t.Context(), "perfrun", "error", "**slower** $(id)"), a.SetMetaData(t.Context(), "perfrun-verdict", "regression"), a.Upload(t.Context(), "x.html"),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		if text, err := os.ReadFile(log); err != nil || string(text) != want {
			t.Errorf("%q, %v, want %q", text, err, want)
		}
	}
	a, _ := agent(t, "", 3)
	if err := a.Annotate(t.Context(), "x", "info", ""); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v", err)
	}
}
