// Package reports turns what was measured into what people look at: one HTML
// page of a run, and tables for a terminal.
//
// It is pure: a model goes in, bytes come out to the writer given; the clock is
// a parameter. All numbers are worded here, in Go, and templates only place
// them, so that no raw float meets HTML or SVG. The page is one file that loads
// nothing and runs nothing, and its content security policy says so.
//
// Names, messages and output of benchmarks are data: everything shown passes
// through Plain or Block, which make control characters and escape sequences
// harmless, and HTML is escaped by context.
//
// It refuses to judge: verdicts come from package verdict and are shown as they
// are.
package reports
