package simulate

import (
	"math"
	"math/rand/v2"
)

func normal(draw *rand.Rand, z []float64) {
	for i := range z {
		z[i] = draw.NormFloat64()
	}
}

// logNormal has the shape 0.75 (skewness 3.3, kurtosis 26), its median at 0 and a
// standard deviation of 1.
func logNormal(draw *rand.Rand, z []float64) {
	const shape = 0.75
	variance := math.Exp(shape * shape) // of exp(shape N), it is variance * (variance - 1)
	scale := 1 / math.Sqrt(variance*(variance-1))
	for i := range z {
		z[i] = scale * (math.Exp(shape*draw.NormFloat64()) - 1)
	}
}

// heavyTailed divides Student's t by the root of 3, its standard deviation.
func heavyTailed(draw *rand.Rand, z []float64) {
	for i := range z {
		a, b, c := draw.NormFloat64(), draw.NormFloat64(), draw.NormFloat64()
		z[i] = draw.NormFloat64() / math.Sqrt(a*a+b*b+c*c)
	}
}

func outliers(draw *rand.Rand, z []float64) {
	normal(draw, z)
	for i := range z {
		if draw.IntN(20) == 0 {
			z[i] += 10 + 30*draw.Float64()
		}
	}
}

// apartBy is how far two humps are apart, in standard deviations of one of them.
const apartBy = 8

// bimodal puts a share of executions into a slower hump. Both together have a
// standard deviation of 1.
func bimodal(share float64) func(*rand.Rand, []float64) {
	inside := 1 / math.Sqrt(1+share*(1-share)*apartBy*apartBy)
	return func(draw *rand.Rand, z []float64) {
		for i := range z {
			z[i] = inside * draw.NormFloat64()
			if draw.Float64() < share {
				z[i] += inside * apartBy
			}
		}
	}
}

// spells changes between two speeds on average every tenth execution.
func spells(draw *rand.Rand, z []float64) {
	inside := 1 / math.Sqrt(1+apartBy*apartBy/4.0)
	slow := draw.IntN(2)
	for i := range z {
		if draw.IntN(10) == 0 {
			slow = 1 - slow
		}
		z[i] = inside * (draw.NormFloat64() + apartBy*float64(slow))
	}
}

// autocorrelated is an autoregressive process of first order, begun where it has
// been going on for ever.
func autocorrelated(phi float64) func(*rand.Rand, []float64) {
	innovation := math.Sqrt(1 - phi*phi)
	return func(draw *rand.Rand, z []float64) {
		state := draw.NormFloat64()
		for i := range z {
			z[i] = state
			state = phi*state + innovation*draw.NormFloat64()
		}
	}
}

func drifting(draw *rand.Rand, z []float64) {
	normal(draw, z)
	slope := 4 / float64(len(z))
	if draw.IntN(2) == 0 {
		slope = -slope
	}
	for i := range z {
		z[i] += slope * float64(i)
	}
}

// warming decays by half with every round.
func warming(draw *rand.Rand, z []float64) {
	normal(draw, z)
	for i := range z {
		z[i] += 8 * math.Exp2(-float64(i/2))
	}
}

func shared(draw *rand.Rand, z []float64) {
	normal(draw, z)
	own, round := 1/math.Sqrt(10), 3/math.Sqrt(10)
	for i := 0; i+1 < len(z); i += 2 {
		both := round * draw.NormFloat64()
		z[i], z[i+1] = own*z[i]+both, own*z[i+1]+both
	}
}

func second(draw *rand.Rand, z []float64) {
	normal(draw, z)
	for i := 1; i < len(z); i += 2 {
		z[i]++
	}
}
