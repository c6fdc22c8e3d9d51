// Package suite reads perf.yml: what a repository wants measured, in which image,
// after which build, and under which policy.
//
// The file is read strictly and by hand from the parsed tree, key by key against
// one table for each kind of mapping. So every mistake is reported with its line,
// its column and what would be right, in the words of the file and not of the
// program. Defaults are in one place. The package reads no other file, executes
// nothing, and takes no value that it does not understand.
package suite
