package export

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/perf/benchunit"

	"mtrlz.dev/perfrun/results"
)

// accountUnits are the units of process accounts in Go's benchmark format, where
// the unit is what tells the metrics of one benchmark apart. One execution is
// one operation, so its clock is sec/op. The names follow those of Go's own
// benchmarks ("user-sec/op", "peak-RSS-bytes"), from which benchstat knows time
// and memory and scales them.
var accountUnits = map[string]string{
	results.MetricWall:        "sec/op",
	results.MetricCPU:         "cpu-sec/op",
	results.MetricUser:        "user-sec/op",
	results.MetricSystem:      "sys-sec/op",
	results.MetricMaxRSS:      "max-RSS-bytes",
	results.MetricMinorFaults: "minor-faults/op",
	results.MetricMajorFaults: "major-faults/op",
}

// place is where a metric stands in Go's benchmark format.
type place struct{ name, unit string } // name without "Benchmark"; unit is tidied when it is written

// metricID tells metrics of a run apart.
type metricID struct {
	benchmark string
	key       results.Key
}

// naming gives every metric of a run a place of its own, the same on both sides.
type naming struct {
	places map[metricID]place
	units  []string                     // as the reader will have them, in order of first use
	better map[string]results.Direction // of the units whose metrics agree on it
}

func newNaming(rec *results.Record) *naming {
	n := &naming{places: map[metricID]place{}, better: map[string]results.Direction{}}
	taken := map[place]bool{}
	known := map[string]bool{}
	for i := range rec.Executions {
		e := &rec.Executions[i]
		if !usable(e) {
			continue
		}
		for _, sample := range e.Samples {
			id := metricID{e.Benchmark, sample.Metric.Key()}
			if _, done := n.places[id]; !done {
				n.places[id] = free(taken, proposed(id))
			}
			_, unit := benchunit.Tidy(1, n.places[id].unit)
			n.note(known, unit, sample.Metric.Better)
		}
	}
	return n
}

// note records a unit and which way it is better; where two metrics differ on
// that, nothing is said of the unit.
func (n *naming) note(known map[string]bool, unit string, better results.Direction) {
	if !known[unit] {
		known[unit] = true
		n.units = append(n.units, unit)
		n.better[unit] = better
	}
	if n.better[unit] != better {
		delete(n.better, unit)
	}
}

func (n *naming) of(benchmark string, key results.Key) place {
	return n.places[metricID{benchmark, key}]
}

// proposed names a metric for what it is. The case follows the benchmark; so
// does the metric's name where the unit does not already say it.
func proposed(id metricID) place {
	k := id.key
	p := place{escape(id.benchmark, "/"), escape(k.Unit, "")}
	if p.unit == "" {
		p.unit = "value"
	}
	account, isAccount := accountUnits[k.Name]
	switch {
	case isAccount && k.Case == "" && k.Unit == accountUnit(k.Name):
		p.unit = account
		return p
	case k.Case != "":
		p.name += "/" + escape(k.Case, "")
	}
	if k.Name != k.Unit && (k.Name != "time" || k.Unit != "sec/op") {
		p.name += "/" + escape(k.Name, "")
	}
	return p
}

// accountUnit returns the unit that an account is recorded in.
func accountUnit(name string) string {
	sample, _ := results.AccountSample(results.Accounts{}, name)
	return sample.Metric.Unit
}

// free returns the place as it is, or numbered as Go's testing package numbers
// names that are taken. Places that a reader cannot tell apart are one.
func free(taken map[place]bool, p place) place {
	numbered := p
	for i := 1; ; i++ {
		_, unit := benchunit.Tidy(1, p.unit)
		if seen := (place{numbered.name, unit}); !taken[seen] {
			taken[seen] = true
			return numbered
		}
		numbered.name = p.name + fmt.Sprintf("#%02d", i)
	}
}

// escape writes as %XX every byte of what may not stand in a name or a unit
// (blanks, what does not print, bytes that are no UTF-8), of the percent sign,
// and of the runes in more; so different texts stay different.
func escape(text, more string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		plain := (r != utf8.RuneError || size > 1) && unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '%' && !strings.ContainsRune(more, r)
		for _, c := range []byte(text[:size]) {
			if plain {
				b.WriteByte(c)
			} else {
				b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
			}
		}
		text = text[size:]
	}
	return b.String()
}
