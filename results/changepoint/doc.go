// Package changepoint finds where a series of measurements steps from one level to
// another.
//
// It works in two halves. The first proposes: the best division of the series into
// segments whose distributions differ, without assuming any shape for them (PELT
// with the empirical-distribution cost: Haynes, Fearnhead and Eckley, "A
// Computationally Efficient Nonparametric Approach for Changepoint Detection",
// Statistics and Computing 27, 2017). It is generous, because distributions differ
// in ways that are no step. The second half disposes, by what people look for when
// they mark a step by eye: it stands out from what the series does everywhere else,
// it is sharper than a slope, and it is large against the noise on both sides.
//
// Everything is a pure function of the values: no time, no randomness. Levels are
// medians and noise is a mean distance from them, so a spike moves neither much.
// It refuses to see a step with fewer than three points on either side; it does not
// say whether a step is for the worse, or who made it.
package changepoint
