package doctor

import (
	"fmt"
	"strings"

	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/quiet/setting"
	"mtrlz.dev/perfrun/harness/quiet/shield"
	"mtrlz.dev/perfrun/results"
)

// Machine says what this machine is. root is "/", or a recorded tree.
func Machine(root string, topology host.Topology) []results.Finding {
	facts := map[string]string{}
	for _, fact := range host.Facts(root) {
		facts[fact.Name] = fact.Value
	}
	list := []results.Finding{
		fact("cpu", cpuText(facts, topology)),
		fact("kernel", facts["kernel.release"]),
		virtualisation(facts),
		fact("cgroups", shield.Version(root)),
		fact("frequency", frequencyText(root, facts)),
		clocksource(facts["kernel.clocksource"]),
		bootIsolation(root),
		mitigations(facts),
	}
	for i := range list {
		list[i].Topic = "machine"
	}
	return list
}

func fact(name, is string) results.Finding {
	return results.Finding{Name: name, Grade: results.GradeFact, Is: is}
}

func cpuText(facts map[string]string, t host.Topology) string {
	threads, nodes := 0, map[int]bool{}
	for _, core := range t.Cores {
		threads, nodes[core.Node] = threads+len(core.CPUs), true
	}
	text := fmt.Sprintf("%s: %d cores, %d threads, %d NUMA node", facts["cpu.model"], len(t.Cores), threads, len(nodes))
	if len(nodes) > 1 {
		text += "s"
	}
	if !t.Online.Within(t.Allowed) {
		text += fmt.Sprintf("; this process may use cpus %s of %s", t.Allowed, t.Online)
	}
	return text
}

func virtualisation(facts map[string]string) results.Finding {
	if facts["cpu.virtual"] != "true" {
		return results.Finding{Name: "virtual", Grade: results.GradeGood, Is: "no: bare metal"}
	}
	return results.Finding{
		Name: "virtual", Grade: results.GradePoor, Is: "yes: a virtual machine",
		Cost: "neighbours on the same hardware take time and memory bandwidth that nothing here can hold back",
		Mend: "measure on bare metal; steal is watched meanwhile",
	}
}

func frequencyText(root string, facts map[string]string) string {
	driver, governor := facts["cpu.frequency_driver"], facts["cpu.governor"]
	if driver == "" {
		return "not controlled from here (the host or the firmware does)"
	}
	turbo := "unknown"
	switch {
	case facts["cpu.turbo.no_turbo"] == "1" || facts["cpu.turbo.boost"] == "0":
		turbo = "off"
	case facts["cpu.turbo.no_turbo"] == "0" || facts["cpu.turbo.boost"] == "1":
		turbo = "on"
	}
	return fmt.Sprintf("%s, governor %s, turbo %s", driver, governor, turbo)
}

// slowClocks cost a system call each time that a program asks for the time.
var slowClocks = []string{"hpet", "acpi_pm", "jiffies", "refined-jiffies", "xen"}

func clocksource(name string) results.Finding {
	for _, slow := range slowClocks {
		if name == slow {
			return results.Finding{
				Name: "clocksource", Grade: results.GradePoor, Is: name, Want: "tsc",
				Cost: "each look at the clock is a slow system call, and adaptive ticks do not work",
				Mend: "see the kernel's log for why tsc was given up; on a virtual machine boot with clocksource=tsc tsc=reliable",
			}
		}
	}
	return results.Finding{Name: "clocksource", Grade: results.GradeGood, Is: name}
}

// bootIsolation reports what the kernel's command line keeps free. isolcpus is
// worse than nothing for programs of several threads: the kernel does not balance
// them.
func bootIsolation(root string) results.Finding {
	isolated, _ := setting.File{Root: root}.Read("/sys/devices/system/cpu/isolated")
	if isolated == "" {
		return fact("boot isolation", "none (isolcpus is not set)")
	}
	return results.Finding{
		Name: "boot isolation", Grade: results.GradePoor, Is: "isolcpus=" + isolated,
		Cost: "threads of one benchmark all run on one of these cpus, because the kernel does not balance them",
		Mend: "take isolcpus out of the kernel's command line: perfrun takes cpus when it needs them",
	}
}

func mitigations(facts map[string]string) results.Finding {
	n := 0
	for name := range facts {
		if strings.HasPrefix(name, "mitigation.") {
			n++
		}
	}
	return fact("mitigations", fmt.Sprintf("%d of the processor's weaknesses are dealt with in the kernel; they are recorded with each run", n))
}
