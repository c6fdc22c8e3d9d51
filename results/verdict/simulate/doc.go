// Package simulate makes measurements whose answer is known.
//
// A rule that judges is itself judged by what it says where the truth is given:
// how often it alarms while nothing changed, and what it finds of a change that was
// put in. Streams are runs of two sides as a machine would give them, one misery
// each: skew, two speeds, drift, memory, heavy tails, a coarse clock. They are made
// in order of time and dealt to the sides as the harness deals executions, so that
// whatever depends on time hits both. Processes are what goes on inside executions:
// some settle, and when is known; others never do. Resample draws runs from a
// recorded calibration, for a user who asks what the policy does on this host.
//
// All numbers follow from a seed and are the same on every machine. The package
// refuses to be realistic: it claims no machine behaves like its streams, only that
// a rule must not fail on them. Where sides differ by something other than the
// injected effect, it is said (see Layout).
package simulate
