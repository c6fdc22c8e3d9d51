package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	// The agent tries the step again: the box's run is the same one.
	b.agent.env = append(b.agent.env, "BUILDKITE_RETRY_COUNT=1")
	b.ci(exitOK, []string{"This step is advisory and passes"}, "--policy", "advisory")
	if list := b.perfrun("list").stdout; strings.Count(list, "bk-0190046e") != 3 || strings.Count(b.perfrun("queue", "audit").stdout, "submit") != 1 {
		t.Errorf("after a retry:\n%s", list)
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
	if r := b.agent.perfrun("ci", "--policy", "never"); r.code != exitBadInput {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}
