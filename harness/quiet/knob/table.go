package knob

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mtrlz.dev/perfrun/harness/quiet/setting"
)

// All lists the knobs in the order in which they are set. The order matters: CPUs
// go offline before anything is set on them; writing a governor can reset turbo,
// and under some the energy preference is fixed; the frequency range is
// chosen without turbo; irqbalance would undo what is done to interrupts.
func All() []Knob {
	return []Knob{
		{"smt", "a busy hyperthread of the same core takes 20 to 50 % of a benchmark's speed", smt},
		{"governor", "the frequency follows the load, so that the first milliseconds of a benchmark are slow", eachPolicy("scaling_governor", "performance", "scaling_available_governors")},
		{"energy-preference", "the processor saves energy where it should not wait", eachPolicy("energy_performance_preference", "performance", "energy_performance_available_preferences")},
		{"turbo", "the frequency depends on temperature and on what other cores do", turbo},
		{"frequency", "the frequency may move between its limits", frequency},
		{"irqbalance", "it moves interrupts back onto the benchmark's cpus", irqbalance},
		{"interrupts", "interrupts of devices take time on the benchmark's cpus", interrupts},
		{"workqueues", "the kernel's deferred work may run on the benchmark's cpus", workqueues},
		{"aslr", "a fixed layout hides that speed depends on it; many random ones average over it", aslr},
		{"thp", "whether memory comes in large pages changes speed", thp},
		{"khugepaged", "the kernel scans and moves memory to make large pages", files("0", "/sys/kernel/mm/transparent_hugepage/khugepaged/defrag")},
		{"ksm", "the kernel scans memory for equal pages", files("0", "/sys/kernel/mm/ksm/run")},
		{"numa-balancing", "the kernel unmaps pages to see who uses them", files("0", "/proc/sys/kernel/numa_balancing")},
		{"swap", "memory of a benchmark may be written to disk while there is room", swap},
		{"watchdog", "a periodic interrupt, and one performance counter less", files("0", "/proc/sys/kernel/nmi_watchdog", "/proc/sys/kernel/soft_watchdog")},
		{"timer-migration", "timers of idle cpus move to busy ones, the benchmark's", files("0", "/proc/sys/kernel/timer_migration")},
		{"perf-sampling", "profilers may interrupt often", files("1", "/proc/sys/kernel/perf_event_max_sample_rate")},
	}
}

// AfterShield is the first knob that is set after the benchmark's CPUs are taken.
const AfterShield = "irqbalance"

// errNone says that a machine has no such knob.
var errNone = errors.New("this machine does not have it")

// files is a knob that is the same value in fixed places.
func files(want string, paths ...string) func(Machine) ([]place, error) {
	return func(m Machine) (list []place, err error) {
		for _, p := range paths {
			list = append(list, m.file(p, want))
		}
		return list, nil
	}
}

func (m Machine) file(path, want string) place {
	return place{kind: setting.File{Root: m.Root}, target: path, want: want}
}

// read returns a setting's value; false where it is absent.
func (m Machine) read(path string) (string, bool) {
	value, err := setting.File{Root: m.Root}.Read(path)
	return value, err == nil
}

// glob finds settings by pattern.
func (m Machine) glob(pattern string) []string {
	found, _ := filepath.Glob(filepath.Join(m.Root, pattern))
	for i, p := range found {
		found[i] = "/" + strings.TrimLeft(strings.TrimPrefix(p, m.Root), "/")
	}
	return found
}

// policies lists the folders of frequency domains
// (Documentation/admin-guide/pm/cpufreq.rst).
func (m Machine) policies() []string { return m.glob("/sys/devices/system/cpu/cpufreq/policy[0-9]*") }

// eachPolicy is a knob of every frequency domain; choices names the file that
// lists what it can be.
func eachPolicy(name, want, choices string) func(Machine) ([]place, error) {
	return func(m Machine) (list []place, err error) {
		for _, policy := range m.policies() {
			offered, known := m.read(path.Join(policy, choices))
			if known && !slices.Contains(strings.Fields(offered), want) {
				err = fmt.Errorf("%s is not among what it offers: %s", want, offered)
				continue
			}
			list = append(list, m.file(path.Join(policy, name), want))
		}
		if len(list) == 0 && err == nil {
			err = errNone
		}
		if len(list) > 0 {
			err = nil
		}
		return list, err
	}
}

// smt takes the hyperthreads beside the benchmark's offline. With cgroup v1 the
// kernel would cut them out of everybody's cpusets for good, so those are narrowed
// first, the deepest first; undoing widens them last.
func smt(m Machine) (list []place, err error) {
	if len(m.Siblings) == 0 {
		return nil, errors.New("no other cpu shares a core with the benchmark's")
	}
	for _, file := range deepestFirst(m.glob2("/sys/fs/cgroup/cpuset", "cpuset.cpus")) {
		now, _ := m.read(file)
		if rest, cut := without(now, m.Siblings); cut && len(rest) > 0 {
			list = append(list, m.file(file, rest.String()))
		}
	}
	for _, cpu := range m.Siblings {
		list = append(list, m.file(fmt.Sprintf("/sys/devices/system/cpu/cpu%d/online", cpu), "0"))
	}
	return list, nil
}

// glob2 finds files of a name in a folder and all below it, apart from those at
// the top.
func (m Machine) glob2(folder, name string) (found []string) {
	top := filepath.Join(m.Root, folder)
	_ = filepath.WalkDir(top, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() == name && filepath.Dir(p) != top {
			found = append(found, "/"+strings.TrimLeft(strings.TrimPrefix(p, m.Root), "/"))
		}
		return nil
	})
	return found
}

func deepestFirst(paths []string) []string {
	slices.SortStableFunc(paths, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") })
	return paths
}

// turbo is off in whichever way the driver has: intel_pstate's inverse switch, or
// boost, of the whole machine or of each domain.
func turbo(m Machine) (list []place, err error) {
	const intel, boost = "/sys/devices/system/cpu/intel_pstate/no_turbo", "/sys/devices/system/cpu/cpufreq/boost"
	if _, ok := m.read(intel); ok {
		return []place{m.file(intel, "1")}, nil
	}
	if _, ok := m.read(boost); ok {
		return []place{m.file(boost, "0")}, nil
	}
	for _, policy := range m.policies() {
		if _, ok := m.read(path.Join(policy, "boost")); ok {
			list = append(list, m.file(path.Join(policy, "boost"), "0"))
		}
	}
	if len(list) == 0 {
		return nil, errNone
	}
	return list, nil
}

// frequency narrows each domain's range to one value: what it keeps without turbo,
// else its highest. The limit that has to make room is moved first.
func frequency(m Machine) (list []place, err error) {
	for _, policy := range m.policies() {
		at := func(name string) string { return path.Join(policy, name) }
		want, ok := m.read(at("base_frequency"))
		if !ok {
			want, ok = m.read(at("cpuinfo_max_freq"))
		}
		low, hasRange := m.read(at("scaling_min_freq"))
		if !ok || !hasRange {
			continue
		}
		pair := []place{m.file(at("scaling_max_freq"), want), m.file(at("scaling_min_freq"), want)}
		if number(want) < number(low) {
			slices.Reverse(pair)
		}
		list = append(list, pair...)
	}
	if len(list) == 0 {
		return nil, errNone
	}
	return list, nil
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

func irqbalance(m Machine) ([]place, error) {
	if m.Systemctl == nil {
		return nil, errors.New("systemd does not run this machine")
	}
	return []place{{kind: setting.Service{Run: m.Systemctl}, target: "irqbalance.service", want: setting.Inactive}}, nil
}

// interrupts takes the benchmark's CPUs out of every interrupt's list, and out of
// that of interrupts to come.
func interrupts(m Machine) (list []place, err error) {
	const standard = "/proc/irq/default_smp_affinity"
	if now, ok := m.read(standard); ok {
		if mask, err := setting.ParseMask(now); err == nil {
			list = append(list, m.file(standard, setting.Mask(m.away(mask))))
		}
	}
	for _, file := range m.glob("/proc/irq/[0-9]*/smp_affinity_list") {
		now, _ := m.read(file)
		rest, cut := without(now, m.Bench)
		if len(rest) == 0 {
			rest = m.others()
		}
		p := place{kind: setting.Interrupt{File: setting.File{Root: m.Root}}, target: file, want: rest.String(), fixed: true}
		if !cut {
			p.want = now
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		return nil, errNone
	}
	return list, nil
}

func workqueues(m Machine) (list []place, err error) {
	for _, file := range []string{"/sys/devices/virtual/workqueue/cpumask", "/sys/bus/workqueue/devices/writeback/cpumask"} {
		if now, ok := m.read(file); ok {
			if mask, err := setting.ParseMask(now); err == nil {
				list = append(list, m.file(file, setting.Mask(m.away(mask))))
			}
		}
	}
	if len(list) == 0 {
		return nil, errNone
	}
	return list, nil
}

func aslr(m Machine) ([]place, error) {
	want := "2"
	if m.Policy.ASLR == "off" {
		want = "0"
	}
	return []place{m.file("/proc/sys/kernel/randomize_va_space", want)}, nil
}

func thp(m Machine) ([]place, error) {
	if m.Policy.THP == "" {
		return nil, errLeft
	}
	return []place{m.file("/sys/kernel/mm/transparent_hugepage/enabled", m.Policy.THP)}, nil
}

// swap keeps memory where it is while there is room. swapoff would be surer and
// is not used: it can take minutes, and where memory is short it kills programs.
func swap(m Machine) ([]place, error) {
	text, err := os.ReadFile(filepath.Join(m.Root, "proc/swaps"))
	if err != nil || strings.Count(string(text), "\n") < 2 {
		return nil, errors.New("there is no swap space")
	}
	return []place{m.file("/proc/sys/vm/swappiness", "0")}, nil
}
