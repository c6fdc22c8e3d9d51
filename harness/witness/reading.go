package witness

import (
	"time"

	"mtrlz.dev/perfrun/results"
)

// Reading is what the counters showed at one moment. It means something only
// beside another reading of the same watcher.
type Reading struct {
	at           time.Time
	exact        bool          // cpus tell running time, else idle time
	online       int           // CPUs of the machine
	cpus         []cpuCounters // in the order of the watcher's CPUs
	sampler      time.Duration
	throttles    []count // in the order of the watcher's files
	refaults     count
	swaps        count
	cpuPressure  count // ns
	ioPressure   count // ns
	memoryStalls count // ns
	temperature  int64 // millidegrees Celsius, 0 when not seen
	frequency    int64 // kHz, 0 when not seen
}

// Diff computes the witness of the execution between two readings of one
// watcher. bench is what the kernel charged to it: what the benchmark did itself
// is not foreign.
func Diff(before, after Reading, bench results.Accounts) results.Witness {
	w := results.Witness{
		Window:       max(0, after.at.Sub(before.at)),
		Foreign:      foreign(before, after, bench),
		Temperature:  after.temperature,
		Frequency:    lowest(before.frequency, after.frequency),
		Refaults:     since(before.refaults, after.refaults),
		Swaps:        since(before.swaps, after.swaps),
		CPUPressure:  time.Duration(since(before.cpuPressure, after.cpuPressure)),
		IOPressure:   time.Duration(since(before.ioPressure, after.ioPressure)),
		MemoryStalls: time.Duration(since(before.memoryStalls, after.memoryStalls)),
	}
	for i := range min(len(before.cpus), len(after.cpus)) {
		b, a := before.cpus[i], after.cpus[i]
		w.Steal = sum(w.Steal, time.Duration(since(b.steal, a.steal)))
		w.Interrupts = sum(w.Interrupts, since(b.interrupts, a.interrupts))
		w.SoftIRQs = sum(w.SoftIRQs, since(b.softirqs, a.softirqs))
	}
	for i := range min(len(before.throttles), len(after.throttles)) {
		w.Throttles = sum(w.Throttles, since(before.throttles[i], after.throttles[i]))
	}
	return w
}

// foreign is the time in which the benchmark's CPUs ran something, without what
// the benchmark and the sampler had of it. Where the benchmark ran on other CPUs
// as well it is too low, never too high.
func foreign(before, after Reading, bench results.Accounts) time.Duration {
	window := after.at.Sub(before.at)
	var ran time.Duration
	for i := range min(len(before.cpus), len(after.cpus)) {
		ran = sum(ran, busy(before.cpus[i], after.cpus[i], before.exact && after.exact, window))
	}
	return max(0, ran-bench.User-bench.System-max(0, after.sampler-before.sampler))
}

// busy is the time in which one CPU ran something, without what was stolen
// meanwhile, which is told as steal and which the benchmark is not charged.
//
// The exact way is the scheduler's own count of task time. It moves when a task
// leaves the CPU: what still runs at a reading is charged to the next one.
//
// The other way is what remains of the window beside idle time. Idle time is
// measured at each entry and exit (kernel/time/tick-sched.c) and only its last
// digits are lost; the busy columns beside it are, on most kernels, a guess from
// who is found running at a tick. On a quiet machine with 4 ms ticks the busy
// columns missed a program that runs 1 ms in 4 by up to 50 ms in 0.5 s, the
// complement of idle time by what the kernel needs to wake it.
func busy(before, after cpuCounters, exact bool, window time.Duration) time.Duration {
	steal := time.Duration(since(before.steal, after.steal))
	if exact {
		return max(0, time.Duration(since(before.running, after.running))-steal)
	}
	if !before.idle.seen || !after.idle.seen || after.idle.n < before.idle.n {
		return 0
	}
	return max(0, max(0, window-time.Duration(since(before.idle, after.idle)))-steal)
}

// lowest is the lower frequency of the two, where 0 is none.
func lowest(a, b int64) int64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// Resolution is how much of a quantity the steps of this machine's counters
// alone can make up, in the quantity's unit: a limit below it would flag
// executions for nothing. It is 0 for what is not seen.
func (w *Watcher) Resolution(quantity string) float64 {
	for _, name := range w.unseen {
		if name == quantity {
			return 0
		}
	}
	cpus := float64(len(w.cpus))
	switch quantity {
	case results.QuantityForeign:
		return w.foreignStep() * cpus
	case results.QuantitySteal:
		return jiffy * cpus
	case results.QuantityRefaults:
		return vmstatStep * float64(w.online)
	case results.QuantityTemperature, results.QuantityCPUPressure, results.QuantityIOPressure, results.QuantityMemoryStalls:
		return 1000 // a degree; a microsecond
	}
	return 1
}

// vmstatStep is how many pages each CPU may count before it tells the others:
// the largest threshold of mm/vmstat.c. The swap counters are exact.
const vmstatStep = 125

// foreignStep is the step of one CPU's foreign time, in ns. Idle time has two
// columns (idle, iowait), each cut to whole jiffies. Exact time is bounded by
// the sampler's thread, which may be about to sleep at a reading: its time is
// known then, and the CPU's not yet; such a stint is well below 0.1 ms.
func (w *Watcher) foreignStep() float64 {
	step := 2.0 * jiffy
	if w.exact {
		step = 100_000
	}
	if !w.nanoseconds {
		step += 2 * jiffy // the sampler's user and system time
	}
	return step
}
