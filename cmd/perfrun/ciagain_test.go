package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"mtrlz.dev/perfrun/harness/buildkite"
	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
	"mtrlz.dev/perfrun/tunnel"
	"mtrlz.dev/perfrun/tunnel/client"
)

// submits is how many orders the box was given.
func (b *building) submits() int { return strings.Count(b.perfrun("queue", "audit").stdout, "submit") }

// set changes the build's environment.
func (b *building) set(settings ...string) { b.agent.env = append(b.agent.env, settings...) }

// interrupted starts the step and ends it when the box has its order.
func (b *building) interrupted(args ...string) {
	b.t.Helper()
	before := b.submits()
	cmd := b.agent.command(append([]string{"ci", "--here", "none"}, args...)...)
	b.must(cmd.Start())
	b.until("the order is there", func() bool { return b.submits() > before })
	b.must(cmd.Process.Signal(syscall.SIGTERM))
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		b.t.Errorf("exit %d", code)
	}
}

// prints makes the benchmark of the latest commit say a number: the noise of a busy machine
// must not decide.
func (b *building) prints(message, number string, files ...string) {
	b.t.Helper()
	b.commit(message, append(files, "nap", "#!/bin/sh\necho latency "+number+" s\n")...)
	b.pull()
}

// newExact is a build whose head is slower than its base.
func newExact(t *testing.T) *building {
	t.Helper()
	b := newBuilding(t)
	b.prints("exact", "1", "perf.yml", strings.Replace(servedSuite, "./nap", "./nap, format: values", 1))
	b.prints("slower", "5")
	return b
}

// TestCITriesAgain: a retry of a step that has a result doubles nothing, though the box has
// measured meanwhile; one that came to nothing measures.
func TestCITriesAgain(t *testing.T) {
	b := newExact(t)
	b.set("BUILDKITE_BRANCH=main", "BUILDKITE_PULL_REQUEST=false")
	b.ci(exitRegression, []string{"**! regression"}, "--here", "none")
	b.commit("three", "note", "three")
	b.prints("four", "9")
	b.set("BUILDKITE_BUILD_ID=0190046e-e199-453b-a302-a21a4d649d33")
	b.ci(exitRegression, []string{"2 commits since"}, "--here", "none")
	b.ok([]int{exitOK}, "submit", "--wait", "--base", "HEAD~2", "--head", "HEAD~1") // a better base, were it another order
	b.set("BUILDKITE_RETRY_COUNT=1")
	b.ci(exitRegression, []string{"2 commits since"}, "--here", "none")
	if n := b.submits(); n != 3 {
		t.Errorf("%d orders were made", n)
	}
	b.prints("five", "5")
	b.set("BUILDKITE_BUILD_ID=0190046e-e199-453b-a302-a21a4d649d32", "BUILDKITE_RETRY_COUNT=0")
	b.ok([]int{exitOK}, "queue", "pause")
	b.interrupted()
	b.ok([]int{exitOK}, "queue", "resume")
	b.ci(exitFailed, []string{"it is cancelled"}, "--here", "none") // the same try of it
	for _, retry := range []string{"1", "2"} {
		b.set("BUILDKITE_RETRY_COUNT=" + retry)
		b.ci(exitOK, []string{"this step passes", "meta-data set perfrun-job\nbk-0190046e-e199-453b-a302-a21a4d649d32-s"}, "--here", "none")
		if n := b.submits(); n != 5 || !strings.Contains(b.said(), "-r2\n") {
			t.Errorf("retry %s: %d orders:\n%s", retry, n, b.said())
		}
	}
}

// TestCIAccepted: what somebody wants stops no build, and is shown as that.
func TestCIAccepted(t *testing.T) {
	b := newExact(t)
	b.ci(exitRegression, []string{"If this is intended"}, "--here", "none")
	b.ok([]int{exitOK}, "accept", "latest", "nap", "--reason", "<b>sleeps better")
	b.ci(exitOK, []string{
		"--style success", "sleeps better", "&#60;b&#62;", ", accepted |", "of which 1 accepted", "No regression but what is accepted", "meta-data set perfrun-verdict\naccepted",
	}, "--here", "none")
	if strings.Contains(b.said(), "If this is intended") {
		t.Errorf("it is to be accepted again:\n%s", b.said())
	}
	// An acceptance of a commit that base has already is none of what came since.
	b.prints("slower still", "9")
	b.set("BUILDKITE_BUILD_ID=0190046e-e199-453b-a302-a21a4d649d32", "BUILDKITE_BRANCH=main", "BUILDKITE_PULL_REQUEST=false")
	b.ci(exitRegression, []string{"**! regression", "meta-data set perfrun-verdict\nregression"}, "--here", "none")
}

// TestToldOfAccepted: a webhook gets what is accepted apart from the regressions.
func TestToldOfAccepted(t *testing.T) {
	regression := func(name string, change float64) verdict.Comparison {
		return verdict.Comparison{Benchmark: name, Verdict: verdict.Regression, Change: change}
	}
	s := &step{accepted: []results.Acceptance{{Benchmark: "join"}}}
	s.office.Comparisons = []verdict.Comparison{regression("join", 0.5)}
	if v := s.told(exitOK, "", nil); v.Verdict != "accepted" || v.Count["accepted"] != 1 || v.Count["regression"] != 0 || v.Worst != nil {
		t.Errorf("%+v", v)
	}
	s.office.Comparisons = append(s.office.Comparisons, regression("scan", 0.1))
	if v := s.told(exitRegression, "", nil); v.Verdict != "regression" || v.Worst == nil || v.Worst.Benchmark != "scan" {
		t.Errorf("%+v", v)
	}
}

// TestPasses: a step that could see nothing does not say that there is nothing.
func TestPasses(t *testing.T) {
	s := &step{}
	check := func(want, not string, verdicts ...verdict.Verdict) {
		t.Helper()
		s.office.Comparisons = nil
		for _, v := range verdicts {
			s.office.Comparisons = append(s.office.Comparisons, verdict.Comparison{Verdict: v})
		}
		if said := s.passes(); !strings.Contains(said, want) || not != "" && strings.Contains(said, not) {
			t.Errorf("%v: %s", verdicts, said)
		}
	}
	check("2 cannot tell", "No regression", verdict.CannotTell, verdict.CannotTell)
	check("1 cannot tell", "Nothing", verdict.CannotTell, verdict.NoChange)
	check("No regression: this step passes (nothing was compared)", "Nothing")
}

// TestCISuites: several suites of one build leave nothing of the same name.
func TestCISuites(t *testing.T) {
	b := newBuilding(t)
	b.commit("more", "ci/other.yml", strings.Replace(servedSuite, "served", "other", 1))
	b.pull()
	b.ci(exitOK, []string{
		"artifact upload perfrun-office-ci-other.yml-", "artifact upload perfrun-cloud-ci-other.yml-", "meta-data set perfrun-verdict-ci-other.yml-", "annotate --context perfrun-ci/other.yml",
		"artifact://perfrun-office-ci-other.yml-", "&#45;&#45;repository project</code>",
	}, "--suite", "ci/other.yml", "--repository", "project")
	if said := b.said(); strings.Contains(said, "perfrun-verdict\n") || strings.Contains(said, "upload perfrun-office.html") {
		t.Errorf("it takes another suite's names:\n%s", said)
	}
	b.ci(exitOK, []string{"meta-data set perfrun-verdict\n", "meta-data set perfrun-verdict-perf.yml\n", "upload perfrun-office.html"}, "--here", "none")
	names := map[string]bool{}
	for _, suite := range []string{"perf.yml", "a/b.yml", "a-b.yml", "a_b.yml", "../x", strings.Repeat("x", 5000), strings.Repeat("x", 5001), "$(id)\n"} {
		s := &step{flags: ciFlags{suite: suite}}
		if key := s.key(); names[key] || len(key) > 80 || strings.ContainsAny(s.officePage(), "/\n$") {
			t.Errorf("%q is called %q", suite, key)
		}
		names[s.key()] = true
	}
}

// TestCITellsThatItWasCancelled: nothing is left that looks as if it went on.
func TestCITellsThatItWasCancelled(t *testing.T) {
	b := newBuilding(t)
	var mu sync.Mutex
	var got []string
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, string(body))
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(hub.Close)
	b.set("PERFRUN_GITHUB_API="+hub.URL, "PERFRUN_GITHUB_REPOSITORY=acme/database", "PERFRUN_GITHUB_TOKEN=x")
	b.ok([]int{exitOK}, "queue", "pause")
	b.interrupted()
	if said := b.said(); !strings.Contains(said[strings.LastIndex(said, "=="):], "The step was cancelled") {
		t.Errorf("the last annotation is not of the end:\n%s", said)
	}
	if len(got) != 2 || !strings.Contains(got[1], `"state":"error"`) {
		t.Errorf("GitHub was told %q", got)
	}
}

// TestCICancelledWhileOrdering: an order that arrives, and whose answer does not, is
// taken back as well.
func TestCICancelledWhileOrdering(t *testing.T) {
	b := newBuilding(t)
	b.ok([]int{exitOK}, "queue", "pause")
	held, end := make(chan bool, 1), make(chan bool)
	box := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "box"}) },
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", b.socket())
		}},
		ModifyResponse: func(r *http.Response) error {
			if r.Request.Method == "POST" && r.Request.URL.Path == "/v1/jobs" {
				held <- true
				<-end
			}
			return nil
		},
	}
	socket := filepath.Join(b.dir, "slow")
	listener, err := net.Listen("unix", socket)
	b.must(err)
	server := &http.Server{Handler: box}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	defer close(end)
	b.set("PERFRUN_BOX=unix://" + socket)
	cmd := b.agent.command("ci", "--here", "none")
	b.must(cmd.Start())
	<-held
	b.must(cmd.Process.Signal(syscall.SIGTERM))
	_ = cmd.Wait()
	if audit := b.perfrun("queue", "audit").stdout; !strings.Contains(audit, "cancel") {
		t.Errorf("the order was left:\n%s", audit)
	}
}

// TestCIDoesNotWaitToMeasure: a box that does not answer keeps a first try from measuring
// for seconds, not for as long as a lost link is waited for.
func TestCIDoesNotWaitToMeasure(t *testing.T) {
	s := &step{build: buildkite.Build{Commit: strings.Repeat("0a", 20)}}
	first, done := s.soon(t.Context())
	defer done()
	if at, bounded := first.Deadline(); !bounded || at.IsZero() {
		t.Error("the first try waits for the box")
	}
	s.build.Retry = 1
	later, done := s.soon(t.Context())
	defer done()
	if _, bounded := later.Deadline(); bounded {
		t.Error("a retry may miss what it ordered")
	}
	w := newWorld(t)
	w.commit("one", "a", "1")
	w.commit("two", "a", "2")
	mirror, err := source.Open(t.Context(), t.TempDir(), w.repo)
	w.must(err)
	defer mirror.Close()
	box, err := client.New(tunnel.Address{Socket: filepath.Join(w.dir, "none")}, client.Options{})
	w.must(err)
	defer box.Close()
	head, err := mirror.Resolve(t.Context(), "HEAD")
	w.must(err)
	s.build = buildkite.Build{Commit: head.Rev, Branch: "main", Default: "main"}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if base, err := s.base(t.Context(), over, mirror, box); err != nil || base == "" || base == head.Rev {
		t.Errorf("without the box the base is %q, %v", base, err)
	}
}
