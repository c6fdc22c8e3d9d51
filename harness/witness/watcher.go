package witness

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/procfs"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

// Watcher takes readings of one machine for one set of CPUs. It keeps memory
// between readings and must not be used by two goroutines at a time.
type Watcher struct {
	root    string
	cpus    cpuset.Set
	where   places
	proc    procfs.FS
	tables  []table
	sensors sensors
	exact   bool // whether running time comes from /proc/schedstat
	// nanoseconds: whether threads tell their running time in ns
	nanoseconds bool
	online      int
	unseen      []string
	now         func() time.Time
	buf         []byte
}

// table is a file of counters and how to read it.
type table struct {
	file  string
	parse func(w *Watcher, text []byte, r *Reading)
}

// tables lists the files in the order in which they are read. The clock is read
// beside /proc/stat, because idle time is held against it.
func tables() []table {
	return []table{
		{"proc/schedstat", func(w *Watcher, text []byte, r *Reading) { r.exact = parseSchedstat(text, w.where, r.cpus) }},
		{"proc/stat", func(w *Watcher, text []byte, r *Reading) {
			r.at, r.online = w.now(), parseStat(text, w.where, r.cpus)
		}},
		{"proc/interrupts", func(w *Watcher, text []byte, r *Reading) { parseInterrupts(text, w.where, r.cpus) }},
		{"proc/softirqs", func(w *Watcher, text []byte, r *Reading) { parseSoftIRQs(text, w.where, r.cpus) }},
		{"proc/vmstat", func(_ *Watcher, text []byte, r *Reading) { r.refaults, r.swaps = parseVMStat(text) }},
		{"proc/pressure/cpu", func(_ *Watcher, text []byte, r *Reading) { r.cpuPressure = parsePressure(text, "some") }},
		{"proc/pressure/io", func(_ *Watcher, text []byte, r *Reading) { r.ioPressure = parsePressure(text, "some") }},
		{"proc/pressure/memory", func(_ *Watcher, text []byte, r *Reading) { r.memoryStalls = parsePressure(text, "full") }},
	}
}

// New looks at what the machine under root shows ("/", or a recorded tree) of
// the benchmark's CPUs, and keeps to that: what cannot be read now is not looked
// for again.
func New(root string, cpus cpuset.Set) *Watcher {
	w := &Watcher{root: root, cpus: slices.Clone(cpus), where: newPlaces(cpus), now: time.Now}
	w.proc, _ = procfs.NewFS(filepath.Join(root, "proc")) // without it nothing below can be read either
	_, err := os.Stat(filepath.Join(root, "proc/self/schedstat"))
	w.nanoseconds = err == nil
	w.sensors = findSensors(root, cpus)
	first := w.blank()
	for _, t := range tables() {
		text, err := readFile(filepath.Join(root, t.file), w.buf)
		if w.buf = text; err != nil {
			continue
		}
		w.tables = append(w.tables, table{filepath.Join(root, t.file), t.parse})
		t.parse(w, text, &first)
	}
	w.sensors.read(w, &first)
	w.exact, w.online = first.exact, first.online
	w.unseen = unseen(first)
	return w
}

func (w *Watcher) blank() Reading {
	return Reading{at: w.now(), cpus: make([]cpuCounters, len(w.cpus))}
}

// Unseen names the quantities that this machine does not show, in the order of
// results.Quantities. Migrations are always among them: no counter of the
// machine tells them of one process that has ended.
func (w *Watcher) Unseen() []string { return slices.Clone(w.unseen) }

// Read takes one reading. An error says that something that was there when the
// watcher was made cannot be read, or that the sampler's thread is gone: then
// there is no witness to be had.
func (w *Watcher) Read(sampler Sampler) (Reading, error) {
	r := w.blank()
	for _, t := range w.tables {
		text, err := readFile(t.file, w.buf)
		if w.buf = text; err != nil {
			return Reading{}, fmt.Errorf("watch the machine: %w", err)
		}
		t.parse(w, text, &r)
	}
	r.exact = w.exact // two readings must be of one kind
	var err error
	if r.sampler, err = w.threadTime(sampler); err != nil {
		return Reading{}, fmt.Errorf("watch the sampler: %w", err)
	}
	w.sensors.read(w, &r)
	return r, nil
}

// unseen lists the quantities of which a first reading shows nothing.
func unseen(r Reading) []string {
	var all cpuCounters // whether any CPU shows it
	for _, cpu := range r.cpus {
		all.idle.seen = all.idle.seen || cpu.idle.seen
		all.steal.seen = all.steal.seen || cpu.steal.seen
		all.interrupts.seen = all.interrupts.seen || cpu.interrupts.seen
		all.softirqs.seen = all.softirqs.seen || cpu.softirqs.seen
	}
	throttles := slices.ContainsFunc(r.throttles, func(c count) bool { return c.seen })
	shown := map[string]bool{
		results.QuantityForeign:      r.exact || all.idle.seen,
		results.QuantitySteal:        all.steal.seen,
		results.QuantityInterrupts:   all.interrupts.seen,
		results.QuantitySoftIRQs:     all.softirqs.seen,
		results.QuantityThrottles:    throttles,
		results.QuantityTemperature:  r.temperature != 0,
		results.QuantityFrequency:    r.frequency != 0,
		results.QuantityRefaults:     r.refaults.seen,
		results.QuantitySwaps:        r.swaps.seen,
		results.QuantityCPUPressure:  r.cpuPressure.seen,
		results.QuantityIOPressure:   r.ioPressure.seen,
		results.QuantityMemoryStalls: r.memoryStalls.seen,
		results.QuantitySwitches:     true, // wait4(2) tells
	}
	var names []string
	for _, q := range results.Quantities() {
		if !shown[q.Name] {
			names = append(names, q.Name)
		}
	}
	return names
}
