package counters

import (
	"errors"
	"math/bits"
	"runtime"
)

// Reading is what a counter says at one moment.
type Reading struct {
	all   tally
	own   tally
	still bool // the launching thread did not run meanwhile
}

// Count is what happened between two readings.
type Count struct {
	// Value is the number of events; where Exact is false an estimate, in proportion
	// to the time that was counted.
	Value uint64
	// Exact says that the counter counted all the time and that nothing else could
	// get into it.
	Exact bool
	// Share is the part of the time, from 0 to 1, that was really counted. At 0
	// nothing was, and Value means nothing.
	Share float64
}

// tries bounds how often a reading is repeated until the launching thread is still.
// Between executions it is: it sleeps a few microseconds after the end of one.
const tries = 1000

// Read reads the counter. Since its parts are read one after the other, that is
// repeated until the launching thread has done nothing in between. It is to be
// called while no benchmark runs.
func (c *Counter) Read() (Reading, error) {
	var r Reading
	if len(c.all) == 0 {
		return r, errors.New("read a counter: it is closed")
	}
	for range tries {
		own, err := c.readOwn()
		if err != nil {
			return r, err
		}
		if r.all, err = c.readAll(); err != nil {
			return r, err
		}
		if r.own, err = c.readOwn(); err != nil {
			return r, err
		}
		if r.still = own.value == r.own.value; r.still {
			return r, nil
		}
		runtime.Gosched()
	}
	return r, nil
}

func (c *Counter) readOwn() (tally, error) {
	if c.own < 0 {
		return tally{}, nil
	}
	return read(c.own)
}

func (c *Counter) readAll() (sum tally, err error) {
	for _, file := range c.all {
		one, err := read(file)
		if err != nil {
			return tally{}, err
		}
		sum.value, sum.wanted, sum.counted = sum.value+one.value, sum.wanted+one.wanted, sum.counted+one.counted
	}
	return sum, nil
}

// Since returns what happened after an earlier reading of the same counter.
func (r Reading) Since(earlier Reading) Count {
	all, own := r.all.minus(earlier.all), r.own.minus(earlier.own)
	allValue, ownValue := all.estimate(), own.estimate()
	if all.counted == 0 || ownValue > allValue {
		return Count{}
	}
	return Count{
		Value: allValue - ownValue,
		Share: min(1, float64(all.counted)/float64(all.wanted)),
		Exact: r.still && earlier.still && all.whole() && own.whole(),
	}
}

// minus never goes below zero: counters only rise.
func (t tally) minus(earlier tally) tally {
	sub := func(a, b uint64) uint64 { return a - min(a, b) }
	return tally{sub(t.value, earlier.value), sub(t.wanted, earlier.wanted), sub(t.counted, earlier.counted)}
}

// whole reports whether it counted whenever it was wanted.
func (t tally) whole() bool { return t.counted >= t.wanted }

// estimate scales the value to all of the time, as perf_event_open(2) says.
func (t tally) estimate() uint64 {
	if t.whole() || t.counted == 0 {
		return t.value
	}
	high, low := bits.Mul64(t.value, t.wanted)
	if high >= t.counted { // beyond what can be told
		return t.value
	}
	estimate, _ := bits.Div64(high, low, t.counted)
	return estimate
}
