package cgroup

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	const (
		v2       = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
		hybrid   = "30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
		v1       = hybrid + "32 23 0:28 / /sys/fs/cgroup/net_cls,perf_event rw - cgroup cgroup rw,net_cls,perf_event\n"
		part     = "30 23 0:26 /outer /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
		noMounts = "23 1 0:5 / / rw - ext4 /dev/vda rw\n"
	)
	tests := map[string]struct {
		mounts, own, other string
		want, err          string
	}{
		"v2":                {v2, "0::/user\n", "0::/docker/abc\n", "/sys/fs/cgroup/docker/abc", ""},
		"v2 of a name":      {v2, "0::/docker/ab\n", "0::/docker/abc\n", "/sys/fs/cgroup/docker/abc", ""},
		"hybrid":            {hybrid, "1:cpu:/\n0::/\n", "1:cpu:/docker/abc\n0::/docker/abc\n", "/sys/fs/cgroup/unified/docker/abc", ""},
		"v1":                {v1, "2:net_cls,perf_event:/\n1:cpu:/\n0::/\n", "2:net_cls,perf_event:/docker/abc\n1:cpu:/docker/abc\n0::/\n", "/sys/fs/cgroup/net_cls,perf_event/docker/abc", ""},
		"a part is mounted": {part, "0::/outer\n", "0::/outer/docker/abc\n", "/sys/fs/cgroup/docker/abc", ""},
		"another part":      {part, "0::/outer\n", "0::/outerer/abc\n", "", `the cgroup "/outerer/abc" cannot be seen`},
		"another namespace": {v2, "0::/\n", "0::/../docker/abc\n", "", `the cgroup "/../docker/abc" cannot be seen`},
		"the same":          {v2, "0::/user\n", "0::/user\n", "", `process 9 has no cgroup of its own: this program is in "/user" too`},
		"above ours":        {v2, "0::/user/me\n", "0::/user\n", "", "has no cgroup of its own"},
		"the top":           {v2, "0::/user/me\n", "0::/\n", "", "has no cgroup of its own"},
		"not mounted":       {noMounts, "0::/user\n", "0::/docker/abc\n", "", "cannot be seen"},
		"v1 not mounted":    {hybrid, "2:perf_event:/\n0::/\n", "2:perf_event:/docker/abc\n0::/docker/abc\n", "", "cannot be seen"},
		"none":              {v2, "0::/\n", "1:cpu:/\n", "", "process 9 is in no cgroup of perf_event"},
		"gone":              {v2, "0::/\n", "", "", "find the cgroup of process 9"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, "proc/7/mountinfo", test.mounts)
			write(t, root, "proc/7/cgroup", test.own)
			if test.other != "" {
				write(t, root, "proc/9/cgroup", test.other)
			}
			if err := os.Symlink("7", filepath.Join(root, "proc/self")); err != nil {
				t.Fatal(err)
			}
			got, unified, err := Find(root, 9, Events)
			switch {
			case test.err == "" && (err != nil || got != filepath.Join(root, test.want) || unified == strings.HasPrefix(name, "v1")):
				t.Errorf("%q, %v; want %q", got, err, test.want)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("%q, %v; want the error %q", got, err, test.err)
			}
		})
	}
}

// TestUsed asks for the time of a real container, which grows by what it spends.
func TestUsed(t *testing.T) {
	out, err := exec.Command("docker", "run", "-d", "--rm", "perfrun-test/rust:20260901-120000", "sh", "-c", "while :; do :; done").Output()
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", id).Run() })
	out, err = exec.Command("docker", "inspect", "--format", "{{.State.Pid}}", id).Output()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	account, err := AccountOf("/", pid)
	if err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		used, err := account.Used()
		if err != nil || time.Since(begin) > time.Minute {
			t.Fatalf("%v, %v", used, err)
		}
		if used > 100*time.Millisecond {
			return
		}
	}
}

func TestUsedOfV2(t *testing.T) {
	root := t.TempDir()
	write(t, root, "cpu.stat", "nice_usec 7\nusage_usec 1500\nuser_usec 1\n")
	account := Account{filepath.Join(root, "cpu.stat"), true}
	if used, err := account.Used(); err != nil || used != 1500*time.Microsecond {
		t.Errorf("%v, %v", used, err)
	}
	write(t, root, "cpu.stat", "user_usec 1\n")
	if used, err := account.Used(); err == nil {
		t.Errorf("of a file without it: %v", used)
	}
}
