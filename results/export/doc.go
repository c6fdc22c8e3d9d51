// Package export writes a recorded run for other programs.
//
// It knows three formats, each for one kind of reader:
//
//   - json: everything that was kept, as one object.
//   - csv: one row a sample, in the order taken, for spreadsheets and data frames.
//   - benchfmt: Go's benchmark format, so that "benchstat -col side FILE" works
//     as it is.
//
// The first two leave nothing out: warm-ups and faulty executions are in them,
// marked, and so is the block of each. The last is for comparing, so it holds
// usable measurements only, each block as a comparison of its own, and one value
// per execution and metric (the median of that execution's samples), because
// executions are the independent units that a test may count, while the samples of
// one process share its fate.
//
// The package judges nothing and rounds nothing: numbers have all the digits
// that bring the same float64 back. All text of a run is data that a stranger
// may have written; each format is kept well-formed whatever it holds.
package export
