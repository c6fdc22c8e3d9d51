// Package files reads whole files of measurements, in any format that perfrun
// knows, so that two of them can be compared: what "go test -bench" printed, what
// a tool exported, a folder of either, Criterion's tree.
//
// A file is recognised by what it holds, never by its name. What is no
// measurement, what is cut off, and what mixes formats is refused with what was
// recognised; files in a folder that are something else are passed over, and
// said so in [Set.Notes].
//
// A value counts for little if another shares its luck: two of one process have
// the same addresses, the same hash seeds, the same neighbours. So values come in
// groups, and a comparison has to count groups. What a group is:
//
//   - hyperfine: one launch, as each is a fresh process.
//   - jmh: one fork.
//   - google-benchmark, pytest-benchmark: one file, however many repetitions or
//     rounds it holds. A folder with one file a process has as many groups.
//   - criterion: one tree, likewise.
//   - perfrun (its own export): one execution, of the head side, that was measured
//     and counts; executions that confirmed an alarm are left out, because they
//     were made for what looked like a change.
//   - github-action-benchmark: one file, which has one value of each.
//   - go, values: one process, if the file shows at least [EnoughProcesses] of
//     them: each "goos:" or "pkg:" line after results begins one, and so does a
//     benchmark that comes again after others. If it shows fewer, each line is a
//     group, because that is how -count=10 is used, and [Set.SharedProcess] says
//     that this is more than the file can bear out.
//
// A comparison of single groups must end in "cannot tell", and will: one process
// a side says nothing about the next.
//
// The package reads files and judges nothing. It opens regular files only, below
// a folder that is named, and bounds how many and how much.
package files
