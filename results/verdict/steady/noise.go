package steady

import (
	"math"
	"slices"
)

const (
	// calm is the part of the smallest differences that noise is estimated from: what
	// a course or outliers add is in the others.
	calm = 0.75
	// ofCalm is the mean square of the smallest three quarters of normal values: with
	// q the point that they stay below, 1 - 2 q density(q) / 0.75.
	ofCalm = 0.3684
)

// noise is how values scatter around whatever course they take.
type noise struct {
	sd  float64
	phi float64 // correlation with the value before
}

// mostResemblance bounds phi: beyond, noise and course cannot be told apart.
const mostResemblance = 0.9

// noiseOf estimates both from differences to the value before and the one before
// that, over all rows: steps and slow courses are in few of them or small. The mean
// squares of an autoregression's are as 1 to 1 + phi (so Chakar, Lebarbier,
// Levy-Leduc and Robin, "A Robust Approach for Estimating Change-Points in the Mean
// of an AR(1) Process", Bernoulli 23, 2017, who take medians, which are half as sure).
func noiseOf(rows [][]float64) noise {
	var one, two []float64
	for _, row := range rows {
		for i, v := range row {
			if i > 0 {
				one = append(one, math.Abs(v-row[i-1]))
			}
			if i > 1 {
				two = append(two, math.Abs(v-row[i-2]))
			}
		}
	}
	if len(two) == 0 {
		return noise{}
	}
	a, b := calmSquare(one), calmSquare(two)
	if a == 0 { // ties: nearly all values repeat
		return noise{sd: meanOf(one) / math.Sqrt2}
	}
	phi := min(max(b/a-1, 0), mostResemblance)
	return noise{math.Sqrt(a / 2 / (1 - phi)), phi}
}

// calmSquare estimates the mean square from the smallest ones.
func calmSquare(differences []float64) float64 {
	slices.Sort(differences)
	few := differences[:max(1, int(math.Round(calm*float64(len(differences)))))]
	squares := 0.0
	for _, d := range few {
		squares += d * d / float64(len(few))
	}
	return squares / ofCalm
}

// lasting is the standard deviation that means of many values behave as if each had.
func (n noise) lasting() float64 { return n.sd * math.Sqrt((1+n.phi)/(1-n.phi)) }

// far is how far from its level a value may be and still be noise, in the units of
// values. What is cut off there costs as much as a change of level that is just
// believed.
func (n noise) far() float64 { return max(cut*math.Sqrt(1+n.phi)*n.lasting(), visible) }

// visible is how far at least: enough to matter, and too little for an outlier and
// its neighbour to be a level that matters.
const visible = 1.9 * matters

// price of a change of level in such noise.
func (n noise) price() float64 { return priceOfLevel * (1 + n.phi) }

func meanOf(values []float64) float64 {
	mean := 0.0
	for i, v := range values {
		mean += (v - mean) / float64(i+1)
	}
	return mean
}
