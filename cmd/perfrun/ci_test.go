package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// building is a build of the served repository on an agent that has a database and a
// lock of its own.
type building struct {
	*served
	agent *world
	log   string // what the agent's program was asked for
}

func newBuilding(t *testing.T) *building {
	t.Helper()
	s := newServed(t)
	dir := t.TempDir()
	b := &building{served: s, log: filepath.Join(dir, "agent.log")}
	program := "#!/bin/sh\n[ \"$2\" = --help ] && exit\n{ printf '== %s\\n' \"$*\"; cat; echo; } >>" + b.log + "\n"
	b.must(os.WriteFile(filepath.Join(dir, "buildkite-agent"), []byte(program), 0o755))
	b.agent = &world{t: t, dir: dir, repo: filepath.Join(dir, "checkout")}
	clone := exec.Command("git", "clone", "--quiet", s.repo, b.agent.repo)
	clone.Env = s.env
	if out, err := clone.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("git", "-C", s.repo, "rev-parse", "HEAD").Output()
	b.must(err)
	b.agent.env = append(append([]string{}, s.env...),
		"PATH="+dir+":"+os.Getenv("PATH"), "PERFRUN_DB="+filepath.Join(dir, "cloud.db"), "PERFRUN_LOCK="+filepath.Join(dir, "lock"), "PERFRUN_CACHE="+filepath.Join(dir, "cache"),
		"PERFRUN_BOX=unix://"+s.socket(), "BUILDKITE=true", "BUILDKITE_BUILD_ID=0190046e-e199-453b-a302-a21a4d649d31", "BUILDKITE_JOB_ID=0190046e-e1a3-4b4f-9bbb-0a4cbe3e0a7f",
		"BUILDKITE_COMMIT="+strings.TrimSpace(string(out)), "BUILDKITE_BRANCH=feature/<b>|`x`", "BUILDKITE_PULL_REQUEST=7", "BUILDKITE_PIPELINE_DEFAULT_BRANCH=main")
	return b
}

// said is all that the agent's program was asked for.
func (b *building) said() string {
	b.t.Helper()
	text, err := os.ReadFile(b.log)
	b.must(err)
	return string(text)
}

// ci makes the step, and wants an exit code and what the agent was told.
func (b *building) ci(code int, want []string, args ...string) {
	b.t.Helper()
	_ = os.Remove(b.log)
	r := b.agent.perfrun(append([]string{"ci", "--here", "host"}, args...)...)
	said := b.said()
	for _, text := range want {
		if !strings.Contains(said, text) {
			b.t.Errorf("ci %q told the agent nothing of %q:\n%s", args, text, said)
		}
	}
	if r.code != code {
		b.t.Errorf("ci %q: exit %d, want %d\n%s%s", args, r.code, code, r.stdout, r.stderr)
	}
}

// pull makes the build one of the repository's latest commit.
func (b *building) pull() {
	b.t.Helper()
	git := func(args ...string) string {
		out, err := exec.Command("git", append([]string{"-C", b.agent.repo}, args...)...).Output()
		b.must(err)
		return strings.TrimSpace(string(out))
	}
	git("pull", "--quiet")
	b.agent.env = append(b.agent.env, "BUILDKITE_COMMIT="+git("rev-parse", "HEAD"))
}

func TestCI(t *testing.T) {
	b := newBuilding(t)
	b.ci(exitRegression, []string{
		"annotate --context perfrun-perf.yml --style info", "annotate --context perfrun-perf.yml --style error", "| nap | wall | **! regression", "A regression fails this step",
		"artifact upload perfrun-office.html", "artifact upload perfrun-cloud.html", "artifact upload perfrun-cloud.json", "meta-data set perfrun-verdict\nregression", "| agree |",
		"perfrun accept bk&#45;0190046e",
	})
	if list := b.perfrun("list").stdout; strings.Count(list, "bk-0190046e") != 2 || !strings.Contains(list, "-cloud") {
		t.Errorf("the box has not both runs:\n%s", list)
	}
	if jobs := strings.Count(b.perfrun("queue", "audit").stdout, "submit"); jobs != 1 {
		t.Errorf("%d orders were made", jobs)
	}
	if r := b.perfrun("hosts", "latest", "--price", "cloud=0.34"); r.code != exitOK || !strings.Contains(r.stdout, "office (decides)") || !strings.Contains(r.stdout, "agree") {
		t.Errorf("hosts: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if r := b.perfrun("hosts"); !strings.Contains(r.stdout, "not known yet") {
		t.Errorf("hosts over time:\n%s%s", r.stdout, r.stderr)
	}
	// The agent tries the step again: the box's run is the same one.
	b.agent.env = append(b.agent.env, "BUILDKITE_RETRY_COUNT=1")
	b.ci(exitOK, []string{"This step is advisory and passes"}, "--policy", "advisory")
	if list := b.perfrun("list").stdout; strings.Count(list, "bk-0190046e") != 3 || strings.Count(b.perfrun("queue", "audit").stdout, "submit") != 1 {
		t.Errorf("after a retry:\n%s", list)
	}
}

// TestCITellsOthers sets a status and calls a webhook, and shows secrets to nobody: not
// in its log, and not to the code that is measured.
func TestCITellsOthers(t *testing.T) {
	b := newBuilding(t)
	const secret = "hunter2-hunter2"
	var mu sync.Mutex
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.URL.Path+" "+string(body))
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(server.Close)
	key := filepath.Join(b.dir, "key")
	b.must(os.WriteFile(key, []byte(secret), 0o600))
	b.agent.env = append(b.agent.env, "PERFRUN_GITHUB_API="+server.URL, "PERFRUN_GITHUB_REPOSITORY=acme/database", "PERFRUN_GITHUB_TOKEN="+secret,
		"PERFRUN_WEBHOOK_URL="+server.URL+"/hook", "PERFRUN_WEBHOOK_KEY_FILE="+key, "BUILDKITE_BUILD_URL=https://example.com/7")
	b.commit("looks", "nap", "#!/bin/sh\nenv >>"+b.dir+"/seen\nsleep 0.8\n")
	b.pull()
	r := b.agent.perfrun("ci", "--here", "host", "--policy", "advisory")
	if seen, err := os.ReadFile(filepath.Join(b.dir, "seen")); err != nil || strings.Contains(string(seen), secret) || strings.Contains(string(seen), key) || strings.Contains(string(seen), "/hook") || !strings.Contains(string(seen), "BUILDKITE_BRANCH") {
		t.Errorf("measured code sees secrets, or nothing: %v", err)
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{`"state":"pending"`, `"state":"success"`, `"context":"perfrun/perf.yml"`, `"verdict":"regression"`, `"passes":true`, `"build_url":"https://example.com/7"`, `"benchmark":"nap"`} {
		if !strings.Contains(all, want) {
			t.Errorf("nobody was told %s:\n%s", want, all)
		}
	}
	if r.code != exitOK || len(got) != 3 || strings.Contains(r.stdout+r.stderr+all+b.said(), secret) {
		t.Errorf("exit %d, %d messages, or the secret is shown:\n%s%s", r.code, len(got), r.stdout, r.stderr)
	}
	if list := b.perfrun("show", "latest").stdout; !strings.Contains(list, "https://example.com/7") && !strings.Contains(b.agent.perfrun("--box=none", "show", "latest").stdout, "https://example.com/7") {
		t.Errorf("no run names the build:\n%s", list)
	}
	b.agent.env = append(b.agent.env, "PERFRUN_WEBHOOK_KEY_FILE="+key+".lost")
	if r := b.agent.perfrun("ci"); r.code != exitBadInput || !strings.Contains(r.stderr, "secret") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}

// TestCIOnMain compares with what the box measured last, and names the commits since.
func TestCIOnMain(t *testing.T) {
	b := newBuilding(t)
	b.agent.env = append(b.agent.env, "BUILDKITE_BRANCH=main", "BUILDKITE_PULL_REQUEST=false")
	b.ci(exitRegression, []string{"1 commit since the last that was measured", "two, Ada"})
	for _, subject := range []string{"three <b>", "four"} {
		b.commit(subject, "note", subject)
	}
	b.pull()
	// What a host of another class measured since is no base for the box.
	b.ok([]int{exitOK}, "record", "--engine", "host", "--host-class", "lab", "--base", "HEAD~2", "--head", "HEAD~1")
	b.agent.env = append(b.agent.env, "BUILDKITE_BUILD_ID=0190046e-e199-453b-a302-a21a4d649d32")
	b.ci(exitOK, []string{"2 commits since the last that was measured", "three &#60;b&#62;", "this step passes"}, "--here", "none")
	// A suite that is not there is said before anything is ordered.
	if r := b.agent.perfrun("ci", "--suite", "no.yml"); r.code != exitBadInput || !strings.Contains(r.stderr, "no.yml") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}

func TestCIWithoutTheBox(t *testing.T) {
	b := newBuilding(t)
	b.must(b.daemon.Process.Signal(syscall.SIGTERM))
	b.must(b.daemon.Wait())
	down := []string{"the daemon does not run", "regression", "did not reach the box", "meta-data set perfrun-verdict\nnone"}
	b.ci(exitOK, append(down, "nothing was decided"))
	b.agent.env = append(b.agent.env, "BUILDKITE_RETRY_COUNT=1")
	b.ci(exitUnreachable, append(down, "fails for that"), "--on-box-down", "fail")
	b.start()
	later := *b.agent
	if r := later.perfrun("import", "perfrun-cloud.json"); r.code != exitOK || !strings.Contains(b.perfrun("list").stdout, "-cloud") {
		t.Errorf("import later: exit %d: %s", r.code, r.stderr)
	}
}

// TestCIInACheckoutOfAStranger: the repository has links where the step leaves its
// files, and a folder where one cannot be.
func TestCIInACheckoutOfAStranger(t *testing.T) {
	b := newBuilding(t)
	const cloudFile = "perfrun-cloud.json"
	precious := filepath.Join(t.TempDir(), "precious")
	b.must(os.WriteFile(precious, []byte("precious"), 0o600))
	for _, name := range []string{"perfrun-office.html", "perfrun-cloud.html"} {
		b.must(os.Symlink(precious, filepath.Join(b.agent.repo, name)))
	}
	b.must(os.MkdirAll(filepath.Join(b.agent.repo, cloudFile, "x"), 0o755))
	b.ci(exitRegression, []string{"did not reach the box&#58; perfrun push bk&#45;0190046e", "| agree |"})
	b.must(os.RemoveAll(filepath.Join(b.agent.repo, cloudFile)))
	b.must(os.Symlink(precious, filepath.Join(b.agent.repo, cloudFile)))
	b.agent.env = append(b.agent.env, "BUILDKITE_RETRY_COUNT=1")
	b.ci(exitRegression, []string{"artifact upload " + cloudFile})
	if text, err := os.ReadFile(precious); err != nil || string(text) != "precious" {
		t.Errorf("a file outside was changed: %.40q, %v", text, err)
	}
}

func TestCIIsCancelled(t *testing.T) {
	b := newBuilding(t)
	b.ok([]int{exitOK}, "queue", "pause")
	cmd := b.agent.command("ci", "--here", "none")
	b.must(cmd.Start())
	b.until("the order is there", func() bool { return strings.Contains(b.perfrun("queue").stdout, "queued") })
	b.must(cmd.Process.Signal(syscall.SIGTERM))
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
	if r := b.perfrun("queue", "audit"); !strings.Contains(r.stdout, "cancel") {
		t.Errorf("the box was not told:\n%s", r.stdout)
	}
}

func TestCIOfAStrangeEnvironment(t *testing.T) {
	b := newBuilding(t)
	b.must(os.WriteFile(b.log, nil, 0o600))
	for name, value := range map[string]string{"BUILDKITE": "", "BUILDKITE_COMMIT": "$(id)", "BUILDKITE_BUILD_ID": "../x"} {
		w := *b.agent
		w.env = append(append([]string{}, b.agent.env...), fmt.Sprintf("%s=%s", name, value))
		if r := w.perfrun("ci"); r.code != exitBadInput || !strings.Contains(r.stderr, name) {
			t.Errorf("%s=%q: exit %d: %s", name, value, r.code, r.stderr)
		}
	}
	// What nothing depends on stops no build, and does not come to the box as it is.
	b.agent.env = append(b.agent.env, "BUILDKITE_BRANCH=\"$(id)\n--all\xff"+strings.Repeat("x", 2000), "BUILDKITE_BUILD_URL=javascript:alert(1)", "BUILDKITE_AGENT_NAME=--\n"+strings.Repeat("y", 100_000),
		"BUILDKITE_AGENT_META_DATA_QUEUE=perf\x1b[0m\n--host-class=office", "BUILDKITE_AGENT_META_DATA_X="+strings.Repeat("y", 100_000))
	b.ci(exitRegression, []string{"| agree |"})
	if r := b.perfrun("show", "latest"); strings.Contains(r.stdout, "javascript") || strings.Count(r.stdout, "y") > 1000 {
		t.Errorf("%.3000s", r.stdout)
	}
	if r := b.agent.perfrun("--box=none", "show", "latest"); !strings.Contains(r.stdout, "agent queue") || !strings.Contains(r.stdout, "0190046e-e1a3-4b4f-9bbb-0a4cbe3e0a7f") || strings.Contains(r.stdout, "\x1b") || !strings.Contains(r.stdout, "cloud") {
		t.Errorf("%.3000s", r.stdout)
	}
	if r := b.agent.perfrun("ci", "--policy", "never"); r.code != exitBadInput {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}
