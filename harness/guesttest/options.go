package guesttest

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Options say what is booted. The zero value is a machine of 4 CPUs with cgroup v2.
type Options struct {
	// CPUs is their number, 4 if zero.
	CPUs int
	// Threads is how many of the CPUs share a core, 1 if zero.
	Threads int
	// MemoryMB is 512 for Small and 2048 for Box if zero.
	MemoryMB int
	// CgroupV1 boots into cgroup v1: Small mounts its hierarchies at
	// /sys/fs/cgroup/NAME, a Box's systemd makes its usual hybrid layout.
	CgroupV1 bool
	// KernelArgs are added to the kernel's command line.
	KernelArgs string
	// Files are put into the guest: its path there to the host's file. They keep
	// their mode. A Box has them as soon as it is up.
	Files map[string]string
	// Script is what Small runs, by busybox's shell. Box takes none.
	Script string
	// Disk is the host's file of a disk to boot with: for Small an image from
	// NewDisk, which is mounted at /state; for Box what Machine.Disk said, or ""
	// for a new one.
	Disk string
	// Reach is what a Box finds at addresses of 10.0.2.0/24 ("10.0.2.100:22"): a command
	// of this machine that is started for each connection and speaks on its standard
	// streams. Nothing else outside can be reached.
	Reach map[string]string
	// Limit is how long a boot may take, and for Small the whole of its life; 10
	// minutes if zero, since the machine that emulates may be a busy one.
	Limit time.Duration
}

func (o Options) withDefaults(memoryMB int) Options {
	if o.CPUs == 0 {
		o.CPUs = 4
	}
	if o.Threads == 0 {
		o.Threads = 1
	}
	if o.MemoryMB == 0 {
		o.MemoryMB = memoryMB
	}
	if o.Limit == 0 {
		o.Limit = 10 * time.Minute
	}
	return o
}

// arguments are QEMU's for what the options say alone. A guest that panics ends.
func (o Options) arguments(kernel, initramfs, commandLine string) []string {
	// A plain CPU, since each feature costs when it is emulated. The plain one of
	// AMD's kind cannot have threads; the other lets the kernel guard against Meltdown,
	// which is slow here.
	cpu := "qemu64,-svm"
	if o.Threads > 1 {
		cpu += ",vendor=GenuineIntel"
	}
	// One thread emulates all CPUs: with more, QEMU before 8.1 may go on executing what
	// another CPU has patched, and Linux patches itself at boot and with many a knob. A
	// guest then hangs now and then, for about a third of time won.
	return []string{
		"-accel", "tcg,thread=single", "-cpu", cpu, "-nodefaults", "-no-user-config", "-display", "none",
		"-smp", strconv.Itoa(o.CPUs) + ",sockets=1,cores=" + strconv.Itoa(o.CPUs/o.Threads) + ",threads=" + strconv.Itoa(o.Threads),
		"-m", strconv.Itoa(o.MemoryMB),
		"-kernel", kernel, "-initrd", initramfs,
		// A timer that a busy host holds up for a moment is no broken one.
		"-append", "console=ttyS0 panic=-1 no_timer_check " + commandLine + " " + o.KernelArgs,
	}
}

// part finds a part of the guests, in the user's cache folder.
func part(t testing.TB, name string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "perfrun-test/guest")
	// The folder appears under its name when it is whole, and this file is its last.
	if _, err := os.Stat(filepath.Join(dir, "recipe")); err != nil {
		t.Fatalf("there is no guest to boot: run .ci/guest (%v)", err)
	}
	return filepath.Join(dir, name)
}
