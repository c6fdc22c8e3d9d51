// Package formats reads what one execution of a benchmark left behind (its
// standard output, the files it wrote, its accounts) as samples.
//
// Each format is one function from [Output] to samples; [Read] picks it by name
// and holds what all of them promise: at least one sample or an error, values
// that are finite, names that are valid UTF-8. Nothing is dropped in silence: a
// line of the values format that cannot be read is an error, and so is output
// that was cut off, because a result may be in what is missing. The one
// exception is Go's: there a benchmark's own prints are mixed with its results,
// so a line that does not begin like a result is passed over. One that does and
// cannot be read is an error there too.
//
// The formats:
//
//   - wall: the process's own clock. Output is not read.
//   - go: the output of "go test -bench", read by golang.org/x/perf/benchfmt.
//     The case is the benchmark's name without "Benchmark" and without the "-8"
//     that Go appends for GOMAXPROCS, so that one benchmark keeps its name on
//     machines of any size. Under GOMAXPROCS=1 Go appends nothing and a number
//     of the name's own is cut ("sha-256" is then "sha"), unless two names would
//     become one: those stay as printed. If the output holds several packages,
//     every name is qualified by its package. Units are base units ("sec/op",
//     not "ns/op").
//   - criterion: the JSON files that Criterion.rs writes below target/criterion,
//     in the shape of today (since 0.3.3) and in the two before it. Every batch
//     that Criterion timed is one sample. Files that an earlier execution left
//     are not read.
//   - values: lines of "name value unit" for any other program.
//   - google-benchmark, hyperfine, pytest-benchmark, jmh: the JSON of these tools,
//     read by package jsonfile, which says what becomes of each. One execution is
//     one process of the tool: whatever it repeated inside is samples of one
//     execution. What a tool reports as failed makes the execution a fault.
//
// Text is standard output, or the file that [Output.File] names (output: in the
// suite), for tools that print other things as well; it must have been written
// by this execution.
//
// People also keep whole files, of one process or of many. Package files reads
// those; [ReadGoFile] and [ReadCriterionTrees] are its view of the two formats
// that have no package of their own.
//
// Accounts of the process (CPU time, memory) that are asked for come after the
// samples of any format.
//
// The package judges nothing, turns units into base units and no others, and
// never runs a program. It reads files only through the file system it is given,
// follows no symbolic link that is a file, opens nothing but regular files, and
// bounds how much it reads.
package formats
