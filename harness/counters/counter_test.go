package counters

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/guesttest"
)

// unified is where this machine has cgroup v2.
func unified(t *testing.T) string {
	t.Helper()
	file, err := os.Open("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); fields[2] == "cgroup2" {
			return fields[1]
		}
	}
	t.Fatal("this machine has no cgroup v2")
	return ""
}

func TestCgroupHere(t *testing.T) {
	mount := unified(t)
	if !allowed(t, Target{Cgroup: mount, CPUs: oneCPU(t)}) {
		return
	}
	if err := countGroup(mount); err != nil {
		t.Error(err)
	}
}

// TestCgroupInGuest does the same on a kernel with each kind of cgroup.
func TestCgroupInGuest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counters.test")
	build := exec.Command("go", "test", "-c", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program for the guest: %v\n%s", err, out)
	}
	for name, options := range map[string]guesttest.Options{
		"v1": {CgroupV1: true, Script: "mkdir /sys/fs/cgroup/perf_event && mount -t cgroup -o perf_event none /sys/fs/cgroup/perf_event && /counters.test cgroup /sys/fs/cgroup/perf_event"},
		// Where nobody has given cgroups anything to control, as systemd does, the
		// kernel forgets that they can be counted.
		"v2": {Script: `/counters.test cgroup /sys/fs/cgroup 2>&1 | grep "the kernel does not count by this cgroup" &&
echo +pids >/sys/fs/cgroup/cgroup.subtree_control && /counters.test cgroup /sys/fs/cgroup`},
	} {
		t.Run(name, func(t *testing.T) {
			options.Files, options.CPUs = map[string]string{"/counters.test": file}, 2
			if output, status := guesttest.Small(t, options).Wait(t.Context()); status != 0 {
				t.Errorf("status %d:\n%s", status, output)
			}
		})
	}
}

// TestFollow counts what a thread launches, however deep, and neither the thread
// itself nor any other.
func TestFollow(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	target := Target{Thread: unix.Gettid()}
	if !allowed(t, target) {
		return
	}
	counter, err := Open(target, PageFaults)
	if err != nil {
		t.Fatal(err)
	}
	defer counter.Close()
	check := func(script string, least int64) {
		t.Helper()
		before, err := counter.Read()
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := make(chan error)
		go func() { elsewhere <- touch(3 * pages) }()
		err = <-elsewhere
		if err == nil {
			err = touch(3 * pages)
		}
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("/bin/sh", "-c", script, os.Args[0], strconv.Itoa(pages))
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		after, err := counter.Read()
		if err != nil {
			t.Fatal(err)
		}
		if err := near(after.Since(before), least, faults(cmd.ProcessState)); err != nil {
			t.Errorf("%s: %v", script, err)
		}
	}
	check(`exec "$0" touch "$1"`, pages)
	check(`"$0" touch "$1"; "$0" touch "$1" & wait`, 2*pages)
	check(`sh -c '"$0" touch "$1"; true' "$0" "$1"; true`, pages)
}

// TestCPUTime is of an event with a unit: nanoseconds.
func TestCPUTime(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if !allowed(t, Target{Thread: unix.Gettid()}) {
		return
	}
	counter, err := Open(Target{Thread: unix.Gettid()}, CPUTime)
	if err != nil {
		t.Fatal(err)
	}
	defer counter.Close()
	before, err := counter.Read()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "touch", strconv.Itoa(pages))
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	after, err := counter.Read()
	if err != nil {
		t.Fatal(err)
	}
	charged := uint64(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime())
	if c := after.Since(before); c.Share != 1 || c.Value < charged/2 || c.Value > 2*charged {
		t.Errorf("counted %+v, the kernel charges %d ns", c, charged)
	}
}

func TestOpenRefuses(t *testing.T) {
	check := func(what string, target Target, event Event, want string) {
		t.Helper()
		counter, err := Open(target, event)
		if counter != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: counter %v, error %v, want one with %q", what, counter, err, want)
		}
	}
	thread, folder := Target{Thread: os.Getpid()}, t.TempDir()
	check("nothing", Target{}, PageFaults, "there is no thread to follow")
	check("no cpu", Target{Cgroup: folder}, PageFaults, "there is no cpu to count on")
	check("no folder", Target{Cgroup: folder + "/x", CPUs: oneCPU(t)}, PageFaults, "no such file")
	check("no cgroup", Target{Cgroup: folder, CPUs: oneCPU(t)}, PageFaults, "on cpu 0: bad file descriptor")
	check("no such thread", Target{Thread: 1 << 30}, PageFaults, "no such process")
	check("no such event", thread, Event(99), "there is no event 99")
}

// TestProbe holds on machines with and without counters.
func TestProbe(t *testing.T) {
	for event := range kinds {
		err := Probe(event)
		if err != nil && (strings.Count(err.Error(), "\n") > 0 || !strings.Contains(err.Error(), "there is no counter of "+event.String()+": ")) {
			t.Errorf("%s: %v", event, err)
		}
	}
}

func TestClosed(t *testing.T) {
	target := Target{Thread: os.Getpid()}
	if !allowed(t, target) {
		return
	}
	counter, err := Open(target, PageFaults)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := counter.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := counter.Read(); err == nil {
		t.Error("a closed counter is read")
	}
}
