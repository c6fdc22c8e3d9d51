package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/buildkite/agenttest"
)

// wholeSuite is a Go project in its pipeline's image. The noise of a busy machine must not
// decide, so the change that is meant to be seen is one of counts: what it allocates.
const wholeSuite = `suite: whole
image: {pipeline: ci/test/pipeline.yml, step: test}
build:
  run: go test -c -o bench.test .
  cache: [~/.cache/go-build]
  env: {GOFLAGS: -mod=mod, GOPROXY: "off", GOTOOLCHAIN: local}
policy: {rounds: 8, warmups: 0, min_effect: 60%}
benchmarks:
  - name: sum
    run: ["./bench.test", "-test.run=^$", "-test.bench=.", "-test.benchtime=10ms", "-test.benchmem"]
    format: go
`

const wholePipeline = `steps:
  - key: test
    command: go test
    plugins:
      - docker#v5.0.0: {image: "` + goImage + `"}
`

const wholeBench = `package sum

import "testing"

var sink []byte

func BenchmarkSum(b *testing.B) {
	for range b.N {
		for range %d {
			sink = make([]byte, 64)
		}
	}
}
`

// whole is the way from a push to an annotation, with nothing of ours or theirs faked
// but the service that agents talk to: an agent on the laptop, a relay, a box.
type whole struct {
	*places
	api   *agenttest.API
	agent *agenttest.Agent
	env   []string
	jobs  int
}

func newWhole(t *testing.T) *whole {
	t.Helper()
	w := &whole{places: newPlaces(t, "docker")}
	w.commit("base", "perf.yml", wholeSuite, "ci/test/pipeline.yml", wholePipeline, "go.mod", "module sum\n\ngo 1.24\n",
		"sum_test.go", fmt.Sprintf(wholeBench, 20), ".gitignore", "*.test\n", "nap", "")
	w.status("office", "leads to this box")
	w.plugin()
	w.api = agenttest.New(t, w.listen("laptop"))
	for _, setting := range w.places.env { // the agent's own machine
		if !strings.HasPrefix(setting, "PERFRUN_") {
			w.env = append(w.env, setting)
		}
	}
	agents := w.path("agent")
	w.env = append(append(w.env, w.reach()...), "PERFRUN_DB="+agents+"/perfrun.db", "PERFRUN_CACHE="+agents+"/cache", "PERFRUN_LOCK="+agents+"/lock",
		"PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	w.startAgent()
	return w
}

// startAgent starts an agent on the laptop.
func (w *whole) startAgent() {
	w.t.Helper()
	w.agent = w.api.Start(w.path("agent"), w.env, w.prefix("laptop")...)
}

// plugin makes a repository of the plugin, as a pipeline refers to it.
func (w *whole) plugin() {
	w.t.Helper()
	dir := w.path("perfrun-buildkite-plugin")
	w.host("cp", "-r", "../../deploy/buildkite", dir)
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"add", "--all"},
		{"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "plugin"},
		{"tag", "v0.1.0"},
	} {
		w.host(append([]string{"git", "-C", dir}, args...)...)
	}
}

// listen opens a port on a host's own loopback, for this process.
func (p *places) listen(host string) net.Listener {
	p.t.Helper()
	opened := make(chan net.Listener)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with what it was made into
		var listener net.Listener
		file, err := os.Open("/run/netns/" + p.ns(host))
		if err == nil {
			err = unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			listener, err = net.Listen("tcp", "127.0.0.1:0")
		}
		if err != nil {
			p.t.Error(err)
		}
		opened <- listener
	}()
	if listener := <-opened; listener != nil {
		return listener
	}
	p.t.Fatal("no port on " + host)
	return nil
}

// push commits a change on a branch and returns a build of it.
func (w *whole) push(branch string, turns int) map[string]string {
	w.t.Helper()
	w.git("checkout", "--quiet", "-B", branch, "main")
	w.jobs++
	w.commit(fmt.Sprintf("change %d <b>`id`", w.jobs), "sum_test.go", fmt.Sprintf(wholeBench, turns), "note", fmt.Sprint(w.jobs))
	out, err := exec.Command("git", "-C", w.repo, "rev-parse", "HEAD").Output()
	w.must(err)
	w.git("checkout", "--quiet", "main")
	return map[string]string{
		"BUILDKITE_REPO": w.repo, "BUILDKITE_COMMIT": strings.TrimSpace(string(out)), "BUILDKITE_BRANCH": branch, "BUILDKITE_PULL_REQUEST": "7",
		"BUILDKITE_BUILD_ID": fmt.Sprintf("0190046e-e199-453b-a302-%012d", w.jobs), "BUILDKITE_BUILD_NUMBER": fmt.Sprint(w.jobs),
		"BUILDKITE_MESSAGE": "<script>alert(1)</script> $(id)",
	}
}

// step queues the build's step, by the plugin.
func (w *whole) step(build map[string]string, settings string) *agenttest.Job {
	w.t.Helper()
	env := map[string]string{"BUILDKITE_PLUGINS": fmt.Sprintf(`[{"file://%s#v0.1.0": {%s}}]`, w.path("perfrun-buildkite-plugin"), settings)}
	for name, value := range build {
		env[name] = value
	}
	try := cmp.Or(build["BUILDKITE_RETRY_COUNT"], "0")
	return w.api.Job(fmt.Sprintf("0190046e-e1a3-4b4f-9bb%s-%s", try, build["BUILDKITE_BUILD_ID"][24:]), env)
}

// ended waits for a step and wants its exit status and what its annotation says.
func (w *whole) ended(what string, job *agenttest.Job, exit, style string, words ...string) string {
	w.t.Helper()
	got := job.Wait()
	note := job.Annotations()["perfrun-perf.yml"]
	if got != exit || style != "" && note.Style != style {
		w.t.Errorf("%s: exit %s, want %s; the annotation is %q, want %q\n%s\n%s", what, got, exit, note.Style, style, note.Body, job.Log())
	}
	for _, word := range words {
		if !strings.Contains(note.Body, word) {
			w.t.Errorf("%s: the annotation does not say %q:\n%s", what, word, note.Body)
		}
	}
	return note.Body
}

// orders is how many jobs the box has been given for a build.
func (w *whole) orders(build map[string]string) (n int) {
	w.t.Helper()
	var audit struct {
		Deeds []struct{ Verb, Object string }
	}
	w.must(json.Unmarshal([]byte(w.atTheBox("queue", "audit", "-n", "500", "--json")), &audit))
	for _, deed := range audit.Deeds {
		if deed.Verb == "submit" && strings.Contains(deed.Object, build["BUILDKITE_BUILD_ID"]) {
			n++
		}
	}
	return n
}

// atTheBox calls perfrun on the box itself.
func (w *whole) atTheBox(args ...string) string {
	w.t.Helper()
	return w.on("office", []string{"PERFRUN_BOX=unix://" + w.path("s")}, args...).stdout
}

// measures waits until the box measures a build.
func (w *whole) measures(build map[string]string, job *agenttest.Job) {
	w.t.Helper()
	job.Until("the box measures", func() bool {
		view := w.atTheBox("queue", "--json")
		return strings.Contains(view, build["BUILDKITE_BUILD_ID"]) && strings.Contains(view, `"run": "measuring"`)
	})
}

func TestWholePath(t *testing.T) {
	w := newWhole(t)
	const gate = `"policy": "gate"`

	slower := w.push("slower", 60)
	job := w.step(slower, gate)
	body := w.ended("a slower commit", job, "1", "error", "regression", "agree", "A regression fails this step", "artifact://perfrun-office.html")
	if strings.Contains(body, "<script") || job.MetaData()["perfrun-verdict"] != "regression" {
		t.Errorf("meta-data %v\n%s", job.MetaData(), body)
	}
	for _, name := range []string{"perfrun-office.html", "perfrun-cloud.html"} {
		if page := job.Artifacts()[name]; !bytes.HasPrefix(page, []byte("<!DOCTYPE html>")) || !bytes.Contains(page, []byte("whole")) {
			t.Errorf("%s is no page: %.100q", name, page)
		}
	}
	if hosts := w.atTheBox("hosts", "latest"); !strings.Contains(hosts, "office (decides)") || !strings.Contains(hosts, "cloud") {
		t.Errorf("the box has not both:\n%s", hosts)
	}

	w.ended("the same again", w.step(w.push("same", 20), gate), "0", "", "No regression&#58; this step passes")

	cut := w.push("cut", 60)
	job = w.step(cut, gate)
	w.measures(cut, job)
	w.silence("laptop", true)
	job.Until("the box is done", func() bool { return !strings.Contains(w.atTheBox("queue", "--json"), `"run": "`) })
	w.silence("laptop", false)
	w.ended("cut in the middle", job, "1", "error", "regression", "agree")
	if n := w.orders(cut); n != 1 {
		t.Errorf("a cut made %d orders", n)
	}

	lost := w.push("lost", 60)
	job = w.step(lost, gate)
	w.measures(lost, job)
	w.agent.Kill()
	w.startAgent()
	lost["BUILDKITE_RETRY_COUNT"] = "1"
	w.ended("the agent was killed", w.step(lost, gate), "1", "error", "regression", "agree")
	if n := w.orders(lost); n != 1 || job.Exit() != "" {
		t.Errorf("a killed agent made %d orders", n)
	}

	cancelled := w.push("cancelled", 60)
	job = w.step(cancelled, gate)
	w.measures(cancelled, job)
	job.Cancel()
	if exit := job.Wait(); exit == "0" {
		t.Errorf("a cancelled step ends with %s", exit)
	}
	if note := job.Annotations()["perfrun-perf.yml"]; !strings.Contains(note.Body, "The step was cancelled") {
		t.Errorf("a cancelled step leaves the annotation\n%s", note.Body)
	}
	job.Until("the box's job is cancelled", func() bool { return !strings.Contains(w.atTheBox("queue", "--json"), cancelled["BUILDKITE_BUILD_ID"]) })

	w.atTheBox("queue", "pause")
	first := w.step(w.push("busy", 20), gate+`, "here": "none"`)
	first.Until("it is ordered", func() bool { return strings.Contains(w.atTheBox("queue", "--json"), `"branch": "busy `) })
	second := w.step(w.push("busy", 20), gate+`, "here": "none"`)
	w.ended("a newer build of the branch came", first, "0", "warning", "took this one")
	w.atTheBox("queue", "resume")
	w.ended("the newer build", second, "0", "", "No regression")

	w.silence("laptop", true)
	down := w.push("down", 60)
	job = w.step(down, gate+`, "on-box-down": "fail"`)
	w.ended("no box at all", job, "5", "warning", "cannot be reached", "did not reach the box")
	w.silence("laptop", false)
	w.status("laptop", "leads to")
	file := w.write("later.json", string(job.Artifacts()["perfrun-cloud.json"]))
	for range 2 { // a second push changes nothing
		if r := w.fromLaptop("push", file); r.code != exitOK {
			t.Errorf("push later: exit %d: %s", r.code, r.stderr)
		}
	}
	if list := w.atTheBox("list"); !strings.Contains(list, down["BUILDKITE_BUILD_ID"]) {
		t.Errorf("the box has nothing of the build that it missed:\n%s", list)
	}
}
