package agenttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// version is the one that .ci/agent builds.
const version = "v3.62.0"

// Program is the path of the real buildkite-agent, which .ci/agent builds.
func Program(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(cache, "perfrun-test", "buildkite-agent-"+version, "buildkite-agent")
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("there is no buildkite-agent: run .ci/agent (%v)", err)
	}
	return program
}

// Agent is a buildkite-agent that runs and takes jobs.
type Agent struct {
	t     testing.TB
	cmd   *exec.Cmd
	ended chan struct{}
	log   string
}

// Start starts one that takes up to two jobs at a time, below dir with an environment, prefixed by a command line
// that starts it somewhere (ip netns exec NAME); none: here. It ends with the test.
func (a *API) Start(dir string, env []string, prefix ...string) *Agent {
	a.t.Helper()
	for _, folder := range []string{"builds", "hooks", "plugins", "sockets"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			a.t.Fatal(err)
		}
	}
	program := Program(a.t)
	args := append(append([]string{}, prefix...), program, "start", "--name", "test-%spawn", "--token", registration, "--endpoint", a.Endpoint(),
		"--build-path", filepath.Join(dir, "builds"), "--hooks-path", filepath.Join(dir, "hooks"), "--plugins-path", filepath.Join(dir, "plugins"),
		"--sockets-path", filepath.Join(dir, "sockets"), "--no-color", "--no-ssh-keyscan", "--no-git-submodules", "--no-http2", "--no-pty", "--cancel-grace-period", "60", "--spawn", "2")
	agent := &Agent{t: a.t, cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{}), log: filepath.Join(dir, "agent.log")}
	log, err := os.OpenFile(agent.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		a.t.Fatal(err)
	}
	defer log.Close()
	agent.cmd.Env, agent.cmd.Stdout, agent.cmd.Stderr = append(clean(env), "HOME="+dir), log, log
	agent.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := agent.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	go func() {
		_ = agent.cmd.Wait()
		close(agent.ended)
	}()
	a.t.Cleanup(agent.Kill)
	return agent
}

// clean leaves out what the machine itself may have of Buildkite.
func clean(env []string) (kept []string) {
	for _, setting := range env {
		if !strings.HasPrefix(setting, "BUILDKITE") {
			kept = append(kept, setting)
		}
	}
	return kept
}

// Kill ends the agent and everything that it started, at once: as a machine that is
// taken away.
func (a *Agent) Kill() {
	doomed := descendants(a.cmd.Process.Pid)
	_ = syscall.Kill(-a.cmd.Process.Pid, syscall.SIGKILL)
	for _, pid := range doomed {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-a.ended
}

// descendants lists the children of a process, and theirs.
func descendants(pid int) (all []int) {
	out, _ := exec.Command("ps", "-e", "-o", "pid=,ppid=").Output()
	children := map[int][]int{}
	for line := range strings.Lines(string(out)) {
		var child, parent int
		if n, _ := fmt.Sscan(line, &child, &parent); n == 2 {
			children[parent] = append(children[parent], child)
		}
	}
	todo := []int{pid}
	for len(todo) > 0 {
		next := children[todo[0]]
		all, todo = append(all, next...), append(todo[1:], next...)
	}
	return all
}

// Log is what the agent itself said.
func (a *Agent) Log() string {
	text, _ := os.ReadFile(a.log)
	return string(text)
}
