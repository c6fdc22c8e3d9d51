package chart

import (
	"math"
	"strconv"
	"strings"
)

// The limits within which a scale can tell values apart.
const (
	largest      = math.MaxFloat64 / 8 // so that neither a span nor a padding overflows
	smallestSpan = 1e-290              // below it steps between ticks would underflow
	finestSpan   = 1e-12               // of the larger end: below it ticks would collapse in rounding
)

// Scale maps values from a domain onto pixels. The zero Scale is not usable;
// NewScale makes one that is, whatever it is given.
type Scale struct{ low, high, from, to float64 }

// NewScale returns a scale that maps low to the pixel from and high to the
// pixel to. A domain that is empty, reversed or not finite is repaired: it
// always ends up finite and with low < high.
func NewScale(low, high, from, to float64) Scale {
	low, high = bounded(low), bounded(high)
	if low > high {
		low, high = high, low
	}
	size := math.Max(math.Abs(low), math.Abs(high))
	if high-low < math.Max(smallestSpan, size*finestSpan) {
		pad := math.Max(size*0.05, smallestSpan)
		if size == 0 {
			pad = 1
		}
		low, high = low-pad, high+pad
	}
	return Scale{low, high, from, to}
}

// bounded makes v finite and small enough to compute with.
func bounded(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return math.Min(math.Max(v, -largest), largest)
}

// At returns the pixel of v, held inside the viewport: values outside the
// domain lie on its edge, and so does NaN.
func (s Scale) At(v float64) float64 {
	if math.IsNaN(v) {
		return s.from
	}
	v = math.Min(math.Max(v, s.low), s.high)
	share := (v - s.low) / (s.high - s.low)
	return s.from + share*(s.to-s.from)
}

// Domain returns the values at the two ends, low < high.
func (s Scale) Domain() (low, high float64) { return s.low, s.high }

// Padded returns the scale with its domain widened at both ends by the given
// share of its span, so that points do not touch the frame.
func (s Scale) Padded(share float64) Scale {
	pad := (s.high - s.low) * share
	return NewScale(s.low-pad, s.high+pad, s.from, s.to)
}

// Ticks returns round values inside the domain, in rising order: the finest
// steps of 1, 2 or 5 times a power of ten that give at most most of them.
// There is at least one when most is 3 or more.
func (s Scale) Ticks(most int) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((s.high-s.low)/float64(max(most, 1)))))
	for _, factor := range []float64{1, 2, 5, 10, 20, 50} {
		if ticks := s.multiples(step*factor, most); ticks != nil {
			return ticks
		}
	}
	return nil
}

// multiples lists the multiples of step inside the domain; nil when there are
// more than most of them or none.
func (s Scale) multiples(step float64, most int) []float64 {
	first, last := math.Ceil(s.low/step), math.Floor(s.high/step)
	if last < first || last-first+1 > float64(most) {
		return nil
	}
	ticks := make([]float64, 0, most)
	for i := first; i <= last; i++ {
		ticks = append(ticks, i*step+0) // + 0 turns a negative zero into zero
	}
	return ticks
}

// extent returns the smallest and the largest of the finite values; false when
// there is none.
func extent(values []float64) (low, high float64, ok bool) {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if !ok {
			low, high, ok = v, v, true
		}
		low, high = math.Min(low, v), math.Max(high, v)
	}
	return low, high, ok
}

// tickWords words the ticks of one axis with as many decimals as tell
// neighbours apart, and with the true minus sign. Values that no plain number
// shows take an exponent.
func tickWords(ticks []float64) []string {
	words := make([]string, len(ticks))
	step, size := 1.0, 0.0
	if len(ticks) > 1 {
		step = ticks[1] - ticks[0]
	}
	for _, t := range ticks {
		size = math.Max(size, math.Abs(t))
	}
	decimals := int(math.Max(math.Ceil(-math.Log10(step)-1e-9), 0))
	for i, t := range ticks {
		words[i] = strconv.FormatFloat(t, 'f', min(decimals, 9), 64)
		if size >= 1e7 || decimals > 5 {
			words[i] = strconv.FormatFloat(t, 'g', 4, 64)
		}
		words[i] = strings.ReplaceAll(words[i], "-", "−")
	}
	return words
}
