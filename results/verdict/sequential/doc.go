// Package sequential lets a measurement be looked at while it goes on, without
// more false alarms for the looking.
//
// Whoever tests after every few rounds and stops at the first success finds
// something sooner or later. The cure is error spending (Lan and DeMets, "Discrete
// Sequential Boundaries for Clinical Trials", Biometrika 70, 1983): the error that
// a test may make at all is dealt out over the looks, and at each look the
// boundary is where the part dealt out so far is used up. Here as much is spent as
// rounds have been measured, so that a large change is seen early and a small one
// still at the end.
//
// The package knows dates of looks and probabilities, no samples. Boundaries are
// those of a Brownian motion, which the rank tests and medians of package verdict
// follow closely; how closely is measured by "make truth". It refuses to judge:
// what passes a boundary still needs an effect that matters.
package sequential
