package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

const quick = "rounds: 6, warmups: 0"

// Where a test counts executions it runs with --quiet none: with nothing pinned
// nothing is contaminated and taken again, whatever else this machine does.

// TestBadRequests are wrong before anything is measured: one line each, the
// documented exit code, and nothing recorded.
func TestBadRequests(t *testing.T) {
	w := newWorld(t)
	w.commit("base", "perf.yml", suiteOf(quick, "{name: a, run: \"true\"}"), "broken.yml", "suite: x\nbenchmark: []\n",
		"noimage.yml", "suite: x\nimage: {ref: acme/none:1}\nbenchmarks: [{name: a, run: \"true\"}]\n")
	check := func(code int, want string, args ...string) {
		t.Helper()
		r := w.perfrun(args...)
		if r.code != code || !strings.Contains(r.stderr, want) || strings.Count(strings.TrimSpace(r.stderr), "perfrun:") != 1 {
			t.Errorf("perfrun %q ended with %d and said\n%swant %d and %q", args, r.code, r.stderr, code, want)
		}
	}
	check(exitBadInput, `--base: it names no revision; say what to compare with`, "run")
	check(exitBadInput, `unknown flag: --bse`, "run", "--bse", "x")
	check(exitBadInput, `unknown command "rn"`, "rn")
	check(exitBadInput, "there is no such commit", "run", "--base", "no-such")
	check(exitBadInput, `revision "--help": there is no such commit`, "run", "--base=--help")
	check(exitBadInput, "cpu 4000 does not exist or is offline; this machine has cpus", "run", "--base", "HEAD", "--cpus", "4000")
	check(exitBadInput, `--cpus: "x" is not a CPU number`, "run", "--base", "HEAD", "--cpus", "x")
	check(exitBadInput, "--only: error parsing regexp", "run", "--base", "HEAD", "--only", "(")
	check(exitBadInput, `no benchmark matches "zzz"; the suite has "a"`, "run", "--base", "HEAD", "--only", "zzz")
	check(exitBadInput, `--min-effect: "much" is no share`, "run", "--base", "HEAD", "--min-effect", "much")
	check(exitBadInput, "--min-effect: every change counts more than none", "run", "--base", "HEAD", "--min-effect", "0%")
	check(exitBadInput, "--rounds: -1 is no number of rounds", "run", "--base", "HEAD", "--rounds", "-1")
	check(exitBadInput, `--engine: "podman" is no engine`, "run", "--base", "HEAD", "--engine", "podman")
	check(exitBadInput, "none.yml: commit", "run", "--base", "HEAD", "--suite", "none.yml")
	check(exitBadInput, `broken.yml:2:1: a suite has no key "benchmark"; did you mean benchmarks?`, "run", "--base", "HEAD", "--suite", "broken.yml")
	check(exitBadInput, "image acme/none:1: it is not on this machine and cannot be pulled", "run", "--base", "HEAD", "--suite", "noimage.yml")
	check(exitBadInput, "it is not in a git repository", "run", "--base", "HEAD", "--repo", t.TempDir())
	w.env = append(w.env, "DOCKER_HOST=unix:///nonexistent/docker.sock")
	check(exitFailed, "docker is not here: its socket does not exist; install it", "run", "--base", "HEAD")
}

func TestDatabasesThatCannotBeUsed(t *testing.T) {
	w := newWorld(t)
	garbage := filepath.Join(w.dir, "garbage.db")
	w.must(os.WriteFile(garbage, []byte(strings.Repeat("no database at all. ", 100)), 0o644))
	check := func(want string, args ...string) {
		t.Helper()
		if r := w.perfrun(args...); r.code == 0 || !strings.Contains(r.stderr, want) {
			t.Errorf("perfrun %q ended with %d and said %swant %q", args, r.code, r.stderr, want)
		}
	}
	check("garbage.db", "list", "--db", garbage)
	check("none.db", "list", "--db", filepath.Join(w.dir, "none.db"))
	if text, err := os.ReadFile(garbage); err != nil || !strings.HasPrefix(string(text), "no database at all.") {
		t.Error("the file that is no database was changed")
	}
}

// TestHostileBenchmarks: each goes wrong in its own way, is broken with its
// evidence, and the good one beside them is measured to the end.
func TestHostileBenchmarks(t *testing.T) {
	w := newWorld(t)
	flip := `test -e flip && { rm flip; echo 'a 1 s'; echo 'b 2 s'; } || { touch flip; echo 'a 1 s'; }`
	hostile := `'; DROP TABLE runs; -- <script>alert(1)</script>`
	w.commit("base", "perf.yml", suiteOf(quick+", max_time: 2m",
		`{name: good, run: ["sh", "-c", "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done"]}`,
		`{name: daemon, run: "sleep 300 & echo left"}`,
		`{name: stubborn, run: "trap '' TERM; sleep 300", timeout: 500ms}`,
		`{name: loud, run: "head -c 1000000000 /dev/zero", format: values}`,
		`{name: not-utf8, run: "printf 'n\\377m 1 s\\n'", format: values}`,
		`{name: nan, run: "echo x NaN s", format: values}`,
		`{name: flips, run: "`+strings.ReplaceAll(flip, `"`, `\"`)+`", format: values}`,
		`{name: silent, run: "true", format: go}`,
		`{name: fails, run: "echo why >&2; exit 7"}`,
		`{name: absent, run: no-such-program}`,
		fmt.Sprintf(`{name: %q, run: "echo 'ok 1'", format: values}`, hostile)))
	w.ok(broken, "run", "--base", "HEAD", "--quiet", "none")

	found := w.comparisons()
	check := func(name string, want verdict.Verdict, reason string) {
		t.Helper()
		c, ok := found[name]
		if !ok || c.Verdict != want || !strings.Contains(c.Reason, reason) {
			t.Errorf("%s: found %v, %q because %q; want %q because %q", name, ok, c.Verdict, c.Reason, want, reason)
		}
	}
	check("daemon", verdict.Broken, "it ended but left processes running (sleep), which were killed")
	check("stubborn", verdict.Broken, "it ran longer than 500ms and was killed")
	check("loud", verdict.Broken, "failed in round 1")
	check("nan", verdict.Broken, "failed in round 1")
	check("flips b", verdict.Broken, "")
	check("silent", verdict.Broken, "failed in round 1")
	check("fails", verdict.Broken, "it ended with status 7")
	check("absent", verdict.Broken, `"no-such-program" is not in PATH`)
	check(hostile+" ok", verdict.NoChange, "every value of both sides is the same")
	check("not-utf8 n\uFFFDm", verdict.NoChange, "the same")
	if c := found["good wall"]; c.Base.N != 6 || c.Head.N != 6 {
		t.Errorf("the good one has %d and %d executions", c.Base.N, c.Head.N)
	}
	if c := found["fails"]; len(c.Evidence) == 0 || c.Evidence[0].Stderr != "why\n" {
		t.Errorf("evidence of the failing one: %+v", c.Evidence)
	}
	assertNoMarkup(t, w)
	if left := w.containers(); left != "" {
		t.Errorf("containers left: %s", left)
	}
	if r := w.ok([]int{0}, "db", "check"); !strings.Contains(r.stdout, "sound") {
		t.Errorf("db check: %s", r.stdout)
	}
}

// assertNoMarkup looks at the page for names that became markup.
func assertNoMarkup(t *testing.T, w *world) {
	t.Helper()
	page := w.ok([]int{0}, "report", "latest", "-o", "-").stdout
	if strings.Contains(page, "<script>alert") || !strings.Contains(page, "&lt;script&gt;alert") {
		t.Error("a hostile name is markup in the page, or is not there at all")
	}
}

func TestBuildThatFailsOnOneSide(t *testing.T) {
	w := newWorld(t)
	suite := suiteOf(quick, `{name: a, run: "true"}`) + "build: {run: \"echo compiling; ./build.sh\"}\n"
	w.commit("base", "perf.yml", suite, "build.sh", "#!/bin/sh\nexit 0\n")
	w.must(os.Chmod(filepath.Join(w.repo, "build.sh"), 0o755))
	w.commit("executable")
	w.commit("head", "build.sh", "#!/bin/sh\nhead -c 3000000 /dev/zero | tr '\\0' x\necho\necho 'error[E0308]: mismatched types' >&2\nexit 101\n")
	r := w.ok([]int{exitFailed}, "run", "--base", "HEAD~1")
	log := filepath.Join(w.dir, "perfrun.db-logs", w.record().Run.ID, "build-head.log")
	for _, want := range []string{"build of head: it failed with status 101", "error[E0308]: mismatched types", log} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("perfrun did not say %q:\n%s", want, r.stderr)
		}
	}
	if len(r.stderr) > 50_000 {
		t.Errorf("perfrun repeats %d bytes of what the build said", len(r.stderr))
	}
	if run := w.record().Run; run.State != results.Failed || !strings.Contains(run.Error, "status 101") {
		t.Errorf("the run is %s: %s", run.State, run.Error)
	}
	if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), "compiling") {
		t.Errorf("the log is %q, %v", text, err)
	}
}

// slow is a suite whose rounds take long enough to be interrupted.
func slow(w *world) {
	w.commit("base", "perf.yml", suiteOf("rounds: 200, stop: fixed, warmups: 0", `{name: a, run: sleep 0.05}`))
}

func TestInterruptKeepsWhatWasMeasured(t *testing.T) {
	w := newWorld(t)
	slow(w)
	cmd := w.command("run", "--base", "HEAD")
	said := interruptWhen(t, cmd, "round 4 of 200", syscall.SIGINT)
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(said, "perfrun: interrupted") {
		t.Errorf("ended with %d: %s", code, said)
	}
	record := w.record()
	if record.Run.State != results.Cancelled || len(record.Executions) < 6 {
		t.Errorf("the run is %s with %d executions", record.Run.State, len(record.Executions))
	}
	if left := w.containers(); left != "" {
		t.Errorf("containers left: %s", left)
	}
}

func TestKillKeepsRoundsAndTheNextStartCleansUp(t *testing.T) {
	w := newWorld(t)
	slow(w)
	for range 2 { // at whatever point of a round it comes
		interruptWhen(t, w.command("run", "--base", "HEAD", "--quiet", "none"), "round 4 of 200", syscall.SIGKILL)
	}
	record := w.record()
	if record.Run.State.Final() || len(record.Executions) != 6 {
		t.Errorf("after the kill the run is %s with %d executions", record.Run.State, len(record.Executions))
	}
	killed := record.Run.ID
	w.ok(anyVerdict, "db", "check")
	r := w.ok(anyVerdict, "run", "--base", "HEAD", "--rounds", "1")
	if !strings.Contains(r.stderr, "run "+killed+" was cut off while measuring: what it measured is kept") {
		t.Errorf("the next run said:\n%s", r.stderr)
	}
	if left := w.containers(); left != "" {
		t.Errorf("containers left: %s", left)
	}
	if shown := w.ok([]int{0}, "show", killed).stdout; !strings.Contains(shown, "failed") {
		t.Errorf("the killed run is shown as\n%s", shown)
	}
}

func TestSecondRunWaitsForTheMachine(t *testing.T) {
	w := newWorld(t)
	slow(w)
	other := newWorld(t) // another repository, cache and user; the same machine and database
	other.commit("base", "perf.yml", suiteOf("rounds: 1, warmups: 0", `{name: b, run: "true"}`))
	other.env = append(other.env, "PERFRUN_LOCK="+filepath.Join(w.dir, "lock"), "PERFRUN_DB="+filepath.Join(w.dir, "perfrun.db"))
	first := w.command("run", "--base", "HEAD")
	said := &awaited{text: "round 2 of 200", found: make(chan struct{})}
	first.Stderr = said
	w.must(first.Start())
	<-said.found
	second := other.command("run", "--base", "HEAD")
	waits := &awaited{text: "the machine is taken: waiting for run ", found: make(chan struct{})}
	second.Stderr = waits
	w.must(second.Start())
	select {
	case <-waits.found:
	case <-time.After(time.Minute):
		t.Error("the second run does not say that it waits")
	}
	w.must(first.Process.Signal(syscall.SIGINT))
	_ = first.Wait()
	if err := second.Wait(); err != nil {
		t.Errorf("the second run ended with %v:\n%s", err, waits.seen.String())
	}
	if runs := w.ok([]int{0}, "list").stdout; strings.Count(runs, "\n") != 3 {
		t.Errorf("the shared database has\n%s", runs)
	}
}

// TestDiskFull records to a file system of its own that has no room, in a mount
// namespace of its own.
func TestDiskFull(t *testing.T) {
	w := newWorld(t)
	slow(w)
	small := filepath.Join(w.dir, "small")
	w.must(os.MkdirAll(small, 0o755))
	// The filler leaves room for the schema and the first rounds only.
	script := `mount -t tmpfs -o size=600k tmpfs "$1" && shift && "$@"; code=$?; cp "$SMALL"/perfrun.db* "$KEPT"; exit $code`
	kept := filepath.Join(w.dir, "kept")
	w.must(os.MkdirAll(kept, 0o755))
	cmd := exec.Command("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", small, program, "run", "--base", "HEAD", "--engine", "host", "--quiet", "none", "--rounds", "20000",
		"--db", filepath.Join(small, "perfrun.db"))
	if os.Getuid() == 0 {
		cmd.Args = append([]string{"unshare", "--mount"}, cmd.Args[3:]...)
	}
	w.commit("many", "perf.yml", "suite: many\npolicy: {warmups: 0, stop: fixed, max_time: 5m}\nbenchmarks:\n"+many(40))
	cmd.Dir, cmd.Env = w.repo, append(w.env, "SMALL="+small, "KEPT="+kept)
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), "full") {
		t.Fatalf("ended with %v:\n%s", err, out)
	}
	w.env = append(w.env, "PERFRUN_DB="+filepath.Join(kept, "perfrun.db"))
	record := w.record()
	if len(record.Executions) == 0 || len(record.Executions)%80 != 0 {
		t.Errorf("%d executions are kept: not whole rounds", len(record.Executions))
	}
	w.ok([]int{0}, "db", "check")
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  - {name: b%d, run: \"true\"}\n", i)
	}
	return b.String()
}
