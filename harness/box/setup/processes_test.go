package setup

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// nobodys is a user number that no user of a Debian has.
const nobodys = 64_321

// TestEndProcesses has two processes of a user of its own: one that ends when asked, and
// one that does not listen.
func TestEndProcesses(t *testing.T) {
	polite, deaf := asNobodys(t, "exec sleep 600"), asNobodys(t, "trap '' TERM; echo up; while :; do sleep 0.1; done")
	other := exec.Command("sleep", "600")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if err := endProcesses(t.Context(), nobodys, 300*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*exec.Cmd{polite, deaf} {
		if err := c.Wait(); err == nil {
			t.Errorf("%q ended by itself", c.Args)
		}
	}
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("a process of another user: %v", err)
	}
	_ = other.Process.Kill()
	_ = other.Wait()
}

func TestEndProcessesRefuses(t *testing.T) {
	for _, name := range []string{"root", "nobody", "there-is-no-such-user"} {
		if err := EndProcesses(t.Context(), name); err == nil {
			t.Errorf("it would end what runs as %s", name)
		}
	}
}

// asNobodys starts a script as the user, and waits until it says that it is up, if it
// has words for that. Only root can become somebody else: CI is root.
func asNobodys(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	c := exec.Command("sh", "-c", script)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodys, Gid: nobodys}}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatalf("start a process as another user, which only root can: %v", err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	if len(script) > 20 {
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}
