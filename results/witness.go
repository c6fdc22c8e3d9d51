package results

import "time"

// Witness is what the machine did while an execution ran, read from outside just
// before its launch was ordered and just after it had ended. Counts and times are
// differences of the two readings over the benchmark's CPUs
// (the last four: over the whole machine). A quantity that the machine does not show is 0 and named in
// Quiet.Unseen.
type Witness struct {
	Window       time.Duration `json:"window_ns"`        // between the two readings
	Foreign      time.Duration `json:"foreign_ns"`       // time on the benchmark's CPUs that was neither its own nor the sampler's
	Steal        time.Duration `json:"steal_ns"`         // time the hypervisor gave to others
	Interrupts   int64         `json:"interrupts"`       // of devices, on the benchmark's CPUs
	SoftIRQs     int64         `json:"softirqs"`         // network, block and tasklet work, on the benchmark's CPUs
	Migrations   int64         `json:"migrations"`       // of the benchmark's first thread between CPUs
	Throttles    int64         `json:"throttles"`        // thermal throttle events of the benchmark's cores and their package
	Temperature  int64         `json:"temperature_mc"`   // hottest sensor after it, millidegrees Celsius
	Frequency    int64         `json:"frequency_khz"`    // lowest among the benchmark's CPUs, before or after
	Refaults     int64         `json:"refaults"`         // pages of files read again because memory was short; machine-wide
	Swaps        int64         `json:"swaps"`            // pages swapped in or out; machine-wide
	CPUPressure  time.Duration `json:"cpu_pressure_ns"`  // some task waited for a CPU; machine-wide
	IOPressure   time.Duration `json:"io_pressure_ns"`   // some task waited for a disk; machine-wide
	MemoryStalls time.Duration `json:"memory_stalls_ns"` // all tasks waited for memory; machine-wide
}

// Quantity is one thing a witness tells.
type Quantity struct {
	Name string // as in JSON and the database, without its unit: "foreign"
	What string // for people: "time of other programs on the benchmark's cpus"
	Unit string // "ns", "" for counts, "mC", "kHz"
	Read func(*Execution) int64
}

// Quantities lists what a witness tells, in the order of its fields, and the
// involuntary switches, which are an account.
func Quantities() []Quantity {
	of := func(read func(*Witness) int64) func(*Execution) int64 {
		return func(e *Execution) int64 {
			if e.Witness == nil {
				return 0
			}
			return read(e.Witness)
		}
	}
	return []Quantity{
		{QuantityForeign, "time of other programs on the benchmark's cpus", "ns", of(func(w *Witness) int64 { return int64(w.Foreign) })},
		{QuantitySteal, "time the hypervisor gave to others", "ns", of(func(w *Witness) int64 { return int64(w.Steal) })},
		{QuantityInterrupts, "interrupts of devices on the benchmark's cpus", "", of(func(w *Witness) int64 { return w.Interrupts })},
		{QuantitySoftIRQs, "deferred kernel work on the benchmark's cpus", "", of(func(w *Witness) int64 { return w.SoftIRQs })},
		{QuantityMigrations, "moves of the benchmark between cpus", "", of(func(w *Witness) int64 { return w.Migrations })},
		{QuantityThrottles, "thermal throttling", "", of(func(w *Witness) int64 { return w.Throttles })},
		{QuantityTemperature, "temperature", "mC", of(func(w *Witness) int64 { return w.Temperature })},
		{QuantityFrequency, "frequency", "kHz", of(func(w *Witness) int64 { return w.Frequency })},
		{QuantityRefaults, "file pages read again because memory was short", "", of(func(w *Witness) int64 { return w.Refaults })},
		{QuantitySwaps, "pages swapped", "", of(func(w *Witness) int64 { return w.Swaps })},
		{QuantityCPUPressure, "time some task waited for a cpu", "ns", of(func(w *Witness) int64 { return int64(w.CPUPressure) })},
		{QuantityIOPressure, "time some task waited for a disk", "ns", of(func(w *Witness) int64 { return int64(w.IOPressure) })},
		{QuantityMemoryStalls, "time all tasks waited for memory", "ns", of(func(w *Witness) int64 { return int64(w.MemoryStalls) })},
		{QuantitySwitches, "times the benchmark was put off its cpu", "", func(e *Execution) int64 { return e.Accounts.InvoluntaryCtx }},
	}
}

// The names of quantities.
const (
	QuantityForeign      = "foreign"
	QuantitySteal        = "steal"
	QuantityInterrupts   = "interrupts"
	QuantitySoftIRQs     = "softirqs"
	QuantityMigrations   = "migrations"
	QuantityThrottles    = "throttles"
	QuantityTemperature  = "temperature"
	QuantityFrequency    = "frequency"
	QuantityRefaults     = "refaults"
	QuantitySwaps        = "swaps"
	QuantityCPUPressure  = "cpu-pressure"
	QuantityIOPressure   = "io-pressure"
	QuantityMemoryStalls = "memory-stalls"
	QuantitySwitches     = "involuntary-switches"
)

// Limit says when a quantity makes an execution contaminated: when it is above
// Floor + PerSecond x the execution's wall time in seconds. A limit in
// proportion to time keeps the rule from preferring fast or slow executions.
type Limit struct {
	Quantity  string  `json:"quantity"`
	Floor     float64 `json:"floor"`      // in the quantity's unit
	PerSecond float64 `json:"per_second"` // in the quantity's unit, per second of wall time
	Source    string  `json:"source"`     // "default", or the calibration it was derived from
}
