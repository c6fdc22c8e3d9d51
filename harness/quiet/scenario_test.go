package quiet

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/results"
)

// The tests of this package that touch a whole machine run this same program in a
// guest: TestMain plays the parts there.
func TestMain(m *testing.M) {
	parts := map[string]func([]string) error{
		"whole": whole, "once": once, "recover": recovered, "sleep": sleep, "smt": smt, "killed": killed, "snapshot": printSnapshot,
	}
	if len(os.Args) > 2 && os.Args[1] == "part" {
		if err := parts[os.Args[2]](os.Args[3:]); err != nil {
			fmt.Println("FAILED:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// guestMachine is the guest as the package sees it, and guestWish what is asked of
// its four CPUs.
func guestMachine() Machine { return Machine{Root: "/", State: "/state/perfrun"} }

func guestWish() Wish {
	return Wish{
		Level: results.LevelIsolate, Bench: cpuset.Of(3), Sampler: cpuset.Of(2), Others: cpuset.Of(0, 1), By: "test", Held: true,
	}
}

// whole goes once through everything on a machine that nothing goes wrong on,
// and meddles with it. want is the shield that the kernel should give; balanced
// asks for the one that benchmarks of several CPUs get.
func whole(args []string) error {
	want, wish := results.Shield(args[0]), guestWish()
	wish.Balanced = len(args) > 1
	pinned, err := neighbour("1,3")
	if err != nil {
		return err
	}
	free, err := neighbour("0-3")
	if err != nil {
		return err
	}
	before := snapshot()
	session, err := guestMachine().Begin(wish)
	if err != nil {
		return err
	}
	for _, k := range session.Reached.Knobs {
		fmt.Printf("knob %s %s: %s -> %s (%s)\n", k.Name, k.Outcome, k.Was, k.Is, k.Detail)
	}
	if session.Reached.Shield != want || session.Reached.Reached != results.LevelIsolate {
		return fmt.Errorf("reached %+v, want %s", session.Reached, want)
	}
	steps := []func() error{
		session.Verify,
		func() error { return within(pinned, "0-1") },
		func() error { return within(free, "0-1") },
		func() error { return member(session.Procs()) },
		func() error { return refuses(free, "3") },
	}
	if want != results.ShieldExclusive {
		steps = append(steps, func() error { return broken(session) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return errors.Join(err, session.Keep())
		}
	}
	list, err := session.End()
	if troubles := Troubles(list); err != nil || len(troubles) > 0 {
		return fmt.Errorf("end: %w, %q", err, troubles)
	}
	return same(before, snapshot())
}

// smt isolates a core of a machine with hyperthreads: the sibling goes offline and
// comes back.
func smt([]string) error {
	topology, err := host.ReadTopology("/sys")
	if err != nil {
		return err
	}
	layout, err := topology.Choose(1, nil, results.LevelIsolate)
	if err != nil || len(layout.Siblings) != 1 {
		return fmt.Errorf("layout %+v, %w", layout, err)
	}
	before := snapshot()
	session, err := guestMachine().Begin(Wish{
		Level: results.LevelIsolate, Bench: layout.Bench, Siblings: layout.Siblings, Sampler: layout.Sampler, Others: layout.Harness, By: "test",
	})
	if err != nil {
		return err
	}
	online, err := os.ReadFile(fmt.Sprintf("/sys/devices/system/cpu/cpu%s/online", layout.Siblings))
	if err != nil || string(online) != "0\n" || session.Reached.Shield != results.ShieldIsolated {
		return errors.Join(fmt.Errorf("sibling online: %q, %w; reached %+v", online, err, session.Reached), session.Keep())
	}
	if list, err := session.End(); err != nil || len(Troubles(list)) > 0 {
		return fmt.Errorf("end: %w, %q", err, Troubles(list))
	}
	return same(before, snapshot())
}

// neighbour starts a program that may use the given CPUs.
func neighbour(cpus string) (*exec.Cmd, error) {
	cmd := exec.Command(os.Args[0], "part", "sleep", cpus)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil && line != "pinned\n" {
		err = fmt.Errorf("a neighbour says %q", line)
	}
	return cmd, err
}

func sleep(args []string) error {
	cpus, err := cpuset.Parse(args[0])
	if err != nil {
		return err
	}
	if err := affinity.PinProcess(cpus); err != nil {
		return err
	}
	fmt.Println("pinned")
	for { // Go's own signals end a pause, and a neighbour that ended takes no CPUs
		_ = syscall.Pause()
	}
}

func within(cmd *exec.Cmd, want string) error {
	cpus, err := affinity.Of(cmd.Process.Pid)
	if stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid)); strings.Contains(string(stat), ") Z ") {
		return errors.New("a neighbour has ended") // the kernel still tells a mask
	}
	if wanted, _ := cpuset.Parse(want); err == nil && !cpus.Within(wanted) {
		err = fmt.Errorf("a neighbour may run on %s, want %s", cpus, want)
	}
	return err
}

// member starts a program inside the shield and looks where it may run.
func member(procs string) error {
	cmd, err := neighbour("0-3")
	if err != nil {
		return err
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	if err := os.WriteFile(procs, []byte(strconv.Itoa(cmd.Process.Pid)), 0); err != nil {
		return err
	}
	if err := within(cmd, "2-3"); err != nil {
		return fmt.Errorf("in the shield: %w", err)
	}
	return nil
}

// refuses checks that an outsider cannot come back.
func refuses(cmd *exec.Cmd, cpus string) error {
	set, _ := cpuset.Parse(cpus)
	if err := affinity.Pin(cmd.Process.Pid, set); err == nil {
		return fmt.Errorf("a neighbour could pin itself to %s", cpus)
	}
	return nil
}

// broken lets another cgroup claim the CPUs, as anybody may, and expects that to
// be seen.
func broken(session *Session) error {
	const rival = "/sys/fs/cgroup/rival"
	if err := os.Mkdir(rival, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(rival+"/cpuset.cpus", []byte("3"), 0); err != nil {
		return err
	}
	seen := session.Verify()
	if err := os.Remove(rival); err != nil {
		return err
	}
	if seen == nil {
		return errors.New("a broken partition passes for whole")
	}
	fmt.Println("seen:", seen)
	return nil
}

// once begins and ends, and dies or stops at a step: "kill N" or "cut N".
func once(args []string) error {
	step, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	machine := guestMachine()
	machine.Step = func(name string) {
		if step--; step != -1 {
			return
		}
		if args[0] == "kill" {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		fmt.Println("stopped at", name)
		select {}
	}
	session, err := machine.Begin(guestWish())
	if err != nil {
		return err
	}
	if session.Reached.Reached != results.LevelIsolate {
		return fmt.Errorf("reached %+v", session.Reached)
	}
	_, err = session.End()
	if step >= 0 {
		fmt.Println("came to its end")
	}
	return err
}

// killed kills a perfrun at each of its steps, every so many, and looks after the
// next start whether the machine is as it was.
func killed(args []string) error {
	stride, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	pinned, err := neighbour("1,3")
	if err != nil {
		return err
	}
	defer func() { _, _ = pinned.Process.Kill(), pinned.Wait() }()
	before := snapshot()
	for step := 0; ; step += stride {
		out, err := exec.Command(os.Args[0], "part", "once", "kill", strconv.Itoa(step)).CombinedOutput()
		if strings.Contains(string(out), "came to its end") {
			fmt.Printf("killed at %d steps\n", step/stride)
			return same(before, snapshot())
		}
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			return fmt.Errorf("step %d: %w, %s", step, err, out)
		}
		if err := recovered(nil); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		if err := same(before, snapshot()); err != nil {
			return fmt.Errorf("killed at step %d: %w", step, err)
		}
	}
}

func recovered([]string) error {
	list, err := guestMachine().Recover()
	if troubles := Troubles(list); err != nil || len(troubles) > 0 {
		return fmt.Errorf("recover: %w, %q", err, troubles)
	}
	if pending, err := guestMachine().Pending(); err != nil || len(pending) > 0 {
		return fmt.Errorf("still pending: %v, %w", pending, err)
	}
	return nil
}

func printSnapshot([]string) error {
	all := snapshot()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Printf("SNAP %s = %s\n", name, all[name])
	}
	return nil
}

// snapshot reads everything on the machine that perfrun could have changed.
func snapshot() map[string]string {
	all := map[string]string{}
	for _, pattern := range []string{
		"/proc/sys/kernel/*watchdog*", "/proc/sys/kernel/timer_migration", "/proc/sys/kernel/perf_event_max_sample_rate",
		"/proc/sys/kernel/randomize_va_space", "/proc/sys/kernel/numa_balancing", "/proc/sys/vm/swappiness",
		"/proc/irq/*/smp_affinity_list", "/proc/irq/default_smp_affinity", "/sys/kernel/mm/ksm/run",
		"/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/mm/transparent_hugepage/khugepaged/defrag",
		"/sys/devices/virtual/workqueue/cpumask", "/sys/bus/workqueue/devices/writeback/cpumask",
		"/sys/devices/system/cpu/online", "/sys/fs/cgroup/cgroup.subtree_control",
	} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil {
				all[file] = strings.TrimSpace(string(text))
			}
		}
	}
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && (d.IsDir() || d.Name() == "cpuset.cpus" || d.Name() == "cpuset.cpus.partition") {
			text, _ := os.ReadFile(path)
			all[path] = strings.TrimSpace(string(text))
		}
		return nil
	})
	for _, pid := range userProcesses() {
		cpus, err := affinity.Of(pid)
		group, groupErr := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
		if err == nil && groupErr == nil {
			all[fmt.Sprintf("process %d", pid)] = cpus.String() + " " + string(group)
		}
	}
	return all
}

// userProcesses are those with a program, but for this one: kernel threads come and
// go.
func userProcesses() (pids []int) {
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if _, err := os.Readlink(link); err == nil {
			if pid, _ := strconv.Atoi(strings.Split(link, "/")[2]); pid != os.Getpid() {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

func same(before, after map[string]string) error {
	var list []string
	for name, value := range before {
		now, there := after[name]
		if now != value && (there || !strings.HasPrefix(name, "process ")) {
			list = append(list, fmt.Sprintf("%s was %q and is %q", name, value, now))
		}
	}
	for name := range after {
		if _, known := before[name]; !known && !strings.HasPrefix(name, "process ") {
			list = append(list, name+" is new")
		}
	}
	if len(list) > 0 {
		slices.Sort(list)
		return fmt.Errorf("the machine is not as it was: %s", strings.Join(list, "; "))
	}
	return nil
}
