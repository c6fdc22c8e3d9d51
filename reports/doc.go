// Package reports turns what was measured into what people look at: one HTML
// page of a run, and tables for a terminal.
//
// It is pure: a model goes in, bytes come out to the writer given; the clock is
// a parameter. What is said of a run is data first (RunModel); the page, the table,
// the annotation of a build and JSON render it, so that they cannot disagree. All
// numbers are worded here, in Go, and templates only place them, so that no raw
// float meets HTML or SVG.
//
// The page of a run is one file that loads nothing, complete without its script,
// and its content security policy allows that script alone. It stays small enough
// to open at once: of a large run every benchmark has a row, and the worst have
// their charts. A site has a page for each instead (BenchHTML).
//
// Names, messages and output of benchmarks are data: everything shown passes
// through Plain or Block, which make control characters and escape sequences
// harmless, and HTML is escaped by context.
//
// It refuses to judge: verdicts come from package verdict and are shown as they
// are.
package reports
