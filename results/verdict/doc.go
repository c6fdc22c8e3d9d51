// Package verdict says what a run's samples mean: for each metric of each
// benchmark whether head is slower or faster than base, neither, or that it
// cannot be told.
//
// Everything is a pure function of the stored record. Randomness is seeded by
// the data, so the same samples give the same bytes on every machine, today and
// in a year, and any verdict can be recomputed from the store.
//
// The package prefers silence to a false alarm: a verdict needs an interval, a
// minimum effect and a rank test that agree, and from too few executions it says
// so and nothing else. No value makes it drop a sample: what it leaves out is what
// the machine disturbed, by a rule that never sees values. It treats a missing
// sample as news and never as good news, and looks at one run at a time: it knows
// no history. What chance alone does on a host, a calibration tells it; what that
// calibration means is said here as well.
package verdict
