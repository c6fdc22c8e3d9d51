package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/sshdtest"
)

// served is a world with a daemon that measures its repository for others.
type served struct {
	*world
	daemon *exec.Cmd
}

const servedSuite = `suite: served
image: {ref: none}
policy: {rounds: 16, min_effect: 10%} # beside other work; quiet ones stop before
benchmarks:
  - {name: nap, run: ./nap}
`

// newServed makes a repository whose head naps longer than its base, and a daemon.
func newServed(t *testing.T) *served {
	t.Helper()
	s := &served{world: newWorld(t)}
	s.commit("one", "perf.yml", servedSuite, "nap", "#!/bin/sh\nsleep 0.01\n")
	s.must(os.Chmod(filepath.Join(s.repo, "nap"), 0o755))
	s.commit("executable")
	s.commit("two", "nap", "#!/bin/sh\nsleep 0.2\n")
	config := filepath.Join(s.dir, "perfrun.yml")
	text := fmt.Sprintf("host_class: office\nstate: %s/state\nquiet: none\ngate: {timers: 0s, busy: 99%%}\nbox: {socket: %s, keys: %s/keys, reserve: 1MiB, metrics: %s/perfrun.prom}\nrepositories:\n  project: {url: \"file://%s\"}\n",
		s.dir, s.socket(), s.dir, s.dir, s.repo)
	s.must(os.WriteFile(config, []byte(text), 0o644))
	s.env = append(s.env, "PERFRUN_CONFIG="+config, "XDG_CONFIG_HOME="+s.dir)
	s.start()
	return s
}

// socket has a short name: the kernel takes no long one.
func (s *served) socket() string { return filepath.Join(s.dir, "s") }

// start starts the daemon and waits until it listens.
func (s *served) start() {
	s.t.Helper()
	s.daemon = s.command("serve", "--engine", "host")
	s.daemon.Stderr = os.Stderr
	s.daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.must(s.daemon.Start())
	daemon := s.daemon
	s.t.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		_ = daemon.Wait()
	})
	s.until("the daemon listens", func() bool {
		conn, err := net.Dial("unix", s.socket())
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// until waits for what takes a moment, and is generous: the machine may be busy.
func (s *served) until(what string, done func() bool) {
	s.t.Helper()
	for range 1200 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("waited a minute in vain until %s", what)
}

// key is what leads to the box with a key of this role: the environment and a flag.
func (s *served) key(name string, role results.Role) (env, flag string) {
	s.t.Helper()
	server := s.sshd(name, role)
	return "PERFRUN_SSH=" + server.Program(), "--box=" + server.Address.String()
}

// sshd starts one that lets one key in, as perfrun access add writes it.
func (s *served) sshd(name string, role results.Role) *sshdtest.Server {
	s.t.Helper()
	var with strings.Builder
	for _, variable := range s.env {
		if strings.HasPrefix(variable, "PERFRUN_") {
			fmt.Fprintf(&with, "%s ", variable)
		}
	}
	return sshdtest.Start(s.t, fmt.Sprintf("env %s%s dial-stdio --as %s --role %s", with.String(), program, name, role))
}

// through calls perfrun with a key.
func (s *served) through(key [2]string, args ...string) result {
	s.t.Helper()
	w := *s.world
	w.env = append(append([]string{}, s.env...), key[0])
	return w.perfrun(append([]string{key[1]}, args...)...)
}

func TestOrdersThroughSSH(t *testing.T) {
	s := newServed(t)
	var ci, dev, guest, admin [2]string
	ci[0], ci[1] = s.key("ci", results.Submitter)
	dev[0], dev[1] = s.key("dev", results.Submitter)
	guest[0], guest[1] = s.key("guest", results.Viewer)
	admin[0], admin[1] = s.key("nikhil", results.Admin)
	check := func(key [2]string, code int, out, err string, args ...string) result {
		t.Helper()
		r := s.through(key, args...)
		if r.code != code || !strings.Contains(r.stdout, out) || !strings.Contains(r.stderr, err) {
			t.Errorf("perfrun %q: exit %d, want %d with %q and %q\n%s%s", args, r.code, code, out, err, r.stdout, r.stderr)
		}
		return r
	}
	check(ci, exitRegression, "regression", "is done", "submit", "--wait", "--base", "HEAD~1", "--id", "first")
	check(guest, exitOK, "first", "", "list")
	check(guest, exitRegression, "regression", "", "compare", "latest")
	check(guest, exitOK, "round 3 of 16", "", "logs", "first")
	check(guest, exitOK, "<!DOCTYPE html>", "", "report", "latest", "-o", "-")
	check(guest, exitBadInput, "", "viewer", "submit", "--id", "forbidden")

	check(admin, exitOK, "", "", "queue", "pause", "--why", "a test")
	check(ci, exitOK, "second", "is queued", "submit", "--base", "HEAD~1", "--id", "second", "--rounds", "3")
	check(ci, exitOK, "second", "is queued", "submit", "--base", "HEAD~1", "--id", "second", "--rounds", "3")
	check(ci, exitBadInput, "", "another order", "submit", "--base", "HEAD~1", "--id", "second", "--rounds", "4")
	check(dev, exitBadInput, "", "it is ci's", "cancel", "second")
	check(dev, exitBadInput, "", "admin", "queue", "resume")
	check(guest, exitOK, "paused by nikhil", "", "queue")
	check(ci, exitOK, "second is cancelled", "", "cancel", "sec", "--why", "no need")
	check(ci, exitFailed, "", "cancelled by ci: no need", "wait", "second")
	again := strings.TrimSpace(check(ci, exitOK, "", "is queued", "retry", "second").stdout)
	check(ci, exitBadInput, "", "it has not ended", "retry", again)
	check(ci, exitOK, "is cancelled", "", "cancel", again)
	check(admin, exitOK, "", "02:00", "schedule", "add", "nightly", "--cron", "0 2 * * *", "--yes")
	check(admin, exitBadInput, "", "there is one of this name", "schedule", "add", "nightly", "--cron", "0 3 * * *", "--yes")
	check(guest, exitOK, "nightly", "", "schedule", "list")
	check(admin, exitOK, "", "", "queue", "resume")
	public := s.sshd("x", results.Viewer).Key() + ".pub"
	check(ci, exitBadInput, "", "admin", "access", "add", "ada", "--key", public, "--role", "admin")
	check(admin, exitOK, "", "", "access", "add", "ada", "--key", public, "--role", "viewer")
	check(admin, exitOK, "SHA256:", "", "access", "list")
	check(admin, exitBadInput, "", "private key", "access", "add", "eve", "--key", strings.TrimSuffix(public, ".pub"), "--role", "viewer")
	check(admin, exitOK, "", "", "access", "remove", "ada")
	check(admin, exitOK, "Nobody is let in", "", "access", "list")
	check(guest, exitFailed, "never calibrated", "", "box", "status")
	check(guest, exitBadInput, "", "no host's name", "--box=-oProxyCommand=x", "queue")
	audit := check(guest, exitOK, "cancel", "", "queue", "audit")
	if !strings.Contains(audit.stdout, "127.0.0.1") || strings.Contains(audit.stdout, "forbidden") {
		t.Errorf("the audit:\n%s", audit.stdout)
	}
}

// TestTunnelStatusGoesTheWholeWay: up is what leads a person in, by what their ssh is
// configured to do.
func TestTunnelStatusGoesTheWholeWay(t *testing.T) {
	s := newServed(t)
	server := s.sshd("ci", results.Submitter)
	box := "--box=" + server.Address.String()
	check := func(what string, code int, want string, lines ...string) {
		t.Helper()
		r := s.through([2]string{"PERFRUN_SSH=" + server.Program(lines...), box}, "tunnel", "status")
		if r.code != code || !strings.Contains(r.stdout, want) {
			t.Errorf("%s: exit %d, want %d with %q\n%s%s", what, r.code, code, want, r.stdout, r.stderr)
		}
	}
	check("all is well", exitOK, "leads to this box\n")
	check("a key that the box does not let in", exitUnreachable, "leads to this box, but nobody gets in: ", "PubkeyAuthentication no")
	check("a host that nobody knows", exitUnreachable, "whose key nobody here knows", "UserKnownHostsFile /dev/null", "GlobalKnownHostsFile /dev/null")
	check("another host", exitUnreachable, "leads to another machine", "UserKnownHostsFile "+server.KnownHosts())
	check("another way", exitOK, "up: ssh goes to", fmt.Sprintf("ProxyCommand bash -c 'exec 3<>/dev/tcp/%s/%d; cat <&3 & cat >&3'", server.Address.Host, server.Address.Port))
	s.must(s.daemon.Process.Signal(syscall.SIGTERM))
	_ = s.daemon.Wait()
	check("no daemon", exitUnreachable, "the daemon does not run\nwhat to do: on the box")
}

// TestAKeyOpensNothingElse asks sshd for other things than perfrun.
func TestAKeyOpensNothingElse(t *testing.T) {
	s := newServed(t)
	server := s.sshd("ci", results.Submitter)
	check := func(args ...string) {
		t.Helper()
		to := []string{"-p", fmt.Sprint(server.Address.Port), server.Address.User + "@" + server.Address.Host}
		out, err := exec.Command(server.Program(), append(to, args...)...).CombinedOutput()
		if err == nil || strings.Contains(string(out), "uid=") || !strings.Contains(string(out), "opens no shell") {
			t.Errorf("ssh %q: %v\n%s", args, err, out)
		}
	}
	check("id")
	check()
	check("perfrun dial-stdio --as nikhil --role admin")
	check("perfrun dial-stdio; id")
	check("perfrun dial-stdio\nid")
}

// TestTheDaemonIsKilled pulls it away under a run, and looks what is left.
func TestTheDaemonIsKilled(t *testing.T) {
	s := newServed(t)
	s.ok([]int{exitOK}, "submit", "--base", "HEAD~1", "--id", "job", "--rounds", "200")
	s.until("it measures", func() bool { return strings.Contains(s.perfrun("logs", "job").stdout, "round 3 of") })
	s.must(s.daemon.Process.Kill())
	_ = s.daemon.Wait()
	if r := s.perfrun("queue"); r.code != exitUnreachable || !strings.Contains(r.stderr, "the daemon does not run") {
		t.Errorf("without a daemon: exit %d\n%s", r.code, r.stderr)
	}
	s.start()
	s.until("it is taken up again", func() bool { return strings.Contains(s.perfrun("logs", "job").stdout, "try 2 of 3") })
	s.until("the second try is recorded", func() bool { return strings.Contains(s.perfrun("list").stdout, "job-2") })
	s.ok([]int{exitOK}, "cancel", "job")
	var list struct{ Runs []results.Run }
	s.must(json.Unmarshal([]byte(s.ok([]int{exitOK}, "list", "--json").stdout), &list))
	first := list.Runs[len(list.Runs)-1]
	record := s.ok([]int{exitOK}, "export", first.ID, "--format", "csv").stdout
	if rows := strings.Count(record, "\n"); first.ID != "job" || !first.State.Final() || rows < 4 {
		t.Errorf("the first try is %s, %s, with %d rows", first.ID, first.State, rows)
	}
	if r := s.perfrun("queue", "audit"); !strings.Contains(r.stdout, "take up") {
		t.Errorf("the audit does not tell:\n%s", r.stdout)
	}
	if text, err := os.ReadFile(filepath.Join(s.dir, "perfrun.prom")); err != nil || !strings.Contains(string(text), "perfrun_queue_length") {
		t.Errorf("the metrics are %q, %v", text, err)
	}
}

// TestARunFromElsewhere gives a box what a cloud agent measured.
func TestARunFromElsewhere(t *testing.T) {
	s := newServed(t)
	agent := *s.world
	agent.env = append(append([]string{}, s.env...), "PERFRUN_DB="+filepath.Join(s.dir, "agent.db"))
	agent.ok([]int{exitOK, exitRegression}, "run", "--engine", "host", "--base", "HEAD~1", "--id", "agents", "--host-class", "cloud")
	file := filepath.Join(s.dir, "run.json")
	agent.ok([]int{exitOK}, "export", "agents", "-o", file)
	var ci, guest [2]string
	ci[0], ci[1] = s.key("ci", results.Submitter)
	guest[0], guest[1] = s.key("guest", results.Viewer)
	for range 2 { // again changes nothing
		if r := s.through(ci, "import", file); r.code != exitOK {
			t.Fatalf("exit %d: %s", r.code, r.stderr)
		}
	}
	if r := s.through(ci, "push", file); r.code != exitOK {
		t.Errorf("push: exit %d: %s", r.code, r.stderr)
	}
	// Nobody's upload passes for what the box has measured.
	forge := func(what, old, new, want string) {
		t.Helper()
		text, err := os.ReadFile(file)
		s.must(err)
		other := strings.ReplaceAll(strings.Replace(string(text), old, new, 1), `"agents"`, `"`+what+`"`)
		s.must(os.WriteFile(file+what, []byte(other), 0o644))
		if r := s.through(ci, "import", file+what); r.code != exitBadInput || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit %d: %s", what, r.code, r.stderr)
		}
	}
	s.ok([]int{exitOK}, "queue", "pause")
	s.ok([]int{exitOK}, "submit", "--id", "job", "--base", "HEAD~1")
	forge("job", "", "", "its id is that of job job of this box")
	forge("job-2", "", "", "its id is that of job job of this box")
	forge("mine", `"class": "cloud"`, `"class": "office"`, "the box's own")
	if r := s.through(ci, "submit", "--id", "agents", "--base", "HEAD~1"); r.code != exitBadInput || !strings.Contains(r.stderr, "a run of this id already") {
		t.Errorf("an order under the id of a run: exit %d: %s", r.code, r.stderr)
	}
	if r := s.through(guest, "import", file); r.code != exitBadInput {
		t.Errorf("a viewer uploads: exit %d: %s", r.code, r.stderr)
	}
	if r := s.through(guest, "export", "agents"); r.stdout != agent.ok([]int{exitOK}, "export", "agents").stdout {
		t.Error("what the box has is another run")
	}
}

// TestAnUploadHoldsTheDatabaseForAWhileOnly: a run that is being measured waits at most
// ten seconds for it.
func TestAnUploadHoldsTheDatabaseForAWhileOnly(t *testing.T) {
	samples := make([]results.Sample, 999)
	record := &results.Record{Run: results.Run{ID: "large"}, Executions: slices.Repeat([]results.Execution{{Samples: samples}}, 1000)}
	if err := tooMuch(record); err != nil {
		t.Error(err)
	}
	record.Executions = append(record.Executions, results.Execution{})
	if err := tooMuch(record); err == nil || !strings.Contains(err.Error(), "1000001 values") {
		t.Error(err)
	}
}
