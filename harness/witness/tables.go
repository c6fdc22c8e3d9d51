package witness

import "bytes"

// cpuCounters are the counters of one of the benchmark's CPUs.
type cpuCounters struct {
	running    count // ns in which a task ran on it (schedstat)
	idle       count // ns in which none did (stat)
	steal      count // ns that the hypervisor gave to others
	interrupts count // of devices
	softirqs   count // of the kinds that are work for others
}

// places gives for a CPU's number its position among the benchmark's CPUs.
type places []int

func newPlaces(cpus []int) places {
	var p places
	for position, cpu := range cpus {
		for len(p) <= cpu {
			p = append(p, -1)
		}
		p[cpu] = position
	}
	return p
}

// of returns the position, and -1 for a CPU that is not the benchmark's.
func (p places) of(cpu uint64) int {
	if cpu >= uint64(len(p)) {
		return -1
	}
	return p[cpu]
}

// parseInterrupts counts the interrupts of devices, the numbered lines of
// /proc/interrupts. The others are the kernel's own between CPUs and its ticks.
func parseInterrupts(text []byte, where places, cpus []cpuCounters) {
	parseTable(text, where, func(label, line []byte) bool {
		_, numbered := number(label)
		return numbered && !isTimer(line)
	}, func(at int, n uint64) { cpus[at].interrupts.add(n) })
}

// isTimer reports whether a numbered line is a CPU's own clock and not a device:
// some clock sources, and Xen with its event channels, number them like devices.
func isTimer(line []byte) bool {
	for _, word := range []string{"timer", "hpet", "xen-percpu"} {
		if bytes.Contains(line, []byte(word)) {
			return true
		}
	}
	return false
}

// parseSoftIRQs counts the deferred work of /proc/softirqs that comes from
// devices. Timers, balancing and RCU run on any CPU that has a task.
func parseSoftIRQs(text []byte, where places, cpus []cpuCounters) {
	parseTable(text, where, func(label, _ []byte) bool {
		switch string(label) {
		case "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET":
			return true
		}
		return false
	}, func(at int, n uint64) { cpus[at].softirqs.add(n) })
}

// parseTable reads a table whose header names the CPUs of its columns: only
// those that are online have one. wanted chooses lines by label and content, and
// add gets the position and number of each column that is the benchmark's.
func parseTable(text []byte, where places, wanted func(label, line []byte) bool, add func(at int, n uint64)) {
	header, text := cutLine(text)
	columns := tableColumns(header, where)
	for len(text) > 0 {
		var line []byte
		line, text = cutLine(text)
		label, line := cutField(line)
		label, ok := bytes.CutSuffix(label, []byte(":"))
		if ok && wanted(label, line) {
			tableLine(columns, line, add)
		}
	}
}

// tableColumns gives the position of each column's CPU among the benchmark's, up
// to the last that is one of them.
func tableColumns(header []byte, where places) []int {
	var columns []int
	wide := 0
	for {
		var name []byte
		name, header = cutField(header)
		cpu, ok := cpuNumber(name)
		if !ok {
			return columns[:wide]
		}
		at := where.of(cpu)
		columns = append(columns, at)
		if at >= 0 {
			wide = len(columns)
		}
	}
}

func tableLine(columns []int, line []byte, add func(at int, n uint64)) {
	for _, at := range columns {
		var field []byte
		field, line = cutField(line)
		n, ok := number(field)
		if !ok {
			return
		}
		if at >= 0 {
			add(at, n)
		}
	}
}
