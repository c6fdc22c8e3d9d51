package knob

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/quiet/journal"
	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/results"
)

// common are settings that every kernel has.
const common = `
/sys/devices/system/cpu/online 0-7
/proc/sys/kernel/randomize_va_space 2
/proc/sys/kernel/nmi_watchdog 1
/proc/sys/kernel/soft_watchdog 1
/proc/sys/kernel/timer_migration 1
/proc/sys/kernel/perf_event_max_sample_rate 63000
/proc/sys/kernel/numa_balancing 0
/proc/sys/vm/swappiness 60
/sys/kernel/mm/ksm/run 0
/sys/kernel/mm/transparent_hugepage/enabled always [madvise] never
/sys/kernel/mm/transparent_hugepage/khugepaged/defrag 1
/proc/irq/default_smp_affinity ff
/proc/irq/24/smp_affinity_list 0-7
/proc/irq/25/smp_affinity_list 2
/proc/irq/26/smp_affinity_list 3
/sys/devices/virtual/workqueue/cpumask ff
`

// intel is a bare machine of 4 cores with hyperthreads, under intel_pstate with
// hardware-managed performance states.
const intel = common + `
/sys/devices/system/cpu/intel_pstate/no_turbo 0
/sys/devices/system/cpu/cpu7/online 1
/sys/devices/system/cpu/cpufreq/policy0/scaling_governor powersave
/sys/devices/system/cpu/cpufreq/policy0/scaling_available_governors performance powersave
/sys/devices/system/cpu/cpufreq/policy0/energy_performance_preference balance_performance
/sys/devices/system/cpu/cpufreq/policy0/energy_performance_available_preferences default performance balance_performance power
/sys/devices/system/cpu/cpufreq/policy0/base_frequency 2900000
/sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq 4800000
/sys/devices/system/cpu/cpufreq/policy0/scaling_min_freq 800000
/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq 4800000
/proc/swaps Filename Type Size Used Priority|/dev/sda2 partition 1000 0 -2
`

// amd is a machine under acpi-cpufreq.
const amd = common + `
/sys/devices/system/cpu/cpufreq/boost 1
/sys/devices/system/cpu/cpufreq/policy0/scaling_governor schedutil
/sys/devices/system/cpu/cpufreq/policy0/scaling_available_governors conservative ondemand userspace powersave performance schedutil
/sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq 3400000
/sys/devices/system/cpu/cpufreq/policy0/scaling_min_freq 1400000
/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq 3400000
/proc/swaps Filename Type Size Used Priority
`

// cloud is a c5.2xlarge: 4 cores, 8 threads, no frequencies.
const cloud = common + `
/sys/devices/system/cpu/cpu7/online 1
/proc/swaps Filename Type Size Used Priority
`

// plant writes a tree: a path and its content a line, "|" for a new line.
func plant(t testing.TB, text string) string {
	t.Helper()
	root := t.TempDir()
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		path, content, _ := strings.Cut(line, " ")
		if path == "" {
			continue
		}
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(content, "|", "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// harvest reads a tree back.
func harvest(t testing.TB, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			text, readErr := os.ReadFile(path)
			found[strings.TrimPrefix(path, root)] = strings.TrimSpace(string(text))
			return readErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// journalFor opens a journal for a tree.
func journalFor(t testing.TB, root string, more ...journal.Kind) *journal.Journal {
	t.Helper()
	file := setting.File{Root: root}
	j, err := journal.Open(journal.Options{Dir: t.TempDir(), Boot: "b"}, append(more, file, setting.Interrupt{File: file})...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// TestKnobsOfRealMachines applies every knob to trees as machines have them, and
// takes everything back.
func TestKnobsOfRealMachines(t *testing.T) {
	check := func(what, tree string, siblings cpuset.Set, want, outcomes map[string]string) {
		t.Helper()
		root := plant(t, tree)
		before := harvest(t, root)
		j := journalFor(t, root)
		machine := Machine{Root: root, Bench: cpuset.Of(3), Siblings: siblings}
		got := map[string]string{}
		for _, k := range All() {
			got[k.Name] = string(k.Set(j, machine).Outcome)
		}
		if diff := cmp.Diff(outcomes, got); diff != "" {
			t.Errorf("%s: outcomes (-want +got):\n%s", what, diff)
		}
		changed := map[string]string{}
		for path, value := range harvest(t, root) {
			if value != before[path] {
				changed[path] = value
			}
		}
		if diff := cmp.Diff(want, changed); diff != "" {
			t.Errorf("%s: changed settings (-want +got):\n%s", what, diff)
		}
		if list, err := j.Undo(); err != nil || len(list) != len(changed) {
			t.Errorf("%s: undone %v, %v", what, list, err)
		}
		for path, value := range harvest(t, root) {
			if !(setting.File{}).Same(path, bare(value), bare(before[path])) {
				t.Errorf("%s: %s is %q after all, was %q", what, path, value, before[path])
			}
		}
	}
	kernel := map[string]string{
		"/proc/sys/kernel/nmi_watchdog":                         "0",
		"/proc/sys/kernel/soft_watchdog":                        "0",
		"/proc/sys/kernel/timer_migration":                      "0",
		"/proc/sys/kernel/perf_event_max_sample_rate":           "1",
		"/sys/kernel/mm/transparent_hugepage/khugepaged/defrag": "0",
		"/proc/irq/default_smp_affinity":                        "f7",
		"/proc/irq/24/smp_affinity_list":                        "0-2,4-7",
		"/proc/irq/26/smp_affinity_list":                        "0-2,4-7",
		"/sys/devices/virtual/workqueue/cpumask":                "f7",
	}
	outcomes := map[string]string{
		"smt": "applied", "governor": "applied", "energy-preference": "applied", "turbo": "applied", "frequency": "applied",
		"irqbalance": "unsupported", "interrupts": "applied", "workqueues": "applied", "aslr": "already", "thp": "unsupported",
		"khugepaged": "applied", "ksm": "already", "numa-balancing": "already", "swap": "applied", "watchdog": "applied",
		"timer-migration": "applied", "perf-sampling": "applied",
	}
	const policy = "/sys/devices/system/cpu/cpufreq/policy0/"
	check("intel", intel, cpuset.Of(7), with(kernel, map[string]string{
		"/sys/devices/system/cpu/cpu7/online":           "0",
		"/sys/devices/system/cpu/intel_pstate/no_turbo": "1",
		policy + "scaling_governor":                     "performance",
		policy + "energy_performance_preference":        "performance",
		policy + "scaling_min_freq":                     "2900000",
		policy + "scaling_max_freq":                     "2900000",
		"/proc/sys/vm/swappiness":                       "0",
		"/proc/irq/24/smp_affinity_list":                "0-2,4-7",
		"/proc/irq/26/smp_affinity_list":                "0-2,4-6",
	}), outcomes)
	check("amd", amd, nil, with(kernel, map[string]string{
		"/sys/devices/system/cpu/cpufreq/boost": "0",
		policy + "scaling_governor":             "performance",
		policy + "scaling_min_freq":             "3400000",
	}), with(outcomes, map[string]string{"smt": "unsupported", "energy-preference": "unsupported", "swap": "unsupported"}))
	check("cloud", cloud, cpuset.Of(7), with(kernel, map[string]string{
		"/sys/devices/system/cpu/cpu7/online": "0",
		"/proc/irq/26/smp_affinity_list":      "0-2,4-6",
	}), with(outcomes, map[string]string{
		"governor": "unsupported", "energy-preference": "unsupported", "turbo": "unsupported", "frequency": "unsupported", "swap": "unsupported",
	}))
	check("nothing at all", "/sys/devices/system/cpu/online 0-7", nil, map[string]string{}, each(outcomes, "unsupported"))
}

// bare is the choice among several that brackets mark.
func bare(value string) string {
	if _, after, found := strings.Cut(value, "["); found {
		value, _, _ = strings.Cut(after, "]")
	}
	return value
}

func with(a, b map[string]string) map[string]string {
	both := map[string]string{}
	for k, v := range a {
		both[k] = v
	}
	for k, v := range b {
		both[k] = v
	}
	return both
}

func each(m map[string]string, value string) map[string]string {
	all := map[string]string{}
	for k := range m {
		all[k] = value
	}
	return all
}

// TestFrequencyMakesRoomFirst: the limit that is in the way moves last, or the
// kernel would see a lowest above a highest.
func TestFrequencyMakesRoomFirst(t *testing.T) {
	check := func(low, high, base string, want ...string) {
		t.Helper()
		const policy = "/sys/devices/system/cpu/cpufreq/policy0/"
		root := plant(t, policy+"scaling_min_freq "+low+"\n"+policy+"scaling_max_freq "+high+"\n"+policy+"base_frequency "+base)
		places, err := frequency(Machine{Root: root})
		var got []string
		for _, p := range places {
			got = append(got, filepath.Base(p.target))
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s-%s to %s: %v (-want +got):\n%s", low, high, base, err, diff)
		}
	}
	check("800000", "1200000", "2900000", "scaling_max_freq", "scaling_min_freq")
	check("3000000", "4000000", "2900000", "scaling_min_freq", "scaling_max_freq")
}

func TestCgroupOneIsNarrowedBeforeTheSibling(t *testing.T) {
	const sets = "/sys/fs/cgroup/cpuset/"
	root := plant(t, cloud+sets+"cpuset.cpus 0-7\n"+sets+"docker/cpuset.cpus 0-7\n"+sets+"docker/abc/cpuset.cpus 4-7\n"+sets+"other/cpuset.cpus 0-3")
	before := harvest(t, root)
	j := journalFor(t, root)
	k := All()[0].Set(j, Machine{Root: root, Bench: cpuset.Of(3), Siblings: cpuset.Of(7)})
	var order []string
	for _, change := range j.Pending() {
		order = append(order, strings.TrimPrefix(change.Target, "/sys/"))
	}
	want := []string{"fs/cgroup/cpuset/docker/abc/cpuset.cpus", "fs/cgroup/cpuset/docker/cpuset.cpus", "devices/system/cpu/cpu7/online"}
	if diff := cmp.Diff(want, order); diff != "" || k.Outcome != results.KnobApplied {
		t.Errorf("%+v (-want +got):\n%s", k, diff)
	}
	if _, err := j.Undo(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, harvest(t, root)); diff != "" {
		t.Errorf("after all (-want +got):\n%s", diff)
	}
}

func TestPolicy(t *testing.T) {
	root := plant(t, intel)
	j := journalFor(t, root)
	machine := Machine{Root: root, Bench: cpuset.Of(3), Policy: Policy{ASLR: "off", THP: "never", Skip: []string{"swap"}}}
	got := map[string]results.Knob{}
	for _, k := range All() {
		got[k.Name] = k.Set(j, machine)
	}
	if k := got["swap"]; k.Outcome != results.KnobUnsupported || k.Detail != errLeft.Error() {
		t.Errorf("swap: %+v", k)
	}
	if k := got["thp"]; k.Outcome != results.KnobApplied || k.Was != "madvise" || k.Is != "never" {
		t.Errorf("thp: %+v", k)
	}
	if k := got["aslr"]; k.Is != "0" {
		t.Errorf("aslr: %+v", k)
	}
}

func TestIRQBalanceIsStoppedAndStartedAgain(t *testing.T) {
	var calls []string
	state := "active"
	run := func(args ...string) (string, error) {
		calls = append(calls, strings.Join(args, " "))
		switch args[0] {
		case "stop":
			state = "inactive"
		case "start":
			state = "active"
		}
		return "LoadState=loaded\nActiveState=" + state, nil
	}
	root := plant(t, cloud)
	j := journalFor(t, root, setting.Service{Run: run})
	machine := Machine{Root: root, Bench: cpuset.Of(3), Systemctl: run}
	for _, k := range All() {
		if k.Name == "irqbalance" {
			if got := k.Set(j, machine); got.Outcome != results.KnobApplied || state != "inactive" {
				t.Errorf("%+v, the service is %s", got, state)
			}
		}
	}
	if _, err := j.Undo(); err != nil || state != "active" {
		t.Errorf("%v, the service is %s; calls %q", err, state, calls)
	}
}

// TestRefusals: one place that refuses does not stop the others, and says why.
func TestRefusals(t *testing.T) {
	root := plant(t, intel)
	// A folder in place of a file: reading and writing fail.
	file := filepath.Join(root, "proc/sys/kernel/nmi_watchdog")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o755); err != nil {
		t.Fatal(err)
	}
	j := journalFor(t, root)
	for _, k := range All() {
		got := k.Set(j, Machine{Root: root, Bench: cpuset.Of(3)})
		if failed := got.Outcome == results.KnobFailed; failed != (k.Name == "watchdog") {
			t.Errorf("%+v", got)
		}
		if k.Name == "watchdog" && !strings.Contains(got.Detail, "is a directory") {
			t.Errorf("watchdog: %+v", got)
		}
	}
	if soft := harvest(t, root)["/proc/sys/kernel/soft_watchdog"]; soft != "0" {
		t.Errorf("soft_watchdog is %q though only the other place fails", soft)
	}
}

func TestLook(t *testing.T) {
	root := plant(t, intel)
	before := harvest(t, root)
	for _, k := range All() {
		found, want := k.Look(Machine{Root: root, Bench: cpuset.Of(3)})
		if k.Name == "governor" && (found.Outcome != results.KnobFailed || found.Is != "powersave" || want != "performance") {
			t.Errorf("governor: %+v, want %q", found, want)
		}
		if k.Name == "aslr" && found.Outcome != results.KnobAlready {
			t.Errorf("aslr: %+v", found)
		}
		if k.Why == "" {
			t.Errorf("%s does not say what it costs", k.Name)
		}
	}
	if diff := cmp.Diff(before, harvest(t, root)); diff != "" {
		t.Errorf("looking changed (-want +got):\n%s", diff)
	}
}

func TestLatency(t *testing.T) {
	root := plant(t, "/dev/cpu_dma_latency x")
	held, k := HoldLatency(root)
	if k.Outcome != results.KnobApplied || held.Check() != nil {
		t.Errorf("%+v, %v", k, held.Check())
	}
	if text := harvest(t, root)["/dev/cpu_dma_latency"]; !strings.HasPrefix(text, "\x00\x00\x00\x00") {
		t.Errorf("the file holds %q", text)
	}
	_ = held.Close()
	if held.Check() == nil {
		t.Error("a closed file passes for held")
	}
	if none, k := HoldLatency(t.TempDir()); none != nil || k.Outcome != results.KnobUnsupported || none.Close() != nil || none.Check() != nil {
		t.Errorf("without the file: %+v", k)
	}
}
