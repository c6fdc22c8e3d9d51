package host

import (
	"bytes"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/results"
)

// settings are single files whose content numbers depend on. Paths are relative
// to /proc and /sys; a file that is absent gives no fact.
var settings = []struct{ name, file string }{
	{"kernel.cmdline", "proc/cmdline"},
	{"kernel.aslr", "proc/sys/kernel/randomize_va_space"},
	{"kernel.numa_balancing", "proc/sys/kernel/numa_balancing"},
	{"kernel.clocksource", "sys/devices/system/clocksource/clocksource0/current_clocksource"},
	{"kernel.isolated_cpus", "sys/devices/system/cpu/isolated"},
	{"memory.thp", "sys/kernel/mm/transparent_hugepage/enabled"},
	{"memory.ksm", "sys/kernel/mm/ksm/run"},
	{"memory.swappiness", "proc/sys/vm/swappiness"},
	{"cpu.smt", "sys/devices/system/cpu/smt/control"},
	{"cpu.turbo.no_turbo", "sys/devices/system/cpu/intel_pstate/no_turbo"},
	{"cpu.turbo.boost", "sys/devices/system/cpu/cpufreq/boost"},
	{"cpu.governor", "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
	{"cpu.frequency_driver", "sys/devices/system/cpu/cpu0/cpufreq/scaling_driver"},
}

// Facts returns what numbers measured here depend on, sorted by name. root is
// "/", or a recorded tree.
func Facts(root string) []results.Fact {
	facts := cpuFacts(root)
	for _, setting := range settings {
		if value := readLine(filepath.Join(root, setting.file)); value != "" {
			facts = append(facts, results.Fact{Name: setting.name, Value: value})
		}
	}
	facts = append(facts, vulnerabilities(root)...)
	facts = append(facts, kernel()...)
	slices.SortFunc(facts, func(a, b results.Fact) int { return strings.Compare(a.Name, b.Name) })
	return facts
}

func cpuFacts(root string) []results.Fact {
	fs, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return nil
	}
	var facts []results.Fact
	if cpus, err := fs.CPUInfo(); err == nil && len(cpus) > 0 {
		first := cpus[0]
		facts = append(facts,
			results.Fact{Name: "cpu.model", Value: first.ModelName},
			results.Fact{Name: "cpu.count", Value: strconv.Itoa(len(cpus))},
			results.Fact{Name: "cpu.microcode", Value: first.Microcode},
			results.Fact{Name: "cpu.virtual", Value: strconv.FormatBool(slices.Contains(first.Flags, "hypervisor"))})
	}
	if memory, err := fs.Meminfo(); err == nil && memory.MemTotalBytes != nil {
		facts = append(facts, results.Fact{Name: "memory.bytes", Value: strconv.FormatUint(*memory.MemTotalBytes, 10)})
	}
	return facts
}

// vulnerabilities lists the kernel's mitigations
// (Documentation/ABI/testing/sysfs-devices-system-cpu): they move numbers.
func vulnerabilities(root string) (facts []results.Fact) {
	files, _ := filepath.Glob(filepath.Join(root, "sys/devices/system/cpu/vulnerabilities/*"))
	for _, file := range files {
		if value := readLine(file); value != "" && value != "Not affected" {
			facts = append(facts, results.Fact{Name: "mitigation." + filepath.Base(file), Value: value})
		}
	}
	return facts
}

func kernel() []results.Fact {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return nil
	}
	text := func(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }
	return []results.Fact{
		{Name: "host.name", Value: text(name.Nodename[:])},
		{Name: "host.machine", Value: text(name.Machine[:])},
		{Name: "kernel.release", Value: text(name.Release[:])},
		{Name: "kernel.version", Value: text(name.Version[:])},
	}
}
