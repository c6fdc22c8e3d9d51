package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// machine writes a /sys tree: one entry a core, its CPUs as a list, with "@N"
// for the NUMA node.
func machine(t *testing.T, cores ...string) string {
	t.Helper()
	sys := t.TempDir()
	var online cpuset.Set
	nodes := map[string]cpuset.Set{}
	for i, core := range cores {
		list, node, _ := strings.Cut(core, "@")
		cpus, err := cpuset.Parse(list)
		if err != nil {
			t.Fatal(err)
		}
		online, nodes[node] = online.Union(cpus), nodes[node].Union(cpus)
		for _, cpu := range cpus {
			dir := filepath.Join(sys, "devices/system/cpu/cpu"+strconv.Itoa(cpu), "topology")
			write(t, dir, "thread_siblings_list", list)
			write(t, dir, "core_id", strconv.Itoa(i))
			write(t, dir, "physical_package_id", "0")
			write(t, dir, "core_siblings_list", list)
		}
	}
	write(t, filepath.Join(sys, "devices/system/cpu"), "online", online.String())
	for node, cpus := range nodes {
		if node != "" {
			write(t, filepath.Join(sys, "devices/system/node/node"+node), "cpulist", cpus.String())
		}
	}
	return sys
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestChoose(t *testing.T) {
	set := func(list string) cpuset.Set {
		s, err := cpuset.Parse(list)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	check := func(cores []string, allowed string, count int, asked, bench, harness, wantErr string) {
		t.Helper()
		topology, err := readTopology(machine(t, cores...), set(allowed))
		if err != nil {
			t.Fatal(err)
		}
		layout, err := topology.Choose(count, set(asked), results.LevelPin)
		if wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), wantErr) {
				t.Errorf("%v count %d asked %q: error %v, want one with %q", cores, count, asked, err, wantErr)
			}
			return
		}
		if err != nil || layout.Bench.String() != bench || layout.Harness.String() != harness {
			t.Errorf("%v count %d asked %q: bench %s harness %s err %v; want %s and %s",
				cores, count, asked, layout.Bench, layout.Harness, err, bench, harness)
		}
	}
	plain := []string{"0", "1", "2", "3"}
	smt := []string{"0,4", "1,5", "2,6", "3,7"} // as a c5.2xlarge numbers its 8
	numa := []string{"0@0", "1@0", "2@0", "3@1"}

	check(plain, "0-3", 1, "", "3", "0-2", "")
	check(plain, "0-3", 2, "", "2-3", "0-1", "")
	check(plain, "0-3", 4, "", "0-3", "0", "") // nothing left: shared, and marked
	check(plain, "0-3", 5, "", "", "", "wants 5 cpus and there are 4")
	check(plain, "0-1", 1, "", "1", "0", "") // a mask that somebody set
	check(plain, "0-3", 1, "1", "1", "0,2-3", "")
	check(plain, "0-3", 2, "1", "", "", "wants 2 cpus and there are 1")
	check(plain, "0-3", 1, "9", "", "", "cpu 9 does not exist or is offline; this machine has cpus 0-3")
	check(plain, "0-1", 1, "3", "", "", "cpu 3 is not allowed to this process; it may use cpus 0-1")
	check(smt, "0-7", 1, "", "3", "0-2,4-6", "") // its sibling 7 is nobody's
	check(smt, "0-7", 2, "", "2-3", "0-1,4-5", "")
	check(smt, "0-7", 4, "", "0-3", "4-7", "") // siblings, but not the same CPUs
	check(numa, "0-3", 2, "", "1-2", "0,3", "")
	check(numa, "0-3", 1, "", "3", "0-2", "")
	check([]string{"0"}, "0", 1, "", "0", "0", "")
}

func TestChooseForLevels(t *testing.T) {
	check := func(cores []string, level results.Level, count int, bench, siblings, sampler, harness string) {
		t.Helper()
		var allowed cpuset.Set
		for _, core := range cores {
			cpus, _ := cpuset.Parse(strings.Split(core, "@")[0])
			allowed = allowed.Union(cpus)
		}
		topology, err := readTopology(machine(t, cores...), allowed)
		if err != nil {
			t.Fatal(err)
		}
		layout, err := topology.Choose(count, nil, level)
		got := []string{layout.Bench.String(), layout.Siblings.String(), layout.Sampler.String(), layout.Harness.String()}
		if diff := cmp.Diff([]string{bench, siblings, sampler, harness}, got); diff != "" || err != nil {
			t.Errorf("%v %s %d: %v (-want +got):\n%s", cores, level, count, err, diff)
		}
	}
	smt := []string{"0,4", "1,5", "2,6", "3,7"}
	check(smt, results.LevelPin, 1, "3", "7", "0-2,4-6", "0-2,4-6")
	check(smt, results.LevelIsolate, 1, "3", "7", "2", "0-1,4-5")
	check(smt, results.LevelIsolate, 2, "2-3", "6-7", "1", "0,4")
	check(smt, results.LevelIsolate, 3, "1-3", "5-7", "0,4", "0,4") // no core is left for a sampler
	check([]string{"0", "1", "2", "3"}, results.LevelIsolate, 1, "3", "", "2", "0-1")
	check([]string{"0", "1"}, results.LevelIsolate, 1, "1", "", "0", "0")
	check([]string{"0", "1"}, results.LevelNone, 1, "0-1", "", "0-1", "0-1")
}

func TestHalves(t *testing.T) {
	check := func(cores []string, bench string, count int, want string) {
		t.Helper()
		cpus, _ := cpuset.Parse(bench)
		topology, err := readTopology(machine(t, cores...), cpus)
		if err != nil {
			t.Fatal(err)
		}
		halves, err := topology.Halves(cpus, count)
		if got := halves[0].String() + " " + halves[1].String(); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%v %s %d: %s, %v; want %s", cores, bench, count, got, err, want)
		}
	}
	smt := []string{"0,4", "1,5", "2,6", "3,7"}
	check(smt, "2-3", 1, "2 3")
	check(smt, "0-3", 2, "0,2 1,3")
	check(smt, "2-3,6-7", 2, "2,6 3,7")
	check(smt, "3,7", 1, "") // one core
	check(smt, "1-3", 1, "") // not equal
	check(smt, "2-3", 2, "") // too few
}

func TestGuardsSayWhatIsShared(t *testing.T) {
	check := func(cores []string, allowed cpuset.Set, count int, want ...string) {
		t.Helper()
		topology, err := readTopology(machine(t, cores...), allowed)
		if err != nil {
			t.Fatal(err)
		}
		layout, err := topology.Choose(count, nil, results.LevelPin)
		if err != nil {
			t.Fatal(err)
		}
		var lost []string
		for _, guard := range layout.Guards {
			if !guard.Held {
				lost = append(lost, guard.Aspect)
			}
		}
		if diff := cmp.Diff(want, lost); diff != "" {
			t.Errorf("%v: guards that do not hold (-want +got):\n%s", cores, diff)
		}
	}
	check([]string{"0", "1"}, cpuset.Of(0, 1), 1)
	check([]string{"0"}, cpuset.Of(0), 1, "cpus", "cpu 0")
	check([]string{"0,2", "1,3"}, cpuset.Of(0, 1, 2, 3), 1, "core siblings")
	check([]string{"0@0", "1@0", "2@1"}, cpuset.Of(0, 1, 2), 3, "cpus", "cpu 0", "numa")
}

func TestTopologyOfThisMachine(t *testing.T) {
	topology, err := ReadTopology("/sys")
	if err != nil {
		t.Fatal(err)
	}
	layout, err := topology.Choose(1, nil, results.LevelPin)
	if err != nil || len(layout.Bench) != 1 || !layout.Bench.Within(topology.Allowed) {
		t.Errorf("layout %+v, %v", layout, err)
	}
}

func TestFacts(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "proc"), "cpuinfo",
		"processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\nmicrocode\t: 0x1\nflags\t\t: fpu hypervisor\n")
	write(t, filepath.Join(root, "proc"), "meminfo", "MemTotal:       1000 kB")
	write(t, filepath.Join(root, "sys/devices/system/cpu/vulnerabilities"), "meltdown", "Mitigation: PTI")
	write(t, filepath.Join(root, "sys/devices/system/cpu/vulnerabilities"), "l1tf", "Not affected")
	got := map[string]string{}
	for _, fact := range Facts(root) {
		got[fact.Name] = fact.Value
	}
	for name, want := range map[string]string{
		"cpu.model": "Xeon", "cpu.microcode": "0x1", "cpu.virtual": "true", "memory.bytes": "1024000",
		"mitigation.meltdown": "Mitigation: PTI", "mitigation.l1tf": "", "cpu.governor": "",
	} {
		if got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
	if got["kernel.release"] == "" || got["host.name"] == "" {
		t.Errorf("kernel facts are missing: %v", got)
	}
}

func TestProcessIsKnownAgain(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseProcess(self.String())
	if err != nil || again != self || !again.Alive() {
		t.Errorf("%s read back as %v, %v; alive %v", self, again, err, again.Alive())
	}
	check := func(what string, change func(*Process)) {
		t.Helper()
		other := self
		change(&other)
		if other.Alive() {
			t.Errorf("a process with another %s passes for alive", what)
		}
	}
	check("boot", func(p *Process) { p.Boot = "x" })
	check("machine", func(p *Process) { p.Machine = "x" })
	check("start", func(p *Process) { p.Start++ })
	check("pid", func(p *Process) { p.PID = 1 << 30 })
	for _, bad := range []string{"", "a/b/c/d", "a/b/1/x", "a/b/1"} {
		if _, err := ParseProcess(bad); err == nil {
			t.Errorf("ParseProcess(%q) gave no error", bad)
		}
	}
}

func TestZombieIsNotAlive(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "kill -STOP $$")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); err == nil {
		t.Fatal("the killed child ended well")
	}
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	self.PID = cmd.Process.Pid
	if self.Alive() {
		t.Error("a dead process passes for alive")
	}
}
