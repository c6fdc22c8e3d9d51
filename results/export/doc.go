// Package export writes a run for other programs: JSON with everything, CSV with
// a row a sample, and the Go benchmark format for benchstat.
//
// It judges nothing and leaves nothing out, but for the benchmark format, which
// has no place for warm-ups and failures. Text that comes from a benchmark stays
// text in every format: it can end neither a line nor a field, and a spreadsheet
// does not take it for a formula.
package export
