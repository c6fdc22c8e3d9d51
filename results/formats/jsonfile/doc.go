// Package jsonfile reads the result files that benchmark tools write as JSON.
//
//   - google-benchmark: --benchmark_format=json, of all versions. A benchmark has
//     the metrics real_time and cpu_time, in seconds an iteration, and its
//     counters under their own names. The repetitions of one process are one
//     group. A complexity's fit (BigO, RMS) is no value and is left out.
//   - hyperfine: --export-json. The metric is time, in seconds. Every launch is a
//     fresh process, and so a group of its own. Parameters become part of the
//     name. The times in user and system mode are there as means only and are
//     left out. A command that did not end with status 0 each time has failed.
//   - pytest-benchmark: --benchmark-json, and what --benchmark-save stores, from
//     2.5 to today. The metric is time, in seconds a call. All rounds are of one
//     process, and so one group.
//   - jmh: -rf json. The metric is named for the mode; secondary metrics keep
//     their names. A group is a fork, its values the means of iterations. In mode
//     sample there are also percentiles, one value a fork, as JMH computes them.
//   - github-action-benchmark: the plain list of name, unit and value that its
//     "customSmallerIsBetter" and "customBiggerIsBetter" take. Which of the two it
//     is the file does not say; the unit decides.
//
// Values are in base units (see package unit). What a tool keeps only as a
// summary (a median, a mean) is not made into samples: it is one value, of a
// metric that is named for it ("median time"), and [Entry.Summary] says what was
// boiled down. What a tool says has failed, and what is not finite, is a
// [Failure]: it costs that benchmark, not the file.
//
// [Recognise] tells from the content alone which tool wrote a file, and what is
// missing where it nearly is one. The package judges nothing and opens no file.
package jsonfile
