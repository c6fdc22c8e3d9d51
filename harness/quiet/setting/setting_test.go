package setting

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/quiet/journal"
)

var (
	_ journal.Kind = File{}
	_ journal.Kind = Interrupt{}
	_ journal.Kind = Folder{}
	_ journal.Kind = Aside{}
	_ journal.Kind = Service{}
	_ journal.Kind = AllowedCPUs{}
	_ journal.Kind = Affinity{}
	_ journal.Kind = Task{}
)

func TestMeaning(t *testing.T) {
	check := func(target, a, b string, same bool) {
		t.Helper()
		if got := (File{}).Same(target, a, b); got != same {
			t.Errorf("%s: %q and %q the same: %v", target, a, b, got)
		}
	}
	check("/proc/irq/1/smp_affinity_list", "0-3", "0,1,2,3", true)
	check("/proc/irq/1/smp_affinity_list", "0-3", "0-2", false)
	check("/proc/irq/default_smp_affinity", "f", "00000000,0000000f", true)
	check("/proc/irq/default_smp_affinity", "f", "e", false)
	check("/sys/devices/virtual/workqueue/cpumask", "ff", "0ff", true)
	check("/sys/fs/cgroup/x/cpuset.cpus", "2,3", "2-3\n", true)
	check("/sys/fs/cgroup/x/cpuset.cpus.partition", "isolated", "isolated invalid (Parent is not a partition root)", false)
	check("/sys/fs/cgroup/cgroup.subtree_control", "memory cpuset", "cpuset memory", true)
	check("/sys/fs/cgroup/cgroup.subtree_control", "memory", "cpuset memory", false)
	check("/proc/sys/kernel/nmi_watchdog", "1\n", "1", true)
	check("/proc/sys/kernel/nmi_watchdog", "1", "01", false)
}

func TestMasksComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := cpuset.Of(rapid.SliceOf(rapid.IntRange(0, 300)).Draw(t, "cpus")...)
		got, err := ParseMask(Mask(want))
		if err != nil || !got.Equal(want) {
			t.Errorf("%s becomes %q and %s, %v", want, Mask(want), got, err)
		}
	})
	if got := Mask(cpuset.Of(0, 33)); got != "2,00000001" {
		t.Errorf("mask of 0 and 33: %q", got)
	}
	if _, err := ParseMask("xyz"); err == nil {
		t.Error("letters pass for a mask")
	}
}

// TestOnlyTheKernelsFiles: a journal can never be made to write elsewhere.
func TestOnlyTheKernelsFiles(t *testing.T) {
	root := t.TempDir()
	for _, target := range []string{"/etc/passwd", "/proc/1/mem", "/sys/../etc/passwd", "relative", "", "/dev/sda", "/proc/sysrq-trigger"} {
		if err := (File{Root: root}).Write(target, "x"); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("write to %q: %v", target, err)
		}
		if _, err := (File{Root: root}).Read(target); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("read of %q: %v", target, err)
		}
	}
	for _, target := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/docker", "/sys/fs/cgroup/../perfrun", "/tmp/perfrun"} {
		if err := (Folder{Root: root}).Write(target, Absent); err == nil || !strings.Contains(err.Error(), "no cgroup of perfrun") {
			t.Errorf("remove %q: %v", target, err)
		}
	}
	for _, unit := range []string{"", "-x", "a b", "../x", "a\nb"} {
		if err := (Service{}).Write(unit, Active); err == nil {
			t.Errorf("unit %q is taken", unit)
		}
	}
	for _, path := range []string{"x", "/..", "/a/../b"} {
		if err := (Task{Root: "/", Mount: "/sys/fs/cgroup/cpuset"}).Write(self(t).String(), path); err == nil {
			t.Errorf("cgroup %q is taken", path)
		}
	}
}

func self(t *testing.T) Thread {
	t.Helper()
	thread, err := FindThread("/", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	return thread
}

func TestFile(t *testing.T) {
	root := t.TempDir()
	put := func(path, text string) {
		t.Helper()
		file := filepath.Join(root, path)
		_ = os.MkdirAll(filepath.Dir(file), 0o755)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("/sys/a", "always [madvise] never\n")
	put("/sys/b", "isolated invalid (Cpu list in cpuset.cpus not exclusive)\n")
	put("/sys/cgroup.subtree_control", "cpu memory")
	f := File{Root: root}
	check := func(path, want string) {
		t.Helper()
		if got, err := f.Read(path); got != want || err != nil {
			t.Errorf("%s reads %q, %v; want %q", path, got, err, want)
		}
	}
	check("/sys/a", "madvise")
	check("/sys/b", "isolated invalid (Cpu list in cpuset.cpus not exclusive)")
	if err := f.Write("/sys/a", "never"); err != nil {
		t.Error(err)
	}
	check("/sys/a", "never")
	if err := f.Write("/sys/cgroup.subtree_control", "cpu cpuset"); err != nil {
		t.Error(err)
	}
	check("/sys/cgroup.subtree_control", "+cpuset -memory") // what the kernel takes
	if _, err := f.Read("/sys/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if err := f.Write("/sys/none", "1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("write to what is absent: %v", err)
	}
}

func TestFolderIsRemovedWithWhatDockerLeft(t *testing.T) {
	root := t.TempDir()
	f := Folder{Root: root}
	const target = "/sys/fs/cgroup/perfrun.slice"
	if err := os.MkdirAll(filepath.Join(root, "/sys/fs/cgroup"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(target, Present); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, target, "left/deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	if now, err := f.Read(target); now != Present || err != nil {
		t.Errorf("%q, %v", now, err)
	}
	if err := f.Write(target, Absent); err != nil {
		t.Error(err)
	}
	if now, err := f.Read(target); now != Absent || err != nil {
		t.Errorf("%q, %v", now, err)
	}
	if err := f.Write(target, Absent); err != nil {
		t.Errorf("removed twice: %v", err)
	}
}

// TestAffinityOfAChild works on a process of the test's own.
func TestAffinityOfAChild(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "read line")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	thread, err := FindThread("/", cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	allowed, err := affinity.Allowed()
	if err != nil {
		t.Fatal(err)
	}
	want := allowed.First(1).String()
	if err := (Affinity{}).Write(thread.String(), want); err != nil {
		t.Error(err)
	}
	if got, err := (Affinity{}).Read(thread.String()); got != want || err != nil {
		t.Errorf("reads %q, %v; want %q", got, err, want)
	}
	other := Thread{thread.TID, thread.Start + 1}
	if _, err := (Affinity{}).Read(other.String()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another process of the same number: %v", err)
	}
	_ = in.Close()
	_ = cmd.Wait()
	if _, err := (Affinity{}).Read(thread.String()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a process that ended: %v", err)
	}
	for _, bad := range []string{"", "1", "1@", "x@1", "1@1 ", "1@1@1"} {
		if _, err := (Affinity{}).Read(bad); err == nil {
			t.Errorf("%q names a thread", bad)
		}
	}
}

func TestAllowedCPUsLeavesNoFile(t *testing.T) {
	root := t.TempDir()
	drop := filepath.Join(root, "run/systemd/system.control/user.slice.d")
	value := ""
	run := func(args ...string) (string, error) {
		if args[0] == "set-property" {
			value = strings.TrimPrefix(args[3], "AllowedCPUs=")
			if err := os.MkdirAll(drop, 0o755); err != nil {
				return "", err
			}
			return "", os.WriteFile(filepath.Join(drop, "50-AllowedCPUs.conf"), []byte(value), 0o644)
		}
		return strings.ReplaceAll(value, ",", " "), nil
	}
	a := AllowedCPUs{Root: root, Run: run}
	group := filepath.Join(root, "sys/fs/cgroup/user.slice/cpuset.cpus")
	online := filepath.Join(root, "sys/devices/system/cpu/online")
	for _, file := range []string{group, online} {
		_ = os.MkdirAll(filepath.Dir(file), 0o755)
		if err := os.WriteFile(file, []byte("0-7\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Write("user.slice", "0-1,4"); err != nil {
		t.Fatal(err)
	}
	if now, err := a.Read("user.slice"); !a.Same("user.slice", now, "0,1,4") || err != nil {
		t.Errorf("reads %q, %v", now, err)
	}
	if err := a.Write("user.slice", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(drop); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the property's file is still there: %v", err)
	}
	if text, _ := os.ReadFile(group); string(text) != "\n" {
		t.Errorf("the cgroup is still confined to %q", text)
	}
}

func TestServiceStates(t *testing.T) {
	check := func(out, want string, missing bool) {
		t.Helper()
		s := Service{Run: func(...string) (string, error) { return out, nil }}
		got, err := s.Read("x.service")
		if got != want || errors.Is(err, fs.ErrNotExist) != missing {
			t.Errorf("%q: %q, %v", out, got, err)
		}
	}
	check("LoadState=loaded\nActiveState=active", Active, false)
	check("ActiveState=activating\nLoadState=loaded", Active, false)
	check("LoadState=loaded\nActiveState=failed", Inactive, false)
	check("LoadState=not-found\nActiveState=inactive", "", true)
}
