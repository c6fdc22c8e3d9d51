// Package results holds what a run measured: the words that every other
// package shares (run, side, round, execution, sample, metric) as plain data.
//
// It is shaped as data without behaviour so that the harness that measures, the
// store that keeps, the statistics that judge and the pages that show can agree
// on it without knowing each other. It does no I/O, draws no conclusions
// (package verdict does) and imports no other package of this module.
package results
