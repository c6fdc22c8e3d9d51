package sequential

import "math"

// points is how finely a density is tabulated between the boundaries. Boundaries
// agree to four digits with the exact ones where those are known.
const points = 81

// boundaries returns, for each look at the given shares of all information
// (ascending, the last 1), the distance from zero, in standard deviations, at
// which a two-sided test of the given overall level stops. The recursion is that
// of Armitage, McPherson and Rowe ("Repeated Significance Tests on Accumulating
// Data", JRSS A 132, 1969): the density of those that no look has stopped yet is
// carried from look to look.
func boundaries(times []float64, level float64) []float64 {
	limits := make([]float64, len(times))
	spent, alive := 0.0, density{values: []float64{1}, step: 1}
	before := 0.0
	for k, t := range times {
		due := level*t - spent
		sd := math.Sqrt(t - before)
		limit := alive.limit(sd, math.Sqrt(t), due)
		limits[k] = limit / math.Sqrt(t)
		spent, before = level*t, t
		if k+1 < len(times) {
			alive = alive.next(sd, limit)
		}
	}
	return limits
}

// density is that of the sum at a look among those not stopped: values at points
// evenly spaced around zero, each with its weight in the integral.
type density struct {
	values []float64
	step   float64
}

func (d density) at(i int) float64 {
	return (float64(i) - float64(len(d.values)-1)/2) * d.step
}

// beyond is the probability to be further from zero than limit after a normal
// step of the given standard deviation.
func (d density) beyond(sd, limit float64) (p float64) {
	for i, mass := range d.values {
		x := d.at(i)
		p += mass * (upper((limit-x)/sd) + upper((limit+x)/sd))
	}
	return p
}

// limit finds where the probability to be beyond is what is due. total is the
// standard deviation of the whole sum: no limit lies beyond 40 of it.
func (d density) limit(sd, total, due float64) float64 {
	low, high := 0.0, 40*total
	for range 48 {
		if middle := (low + high) / 2; d.beyond(sd, middle) > due {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// next carries the density through a step, and keeps what is within limit.
// Simpson's rule weighs the points.
func (d density) next(sd, limit float64) density {
	after := density{make([]float64, points), 2 * limit / (points - 1)}
	for i := range after.values {
		x, sum := after.at(i), 0.0
		for j, mass := range d.values {
			z := (x - d.at(j)) / sd
			sum += mass * math.Exp(-z*z/2)
		}
		after.values[i] = sum / (sd * math.Sqrt(2*math.Pi)) * after.step / 3 * simpson(i)
	}
	return after
}

func simpson(i int) float64 {
	switch {
	case i == 0 || i == points-1:
		return 1
	case i%2 == 1:
		return 4
	}
	return 2
}

// upper is the upper tail of the normal distribution.
func upper(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }
