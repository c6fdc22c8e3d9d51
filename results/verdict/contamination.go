package verdict

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"mtrlz.dev/perfrun/results"
)

// An execution is contaminated by what the machine did meanwhile, never by what
// was measured: nothing here looks at a sample, and wall time is only the length
// of the exposure. To leave out what is slow would make any benchmark look
// steady, and hide every regression that is slow only sometimes.

// exposure says how one quantity is limited.
type exposure struct {
	quantity string
	words    string // says what was too much; %s is how much
	noun     string // what is counted: "time", "page"; empty for what is measured
	// floor and perSecond are the limit where nothing is known of the machine.
	floor, perSecond float64
	// stray and trifle are the least that a derived limit allows: at all, and per second.
	stray, trifle float64
	how           policy
}

// policy says where a quantity's limit comes from.
type policy int

const (
	byBoth        policy = iota // a default, which a calibration replaces
	byCalibration               // only a calibration knows how much is too much
	byNature                    // any is too many, whatever a calibration saw
)

// How the numbers were chosen.
//
// Default rates are what takes one hundredth of the execution's time: the smallest
// change that is reported unless a suite asks for less is two hundredths, so that even
// if every execution of one side came just below its limit and none of the other
// did, that alone would be no regression. For time that is 10 ms a second. For
// events it is 1,000 a second at 10 µs each: about what a switch of tasks costs
// with the caches it spoils, or a 4 KiB page read again in sequence at 400 MB/s.
//
// Default floors are for what comes once an execution, however short it is, on a
// machine of which nothing is known. Time of others: 2 ms, less than one turn
// (3 ms) of any program that competes for the CPU, more than kernel threads take
// around a launch. Steal: one step of its counter, 10 ms. Switches: 20; a launch on a
// busy virtual machine had 5. Refaults: 1,024 pages, what 8 CPUs may count late.
//
// No default for what a benchmark may cause itself, as much as it likes: an
// execution that reads from a disk has its interrupts, and 8 threads on 4 CPUs
// wait and move. There only a calibration of the same suite can tell what is
// usual. Interrupts that steal much time show as time of others all the same.
//
// No limit at all for temperature and frequency. Heat that matters shows as
// throttling. Frequency is a result of the load as much as a disturbance: code with wide
// vectors lowers it, and a limit would punish the side that has it; where it is not
// fixed, its reading is of a moment after the benchmark has ended.
//
// stray and trifle keep a derived limit from flagging what cannot matter: one
// thousandth of the time (1 ms a second, 100 events a second), which is a tenth of the
// default precision; and 0.1 ms or 2 events at all, one hundredth of the shortest
// execution worth measuring (10 ms). Of events that come at random (Poisson) so
// seldom that 95 of 100 executions have none, more than 2 come once in 50,000.
var exposures = []exposure{
	{results.QuantityForeign, "other programs ran %s on the benchmark's cpus", "", 2e6, 1e7, 1e5, 1e6, byBoth},
	{results.QuantitySteal, "the hypervisor gave %s of the benchmark's cpus to others", "", 1e7, 1e7, 1e5, 1e6, byBoth},
	{results.QuantityInterrupts, "devices interrupted the benchmark's cpus %s", "time", 0, 0, 2, 100, byCalibration},
	{results.QuantitySoftIRQs, "the kernel did deferred work on the benchmark's cpus %s", "time", 0, 0, 2, 100, byCalibration},
	{results.QuantityMigrations, "the benchmark was moved to another cpu %s", "time", 0, 0, 2, 100, byCalibration},
	{results.QuantityThrottles, "heat throttled the benchmark's cpus %s", "time", 0, 0, 0, 0, byNature},
	{results.QuantityRefaults, "memory was short: %s of files read again", "page", 1024, 1000, 2, 100, byBoth},
	{results.QuantitySwaps, "memory was short: %s swapped", "page", 0, 0, 0, 0, byNature},
	{results.QuantityCPUPressure, "some task waited %s for a cpu", "", 0, 0, 1e5, 1e6, byCalibration},
	{results.QuantityIOPressure, "some task waited %s for a disk", "", 0, 0, 1e5, 1e6, byCalibration},
	{results.QuantityMemoryStalls, "all tasks waited %s for memory", "", 2e6, 1e7, 1e5, 1e6, byBoth},
	{results.QuantitySwitches, "the benchmark was put off its cpu %s", "time", 20, 1000, 2, 100, byBoth},
}

// quantities is made once: every execution is held to all of them.
var quantities = results.Quantities()

// sourceDefault is the Source of a limit that no calibration had a part in.
const sourceDefault = "default"

// DefaultLimits returns the limits for a machine that was never calibrated. They
// are lenient, and know nothing of the steps of its counters: see WithResolution.
func DefaultLimits() []results.Limit {
	var limits []results.Limit
	for _, x := range exposures {
		if x.how != byCalibration {
			limits = append(limits, x.byDefault())
		}
	}
	return limits
}

func (x exposure) byDefault() results.Limit {
	return results.Limit{Quantity: x.quantity, Floor: x.floor, PerSecond: x.perSecond, Source: sourceDefault}
}

// WithResolution returns limits of which no floor is below what the steps of a
// machine's counters alone can make up: resolution tells that of a quantity, in
// its unit.
func WithResolution(limits []results.Limit, resolution func(quantity string) float64) []results.Limit {
	raised := slices.Clone(limits)
	for i, limit := range raised {
		if x, known := exposureOf(limit.Quantity); !known || x.how != byNature {
			raised[i].Floor = max(limit.Floor, resolution(limit.Quantity))
		}
	}
	return raised
}

// Contamination says which limits an execution breaks, one sentence each, in the
// order of results.Quantities; none if it is clean. Quantities that are unseen
// break nothing, and without a witness nothing can be said.
func Contamination(e results.Execution, limits []results.Limit, unseen []string) []string {
	if e.Witness == nil {
		return nil
	}
	var reasons []string
	for _, quantity := range quantities {
		if slices.Contains(unseen, quantity.Name) {
			continue
		}
		for _, limit := range limits {
			if limit.Quantity != quantity.Name {
				continue
			}
			value, allowed := quantity.Read(&e), allowance(limit, e.Accounts.Wall)
			if float64(value) > allowed {
				reasons = append(reasons, reason(quantity, value, allowed))
			}
		}
	}
	return reasons
}

// allowance is how much of its quantity a limit lets an execution have.
func allowance(limit results.Limit, exposed time.Duration) float64 {
	return limit.Floor + limit.PerSecond*exposed.Seconds()
}

func exposureOf(quantity string) (exposure, bool) {
	i := slices.IndexFunc(exposures, func(x exposure) bool { return x.quantity == quantity })
	if i < 0 {
		return exposure{}, false
	}
	return exposures[i], true
}

// reason writes one sentence: "other programs ran 12.3 ms on the benchmark's
// cpus (limit 2.1 ms)".
func reason(quantity results.Quantity, value int64, allowed float64) string {
	x, known := exposureOf(quantity.Name)
	if !known {
		x.words = quantity.What + " was %s"
	}
	had, limit := amount(float64(value), quantity.Unit, 3), amount(allowed, quantity.Unit, 3)
	for digits := 4; had == limit && digits < 10; digits++ {
		had, limit = amount(float64(value), quantity.Unit, digits), amount(allowed, quantity.Unit, digits)
	}
	switch {
	case x.noun == "":
	case value == 1:
		had += " " + x.noun
	default:
		had += " " + x.noun + "s"
	}
	return fmt.Sprintf(x.words+" (limit %s)", had, limit)
}

// amount writes a quantity for people. Counts are whole: a limit of 20.7 is one
// of 20.
func amount(value float64, unit string, digits int) string {
	write := func(v float64, unit string) string {
		return strconv.FormatFloat(roundTo(v, digits), 'f', -1, 64) + " " + unit
	}
	switch unit {
	case "":
		return strconv.FormatFloat(math.Floor(value), 'f', -1, 64)
	case "mC":
		return write(value/1e3, "C")
	case "kHz":
		return write(value/1e6, "GHz")
	}
	switch {
	case value >= 1e9:
		return write(value/1e9, "s")
	case value >= 1e6:
		return write(value/1e6, "ms")
	}
	return write(value/1e3, "µs")
}

// roundTo keeps a number of significant digits, and every one before the point.
func roundTo(value float64, digits int) float64 {
	if value == 0 || !finite(value) {
		return value
	}
	scale := math.Pow(10, float64(max(0, digits-1-int(math.Floor(math.Log10(math.Abs(value)))))))
	return math.Round(value*scale) / scale
}

// What limits are derived with.
const (
	// usual and margin make a limit of what clean executions had: twice what 95 of
	// 100 stay below. The 95th percentile is not moved by the few per cent of
	// disturbed executions that the defaults were too lenient to find. Twice it is
	// enough for the rest: of rates that spread log-normally, 0.13 % lie beyond with a
	// sigma of 0.5 and 1 % with 1; of Poisson counts of any mean, with 2 events for
	// nothing, less than one in 20,000. That is for a known percentile; with one from
	// 40 executions it is 0.3 % and 2 %, and still none of the counts
	// (TestDerivedLimitsSpareCleanExecutions).
	usual  = 0.95
	margin = 2.0
	// leastCalibration is how many executions have a 95th percentile below their
	// largest value. A calibration with fewer clean ones says nothing.
	leastCalibration = 20
)

// DeriveLimits makes limits of a calibration: for each quantity what its clean
// executions usually had for each second of wall time, with a margin, and never
// below the resolution of the machine's counters. Executions with a fault or a
// broken limit, warm-ups and those without a witness are left out. Benchmarks
// are looked at one by one and the highest rate counts, so that a benchmark which
// uses a disk is not held to the rate of those which do not. Too few executions
// give the defaults. source names the calibration.
func DeriveLimits(executions []results.Execution, resolution func(quantity string) float64, source string) []results.Limit {
	clean := slices.DeleteFunc(slices.Clone(executions), func(e results.Execution) bool {
		return e.Fault != nil || e.Warmup || len(e.Contaminated) > 0 || e.Witness == nil || e.Accounts.Wall <= 0
	})
	if len(clean) < leastCalibration {
		return WithResolution(DefaultLimits(), resolution)
	}
	var limits []results.Limit
	for _, quantity := range quantities {
		x, limited := exposureOf(quantity.Name)
		switch {
		case limited && x.how == byNature:
			limits = append(limits, x.byDefault())
		case limited:
			limits = append(limits, results.Limit{
				Quantity: x.quantity, Source: source, Floor: max(x.stray, resolution(x.quantity)),
				PerSecond: max(x.trifle, margin*usualRate(clean, quantity)),
			})
		}
	}
	return limits
}

// usualRate is the highest usual rate of a quantity among benchmarks, per second
// of wall time.
func usualRate(clean []results.Execution, quantity results.Quantity) (highest float64) {
	rates := map[string][]float64{}
	for i := range clean {
		e := &clean[i]
		rates[e.Benchmark] = append(rates[e.Benchmark], float64(quantity.Read(e))/e.Accounts.Wall.Seconds())
	}
	for _, of := range rates {
		slices.Sort(of)
		rank := int(math.Ceil(usual * float64(len(of)))) // nearest rank
		highest = max(highest, of[rank-1])
	}
	return highest
}
