// Command truth holds perfrun's judgement against real measurements whose answer is
// known, and prints what came out beside what the rules of other tools make of the
// same data, computed in the same run wherever such a rule is a formula.
//
// One file a data set: each loads its data from testdata (see PROVENANCE.md there),
// asks the packages that every run asks, counts, and says what was wanted. Where
// that was not reached, the table says so. False alarms never stand alone: beside
// them is what was found.
//
// The quick part is a test and runs in CI; "make truth" runs all of it, which takes
// minutes. It writes nothing and tunes nothing: what constants stand on is told
// where they are.
package main
