package main

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// rival is another tool's rule for two samples: -1 faster, 1 slower, 0 neither.
type rival struct {
	name  string
	judge func(base, head []float64) int
}

// Rules as field-tested tools have them, each pair judged alone.
var (
	benchstat  = rival{"benchstat", rankRule(0.05, 0)}
	strict     = rival{"p < .01 and 2 %", rankRule(0.01, 0.02)}
	threePer   = rival{"p < .05 and 3 %", rankRule(0.05, 0.03)}
	asv        = rival{"asv", rankRule(0.002, 0)}
	perfherder = rival{"Perfherder", welchRule(7)}
)

// rankRule is a Mann-Whitney test with a least change of the median.
func rankRule(alpha, effect float64) func(base, head []float64) int {
	return func(base, head []float64) int {
		sample := func(values []float64) *benchmath.Sample {
			return benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
		}
		change := median(head)/median(base) - 1
		if math.Abs(change) <= effect || benchmath.AssumeNothing.Compare(sample(base), sample(head)).P >= alpha {
			return 0
		}
		return sign(change)
	}
}

// welchRule is Welch's t beyond a limit.
func welchRule(limit float64) func(base, head []float64) int {
	return func(base, head []float64) int {
		meanBase, varBase := moments(base)
		meanHead, varHead := moments(head)
		t := (meanHead - meanBase) / math.Sqrt(varBase/float64(len(base))+varHead/float64(len(head)))
		if !(math.Abs(t) > limit) {
			return 0
		}
		return sign(t)
	}
}

func moments(values []float64) (mean, variance float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		variance += (v - mean) * (v - mean) / float64(len(values)-1)
	}
	return mean, variance
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return sorted[(n-1)/2]/2 + sorted[n/2]/2
}

func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
