package engine_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// registry starts one on a free port of this machine and returns its address.
func registry(t *testing.T) (address string, stop func()) { return startRegistry(t, "") }

// startRegistry starts one with more settings.
func startRegistry(t *testing.T, more string) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	listener.Close()
	dir := t.TempDir()
	settings := filepath.Join(dir, "config.yml")
	text := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %s}\n%s", dir, address, more)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("docker-registry", "serve", settings)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(stop)
	for range 300 {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address, stop
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the registry does not answer")
	return "", nil
}

func TestForgetsOnlyWhatCanBeHadAgain(t *testing.T) {
	address, stop := registry(t)
	name := address + "/perfrun-test/forget:1"
	empty := exec.Command("docker", "import", "-", name)
	empty.Stdin = bytes.NewReader(make([]byte, 1024)) // a tar archive of nothing
	if out, err := empty.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", name).Run() })
	check := func(what, ref string, want bool) {
		t.Helper()
		removed, err := openDocker(t).Forget(t.Context(), ref)
		if err != nil || removed != want {
			t.Errorf("%s: removed %v, %v", what, removed, err)
		}
		if still := exec.Command("docker", "image", "inspect", ref).Run() == nil; want && still {
			t.Errorf("%s: it is still there", what)
		}
	}
	check("one that is not there", "perfrun-test/nothing:1", false)
	check("one that is in no registry", image, false)
	docker(t, "push", "-q", name)
	check("one that can be pulled again", name, true)
	docker(t, "pull", "-q", name)
	stop()
	check("one whose registry is gone", name, false)
}
