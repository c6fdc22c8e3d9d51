package agenttest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mtrlz.dev/perfrun/harness/buildkite"
)

const build = "0190046e-e199-453b-a302-a21a4d649d31"

// project is a repository with one commit that holds a script.
func project(t *testing.T, script string) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "repo")
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	git("init", "--quiet", "--initial-branch=main")
	if err := os.WriteFile(filepath.Join(dir, "step"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	git("add", ".")
	git("commit", "--quiet", "-m", "one")
	return map[string]string{
		"BUILDKITE_REPO": dir, "BUILDKITE_COMMIT": git("rev-parse", "HEAD"), "BUILDKITE_BRANCH": "main", "BUILDKITE_COMMAND": "./step",
		"BUILDKITE_BUILD_ID": build, "BUILDKITE_BUILD_NUMBER": "7",
	}
}

func TestJob(t *testing.T) {
	api := New(t, nil)
	api.Start(t.TempDir(), os.Environ())
	job := api.Job("0190046e-e1a3-4b4f-9bbb-0a4cbe3e0a7f", project(t, `echo "of $BUILDKITE_BRANCH"
printf '**bold** $(id)' | buildkite-agent annotate --context one --style warning
printf 'again' | buildkite-agent annotate --context one --style success
printf regression | buildkite-agent meta-data set verdict
echo page >page.html
buildkite-agent artifact upload page.html
exit 3
`))
	if exit := job.Wait(); exit != "3" {
		t.Errorf("exit %s\n%s", exit, job.Log())
	}
	if got := job.Annotations()["one"]; got != (Annotation{"again", "success", 2}) || job.MetaData()["verdict"] != "regression" ||
		string(job.Artifacts()["page.html"]) != "page\n" || !strings.Contains(job.Log(), "of main") {
		t.Errorf("%+v, %v, %q\n%s", got, job.MetaData(), job.Artifacts(), job.Log())
	}
}

func TestCancelAndKill(t *testing.T) {
	api := New(t, nil)
	dir := t.TempDir()
	agent := api.Start(dir, os.Environ())
	env := project(t, "trap 'echo told; exit 9' TERM\necho begun\nwhile :; do sleep 0.1; done\n")
	job := api.Job("0190046e-e1a3-4b4f-9bbb-000000000001", env)
	job.Until("it began", func() bool { return strings.Contains(job.Log(), "begun") })
	job.Cancel()
	if exit := job.Wait(); exit == "0" || !strings.Contains(job.Log(), "told") {
		t.Errorf("exit %s\n%s", exit, job.Log())
	}
	lost := api.Job("0190046e-e1a3-4b4f-9bbb-000000000002", env)
	lost.Until("it began", func() bool { return strings.Contains(lost.Log(), "begun") })
	agent.Kill()
	if lost.Exit() != "" || strings.Contains(lost.Log(), "told") {
		t.Errorf("a killed agent says farewell: exit %q\n%s", lost.Exit(), lost.Log())
	}
	api.Start(dir, os.Environ())
	env["BUILDKITE_RETRY_COUNT"], env["BUILDKITE_COMMAND"] = "1", "echo try $BUILDKITE_RETRY_COUNT"
	again := api.Job("0190046e-e1a3-4b4f-9bbb-000000000003", env)
	if exit := again.Wait(); exit != "0" || !strings.Contains(again.Log(), "try 1") {
		t.Errorf("exit %s\n%s", exit, again.Log())
	}
}

// TestRealAgent asks the real program for everything that perfrun asks it for, with
// bodies of every size.
func TestRealAgent(t *testing.T) {
	api := New(t, nil)
	job := api.Job("0190046e-e1a3-4b4f-9bbb-0a4cbe3e0a7f", map[string]string{"BUILDKITE_BUILD_ID": build})
	job.state = "running"
	for name, value := range map[string]string{
		"BUILDKITE_AGENT_ENDPOINT": api.Endpoint(), "BUILDKITE_AGENT_ACCESS_TOKEN": access, "BUILDKITE_JOB_ID": job.ID, "BUILDKITE_BUILD_ID": build, "BUILDKITE_NO_HTTP2": "true",
	} {
		t.Setenv(name, value)
	}
	t.Chdir(t.TempDir())
	agent := &buildkite.Agent{Program: Program(t)}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	hostile := "`id` $(id) $HOME ${x:?} \\ \" ' <script> **x** | $${artifact:path}\n\n# y\x1b[31m"
	for _, body := range []string{hostile, strings.Repeat("é", buildkite.MostAnnotation/2)} {
		check(agent.Annotate(t.Context(), "perfrun", "error", body))
		if got := job.Annotations()["perfrun"]; got.Body != body {
			t.Errorf("of %d bytes the service has %d: %.200q", len(body), len(got.Body), got.Body)
		}
	}
	check(agent.SetMetaData(t.Context(), "perfrun-verdict", hostile))
	if got := job.MetaData()["perfrun-verdict"]; got != hostile {
		t.Errorf("meta-data %q", got)
	}
	page := bytes.Repeat([]byte("page\n"), 300_000)
	if err := os.WriteFile("page.html", page, 0o600); err != nil {
		t.Fatal(err)
	}
	check(agent.Upload(t.Context(), "page.html"))
	if got := job.Artifacts()["page.html"]; !bytes.Equal(got, page) {
		t.Errorf("of an artifact of %d bytes %d arrived", len(page), len(got))
	}
}
