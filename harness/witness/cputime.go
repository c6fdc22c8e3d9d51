package witness

import "bytes"

// jiffy is the step of /proc/stat, USER_HZ of proc(5), in ns.
const jiffy = 10_000_000

// The columns of a cpu line of /proc/stat (proc(5)). User time contains guest
// time.
const (
	columnIdle   = 3
	columnIOWait = 4
	columnSteal  = 7
)

// parseStat reads the cpu lines of /proc/stat and returns how many CPUs are
// online: those that have a line.
func parseStat(text []byte, where places, cpus []cpuCounters) (online int) {
	for len(text) > 0 {
		var line []byte
		line, text = cutLine(text)
		name, line := cutField(line)
		if !bytes.HasPrefix(name, []byte("cpu")) {
			break // the cpu lines come first
		}
		cpu, ok := cpuNumber(name)
		if !ok {
			continue // the sum of all
		}
		online++
		if at := where.of(cpu); at >= 0 {
			statLine(line, &cpus[at])
		}
	}
	return online
}

func statLine(line []byte, cpu *cpuCounters) {
	for column := 0; column <= columnSteal; column++ {
		var field []byte
		field, line = cutField(line)
		ticks, ok := number(field)
		if !ok {
			return
		}
		switch column {
		case columnIdle, columnIOWait:
			cpu.idle.add(times(ticks, jiffy))
		case columnSteal:
			cpu.steal.add(times(ticks, jiffy))
		}
	}
}

// Of /proc/schedstat we read the seventh number of a cpu line, the time in
// which tasks ran. It is there, in ns, since version 15; earlier ones have other columns
// (Documentation/scheduler/sched-stats.rst).
const (
	schedstatVersion = 15
	columnRunning    = 7
)

// parseSchedstat reads the cpu lines of /proc/schedstat and reports whether the
// counter of any CPU of the machine has ever moved: some kernels show zeros.
func parseSchedstat(text []byte, where places, cpus []cpuCounters) (alive bool) {
	line, text := cutLine(text)
	label, line := cutField(line)
	field, _ := cutField(line)
	if version, ok := number(field); string(label) != "version" || !ok || version < schedstatVersion {
		return false
	}
	for len(text) > 0 {
		line, text = cutLine(text)
		name, line := cutField(line)
		cpu, ok := cpuNumber(name)
		if !ok {
			continue
		}
		for range columnRunning {
			field, line = cutField(line)
		}
		running, ok := number(field)
		if at := where.of(cpu); ok && at >= 0 {
			cpus[at].running.add(running)
		}
		alive = alive || ok && running > 0
	}
	return alive
}
