package counters

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cgroup"
	"mtrlz.dev/perfrun/harness/cpuset"
)

// TestMain lets the test binary play a program with a known number of page faults,
// and the parts of tests that take place in a guest.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "touch" {
		pages, err := strconv.Atoi(os.Args[2])
		if err == nil {
			err = touch(pages)
		}
		end(err)
	}
	if len(os.Args) == 3 && os.Args[1] == "cgroup" {
		end(countGroup(os.Args[2]))
	}
	os.Exit(m.Run())
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// touch has one page fault a page.
func touch(pages int) error {
	size := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, pages*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	_ = unix.Madvise(memory, unix.MADV_NOHUGEPAGE) // a kernel without huge pages refuses
	for i := range pages {
		memory[i*size] = 1
	}
	return unix.Munmap(memory)
}

// pages is so many that the start of a program is little beside it.
const pages = 20000

// countGroup makes a cgroup below a mount, launches a program in it, and holds the
// counter of the cgroup against what the kernel charges the program. Meanwhile this
// process has as many page faults of its own.
func countGroup(mount string) (err error) {
	folder := filepath.Join(mount, fmt.Sprintf("perfrun-counters-%d", os.Getpid()))
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(folder)) }()
	cpus, err := affinity.Allowed()
	if err != nil {
		return err
	}
	counter, err := Open(Target{Cgroup: folder, CPUs: cpus}, PageFaults)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, counter.Close()) }()
	before, err := counter.Read()
	if err != nil {
		return err
	}
	if err := touch(pages); err != nil {
		return err
	}
	charged, err := runIn(folder)
	if err != nil {
		return err
	}
	after, err := counter.Read()
	if err != nil {
		return err
	}
	return near(after.Since(before), pages, charged)
}

// runIn launches the program from inside the cgroup, looks up its cgroup while it
// waits there, and returns its page faults.
func runIn(folder string) (int64, error) {
	cmd := exec.Command("/bin/sh", "-c", `echo $$ >"$0"/cgroup.procs; echo; read go; exec "$1" touch "$2"`,
		folder, "/proc/"+strconv.Itoa(os.Getpid())+"/exe", strconv.Itoa(pages))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	_, err = out.Read(make([]byte, 1))
	if found, _, cgroupErr := cgroup.Find("/", cmd.Process.Pid, cgroup.Events); err == nil && (cgroupErr != nil || found != folder) {
		err = fmt.Errorf("its cgroup is %q, %w; want %q", found, cgroupErr, folder)
	}
	_, writeErr := in.Write([]byte("go\n"))
	err = errors.Join(err, writeErr, cmd.Wait())
	if err != nil {
		return 0, err
	}
	return faults(cmd.ProcessState), nil
}

func faults(state *os.ProcessState) int64 {
	usage := state.SysUsage().(*syscall.Rusage)
	return usage.Minflt + usage.Majflt
}

// near holds a count against the least that it must have seen and what the kernel
// charges: the two differ by faults that had to be tried twice.
func near(c Count, least, charged int64) error {
	if !c.Exact || c.Share != 1 {
		return fmt.Errorf("the count %+v is not exact", c)
	}
	if got := int64(c.Value); got < least || got > charged+charged/20 {
		return fmt.Errorf("counted %d page faults, want %d to about %d", got, least, charged)
	}
	return nil
}

// allowed reports whether this user may count cgroups and others' threads. If not,
// it holds that the reason is a plain one.
func allowed(t *testing.T, target Target) bool {
	t.Helper()
	counter, err := Open(target, PageFaults)
	if err == nil {
		return counter.Close() == nil
	}
	absent, ok := errors.AsType[*Absent](err)
	if !ok || os.Geteuid() == 0 || !slices.Contains([]error{unix.EACCES, unix.EPERM}, absent.Err) {
		t.Fatalf("open %s: %v", target, err)
	}
	return false
}

func oneCPU(t *testing.T) cpuset.Set {
	t.Helper()
	cpus, err := affinity.Allowed()
	if err != nil {
		t.Fatal(err)
	}
	return cpus.First(1)
}
