package engine_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/results"
)

// image is made by .ci/images: a Debian with a shell.
const image = "perfrun-test/rust:20260901-120000"

// childVariable makes the test binary do one of the children's jobs instead of
// testing.
const childVariable = "PERFRUN_ENGINE_CHILD"

var (
	program string // a static perfrun
	itself  string // a copy of this test binary that every user may execute
)

func TestMain(m *testing.M) {
	if job, ok := children[os.Getenv(childVariable)]; ok {
		if err := job(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(testAll(m))
}

func testAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "perfrun-engine-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program, itself = filepath.Join(dir, "perfrun"), filepath.Join(dir, "engine.test")
	build := exec.Command("go", "build", "-ldflags", `-linkmode external -extldflags "-static"`, "-o", program, "../../cmd/perfrun")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	text, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(itself, text, 0o755)
	}
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		panic(err)
	}
	return m.Run()
}

// child prepares a process that does one of the children's jobs. If the tests
// run as root it is another user, with the group that owns Docker's socket.
func child(t *testing.T, job string, asOther bool, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), itself)
	cmd.Env = append(append(os.Environ(), childVariable+"="+job, "PERFRUN_PROGRAM="+program), env...)
	cmd.Stderr = os.Stderr
	if asOther && os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 12345, Gid: 12346, Groups: []uint32{socketGroup()}}}
	}
	return cmd
}

func socketGroup() uint32 {
	var socket syscall.Stat_t
	if err := syscall.Stat("/var/run/docker.sock", &socket); err != nil {
		return 0
	}
	return socket.Gid
}

func openDocker(t *testing.T) *engine.Docker {
	t.Helper()
	docker, err := engine.OpenDocker(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = docker.Close() })
	return docker
}

var runs atomic.Int64

// newSpec is a side with folders of its own that every user may write to. What
// its containers leave is removed with the test.
func newSpec(t *testing.T) engine.Spec {
	t.Helper()
	owner, err := host.Self()
	if err != nil {
		t.Fatal(err)
	}
	spec := engine.Spec{
		Run: fmt.Sprintf("enginetest-%d-%d", os.Getpid(), runs.Add(1)), Owner: owner.String(), Side: results.Base,
		Image: image, Network: "none",
	}
	spec.Work, spec.Home = openDir(t), openDir(t)
	t.Cleanup(func() { removeContainers(spec.Run) })
	return spec
}

func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, each := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(each, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// containers lists the ids of a run's containers in any state.
func containers(t *testing.T, run string) []string {
	t.Helper()
	return strings.Fields(docker(t, "ps", "-aq", "--no-trunc", "--filter", "label=dev.mtrlz.perfrun.run="+run))
}

func removeContainers(run string) {
	list, _ := exec.Command("docker", "ps", "-aq", "--filter", "label=dev.mtrlz.perfrun.run="+run).Output()
	for _, id := range strings.Fields(string(list)) {
		_ = exec.Command("docker", "rm", "-f", id).Run()
	}
}

func docker(t *testing.T, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("docker", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker %q: %v\n%s", args, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}
