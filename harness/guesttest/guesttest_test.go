package guesttest

import (
	"archive/tar"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, name string, mode os.FileMode, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSmall(t *testing.T) {
	check := func(name string, options Options, want string, wantStatus int) {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			output, status := Small(t, options).Wait(t.Context())
			t.Logf("took %v", time.Since(begin))
			if output != want || status != wantStatus {
				t.Errorf("status %d, output:\n%s\nwant %d, output:\n%s", status, output, wantStatus, want)
			}
		})
	}
	tool := write(t, "tool", 0o755, "#!/bin/sh\nprintf 'no newline, \\303\\237\\r\\000'\nexit 7\n")
	data := write(t, "data", 0o640, "data\n")
	check("cgroup v2", Options{
		Threads: 2,
		Files:   map[string]string{"/usr/local/bin/tool": tool, "/srv/data": data},
		Script: `set -e
nproc
stat -c %a /srv/data; cat /srv/data
cat /sys/devices/system/cpu/cpu0/topology/thread_siblings_list
cd /sys/fs/cgroup; grep -o cpuset cgroup.controllers
echo +cpuset >cgroup.subtree_control; mkdir part; echo 2-3 >part/cpuset.cpus
echo isolated >part/cpuset.cpus.partition; cat part/cpuset.cpus.partition
[ ! -e /settings ]; [ ! -d /state/lost+found ]
/usr/local/bin/tool`,
	}, "4\n640\ndata\n0-1\ncpuset\nisolated\nno newline, ß\r\x00", 7)
	check("cgroup v1", Options{
		CPUs: 2, CgroupV1: true, KernelArgs: "guest.test=1",
		Script: `set -e
nproc; grep -o guest.test=1 /proc/cmdline
grep -o '^cpuset /sys/fs/cgroup/cpuset cgroup' /proc/mounts
ls /sys/fs/cgroup | tr '\n' ' '
mkdir /sys/fs/cgroup/cpuset/mine; echo 1 >/sys/fs/cgroup/cpuset/mine/cpuset.cpus; cat /sys/fs/cgroup/cpuset/mine/cpuset.cpus`,
	}, "2\nguest.test=1\ncpuset /sys/fs/cgroup/cpuset cgroup\ncpu cpuset devices freezer memory pids 1\n", 0)
}

func TestPowerCut(t *testing.T) {
	disk := NewDisk(t, 64)
	first := Small(t, Options{Disk: disk, Script: "echo kept >/state/file; sync; echo it is written; sleep 100000"})
	first.WaitFor(t.Context(), "it is written")
	first.PowerCut()
	if got, want := first.Output(), "it is written\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	if output, status := Small(t, Options{Disk: disk, Script: "cat /state/file"}).Wait(t.Context()); output != "kept\n" || status != 0 {
		t.Errorf("after the cut: %q, status %d", output, status)
	}
}

// rootfs makes a container's file system: busybox alone.
func rootfs(t *testing.T) string {
	t.Helper()
	busybox, err := os.ReadFile(part(t, "busybox"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	w := tar.NewWriter(&text)
	err = w.WriteHeader(&tar.Header{Name: "bin/sh", Mode: 0o755, Size: int64(len(busybox))})
	if err == nil {
		_, err = w.Write(busybox)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return write(t, "rootfs.tar", 0o644, text.String())
}

// listen opens a port of the host's, as one that a guest must not reach.
func listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// One box, through a reboot and a power cut: each boot costs most of a minute.
func TestBox(t *testing.T) {
	var m *Machine
	check := func(command, want string, wantStatus int) {
		t.Helper()
		begin := time.Now()
		out, err := m.Run(t.Context(), command)
		t.Logf("%v: %s", time.Since(begin).Round(time.Millisecond), command)
		status := 0
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			status = exit.ExitCode()
		}
		if strings.TrimSpace(out) != want || status != wantStatus {
			t.Errorf("%s:\n%s\n%v, want status %d and:\n%s", command, out, err, wantStatus, want)
		}
	}
	boot := func(what string, do func()) {
		begin := time.Now()
		do()
		t.Logf("%s took %v", what, time.Since(begin).Round(time.Millisecond))
	}

	boot("the first boot", func() { m = Box(t, Options{Files: map[string]string{"/root/rootfs.tar": rootfs(t)}}) })
	check("systemctl is-system-running", "running", 0)
	check("nproc", "4", 0)
	check("grep -o cpuset /sys/fs/cgroup/cgroup.controllers", "cpuset", 0)
	check("docker info --format '{{.CgroupDriver}} {{.CgroupVersion}} {{.Driver}}'", "systemd 2 overlay2", 0)
	check("stat -c %a /root; docker import /root/rootfs.tar tiny >/dev/null", "700", 0)
	check("docker run --rm --network none --cpuset-cpus 2 tiny sh -c 'grep Cpus_allowed_list /proc/self/status | cut -f2; exit 9'", "2", 9)
	check("wc -l </proc/swaps", "1", 0)
	check("timeout 20 bash -c 'echo </dev/tcp/10.0.2.2/"+listen(t)+"' 2>/dev/null || echo unreachable", "unreachable", 0)

	m.Copy(t.Context(), write(t, "data", 0o640, "it's data\n"), "/srv/a new/it's")
	check(`stat -c %a "/srv/a new/it's"; cat "/srv/a new/it's"; ls "/srv/a new"`, "640\nit's data\nit's", 0)
	before, _ := m.Run(t.Context(), "cat /proc/sys/kernel/random/boot_id")
	boot("the reboot", m.Reboot)
	check("grep -c "+strings.TrimSpace(before)+" /proc/sys/kernel/random/boot_id", "0", 1)

	check("echo kept >/srv/kept; sync", "", 0)
	m.PowerCut()
	if out, err := m.Run(t.Context(), "true"); err == nil {
		t.Errorf("a box without power says %q", out)
	}
	boot("the boot after the cut, into cgroup v1,", func() { m = Box(t, Options{Disk: m.Disk(), CgroupV1: true}) })
	check("cat /srv/kept; systemctl is-system-running", "kept\nrunning", 0)
	check("docker info --format '{{.CgroupVersion}}'; grep -c ' /sys/fs/cgroup/cpuset cgroup ' /proc/mounts", "1\n1", 0)
}
